"""One call in the telephone network: what it meets at the other end, and when."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

DIAL_SECONDS = 1  # from a call's creation until the other telephone rings
RING_SECONDS = (3.0, 20.0)  # how long people take to answer
OUTCOMES = {"completed": 0.65, "busy": 0.15, "no-answer": 0.15, "failed": 0.05}


@dataclass(frozen=True)
class Fate:
    """What a call meets at the other end. One that is not answered in time becomes a `no-answer`."""

    outcome: str  # one of OUTCOMES
    ring_seconds: float = 5.0
    talk_seconds: int = 60


FateOf = Callable[[str, str, int], Fate]  # of the called number, the caller, how many calls it had before


def seeded_fates(seed: int, talk_seconds: tuple[int, int], outcomes: Mapping[str, float]) -> FateOf:
    """The same call meets the same fate in every run."""

    def fate(to: str, caller: str, calls_before: int) -> Fate:
        dice = random.Random(f"{seed} {to} {caller} {calls_before}")
        outcome = dice.choices(tuple(outcomes), weights=tuple(outcomes.values()))[0]
        return Fate(outcome, dice.uniform(*RING_SECONDS), dice.randint(*talk_seconds))

    return fate


@dataclass(frozen=True)
class PhoneCall:
    sid: str
    to: str
    caller: str
    created_at: datetime
    next_at: datetime | None  # when `advanced` moves it on; None: it has ended
    ring_seconds_max: int
    talk_seconds_max: int
    fate: Fate
    callback_url: str | None
    callback_events: tuple[str, ...]
    recording_callback_url: str | None = None  # it is recorded, and its recording is told there
    recording_url: str | None = None
    callbacks: int = 0  # how many were made
    status: str = "queued"  # -> ringing -> in-progress -> completed; or it ends before
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def duration_seconds(self) -> int:
        """How long they talked."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return int((self.ended_at - self.answered_at).total_seconds())


def advanced(call: PhoneCall) -> PhoneCall:
    """The call after what happens to it at `next_at`."""
    fate, at = call.fate, call.next_at
    if at is None:
        raise ValueError(f"{call.sid} has ended")
    answers = fate.outcome == "completed" and fate.ring_seconds < call.ring_seconds_max
    if call.status == "queued" and fate.outcome in ("busy", "failed"):
        return _ended(call, fate.outcome, at)
    if call.status == "queued":
        rings = timedelta(seconds=fate.ring_seconds if answers else call.ring_seconds_max)
        return replace(call, status="ringing", rang_at=at, next_at=at + rings)
    if call.status == "ringing" and answers:
        talk = timedelta(seconds=min(fate.talk_seconds, call.talk_seconds_max))
        return replace(call, status="in-progress", answered_at=at, next_at=at + talk)
    return _ended(call, "completed" if call.status == "in-progress" else "no-answer", at)


def hung_up(call: PhoneCall, *, at: datetime) -> PhoneCall:
    """Ended by the caller. Without an answer it counts as canceled."""
    return _ended(call, "completed" if call.status == "in-progress" else "canceled", at)


def _ended(call: PhoneCall, status: str, at: datetime) -> PhoneCall:
    return replace(call, status=status, ended_at=at, next_at=None)


@dataclass(frozen=True)
class Ring:
    """What really became of one create request."""

    sid: str
    to: str
    caller: str
    created_at: datetime
    rang_at: datetime | None  # None: it was busy, could not be reached, or was canceled before
    ended_at: datetime | None
    outcome: str | None  # Twilio's status, once it has ended
    callback_url: str | None


def ring_of(call: PhoneCall) -> Ring:
    outcome = call.status if call.ended_at else None
    return Ring(
        call.sid,
        call.to,
        call.caller,
        call.created_at,
        call.rang_at,
        call.ended_at,
        outcome,
        call.callback_url,
    )
