"""What will never ring is ended a chunk at a time, by passes: the waiting calls of canceled campaigns, and
those whose hours will not come again."""

import logging
from collections.abc import Iterable, Iterator

from service.domain import calls
from service.domain import campaign as campaigns
from service.domain.call import Call, State
from service.domain.campaign import Campaign, Status
from service.domain.outbox import Event
from service.domain.sizes import bytes_of_call
from service.ports import (
    COMMIT_BYTES_MAX,
    CommitUnknown,
    Conflict,
    Outside,
    Query,
    Stored,
    StoreUnavailable,
    Update,
    Write,
)
from service.usecases import outbox, prompts, queries
from service.usecases.lane_view import LaneView
from service.usecases.quotas import chunks, count_in_flight

DRAIN_CHUNK = 200  # calls ended by one commit; fewer, where they are large
DRAIN_CHUNKS_MAX = 5  # chunks for each campaign and pass

log = logging.getLogger(__name__)


def drain(outside: Outside, view: LaneView, campaigns: Iterable[Campaign]) -> bool:
    """Ends what waits in vain in some of the lane's campaigns; True when there may be more. One that fails
    stays awake for the next tick, and keeps no other from its calls."""
    more = False
    for campaign in campaigns:
        try:
            more = _drain(outside, view, campaign) or more
        except (Conflict, CommitUnknown, StoreUnavailable):
            raise
        except Exception:
            log.exception("Campaign %s could not be drained; the pass goes on.", campaign.id)
    return more


def _drain(outside: Outside, view: LaneView, campaign: Campaign) -> bool:
    more = campaign.status is Status.CANCELED and _drain_canceled(outside, view, campaign)
    openings = view.openings.get(campaign.id)
    for chunk in chunks(openings.never) if openings else ():
        never = queries.waiting_in(campaign.id, chunk, DRAIN_CHUNK)
        more = not _end(outside, view, never, State.EXPIRED) or more
    return more


def _drain_canceled(outside: Outside, view: LaneView, campaign: Campaign) -> bool:
    in_flight = count_in_flight(outside, campaign, view.in_flight_of)
    if not _end(outside, view, queries.waiting_calls(campaign.id, DRAIN_CHUNK), State.CANCELED):
        return True
    # One that is still in flight may come back: it keeps the campaign awake.
    return False if in_flight else _put_to_sleep(outside, view, campaign)


def _end(outside: Outside, view: LaneView, waiting_in: Query[Call], outcome: State) -> bool:
    """True when nothing of it waits any more."""
    for _ in range(DRAIN_CHUNKS_MAX):
        waiting = outside.store.find(waiting_in)
        for part in _parts(waiting):
            _commit_ends(outside, view, part, outcome)
        if len(waiting) < DRAIN_CHUNK:
            return True
    return False


def _parts(waiting: Iterable[Stored[Call]]) -> Iterator[list[Stored[Call]]]:
    """Each for one commit, in which an event may tell of each call all that it holds."""
    part: list[Stored[Call]] = []
    size = 0
    for stored in waiting:
        part.append(stored)
        size += 2 * bytes_of_call(stored.record)
        if size > COMMIT_BYTES_MAX:
            yield part
            part, size = [], 0
    if part:
        yield part


def _commit_ends(outside: Outside, view: LaneView, waiting: list[Stored[Call]], outcome: State) -> None:
    writes: list[Write] = []
    events: list[Event] = []
    for stored in waiting:
        call = outbox.told(view.accounts.get(stored.record.account_id), stored.record)
        ended = calls.finish(call, outcome, now=view.now)
        writes.append(Update(ended, stored.version))
        events += outbox.of_call(outside, call, ended)
    outside.store.commit([*writes, *outbox.creates(events)])
    prompts.ask_for_deliveries(outside, events)


def _put_to_sleep(outside: Outside, view: LaneView, campaign: Campaign) -> bool:
    version = view.campaigns[campaign.id].version
    try:
        outside.store.commit([Update(campaigns.finish(campaign), version)])
    except Conflict:
        return True
    return False
