"""A webhook: what the provider says of one attempt."""

import logging

from service.domain import events
from service.domain.call import Call
from service.domain.campaign import Campaign
from service.domain.errors import NotFound
from service.domain.events import CallEvent
from service.ports import Outside, TelephonyUnavailable
from service.usecases import prompts
from service.usecases.do_not_call import heed_opt_out
from service.usecases.outbox import change_call
from service.usecases.speakers import telephony_of

log = logging.getLogger(__name__)


def record_event(
    outside: Outside, call_id: str, attempt: int, event: CallEvent, agent_id: str | None = None
) -> bool:
    """True when it changed the call. `agent_id`: whose provider says so; it says nothing of calls of another
    agent's. Raises Busy and the store's errors: the provider posts it again."""
    campaign: Campaign | None = None
    meant: Call | None = None
    freed = False

    def decide(call: Call) -> Call | None:
        nonlocal freed, meant
        if not any(known.number == attempt and known.agent_id == agent_id for known in call.attempts):
            return None
        meant = call
        moved = move(call)
        freed = moved is not None and not moved.live
        return events.keep(moved or call, attempt, event) or moved

    def move(call: Call) -> Call | None:
        nonlocal campaign
        if call.attempt != attempt:
            return None
        if campaign is None and events.needs_campaign(call, event):
            stored = outside.store.get(Campaign, call.campaign_id)
            campaign = stored.record if stored else None
        return events.apply(call, event, campaign, now=outside.clock.now(), limits=outside.limits)

    try:
        moved = change_call(outside, call_id, decide)
    except NotFound:
        return False
    if moved is not None and events.must_hang_up(moved, campaign):
        _hang_up(outside, moved)
    if moved is not None and freed:
        prompts.ask_for_refill(outside, moved.lane, outside.clock.now())
    if meant is not None and event.opted_out:  # also of an attempt that is over; last, as it may fail
        heed_opt_out(outside, meant)
    return moved is not None


def _hang_up(outside: Outside, call: Call) -> None:
    """If it fails, the machine hears the script."""
    assert call.dialed is not None
    assert call.dialed.provider_id is not None
    try:
        telephony_of(outside, call.dialed).hang_up(call.dialed.provider_id)
    except TelephonyUnavailable:
        log.warning("Call %s could not be ended: a machine had answered.", call.id, exc_info=True)
