"""What will never ring is ended a chunk at a time, by passes: the waiting calls of canceled campaigns, and
those whose hours will not come again."""

from collections.abc import Iterable

from service.domain import calls
from service.domain import campaign as campaigns
from service.domain.call import Call, State
from service.domain.campaign import Campaign, Status
from service.domain.outbox import Event
from service.ports import Conflict, Outside, Query, Stored, Update, Write
from service.usecases import outbox, prompts, queries
from service.usecases.lane_view import LaneView
from service.usecases.quotas import chunks, count_in_flight

DRAIN_CHUNK = 200  # calls ended by one commit
DRAIN_CHUNKS_MAX = 5  # commits for each campaign and pass


def drain(outside: Outside, view: LaneView, campaigns: Iterable[Campaign]) -> bool:
    """Ends what waits in vain in some of the lane's campaigns; True when there may be more."""
    more = False
    for campaign in campaigns:
        if campaign.status is Status.CANCELED:
            more = _drain_canceled(outside, view, campaign) or more
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
        if waiting:
            _commit_ends(outside, view, waiting, outcome)
        if len(waiting) < DRAIN_CHUNK:
            return True
    return False


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
