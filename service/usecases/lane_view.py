"""What a pass reads before it plans: who is awake, and then how much room there is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.domain.account import Account
from service.domain.campaign import Campaign, Status
from service.domain.planning import Room
from service.ports import Outside, Stored
from service.usecases import queries

CLAIMS_MAX = 200  # calls claimed by one pass
CAMPAIGNS_BEYOND_SLOTS = 20  # campaigns read beyond the free slots: some have nothing due, or a full limit
SLEEPERS_MAX = 50  # campaigns woken by one pass


@dataclass(frozen=True)
class LaneView:
    lane: str
    now: datetime
    campaigns: tuple[Stored[Campaign], ...]  # awake, or asleep until now
    accounts: dict[str, Account]
    in_flight: int
    in_flight_of: dict[str, int]  # by account and by campaign
    room: Room
    next_sleeper_at: datetime | None  # the first campaign that is asleep and not due
    cut: bool  # there are more campaigns awake than were read

    def stored_campaign(self, id: str) -> Stored[Campaign]:
        return next(stored for stored in self.campaigns if stored.record.id == id)

    @property
    def running(self) -> list[Campaign]:
        return [s.record for s in self.campaigns if s.record.status is Status.RUNNING]

    @property
    def canceled(self) -> list[Stored[Campaign]]:
        return [s for s in self.campaigns if s.record.status is Status.CANCELED]


def read_lane(outside: Outside, lane: str) -> LaneView:
    """Campaigns first, then counts: only a count that is taken later than a campaign's version may put
    that campaign to sleep."""
    store, limits = outside.store, outside.limits
    awake_max = limits.calls_in_flight_max + CAMPAIGNS_BEYOND_SLOTS
    awake = store.find(queries.awake_campaigns(lane, awake_max))
    sleepers = store.find(queries.sleeping_campaigns(lane, SLEEPERS_MAX))
    now = outside.clock.now()
    due = [stored for stored in sleepers if _wakes_by(stored.record, now)]
    later = [stored.record.next_due_at for stored in sleepers if not _wakes_by(stored.record, now)]
    campaigns = (*awake, *due)
    in_flight = store.count(queries.live_in_lane(lane))
    accounts = _accounts(outside, {stored.record.account_id for stored in campaigns})
    in_flight_of = {id: store.count(queries.live_of_account(id)) for id in accounts}
    for stored in campaigns:
        campaign = stored.record
        if in_flight_of.get(campaign.account_id):
            in_flight_of[campaign.id] = store.count(queries.live_of_campaign(campaign.id))
        else:
            in_flight_of[campaign.id] = 0
    return LaneView(
        lane=lane,
        now=now,
        campaigns=campaigns,
        accounts=accounts,
        in_flight=in_flight,
        in_flight_of=in_flight_of,
        room=_room(outside, campaigns, accounts, in_flight, in_flight_of),
        next_sleeper_at=later[0] if later else None,
        cut=len(awake) == awake_max or len(due) == SLEEPERS_MAX,
    )


def _wakes_by(campaign: Campaign, now: datetime) -> bool:
    return campaign.next_due_at is not None and campaign.next_due_at <= now


def _accounts(outside: Outside, ids: set[str]) -> dict[str, Account]:
    if not ids:
        return {}
    read: list[Stored[Any] | None] = outside.store.get_many([(Account, id) for id in sorted(ids)])
    return {stored.record.id: stored.record for stored in read if stored}


def _room(
    outside: Outside,
    campaigns: tuple[Stored[Campaign], ...],
    accounts: dict[str, Account],
    in_flight: int,
    in_flight_of: dict[str, int],
) -> Room:
    limits = outside.limits
    return Room(
        lane=min(CLAIMS_MAX, limits.calls_in_flight_max - in_flight),
        accounts={id: limits.of_account(a) - in_flight_of[id] for id, a in accounts.items()},
        campaigns={
            s.record.id: CLAIMS_MAX
            if s.record.settings.calls_in_flight_max is None
            else s.record.settings.calls_in_flight_max - in_flight_of[s.record.id]
            for s in campaigns
        },
    )
