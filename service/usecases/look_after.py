"""Live calls that nobody moved on in time: lost tasks, lost webhooks, dials of unknown fate."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain import calls, events
from service.domain.call import Call, State
from service.domain.campaign import Campaign
from service.domain.documents import EPOCH
from service.domain.errors import Busy
from service.ports import CommitUnknown, Outside, Stored, StoreUnavailable
from service.usecases import prompts, queries
from service.usecases.changes import change
from service.usecases.enquiry import Enquiry, Learned
from service.usecases.outbox import change_call

LOOK_AFTER_MAX = 100  # calls looked after by one pass
OVERDUE_CHECK_SECONDS = 60  # after an overdue call was ended, or left for later, until it is asked about
UNHEARD_SECONDS_MAX = 600  # after its lease, until a call that nobody says goes on loses its slot; never 900
SLOT_FREE_SECONDS = 840  # after its lease, by ticks alone: a minute before the promised 15 are over
TICK = timedelta(minutes=15)
LOOK_AFTER_SECONDS_MAX = 60  # then the rest is left to the next tick: providers can be slow

log = logging.getLogger(__name__)


@dataclass
class Looked:
    redispatched: int = 0
    reconciled: int = 0
    in_doubt: int = 0  # of those: whose fate is now, or for good, not known


def look_after(outside: Outside, lane: str) -> Looked:
    """Moves on what is overdue, the longest overdue first. Raises the store's errors."""
    looked, enquiry = Looked(), Enquiry(outside)
    began = outside.clock.now()
    for stored in outside.store.find(queries.to_look_after(lane, began, LOOK_AFTER_MAX)):
        if outside.clock.now() - began > timedelta(seconds=LOOK_AFTER_SECONDS_MAX):
            break
        try:
            if stored.record.state is State.CLAIMED:
                looked.redispatched += _rescue(outside, stored)
            else:
                moved = _reconcile(outside, enquiry, stored)
                looked.reconciled += moved is not None
                looked.in_doubt += moved is not None and _came_in_doubt(stored.record, moved)
        except Busy:
            log.warning("Call %s kept changing; the next pass looks after it.", stored.record.id)
        except (CommitUnknown, StoreUnavailable):
            raise
        except Exception:
            log.exception("Call %s could not be looked after; the others are.", stored.record.id)
    return looked


def _rescue(outside: Outside, stored: Stored[Call]) -> bool:
    """Whether it was dispatched again: once it was often enough, something in it may break its handlers."""

    def decide(call: Call) -> Call | None:
        overtaken = call.state is not State.CLAIMED or call.dispatch != stored.record.dispatch
        if overtaken:
            return None
        step = calls.dispatch_again if call.rescues < calls.RESCUES_MAX else calls.give_back
        return step(call, now=outside.clock.now())

    call = change(outside.store, Call, stored.record.id, decide, read=stored)
    if call is None:
        return False
    if call.state is not State.CLAIMED:
        log.error("Call %s: none of its tasks came to dial it; it was put back.", call.id)
        return False
    prompts.send_to_handlers(outside, [call])
    return True


def _came_in_doubt(before: Call, after: Call) -> bool:
    """By this pass, or stays so for good: also where it is dialled again for that."""
    began = after.state is State.UNCERTAIN and before.state is not State.UNCERTAIN
    return began or after.attempts[-1].outcome is State.UNCONFIRMED


def _reconcile(outside: Outside, enquiry: Enquiry, stored: Stored[Call]) -> Call | None:
    """Asks the provider, and commits what that makes of the call. Where nothing can be made of what it says,
    it is as if it had not answered: the call must neither stay the first in the order nor keep its slot."""
    try:
        return _settle(outside, enquiry, stored, enquiry.about(stored.record))
    except (Busy, CommitUnknown, StoreUnavailable):
        raise
    except Exception:
        log.exception("Call %s: what its provider says cannot be used.", stored.record.id)
        return _settle(outside, enquiry, stored, Learned(error="What the provider says cannot be used."))


def _settle(outside: Outside, enquiry: Enquiry, stored: Stored[Call], learned: Learned) -> Call | None:
    looked_at = stored.record
    campaign = outside.store.get(Campaign, looked_at.campaign_id)
    if learned.event and learned.on_the_line and outside.clock.now() >= events.lease_ends(looked_at):
        # It should be over, and the provider says that it is not: ended by us, it frees its slot.
        enquiry.hang_up(looked_at, learned.event.provider_id)

    def decide(call: Call) -> Call | None:
        overtaken = call.dialed is None or call.check_at is None or call.check_at > outside.clock.now()
        if overtaken or call.attempt != looked_at.attempt:
            return None
        moved = _decide(outside, call, learned, campaign.record if campaign else None, outside.clock.now())
        return (learned.event and events.keep(moved, looked_at.attempt, learned.event)) or moved

    moved = change_call(outside, looked_at.id, decide, read=stored)
    if moved is not None and moved.check_at and _must_be_looked_at_soon(moved, outside.clock.now()):
        prompts.ask_for_check(outside, moved.lane, moved.check_at)
    return moved


def _must_be_looked_at_soon(call: Call, now: datetime) -> bool:
    return call.state is State.UNCERTAIN or now >= events.lease_ends(call)


def _decide(outside: Outside, call: Call, learned: Learned, campaign: Campaign | None, now: datetime) -> Call:
    event = learned.event
    moved = events.apply(call, event, campaign, now=now, limits=outside.limits) if event else None
    moved = moved or call
    if not moved.live:
        return moved
    assert moved.dialed is not None
    leased = now < events.lease_ends(moved)
    if leased and moved.state is State.DIALING and moved.dialed.provider_id is None:
        return calls.doubt(moved, now=now, error=learned.error)
    check_at = _next_look(moved, learned, now)
    if check_at is None and _keeps_its_slot(moved, learned, now):
        check_at = now + timedelta(seconds=OVERDUE_CHECK_SECONDS)
    if check_at is not None:
        return calls.check_later(moved, at=check_at)
    return events.give_up(moved, campaign, now=now, may_ring=learned.on_the_line)


def _keeps_its_slot(call: Call, learned: Learned, now: datetime) -> bool:
    """Though nothing more will be found out: as long as the provider says that it rings or talks; for a while
    where it says neither that nor how it has ended, or where it was not asked."""
    lease_ends = events.lease_ends(call)
    patience_ends = lease_ends + timedelta(seconds=UNHEARD_SECONDS_MAX)
    if learned.asked:  # the checks of each minute may be lost: the last tick in time must find it
        patience_ends = min(patience_ends, _last_tick(lease_ends + timedelta(seconds=SLOT_FREE_SECONDS)))
    unheard = learned.on_the_line or not learned.asked
    return learned.goes_on or (unheard and now < patience_ends)


def _last_tick(by: datetime) -> datetime:
    return by - (by - EPOCH) % TICK


def _next_look(call: Call, learned: Learned, now: datetime) -> datetime | None:
    """None: nothing more will be found out. A call that the provider took may be on the line until its lease
    ends; of one that it never answered for, a few questions tell as much as many."""
    assert call.dialed is not None
    unheard_of = call.dialed.provider_id is None and not learned.may_be_on_the_line
    if call.state is State.UNCERTAIN and unheard_of:
        return events.next_uncertain_check(call, now)
    lease_ends = events.lease_ends(call)
    return min(now + timedelta(seconds=calls.LIVE_CHECK_SECONDS), lease_ends) if now < lease_ends else None
