"""What a pass reads before it plans: how much room there is, then who is awake, as far as it has slots."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.domain.account import Account
from service.domain.campaign import AWAKE_IN, Campaign, Priority, Status
from service.domain.lane import Lane
from service.domain.openings import Openings, openings_of
from service.domain.planning import Room
from service.ports import Outside, Query, Stored
from service.usecases import queries
from service.usecases.callers import Callers
from service.usecases.quotas import Quotas, quotas_of, room_of_day_budget

CLAIMS_MAX = 200  # calls claimed by one pass


@dataclass
class _Reading:
    """One of the lane's lists of campaigns, as far as it is read."""

    last: tuple[Any, ...] | None = None
    more: bool = True


@dataclass
class LaneView:
    """It grows as the pass reads on."""

    lane: str
    present_turn: float
    now: datetime
    in_flight: int
    free: int  # slots, of those that one pass fills
    campaigns: dict[str, Stored[Campaign]] = field(default_factory=dict)  # awake, or asleep until now
    accounts: dict[str, Account] = field(default_factory=dict)
    in_flight_of: dict[str, int] = field(default_factory=dict)  # by account; the most that was counted
    room_of: dict[str, int] = field(default_factory=dict)  # by account, by its own limits
    openings: dict[str, Openings] = field(default_factory=dict)  # by campaign that runs
    days: dict[str, str] = field(default_factory=dict)  # by account: its local day
    quotas: Quotas = field(default_factory=Quotas)
    next_sleeper_at: datetime | None = None  # the first campaign that is asleep and not due
    awake: _Reading = field(default_factory=_Reading)
    asleep: _Reading = field(default_factory=_Reading)

    def __post_init__(self) -> None:
        self.callers = Callers(self.accounts, self.days)

    @property
    def room(self) -> Room:
        return Room(self.free, self.room_of, self.quotas.smallest)

    @property
    def cut(self) -> bool:
        """There are more campaigns awake, or due, than were read."""
        return self.awake.more or self.asleep.more

    @property
    def last_turn(self) -> float:
        """Campaigns that were not read have no earlier place in the order; before all of them as long as
        direct queues are not all read."""
        return self.awake.last[1] if self.awake.last and self.awake.last[0] is Priority.CAMPAIGN else -1.0

    def of_status(self, status: Status) -> list[Campaign]:
        return [s.record for s in self.campaigns.values() if s.record.status is status]

    @property
    def running(self) -> list[Campaign]:
        return self.of_status(Status.RUNNING)

    @property
    def idle(self) -> list[Campaign]:
        """Awake for nothing: a pass claimed from it just when its user paused it."""
        return [s.record for s in self.campaigns.values() if s.record.status not in AWAKE_IN]


def read_lane(outside: Outside, lane: Lane) -> LaneView:
    """What is in flight is counted before anything that waits is read."""
    in_flight = outside.store.count(queries.live_in_lane(lane.id))
    free = min(CLAIMS_MAX, outside.limits.of_lane(lane.id) - in_flight)
    return LaneView(lane.id, lane.turn, outside.clock.now(), in_flight, free)


def read_on(outside: Outside, view: LaneView, slots: int, most: int) -> list[Campaign]:
    """The next campaigns in the order in which they are served: as many as there are slots to fill, later as
    many as were read before; and as many of those that slept until now, of which the first time one tells
    whether there are any. None: all are read, or `most`."""
    wanted = min(max(1, slots, len(view.campaigns)), most - len(view.campaigns))
    if wanted <= 0:
        return []
    read = [*_read_awake(outside, view, wanted), *_read_sleepers(outside, view, wanted)]
    new = {stored.record.id: stored for stored in read if stored.record.id not in view.campaigns}
    view.campaigns |= new
    campaigns = [stored.record for stored in new.values()]
    _look_into(outside, view, campaigns)
    return campaigns


def _read_awake(outside: Outside, view: LaneView, limit: int) -> list[Stored[Campaign]]:
    return _read(outside, view.awake, queries.awake_campaigns(view.lane, limit, view.awake.last), limit)


def _read_sleepers(outside: Outside, view: LaneView, limit: int) -> list[Stored[Campaign]]:
    """Who is due. Mostly nobody is: then it is one read, which also tells who will be next."""
    if not view.asleep.more:
        return []
    if view.asleep.last is None:
        first = _read(outside, view.asleep, queries.sleeping_campaigns(view.lane, 1), 1)
        due = [stored for stored in first if _wakes_by(stored.record, view.now)]
        view.asleep.more = bool(due)
        view.next_sleeper_at = first[0].record.next_due_at if first and not due else None
        return due
    query = queries.due_campaigns(view.lane, view.now, limit, view.asleep.last)
    due = _read(outside, view.asleep, query, limit)
    if len(due) < limit:
        later = outside.store.find(queries.sleeping_campaigns(view.lane, 1, since=view.now))
        view.next_sleeper_at = later[0].record.next_due_at if later else None
    return due


def _read(outside: Outside, reading: _Reading, query: Query[Campaign], limit: int) -> list[Stored[Campaign]]:
    if not reading.more:
        return []
    found = outside.store.find(query)
    reading.more = len(found) == limit
    if found:
        last: Any = found[-1].record
        reading.last = (*(getattr(last, name) for name in query.order_by), last.id)
    return found


def _wakes_by(campaign: Campaign, now: datetime) -> bool:
    return campaign.next_due_at is not None and campaign.next_due_at <= now


def _look_into(outside: Outside, view: LaneView, campaigns: list[Campaign]) -> None:
    """Their accounts, and the room that is left. An account is counted again with each campaign of it that is
    read later: only a count that is taken after a campaign was read may put it to sleep, and only one that is
    taken before its calls are read. So of two counts the higher one holds."""
    ids = {campaign.account_id for campaign in campaigns}
    view.accounts |= _accounts(outside, ids - view.accounts.keys())
    view.days |= {id: view.accounts[id].day_of(view.now) for id in ids & view.accounts.keys()}
    for id in sorted(ids & view.accounts.keys()):
        account, counted = view.accounts[id], outside.store.count(queries.live_of_account(id))
        view.in_flight_of[id] = max(counted, view.in_flight_of.get(id, 0))
        view.room_of[id] = min(
            outside.limits.of_account(account) - view.in_flight_of[id],
            room_of_day_budget(outside, account, view.days[id]),
        )
    running = [c for c in campaigns if c.status is Status.RUNNING and c.account_id in view.accounts]
    openings = _openings(outside, running, view.accounts, view.now)
    view.openings |= openings
    view.quotas.add(quotas_of(outside, running, view.accounts, openings, view.in_flight_of, view.now))


def _openings(
    outside: Outside, campaigns: Iterable[Campaign], accounts: dict[str, Account], now: datetime
) -> dict[str, Openings]:
    return {
        campaign.id: openings_of(campaign, accounts[campaign.account_id], outside.rulebook, now)
        for campaign in campaigns
    }


def _accounts(outside: Outside, ids: set[str]) -> dict[str, Account]:
    if not ids:
        return {}
    read: list[Stored[Any] | None] = outside.store.get_many([(Account, id) for id in sorted(ids)])
    return {stored.record.id: stored.record for stored in read if stored}
