"""A canceled campaign's waiting calls are canceled a chunk at a time, by passes."""

from dataclasses import replace

from service.domain import call as calls
from service.domain.call import State
from service.ports import Conflict, Outside, Update
from service.usecases import queries
from service.usecases.lane_view import LaneView

DRAIN_CHUNK = 200  # calls canceled by one commit
DRAIN_CHUNKS_MAX = 5  # commits for each campaign and pass


def drain_canceled(outside: Outside, view: LaneView) -> bool:
    """Cancels what waits in canceled campaigns; True when there may be more."""
    more = False
    for stored in view.canceled:
        more = _drain(outside, view, stored.record.id) or more
    return more


def _drain(outside: Outside, view: LaneView, campaign_id: str) -> bool:
    for _ in range(DRAIN_CHUNKS_MAX):
        waiting = outside.store.find(queries.waiting_calls(campaign_id, DRAIN_CHUNK))
        if waiting:
            outside.store.commit(
                [Update(calls.finish(s.record, State.CANCELED, now=view.now), s.version) for s in waiting]
            )
        if len(waiting) < DRAIN_CHUNK:
            return _put_to_sleep(outside, view, campaign_id)
    return True


def _put_to_sleep(outside: Outside, view: LaneView, campaign_id: str) -> bool:
    """Drained; a call of it that is still in flight may come back, and keeps it awake."""
    stored = view.stored_campaign(campaign_id)
    if view.in_flight_of[campaign_id]:
        return False
    try:
        outside.store.commit([Update(replace(stored.record, next_due_at=None), stored.version)])
    except Conflict:
        return True
    return False
