"""How many calls a campaign may have more, by its own limits: in flight, by its pace and by its budget."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from service.domain.account import Account
from service.domain.calling_hours import timetable_of
from service.domain.campaign import Campaign, Pace
from service.domain.money import MANY
from service.domain.openings import Openings
from service.domain.pacing import Pacer, pacer_of
from service.ports import IN_VALUES_MAX, Outside, StoreUnavailable
from service.usecases import queries

IN_FLIGHT, PACE, BUDGET = "campaign_calls_in_flight", "pace", "campaign_budget"
UNREAD = "store_unavailable"
UNREAD_MAX = 3  # campaigns of one reading; each may take as long as a read is given

log = logging.getLogger(__name__)


@dataclass
class Quotas:
    """By campaign. `rooms`: by each of its own limits; one without limits is not in it."""

    rooms: dict[str, dict[str, int]] = field(default_factory=dict)
    pacers: dict[str, Pacer] = field(default_factory=dict)

    @property
    def smallest(self) -> dict[str, int]:
        return {id: min(rooms.values()) for id, rooms in self.rooms.items()}

    def add(self, further: "Quotas") -> None:
        self.rooms |= further.rooms
        self.pacers |= further.pacers

    def is_broke(self, campaign_id: str) -> bool:
        """Its budget allows no further call."""
        return self.rooms.get(campaign_id, {}).get(BUDGET, 1) <= 0


def quotas_of(
    outside: Outside,
    campaigns: Iterable[Campaign],
    accounts: dict[str, Account],
    openings: dict[str, Openings],
    in_flight_of: dict[str, int],
    now: datetime,
) -> Quotas:
    """A campaign of which the store cannot count or sum now has no room, and the others have theirs: over all
    the calls of a very large one, either may take longer than a read is given. Raises StoreUnavailable where
    it is so of more than UNREAD_MAX."""
    quotas, unread = Quotas(), 0
    for campaign in campaigns:
        account = accounts.get(campaign.account_id)
        if account is None:
            continue
        try:
            pacer = _pacer(outside, campaign, account, openings[campaign.id], now)
            rooms = {
                **_in_flight(outside, campaign, in_flight_of),
                **({PACE: pacer.quota(now)} if pacer else {}),
                **_budget(outside, campaign, account),
            }
        except StoreUnavailable:
            unread += 1
            if unread > UNREAD_MAX:
                raise
            log.warning("No calls of the campaign %s: its room is not known.", campaign.id, exc_info=True)
            pacer, rooms = None, {UNREAD: 0}
        if pacer is not None:
            quotas.pacers[campaign.id] = pacer
        if rooms:
            quotas.rooms[campaign.id] = rooms
    return quotas


def count_in_flight(outside: Outside, campaign: Campaign, in_flight_of: dict[str, int]) -> int:
    """Of one campaign; nothing is asked where its account has none."""
    if not in_flight_of.get(campaign.account_id):
        return 0
    return outside.store.count(queries.live_of_campaign(campaign.id))


def room_of_day_budget(outside: Outside, account: Account, day: str) -> int:
    """How many more calls the account's budget of the day allows, each at its worst."""
    if account.day_budget is None:
        return MANY
    spent = outside.store.sum(queries.of_account_on(account.id, day), "day_spent")
    return account.rate.affords(account.day_budget - spent, outside.limits.time_limit_seconds)


def chunks(cohorts: Sequence[str]) -> list[tuple[str, ...]]:
    """As many as one query takes."""
    return [tuple(cohorts[i : i + IN_VALUES_MAX]) for i in range(0, len(cohorts), IN_VALUES_MAX)]


def count_waiting(outside: Outside, campaign_id: str, cohorts: Sequence[str]) -> int:
    """In some of its cohorts, due or not."""
    return sum(outside.store.count(queries.waiting_in(campaign_id, chunk, 1)) for chunk in chunks(cohorts))


def _in_flight(outside: Outside, campaign: Campaign, in_flight_of: dict[str, int]) -> dict[str, int]:
    most = campaign.settings.calls_in_flight_max
    return {} if most is None else {IN_FLIGHT: most - count_in_flight(outside, campaign, in_flight_of)}


def _pacer(
    outside: Outside, campaign: Campaign, account: Account, openings: Openings, now: datetime
) -> Pacer | None:
    waiting, time_left = 0, None
    if campaign.settings.pace is Pace.EVEN and openings.open:
        waiting = count_waiting(outside, campaign.id, openings.open)
        time_left = _time_left(outside, campaign, account, openings, now)
    return pacer_of(campaign.settings, campaign.paced_at, waiting, time_left, now)


def _time_left(
    outside: Outside, campaign: Campaign, account: Account, openings: Openings, now: datetime
) -> timedelta | None:
    """Until the last of the open cohorts closes."""
    closings = [
        timetable_of(campaign.settings, account, cohort, outside.rulebook, now).closes_at(now)
        for cohort in openings.open
    ]
    known = [closing for closing in closings if closing is not None]
    return max(known) - now if known and len(known) == len(closings) else None


def _budget(outside: Outside, campaign: Campaign, account: Account) -> dict[str, int]:
    budget = campaign.settings.budget
    if budget is None:
        return {}
    spent = outside.store.sum(queries.of_campaign(campaign.id), "spent")
    return {BUDGET: account.rate.affords(budget - spent, outside.limits.time_limit_seconds)}
