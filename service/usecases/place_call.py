"""The handler of one claimed call: check again, commit `dialing`, send exactly one create request."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from service.domain import call as calls
from service.domain.account import Account
from service.domain.call import Attempt, Call, Script, State
from service.domain.campaign import Campaign, Status
from service.domain.errors import Busy
from service.domain.script import fill_in
from service.ports import (
    Accepted,
    Ambiguous,
    Answer,
    CallOrder,
    CommitUnknown,
    Conflict,
    Outside,
    Refused,
    Stored,
    StoreUnavailable,
    Update,
)
from service.usecases import prompts
from service.usecases.callers import caller_of
from service.usecases.changes import change

DIAL_WITHIN_SECONDS = 5  # of the `dialing` commit, else this handler was stalled and does not begin

CLOCK_BEHIND_SECONDS_MAX = 5  # see FirestoreStore: an older answer is not used
SETTLE_TRIES_MAX = 2  # so that the handler ends before its task's deadline, whatever the store does

log = logging.getLogger(__name__)


class Result(StrEnum):
    """What became of the task; all of them are done, none is tried again."""

    PLACED = "placed"
    STALE = "stale"  # another handler, or a user, got there first
    RELEASED = "released"  # it may not be dialled now, or the provider could not take it
    CANCELED = "canceled"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class Ready:
    """A call that this handler, and no other, may dial."""

    call: Call
    version: object
    campaign: Campaign
    caller: str


def place_call(outside: Outside, *, call: str, campaign: str, account: str, attempt: int) -> Result:
    """Raises the store's errors: then the task is delivered again, and finds out what became of it."""
    stored, its_campaign, its_account = outside.store.get_many(
        [(Call, call), (Campaign, campaign), (Account, account)]
    )
    if stored is None or stored.record.state is not State.CLAIMED or stored.record.attempt != attempt:
        return Result.STALE
    if its_campaign is None or its_account is None:
        raise Busy(f"The call {call} has lost its campaign or account.")
    try:
        return _check_and_dial(outside, stored, its_campaign.record, its_account.record)
    except Conflict:
        return Result.STALE


def _check_and_dial(outside: Outside, stored: Stored[Call], campaign: Campaign, account: Account) -> Result:
    call, now = stored.record, outside.clock.now()
    if campaign.status is Status.CANCELED:
        return _free(outside, stored, calls.finish(call, State.CANCELED, now=now), Result.CANCELED)
    if campaign.status is not Status.RUNNING:
        return _free(outside, stored, calls.release(call, due_at=call.due_at), Result.RELEASED)
    opening = _opening(campaign, now)
    if opening != now:
        return _free(outside, stored, _wait_until(call, opening, now), Result.RELEASED)
    caller = call.line or caller_of(call, campaign, account)
    script = call.script or campaign.settings.script
    if caller is None or script is None:
        failed = calls.finish(call, State.FAILED, now=now, error="It has no caller number or no script.")
        return _free(outside, stored, failed, Result.REFUSED)
    ready = _commit_dialing(outside, stored, campaign, caller, now)
    if not _may_still_begin(outside, ready, now):
        undone = calls.undial(ready.call, due_at=call.due_at, error="stalled", now=outside.clock.now())
        return _free(outside, Stored(ready.call, ready.version), undone, Result.RELEASED)
    return _settle(outside, ready, outside.telephony.place(_order(outside, ready, script)))


def _opening(campaign: Campaign, now: datetime) -> datetime | None:
    """`now`, if it is open and stays so for as long as the clock may be behind; else when it opens next."""
    latest = now + timedelta(seconds=CLOCK_BEHIND_SECONDS_MAX)
    opening = campaign.next_opening(now)
    return opening if opening != now or campaign.is_open(latest) else campaign.next_opening(latest)


def _wait_until(call: Call, opening: datetime | None, now: datetime) -> Call:
    """Its window has closed since it was claimed."""
    if opening is None:
        return calls.finish(call, State.EXPIRED, now=now)
    return calls.release(call, due_at=opening)


def _free(outside: Outside, stored: Stored[Call], freed: Call, result: Result) -> Result:
    committed = outside.store.commit([Update(freed, stored.version)])
    prompts.ask_for_refill(outside, freed.lane, committed.at)
    return result


def _commit_dialing(
    outside: Outside, stored: Stored[Call], campaign: Campaign, caller: str, now: datetime
) -> Ready:
    """Raises Conflict when another handler has it."""
    attempt = Attempt(
        number=stored.record.attempt,
        dialed_at=now,
        owner=outside.new_token(),
        caller=caller,
        provider=outside.telephony.name,
        lease_ends_at=now + outside.limits.lease,
    )
    dialing = calls.dial(stored.record, attempt, ring_seconds=outside.limits.ring_seconds)
    try:
        version = outside.store.commit([Update(dialing, stored.version)]).versions[0]
    except CommitUnknown:
        version = _version_of_own_dial(outside, dialing, attempt.owner)
    return Ready(dialing, version, campaign, caller)


def _version_of_own_dial(outside: Outside, dialing: Call, owner: str) -> object:
    """The commit's answer was lost: only who finds its own token may go on, and only from where it left
    off. In the meantime a pass may have doubted the dial, and settled it."""
    read = outside.store.get(Call, dialing.id)
    dialed = read.record.dialed if read and read.record.state is State.DIALING else None
    if read is None or dialed is None or dialed.owner != owner:
        raise Conflict(f"The call {dialing.id} was not moved to dialing by this handler.")
    return read.version


def _may_still_begin(outside: Outside, ready: Ready, checked_at: datetime) -> bool:
    """Looked at once more with the commit behind us: it may have taken long, and the window may be over."""
    now = outside.clock.now()
    in_time = now - checked_at <= timedelta(seconds=DIAL_WITHIN_SECONDS)
    return in_time and _opening(ready.campaign, now) == now


def _order(outside: Outside, ready: Ready, script: Script) -> CallOrder:
    call = ready.call
    return CallOrder(
        call_id=call.id,
        attempt=call.attempt,
        to=call.to,
        caller=ready.caller,
        script=fill_in(script, call),
        ring_seconds=outside.limits.ring_seconds,
        time_limit_seconds=outside.limits.time_limit_seconds,
    )


def _settle(outside: Outside, ready: Ready, answer: Answer) -> Result:
    """Commits what the provider answered. If that fails the call stays `dialing`, and its webhooks or a
    later pass settle it; the request is never sent again."""
    now = outside.clock.now()
    owner = ready.call.dialed.owner if ready.call.dialed else None

    def decide(call: Call) -> Call | None:
        mine = call.dialed is not None and call.dialed.owner == owner
        return _answered(call, answer, now) if mine else None

    read = Stored(ready.call, ready.version)
    try:
        settled = change(outside.store, Call, ready.call.id, decide, read=read, tries=SETTLE_TRIES_MAX)
    except (Busy, CommitUnknown, StoreUnavailable):
        log.warning("Call %s: the provider's answer could not be recorded.", ready.call.id, exc_info=True)
        return _result(answer)
    if settled is not None and not settled.live:
        prompts.ask_for_refill(outside, settled.lane, outside.clock.now())
    if settled is not None and settled.state is State.UNCERTAIN and settled.check_at:
        prompts.ask_for_check(outside, settled.lane, settled.check_at)
    return _result(answer)


def _answered(call: Call, answer: Answer, now: datetime) -> Call | None:
    """The call after the provider's answer; a webhook that came first knows more."""
    assert call.dialed is not None
    if call.state not in calls.ON_THE_LINE or call.dialed.provider_id is not None:
        return None
    match answer:
        case Accepted(provider_id):
            return calls.placed(call, provider_id)
        case Refused(reason, permanent=True):
            return calls.finish(call, State.FAILED, now=now, error=reason)
        case Refused(reason):
            return calls.undial(call, due_at=now + calls.place_backoff(call), error=reason, now=now)
        case Ambiguous(reason):
            return calls.doubt(call, now=now, error=reason) if call.state is State.DIALING else None


def _result(answer: Answer) -> Result:
    match answer:
        case Accepted():
            return Result.PLACED
        case Ambiguous():
            return Result.UNCERTAIN
        case Refused(permanent=True):
            return Result.REFUSED
        case Refused():
            return Result.RELEASED
