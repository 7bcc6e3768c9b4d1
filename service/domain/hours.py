"""Calling hours: windows per weekday on the wall clock of a zone.

The wall clock rules: it is open when the local time of day lies in a window. Where clocks jump, a window
inside the gap does not exist that day; where they go back, the repeated hour counts both times.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
HORIZON_DAYS = 16  # weekly hours repeat; a gap in the clock can swallow one week's only window
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Window:
    """Open from `start` to before `end`, in minutes of the local day; `end` at or before `start` is over
    midnight, and 1440 is midnight itself."""

    weekday: int  # 0 is Monday
    start: int
    end: int


@dataclass(frozen=True)
class Hours:
    windows: tuple[Window, ...] = ()

    def is_open(self, now: datetime, timezone: str) -> bool:
        return any(start <= now < end for start, end in self._spans(now, timezone))

    def next_opening(self, after: datetime, timezone: str) -> datetime | None:
        """The first open moment from `after` on; None when no window ever opens."""
        return next((max(start, after) for start, end in self._spans(after, timezone) if end > after), None)

    def closes_at(self, now: datetime, timezone: str) -> datetime | None:
        """The end of what is open now, adjoining windows taken together; None when that has no end.
        Closed now: `now`."""
        closes = now
        for start, end in self._spans(now, timezone):
            if start <= closes < end:
                closes = end
        return None if closes - now > timedelta(days=HORIZON_DAYS - 1) else closes

    def _spans(self, around: datetime, timezone: str) -> Iterator[tuple[datetime, datetime]]:
        """The open spans from the day before `around` to the horizon, in order."""
        today = around.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        for day in range(-1, HORIZON_DAYS + 1):
            yield from _spans_of_day(self, timezone, today + timedelta(days=day))


@lru_cache(maxsize=4096)
def _spans_of_day(hours: Hours, timezone: str, day: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """The open spans inside one UTC day."""
    zone = ZoneInfo(timezone)
    spans = [
        span
        for start, end in _steady_parts(zone, day, day + timedelta(days=1))
        for span in _spans_of_part(hours, zone, start, end)
    ]
    return tuple(_merged(sorted(spans)))


def _steady_parts(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """`start` to `end`, cut where the zone's offset changes."""
    offset = start.astimezone(zone).utcoffset()
    if (end - timedelta(seconds=1)).astimezone(zone).utcoffset() == offset:
        yield start, end
        return
    low, high = 0, int((end - start).total_seconds())  # the change lies in (low, high], in seconds
    while high - low > 1:
        middle = (low + high) // 2
        same = (start + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset
        low, high = (middle, high) if same else (low, middle)
    change = start + timedelta(seconds=high)
    yield start, change
    yield from _steady_parts(zone, change, end)


def _spans_of_part(
    hours: Hours, zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The open spans between two moments that share one offset: there the wall clock runs like any other."""
    offset = start.astimezone(zone).utcoffset() or timedelta()
    local_midnight = (start + offset).replace(hour=0, minute=0, second=0, microsecond=0)
    while local_midnight - offset < end:
        for window in hours.windows:
            for since, until in _on_weekday(window, local_midnight.weekday()):
                opens = max(start, local_midnight - offset + timedelta(minutes=since))
                closes = min(end, local_midnight - offset + timedelta(minutes=until))
                if opens < closes:
                    yield opens, closes
        local_midnight += timedelta(days=1)


def _on_weekday(window: Window, weekday: int) -> Iterator[tuple[int, int]]:
    """The window's minutes on one local weekday; one over midnight has a part on the day after its own."""
    over_midnight = window.end <= window.start
    if weekday == window.weekday:
        yield window.start, DAY_MINUTES if over_midnight else window.end
    if over_midnight and weekday == (window.weekday + 1) % 7:
        yield 0, window.end


def _merged(spans: list[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Sorted spans with those that touch or overlap joined."""
    current: tuple[datetime, datetime] | None = None
    for start, end in spans:
        if current and start <= current[1]:
            current = (current[0], max(current[1], end))
        else:
            if current:
                yield current
            current = (start, end)
    if current:
        yield current
