"""Calling hours: windows per weekday, as a user gives them. When they are open, a Timetable says."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

Minutes = tuple[tuple[int, int], ...]  # open spans of a local day, in order; none touches the next

DAY_MINUTES = 24 * 60
ALL_DAY: Minutes = ((0, DAY_MINUTES),)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Window:
    """Open from `start` to before `end`, in minutes of the local day; `end` at or before `start` is over
    midnight, and 1440 is midnight itself. Valid: 0 <= start < 1440 and 0 <= end <= 1440. `end` equal to
    `start` is 24 hours; users may not write that, as some would mean none."""

    weekday: int  # 0 is Monday
    start: int
    end: int


@dataclass(frozen=True)
class Hours:
    """Open in any of the windows; they may touch and overlap. No windows: never open."""

    windows: tuple[Window, ...] = ()

    def on(self, weekday: int) -> Minutes:
        """When it is open on one local weekday."""
        return tuple(merged(sorted(span for window in self.windows for span in _on(window, weekday))))


def _on(window: Window, weekday: int) -> Iterator[tuple[int, int]]:
    """The window's minutes on one local weekday; one over midnight has a part on the day after its own."""
    over_midnight = window.end <= window.start
    if weekday == window.weekday:
        yield window.start, DAY_MINUTES if over_midnight else window.end
    if over_midnight and window.end > 0 and weekday == (window.weekday + 1) % 7:
        yield 0, window.end


T = TypeVar("T", int, datetime)


def merged(spans: Iterable[tuple[T, T]]) -> Iterator[tuple[T, T]]:
    """Spans in the order of their starts, with those that touch or overlap joined."""
    current: tuple[T, T] | None = None
    for start, end in spans:
        if current and start <= current[1]:
            current = (current[0], max(current[1], end))
        else:
            if current:
                yield current
            current = (start, end)
    if current:
        yield current
