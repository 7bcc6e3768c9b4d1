"""One call to one person: its states, its attempts, and every transition between them.

queued -> claimed -> dialing -> ringing -> in_progress -> final
A retry is the same call, queued again with the next attempt number. That number fences every write:
what speaks of another attempt changes nothing.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from service.domain.errors import WrongState


class State(StrEnum):
    QUEUED = "queued"  # waits until due_at, its hours and a slot; a pass claims it
    CLAIMED = "claimed"  # has a slot and a task; its handler dials, else a later pass dispatches it again
    DIALING = "dialing"  # the one create request may have been sent; a webhook, else a pass after check_at
    RINGING = "ringing"  # the provider says so; a webhook, else a pass asks the provider
    IN_PROGRESS = "in_progress"  # answered; a webhook, else a pass asks the provider
    UNCERTAIN = "uncertain"  # nobody knows whether it rang; a webhook, else passes ask, then the policy
    COMPLETED = "completed"
    VOICEMAIL = "voicemail"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    UNCONFIRMED = "unconfirmed"  # its fate could not be known; nobody moves on what is final


LIVE = frozenset({State.CLAIMED, State.DIALING, State.RINGING, State.IN_PROGRESS, State.UNCERTAIN})
FINAL = frozenset(State) - LIVE - {State.QUEUED}
ON_THE_LINE = (State.DIALING, State.UNCERTAIN, State.RINGING, State.IN_PROGRESS)

CLAIM_RESCUE_SECONDS = (
    300  # a claim whose handler has not begun by then, at one dial a second, gets a new task
)
RING_MARGIN_SECONDS = 30  # what a provider may take beyond the ring timeout that it was given
HANG_UP_MARGIN_SECONDS = 60  # what it may take beyond the call's time limit to say that it has ended
LIVE_CHECK_SECONDS = 300  # a call that the provider says is live is asked about again
UNCERTAIN_CHECKS_SECONDS = (60, 300, 900)  # the provider is asked at 1, 5 and 15 minutes
PLACE_TRIES_MAX = 10  # requests that the provider certainly did not process, per call
PLACE_BACKOFF_SECONDS = (15, 900)  # the first and the longest wait between them


@dataclass(frozen=True)
class Script:
    """What the callee hears: exactly one of the two. `{name}` and other variables are filled in."""

    twiml: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Attempt:
    """One dial: at most one create request at the provider."""

    number: int
    dialed_at: datetime
    owner: str  # random; only who wrote it may send the create request
    caller: str
    provider: str
    lease_ends_at: datetime  # by the limits that were sent with the request it is over by then
    provider_id: str | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: State | None = None
    duration_seconds: int | None = None
    error: str | None = None


@dataclass(frozen=True)
class Call:
    COLLECTION: ClassVar[str] = "calls"

    id: str
    account_id: str
    campaign_id: str
    lane: str
    to: str  # E.164
    created_at: datetime
    due_at: datetime
    name: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    external_id: str | None = None
    caller: str | None = None  # its own; else the campaign's, else the account's
    line: str | None = None  # claimed: the caller number whose slot it holds
    script: Script | None = None  # its own; else the campaign's
    state: State = State.QUEUED
    live: bool = False  # holds a slot: its state is one of LIVE
    check_at: datetime | None = None  # live: when a pass must look at it
    attempt: int = 1  # the attempt that it is at, or waits for
    dispatch: int = 0  # tasks made for it: each gets a name of its own
    called_off: bool = False  # on the line when its user canceled it: there is no further attempt
    place_tries: int = 0  # requests that the provider certainly did not process
    attempts: tuple[Attempt, ...] = ()
    finished_at: datetime | None = None

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    @property
    def dialed(self) -> Attempt | None:
        """The present attempt's dial, once it has begun."""
        last = self.attempts[-1] if self.attempts else None
        return last if last and last.number == self.attempt else None


def claim(call: Call, *, now: datetime, line: str | None = None) -> Call:
    """queued -> claimed: it holds a slot from here on, and one of its caller number."""
    _must_be(call, State.QUEUED)
    return _dispatched(replace(call, state=State.CLAIMED, live=True, line=line), now)


def dispatch_again(call: Call, *, now: datetime) -> Call:
    """claimed -> claimed: its task got lost. The new one needs a name that was never used."""
    _must_be(call, State.CLAIMED)
    return _dispatched(call, now)


def _dispatched(call: Call, now: datetime) -> Call:
    return replace(call, dispatch=call.dispatch + 1, check_at=now + timedelta(seconds=CLAIM_RESCUE_SECONDS))


def release(call: Call, *, due_at: datetime) -> Call:
    """claimed -> queued: it may not be dialled now, and no request was sent."""
    _must_be(call, State.CLAIMED)
    return _queued(call, due_at)


def dial(call: Call, attempt: Attempt, *, ring_seconds: int) -> Call:
    """claimed -> dialing: committed before the one create request is sent."""
    _must_be(call, State.CLAIMED)
    check_at = attempt.dialed_at + timedelta(seconds=ring_seconds + RING_MARGIN_SECONDS)
    return replace(call, state=State.DIALING, check_at=check_at, attempts=(*call.attempts, attempt))


def undial(call: Call, *, due_at: datetime, error: str, now: datetime) -> Call:
    """dialing -> queued: the request certainly was not processed. The same attempt is tried again,
    a bounded number of times."""
    _must_be(call, State.DIALING, State.UNCERTAIN)
    if call.place_tries + 1 >= PLACE_TRIES_MAX:
        return finish(call, State.FAILED, now=now, error=error)
    undone = replace(call, attempts=call.attempts[:-1], place_tries=call.place_tries + 1)
    return _queued(undone, due_at)


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


def call_off(call: Call) -> Call:
    """On the line, and its user wants it no more: it is hung up, and what it ends with is not retried."""
    _must_be(call, *ON_THE_LINE)
    return replace(call, called_off=True)


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
    return replace(call, state=State.QUEUED, live=False, check_at=None, line=None, due_at=due_at)


def _ended(
    call: Call, outcome: State, now: datetime, duration_seconds: int | None, error: str | None
) -> Call:
    if call.dialed is None:
        return call
    error = error or call.dialed.error
    return _with_dial(call, outcome=outcome, ended_at=now, duration_seconds=duration_seconds, error=error)


def _with_dial(call: Call, **changes: object) -> Call:
    """The call with its present attempt's dial changed."""
    return replace(call, attempts=(*call.attempts[:-1], replace(call.attempts[-1], **changes)))  # type: ignore[arg-type]


def _must_be(call: Call, *states: State) -> None:
    if call.state not in states:
        wanted = ", ".join(sorted(states))
        raise WrongState(f"The call {call.id} is {call.state}; this needs {wanted}.")
