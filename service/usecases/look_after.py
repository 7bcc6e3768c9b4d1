"""Live calls that nobody moved on in time: lost tasks, lost webhooks, dials of unknown fate."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain import call as calls
from service.domain import events
from service.domain.call import Call, State
from service.domain.campaign import Campaign
from service.domain.events import CallEvent
from service.ports import Conflict, Outside, Stored, TelephonyUnavailable, Update
from service.usecases import prompts, queries

LOOK_AFTER_MAX = 100  # calls looked after by one pass
SAME_NUMBER_MAX = 50  # calls to one number that are looked at, to tell whose a provider's call is
OVERDUE_CHECK_SECONDS = 60  # after an overdue call was ended, until the provider is asked again
LOOK_AFTER_SECONDS_MAX = 60  # then the rest is left to the next tick: providers can be slow

log = logging.getLogger(__name__)


@dataclass
class Looked:
    redispatched: int = 0
    reconciled: int = 0


def look_after(outside: Outside, lane: str) -> Looked:
    """Moves on what is overdue, the longest overdue first. Raises the store's errors."""
    looked = Looked()
    began = outside.clock.now()
    for stored in outside.store.find(queries.to_look_after(lane, began, LOOK_AFTER_MAX)):
        if outside.clock.now() - began > timedelta(seconds=LOOK_AFTER_SECONDS_MAX):
            break
        try:
            if stored.record.state is State.CLAIMED:
                _dispatch_again(outside, stored)
                looked.redispatched += 1
            else:
                _reconcile(outside, stored)
                looked.reconciled += 1
        except Conflict:
            log.info("Call %s moved on by itself.", stored.record.id)
    return looked


def _dispatch_again(outside: Outside, stored: Stored[Call]) -> None:
    call = calls.dispatch_again(stored.record, now=outside.clock.now())
    outside.store.commit([Update(call, stored.version)])
    prompts.send_to_handlers(outside, [call])


def _reconcile(outside: Outside, stored: Stored[Call]) -> None:
    """Asks the provider, and commits what that makes of the call."""
    call = stored.record
    event, error = _ask_provider(outside, call)
    campaign = outside.store.get(Campaign, call.campaign_id)
    now = outside.clock.now()
    moved = _decide(outside, call, event, error, campaign.record if campaign else None, now)
    outside.store.commit([Update(moved, stored.version)])
    soon = moved.state is State.UNCERTAIN or (moved.live and now >= events.lease_ends(moved))
    if soon and moved.check_at:
        prompts.ask_for_check(outside, call.lane, moved.check_at)


def _ask_provider(outside: Outside, call: Call) -> tuple[CallEvent | None, str]:
    """What the provider says of the present attempt; else why nothing is known."""
    assert call.dialed is not None
    try:
        if call.dialed.provider_id:
            event = outside.telephony.look_up(call.dialed.provider_id)
        else:
            event = _find_own(outside, call)
    except TelephonyUnavailable as unavailable:
        return None, f"The provider could not be asked: {unavailable}"
    return event, "The provider knows no such call."


def _find_own(outside: Outside, call: Call) -> CallEvent | None:
    """By the numbers, which other calls may share: what another one holds is not this one's."""
    assert call.dialed is not None
    dialed = call.dialed
    found = outside.telephony.find(to=call.to, caller=dialed.caller, since=dialed.dialed_at)
    if not found:
        return None
    others = outside.store.find(queries.calls_to(call.to, SAME_NUMBER_MAX))
    held = {attempt.provider_id for other in others for attempt in other.record.attempts}
    return next((event for event in found if event.provider_id not in held), None)


def _decide(
    outside: Outside,
    call: Call,
    event: CallEvent | None,
    error: str,
    campaign: Campaign | None,
    now: datetime,
) -> Call:
    moved = events.apply(call, event, campaign, now=now, limits=outside.limits) if event else None
    moved = moved or call
    if not moved.live:
        return moved
    assert moved.dialed is not None
    leased = now < events.lease_ends(moved)
    if leased and moved.state is State.DIALING and moved.dialed.provider_id is None:
        return calls.doubt(moved, now=now, error=error)
    if event is not None and not leased:
        # It should be over, and the provider says that it is on the line: ended by us, it frees its slot.
        _end_overdue(outside, event)
        return calls.check_later(moved, at=now + timedelta(seconds=OVERDUE_CHECK_SECONDS))
    check_at = _next_look(moved, now)
    return calls.check_later(moved, at=check_at) if check_at else events.give_up(moved, campaign, now=now)


def _end_overdue(outside: Outside, event: CallEvent) -> None:
    try:
        outside.telephony.hang_up(event.provider_id)
    except TelephonyUnavailable:
        log.warning("An overdue call could not be ended; the next look tries again.", exc_info=True)


def _next_look(call: Call, now: datetime) -> datetime | None:
    """None: nothing more will be found out. A call that the provider took may be on the line until its lease
    ends; of one that it never answered for, a few questions tell as much as many."""
    assert call.dialed is not None
    if call.state is State.UNCERTAIN and call.dialed.provider_id is None:
        return events.next_uncertain_check(call, now)
    lease_ends = events.lease_ends(call)
    return min(now + timedelta(seconds=calls.LIVE_CHECK_SECONDS), lease_ends) if now < lease_ends else None
