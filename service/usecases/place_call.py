"""The handler of one claimed call: check again, commit `dialing`, send exactly one create request."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from service.domain import calls
from service.domain.account import Account
from service.domain.call import Attempt, Call, State
from service.domain.callee import Callee, is_barred, next_allowed
from service.domain.calling_hours import next_beginning, timetable_of
from service.domain.campaign import Campaign, Priority, Status
from service.domain.errors import Busy
from service.domain.stamps import hour_in
from service.domain.timetable import Timetable
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
    Update,
)
from service.usecases import outbox, prompts
from service.usecases.callers import callers_of
from service.usecases.dial_memory import forget_dial, remember_dial
from service.usecases.do_not_call import opt_out_if_possible
from service.usecases.readiness import pause_without_caller
from service.usecases.record_answer import record_answer
from service.usecases.speakers import Speaker, filled_in, provider_of, reach, speaker_of

DO_NOT_CALL = "On the do-not-call list."
NO_NUMBER = "There is no number to call from."
NOBODY = "It has no script and no agent."
STALLED = "There was no time left to dial it."
DIAL_TRIES_MAX = 3  # another call to the same number may be dialled at the same moment
TRY_AGAIN_SECONDS_MAX = 10  # so that the handler ends before its task's deadline
DIAL_WITHIN_SECONDS = 5  # of the `dialing` commit, else this handler was stalled and does not begin


class Result(StrEnum):
    """What became of the task; all of them are done, none is tried again."""

    PLACED = "placed"
    STALE = "stale"  # another handler, or a user, got there first
    RELEASED = "released"  # it may not be dialled now, or the provider could not take it
    CANCELED = "canceled"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class Read:
    """What the handler has read."""

    call: Stored[Call]
    campaign: Campaign
    account: Account
    callee: Stored[Callee] | None


@dataclass(frozen=True)
class Plan:
    """How it is dialled."""

    timetable: Timetable
    caller: str
    speaker: Speaker


@dataclass(frozen=True)
class Ready:
    """A call that this handler, and no other, may dial."""

    call: Call
    version: object
    campaign: Campaign
    plan: Plan


def place_call(
    outside: Outside, *, call: str, campaign: str, account: str, callee: str, attempt: int
) -> Result:
    """Raises Busy and the store's errors: then the task is delivered again, and sees what became of it."""
    began: datetime | None = None
    for _ in range(DIAL_TRIES_MAX):
        read = _read(outside, call, campaign, account, callee)
        now = outside.clock.now()
        began = began or now
        if read is None or read.call.record.attempt != attempt:
            return Result.STALE
        if now - began > timedelta(seconds=TRY_AGAIN_SECONDS_MAX):
            break
        try:
            return _check_and_dial(outside, read)
        except Conflict:
            continue
    raise Busy(f"The call {call} kept changing, or another one to its number did.")


def _read(outside: Outside, call: str, campaign: str, account: str, callee: str) -> Read | None:
    """None: it is not claimed any more."""
    stored, its_campaign, its_account, its_callee = outside.store.get_many(
        [(Call, call), (Campaign, campaign), (Account, account), (Callee, callee)]
    )
    if stored is None or stored.record.state is not State.CLAIMED:
        return None
    if its_campaign is None or its_account is None:
        raise Busy(f"The call {call} has lost its campaign or account.")
    return Read(stored, its_campaign.record, its_account.record, its_callee)


def _check_and_dial(outside: Outside, read: Read) -> Result:
    stored, campaign, account = read.call, read.campaign, read.account
    call, now = stored.record, outside.clock.now()
    if campaign.status is Status.CANCELED:
        return _free(outside, stored, calls.finish(call, State.CANCELED, now=now), Result.CANCELED)
    if campaign.status is not Status.RUNNING:
        return _free(outside, stored, calls.release(call, due_at=call.due_at), Result.RELEASED)
    callee = read.callee.record if read.callee else None
    if is_barred(callee, now):
        barred = calls.finish(call, State.CANCELED, now=now, error=DO_NOT_CALL)
        return _free(outside, stored, barred, Result.CANCELED)
    timetable = timetable_of(campaign.settings, account, call.cohort, outside.rulebook, now)
    opening = next_beginning(timetable, now)
    if opening != now:
        return _free(outside, stored, _wait_until(call, opening, now), Result.RELEASED)
    allowed_at = next_allowed(callee, account.caps, now)
    if allowed_at > now:
        return _free(outside, stored, calls.release(call, due_at=allowed_at), Result.RELEASED)
    caller = call.line or next(iter(callers_of(call, campaign, account)), None)
    speaker = speaker_of(outside, call, campaign)
    if caller is None or speaker is None:
        return _free_undialable(outside, read, NOBODY if caller else NO_NUMBER, now)
    telephony = reach(outside, speaker)
    ready = _commit_dialing(outside, read, Plan(timetable, caller, speaker), now)
    if not _may_still_begin(outside, ready, now):
        later = outside.clock.now()
        undone = calls.undial(ready.call, due_at=later + calls.place_backoff(call), error=STALLED, now=later)
        forget_dial(outside, account, call, now)
        return _free(outside, Stored(ready.call, ready.version), undone, Result.RELEASED)
    answer = telephony if isinstance(telephony, Refused) else telephony.place(_order(outside, ready))
    if isinstance(answer, Refused):
        forget_dial(outside, account, call, now)
    record_answer(outside, ready.call, ready.version, answer)
    if isinstance(answer, Refused) and answer.opted_out:
        opt_out_if_possible(outside, account, call.to)
    return _result(answer)


def _free_undialable(outside: Outside, read: Read, error: str, now: datetime) -> Result:
    """A campaign waits for a number. A direct call ends: who asked for just this one is told why."""
    call = read.call.record
    if error == NO_NUMBER and read.campaign.priority is Priority.CAMPAIGN:
        pause_without_caller(outside, read.account, read.campaign.id)
        return _free(outside, read.call, calls.release(call, due_at=call.due_at), Result.RELEASED)
    failed = calls.finish(call, State.FAILED, now=now, error=error)
    return _free(outside, read.call, failed, Result.REFUSED)


def _wait_until(call: Call, opening: datetime | None, now: datetime) -> Call:
    """Its hours have ended since it was claimed. It stays due: when they come again is looked up then."""
    if opening is None:
        return calls.finish(call, State.EXPIRED, now=now)
    return calls.release(call, due_at=call.due_at)


def _free(outside: Outside, stored: Stored[Call], freed: Call, result: Result) -> Result:
    events = outbox.of_call(outside, stored.record, freed)
    committed = outside.store.commit([Update(freed, stored.version), *outbox.creates(events)])
    prompts.ask_for_deliveries(outside, events)
    prompts.ask_for_refill(outside, freed.lane, committed.at)
    return result


def _commit_dialing(outside: Outside, read: Read, plan: Plan, now: datetime) -> Ready:
    """Raises Conflict when another handler has it, or another call to its number was dialled just now."""
    account, call = read.account, read.call.record
    attempt = Attempt(
        number=call.attempt,
        dialed_at=now,
        owner=outside.new_token(),
        caller=plan.caller,
        provider=provider_of(plan.speaker),
        agent_id=plan.speaker.agent.id if plan.speaker.agent else None,
        lease_ends_at=now + outside.limits.lease,
        rate=account.rate,
        rules_version=outside.rulebook.version,
        hour=hour_in(read.campaign.settings.timezone, now),
        month=account.month_of(now),
    )
    dialing = calls.dial(call, attempt, ring_seconds=outside.limits.ring_seconds)
    writes = [Update(dialing, read.call.version), *remember_dial(account, call, read.callee, now)]
    try:
        version = outside.store.commit(writes).versions[0]
    except CommitUnknown:
        version = _version_of_own_dial(outside, dialing, attempt.owner)
    return Ready(dialing, version, read.campaign, plan)


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
    return in_time and next_beginning(ready.plan.timetable, now) == now


def _order(outside: Outside, ready: Ready) -> CallOrder:
    call = ready.call
    assert call.dialed is not None
    script, variables = filled_in(ready.plan.speaker, call)
    return CallOrder(
        call_id=call.id,
        attempt=call.attempt,
        to=call.to,
        caller=ready.plan.caller,
        script=script,
        ring_seconds=outside.limits.ring_seconds,
        time_limit_seconds=outside.limits.time_limit_seconds,
        on_machine=ready.campaign.settings.on_machine,
        record=ready.plan.speaker.is_recorded,
        key=call.dialed.owner,
        variables=variables,
    )


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
