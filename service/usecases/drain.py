"""A canceled campaign's waiting calls are canceled a chunk at a time, by passes."""

from service.domain import call as calls
from service.domain import campaign as campaigns
from service.domain.call import State
from service.domain.campaign import Campaign
from service.ports import Conflict, Outside, Update
from service.usecases import queries
from service.usecases.lane_view import LaneView, count_in_flight

DRAIN_CHUNK = 200  # calls canceled by one commit
DRAIN_CHUNKS_MAX = 5  # commits for each campaign and pass


def drain_canceled(outside: Outside, view: LaneView) -> bool:
    """Cancels what waits in canceled campaigns; True when there may be more."""
    more = False
    for campaign in view.canceled:
        more = _drain(outside, view, campaign) or more
    return more


def _drain(outside: Outside, view: LaneView, campaign: Campaign) -> bool:
    in_flight = count_in_flight(outside, campaign, view.in_flight_of)
    for _ in range(DRAIN_CHUNKS_MAX):
        waiting = outside.store.find(queries.waiting_calls(campaign.id, DRAIN_CHUNK))
        if waiting:
            outside.store.commit(
                [Update(calls.finish(s.record, State.CANCELED, now=view.now), s.version) for s in waiting]
            )
        if len(waiting) < DRAIN_CHUNK:
            # One that is still in flight may come back: it keeps the campaign awake.
            return False if in_flight else _put_to_sleep(outside, view, campaign)
    return True


def _put_to_sleep(outside: Outside, view: LaneView, campaign: Campaign) -> bool:
    version = view.stored_campaign(campaign.id).version
    try:
        outside.store.commit([Update(campaigns.finish(campaign), version)])
    except Conflict:
        return True
    return False
