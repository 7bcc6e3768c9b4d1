"""A lane: the unit of ordering. Two documents: its clock, and the mutex of its passes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

AWAKE = datetime(1970, 1, 1, tzinfo=UTC)
"""The time that means "look now". The epoch, so that writing it needs no clock."""

DEFAULT_LANE = "main"
NOT_TIME = "Not time to process"
SWEEP_FROM_MINUTE = 45  # the tick in the last quarter of each hour sweeps: one read more


@dataclass(frozen=True)
class Wake:
    """The clock. Creators set it to AWAKE, blindly; only a pass puts it to sleep."""

    COLLECTION: ClassVar[str] = "wake"

    id: str  # the lane
    at: datetime | None  # AWAKE, or the time to look again, or None: until somebody makes work
    has_webhooks: bool = False  # the hourly sweep looks for events; it is never taken back

    def is_time(self, now: datetime) -> bool:
        """For a pass."""
        return self.at is not None and self.at <= now


@dataclass(frozen=True)
class Lane:
    """The passes' mutex, and what they need to remember from one to the next."""

    COLLECTION: ClassVar[str] = "lanes"

    id: str
    turn: float = 0.0  # the present turn: a queue that comes back starts here
    wake_task_at: datetime | None = None  # the exact wake task that was asked for last
    receipts: tuple[str, ...] = ()  # of the last passes, the newest first: for people to look at


def is_sweep_time(reason: str, now: datetime) -> bool:
    return reason == "tick" and now.minute >= SWEEP_FROM_MINUTE


def first_wake(moments: Iterable[datetime | None]) -> datetime | None:
    """Of several lanes' clocks. None: all sleep until somebody makes work."""
    return min((moment for moment in moments if moment is not None), default=None)
