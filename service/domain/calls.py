"""Every transition of a call.

queued -> claimed -> dialing -> ringing -> in_progress -> final
A retry is the same call, queued again with the next attempt number. That number fences every write:
what speaks of another attempt changes nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from service.domain.call import Attempt, Call
from service.domain.call_cost import cost_of, settle
from service.domain.errors import WrongState
from service.domain.sizes import shortened
from service.domain.stamps import stamped
from service.domain.states import FINAL as FINAL
from service.domain.states import LIVE as LIVE
from service.domain.states import ON_THE_LINE as ON_THE_LINE
from service.domain.states import State
from service.domain.webhook import EventType

CLAIM_RESCUE_SECONDS = 300  # a claim whose handler has not begun by then gets a new task
RESCUES_MAX = 2  # of one claim; then its slot is for others first
RING_MARGIN_SECONDS = 30  # what a provider may take beyond the ring timeout that it was given
HANG_UP_MARGIN_SECONDS = 60  # what it may take beyond the call's time limit to say that it has ended
LIVE_CHECK_SECONDS = 300  # a call that the provider says is live is asked about again
UNCERTAIN_CHECKS_SECONDS = (60, 300, 900)  # the provider is asked at 1, 5 and 15 minutes
CALLBACK_ATTEMPTS_MAX = 50  # then a call takes no further callback: its document must not grow for ever
ERROR_BYTES_MAX = 600
NEVER_DIALLED = "None of its tasks came to dial it."
REFUSALS_MAX = 10  # that are counted: then the call ends, after an hour or so
PLACE_BACKOFF_SECONDS = (15, 900)  # the first and the longest wait between them


def claim(
    call: Call,
    *,
    now: datetime,
    line: str | None = None,
    day: str = "",
    hold: int = 0,
    dial_at: datetime | None = None,
    notify: tuple[EventType, ...] = (),
) -> Call:
    """queued -> claimed: it holds a slot from here on, one of its caller number, and its worst cost."""
    _must_be(call, State.QUEUED)
    today = call if call.day == day else replace(call, day=day, day_spent=0, day_dials=0)
    claimed = replace(
        today,
        state=State.CLAIMED,
        live=True,
        line=line,
        dial_at=dial_at,
        rescues=0,
        spent=call.spent + hold,
        held=hold,
        day_spent=today.day_spent + hold,
        day_line=line or "",
        day_dials=today.day_dials + 1,
        notify=notify,
    )
    return _dispatched(claimed, now)


def dispatch_again(call: Call, *, now: datetime) -> Call:
    """claimed -> claimed: its task got lost. The new one needs a name that was never used."""
    _must_be(call, State.CLAIMED)
    return replace(_dispatched(call, now), rescues=call.rescues + 1)


def _dispatched(call: Call, now: datetime) -> Call:
    begins_at = max(call.dial_at or now, now)
    return replace(
        call, dispatch=call.dispatch + 1, check_at=begins_at + timedelta(seconds=CLAIM_RESCUE_SECONDS)
    )


def release(call: Call, *, due_at: datetime) -> Call:
    """claimed -> queued: it may not be dialled now, and no request was sent."""
    _must_be(call, State.CLAIMED)
    return _queued(_not_dialled(call), due_at)


def dial(call: Call, attempt: Attempt, *, ring_seconds: int) -> Call:
    """claimed -> dialing: committed before the one create request is sent."""
    _must_be(call, State.CLAIMED)
    check_at = attempt.dialed_at + timedelta(seconds=ring_seconds + RING_MARGIN_SECONDS)
    dialed = replace(
        call,
        state=State.DIALING,
        check_at=check_at,
        attempts=(*call.attempts, attempt),
        callback_at=None,
        trouble=None,
        spoken_by=attempt.agent_id,
    )
    return stamped(dialed)


def undial(call: Call, *, due_at: datetime, error: str, now: datetime, counted: bool = False) -> Call:
    """dialing -> queued: the request certainly was not processed. The same attempt is tried again, until its
    campaign ends; a bounded number of times if it is counted."""
    _must_be(call, State.DIALING, State.UNCERTAIN)
    refusals = call.refusals + counted
    if refusals >= REFUSALS_MAX:
        return finish(call, State.FAILED, now=now, error=error)
    undone = stamped(replace(call, attempts=call.attempts[:-1], refusals=refusals))
    return _put_off(_queued(_not_dialled(undone), due_at), error)


def give_back(call: Call, *, now: datetime) -> Call:
    """claimed -> queued: none of its tasks came to dial it, so its slot is for others first."""
    return _put_off(release(call, due_at=now + place_backoff(call)), NEVER_DIALLED)


def _put_off(call: Call, trouble: str) -> Call:
    return replace(call, place_tries=call.place_tries + 1, trouble=shortened(trouble, ERROR_BYTES_MAX))


def _not_dialled(call: Call) -> Call:
    return replace(settle(call, 0), day_dials=max(0, call.day_dials - 1))


def place_backoff(call: Call) -> timedelta:
    """How long to wait after a request that was not processed: doubling, up to a quarter of an hour."""
    first, longest = PLACE_BACKOFF_SECONDS
    return timedelta(seconds=min(first * 2**call.place_tries, longest))


def placed(call: Call, provider_id: str) -> Call:
    """The provider accepted. Its webhook may have come first: the state stays what it is."""
    _must_be(call, *ON_THE_LINE)
    return _with_dial(call, provider_id=provider_id)


def doubt(call: Call, *, now: datetime, error: str) -> Call:
    """dialing -> uncertain: the request may have been processed; it is never sent again."""
    _must_be(call, State.DIALING)
    check_at = now + timedelta(seconds=UNCERTAIN_CHECKS_SECONDS[0])
    return replace(_with_dial(call, error=error), state=State.UNCERTAIN, check_at=check_at)


def ring(call: Call, *, now: datetime, ring_seconds: int) -> Call:
    _must_be(call, State.DIALING, State.UNCERTAIN)
    check_at = now + timedelta(seconds=ring_seconds + RING_MARGIN_SECONDS)
    return replace(call, state=State.RINGING, check_at=check_at)


def answer(call: Call, *, now: datetime, time_limit_seconds: int) -> Call:
    """-> in_progress. The provider hangs up at the time limit, so a later check finds an ended call."""
    _must_be(call, State.DIALING, State.UNCERTAIN, State.RINGING)
    check_at = now + timedelta(seconds=time_limit_seconds + HANG_UP_MARGIN_SECONDS)
    return replace(_with_dial(call, answered_at=now), state=State.IN_PROGRESS, check_at=check_at)


def heard_machine(call: Call) -> Call:
    _must_be(call, *ON_THE_LINE)
    return _with_dial(call, machine=True)


def call_back(call: Call, *, at: datetime) -> Call:
    """The contact asked for it. One that waits is due then; one on the line is tried again then, however it
    ends."""
    _must_be(call, State.QUEUED, *LIVE)
    if len(call.attempts) >= CALLBACK_ATTEMPTS_MAX:
        raise WrongState(f"The call {call.id} was dialled {CALLBACK_ATTEMPTS_MAX} times: make another one.")
    due_at = at if call.state is State.QUEUED else call.due_at
    return replace(call, callback_at=at, due_at=due_at)


def call_off(call: Call) -> Call:
    """On the line, and its user wants it no more: it is hung up, and what it ends with is not retried."""
    _must_be(call, *ON_THE_LINE)
    return replace(call, called_off=True, callback_at=None)


def check_later(call: Call, *, at: datetime) -> Call:
    """Live and looked at; the next look."""
    _must_be(call, *LIVE)
    return replace(call, check_at=at)


def finish(
    call: Call,
    outcome: State,
    *,
    now: datetime,
    duration_seconds: int | None = None,
    error: str | None = None,
) -> Call:
    """Any state that is not final -> a final one. It frees the slot."""
    if outcome not in FINAL:
        raise ValueError(f"{outcome} is not final")
    _must_be(call, State.QUEUED, *LIVE)
    ended = _ended(call, outcome, now, duration_seconds, error)
    return replace(ended, state=outcome, live=False, check_at=None, finished_at=now)


def retry(
    call: Call,
    outcome: State,
    *,
    now: datetime,
    due_at: datetime,
    duration_seconds: int | None = None,
    error: str | None = None,
) -> Call:
    """On the line -> queued: this attempt is over, the next one waits. It frees the slot."""
    _must_be(call, *ON_THE_LINE)
    ended = _ended(call, outcome, now, duration_seconds, error)
    return _queued(replace(ended, attempt=call.attempt + 1), due_at)


def _queued(call: Call, due_at: datetime) -> Call:
    """Not before the contact wants it."""
    due_at = max(due_at, call.callback_at or due_at)
    return replace(
        call, state=State.QUEUED, live=False, check_at=None, line=None, dial_at=None, due_at=due_at
    )


def _ended(
    call: Call, outcome: State, now: datetime, duration_seconds: int | None, error: str | None
) -> Call:
    if call.dialed is None:
        return _not_dialled(call) if call.live else call
    error = error or call.dialed.error
    cost = cost_of(call, outcome, duration_seconds)
    ended = _with_dial(
        call, outcome=outcome, ended_at=now, duration_seconds=duration_seconds, cost=cost, error=error
    )
    return stamped(settle(ended, cost))


def _with_dial(call: Call, **changes: object) -> Call:
    """The call with its present attempt's dial changed."""
    if error := changes.get("error"):
        changes["error"] = shortened(str(error), ERROR_BYTES_MAX)
    return replace(call, attempts=(*call.attempts[:-1], replace(call.attempts[-1], **changes)))  # type: ignore[arg-type]


def _must_be(call: Call, *states: State) -> None:
    if call.state not in states:
        wanted = ", ".join(sorted(states))
        message = f"The call {call.id} is {call.state}; this needs {wanted}."
        raise WrongState.of(message, "state", call.state, *states)
