"""What a pass reads before it plans: who is awake, and then how much room there is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.domain.account import Account
from service.domain.campaign import AWAKE_IN, Campaign, Status
from service.domain.openings import Openings, openings_of
from service.domain.planning import Room
from service.ports import Outside, Stored
from service.usecases import queries
from service.usecases.callers import Callers
from service.usecases.quotas import Quotas, quotas_of, room_of_day_budget

CLAIMS_MAX = 200  # calls claimed by one pass
CAMPAIGNS_BEYOND_SLOTS = 20  # campaigns read beyond the slots: some have nothing due, or a full limit
SLEEPERS_MAX = 50  # campaigns woken by one pass


@dataclass(frozen=True)
class LaneView:
    lane: str
    now: datetime
    campaigns: tuple[Stored[Campaign], ...]  # awake, or asleep until now
    accounts: dict[str, Account]
    in_flight: int
    in_flight_of: dict[str, int]  # by account
    room: Room
    callers: Callers
    openings: dict[str, Openings]  # by campaign that runs
    days: dict[str, str]  # by account: its local day
    quotas: Quotas
    next_sleeper_at: datetime | None  # the first campaign that is asleep and not due
    cut: bool  # there are more campaigns awake than were read

    def stored_campaign(self, id: str) -> Stored[Campaign]:
        return next(stored for stored in self.campaigns if stored.record.id == id)

    @property
    def running(self) -> list[Campaign]:
        return [s.record for s in self.campaigns if s.record.status is Status.RUNNING]

    @property
    def canceled(self) -> list[Campaign]:
        return [s.record for s in self.campaigns if s.record.status is Status.CANCELED]

    @property
    def idle(self) -> list[Campaign]:
        """Awake for nothing: a pass claimed from it just when its user paused it."""
        return [s.record for s in self.campaigns if s.record.status not in AWAKE_IN]


def read_lane(outside: Outside, lane: str) -> LaneView:
    """Campaigns first, then counts: only a count that is taken later than a campaign's version may put
    that campaign to sleep."""
    store, limits = outside.store, outside.limits
    awake_max = limits.of_lane(lane) + CAMPAIGNS_BEYOND_SLOTS
    awake = store.find(queries.awake_campaigns(lane, awake_max))
    due, next_sleeper_at, now = _read_sleepers(outside, lane)
    campaigns = (*awake, *due)
    in_flight = store.count(queries.live_in_lane(lane))
    accounts = _accounts(outside, {stored.record.account_id for stored in campaigns})
    in_flight_of = {id: store.count(queries.live_of_account(id)) for id in accounts}
    days = {id: account.day_of(now) for id, account in accounts.items()}
    running = [s.record for s in campaigns if s.record.status is Status.RUNNING]
    openings = _openings(outside, running, accounts, now)
    quotas = quotas_of(outside, running, accounts, openings, in_flight_of, now)
    room = Room(
        lane=min(CLAIMS_MAX, limits.of_lane(lane) - in_flight),
        accounts={
            id: min(limits.of_account(a) - in_flight_of[id], room_of_day_budget(outside, a, days[id]))
            for id, a in accounts.items()
        },
        campaigns=quotas.smallest,
    )
    return LaneView(
        lane=lane,
        now=now,
        campaigns=campaigns,
        accounts=accounts,
        in_flight=in_flight,
        in_flight_of=in_flight_of,
        room=room,
        callers=Callers(accounts, days),
        openings=openings,
        days=days,
        quotas=quotas,
        next_sleeper_at=next_sleeper_at,
        cut=len(awake) == awake_max or len(due) == SLEEPERS_MAX,
    )


def _openings(
    outside: Outside,
    campaigns: Iterable[Campaign],
    accounts: dict[str, Account],
    now: datetime,
) -> dict[str, Openings]:
    return {
        campaign.id: openings_of(campaign, accounts[campaign.account_id], outside.rulebook, now)
        for campaign in campaigns
        if campaign.account_id in accounts
    }


def _read_sleepers(outside: Outside, lane: str) -> tuple[list[Stored[Campaign]], datetime | None, datetime]:
    """Who is due, when the next one is, and the present time. Mostly nobody is: then it is one read."""
    first = outside.store.find(queries.sleeping_campaigns(lane, 1))
    now = outside.clock.now()
    if not any(_wakes_by(stored.record, now) for stored in first):
        return [], first[0].record.next_due_at if first else None, now
    sleepers = outside.store.find(queries.sleeping_campaigns(lane, SLEEPERS_MAX))
    due = [stored for stored in sleepers if _wakes_by(stored.record, now)]
    return due, sleepers[len(due)].record.next_due_at if len(due) < len(sleepers) else None, now


def _wakes_by(campaign: Campaign, now: datetime) -> bool:
    return campaign.next_due_at is not None and campaign.next_due_at <= now


def _accounts(outside: Outside, ids: set[str]) -> dict[str, Account]:
    read: list[Stored[Any] | None] = outside.store.get_many([(Account, id) for id in sorted(ids)])
    return {stored.record.id: stored.record for stored in read if stored}
