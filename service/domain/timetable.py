"""When it may ring: rules on the wall clocks of zones, every one of which must be open.

The wall clock rules: a part is open when the local time of day lies in one of its windows. Where clocks jump,
a window inside the gap does not exist that day; where they go back, the repeated hour counts both times.

Dates are about the local day of the moment itself. A closed day is closed for all its minutes, also for the
rest of a window from the evening before; the rest of a window from a closed evening is open, as it lies on
another day. So a rule of dates means the same in a part with hours as in a part of its own.

Moments may come in any zone; they are answered in UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache, reduce
from zoneinfo import ZoneInfo

from service.domain.hours import ALL_DAY, Hours, Minutes, merged

NEXT_OPENING_DAYS_MAX = 400  # how far it looks, from `first_day` on when that is still to come
CLOCKS_KEPT_MAX = 4096  # parts
DAYS_KEPT_MAX = 32_768  # of all parts together; some 400 bytes each
SEARCHES_KEPT_MAX = 16_384  # one for each timetable and UTC day
OFFSETS_KEPT_MAX = 32_768  # one for each zone and UTC day
MIDNIGHTS_KEPT_MAX = 2048  # UTC days
ORDINAL_MAX = date.max.toordinal() - 2  # so that dates in the year 9999 end the search, and do not break it

Span = tuple[datetime, datetime]  # in UTC: from the first moment to before the second
Spans = tuple[Span, ...]  # in order, and none touches the next


@dataclass(frozen=True)
class Part:
    """One rule of a timetable: windows on the wall clock of one zone, on the days that it allows."""

    rule: str  # which one it is, for whoever asks why it is closed: "hours", "holiday", ...
    zone: str  # IANA
    hours: Hours | None = None  # None: all day
    first_day: date | None = None  # local days, inclusive
    last_day: date | None = None
    closed_on: frozenset[date] = frozenset()  # local days

    @classmethod
    def never(cls, rule: str) -> "Part":
        """A rule that is always closed, as for a place of which no law is known."""
        return cls(rule, "UTC", Hours())

    def allows(self, day: date) -> bool:
        """Whether the local day is among its days."""
        return (
            day not in self.closed_on
            and (self.first_day is None or self.first_day <= day)
            and (self.last_day is None or day <= self.last_day)
        )

    @cached_property
    def _clock(self) -> "_WallClock":
        return _wall_clock(self)


@dataclass(frozen=True)
class Timetable:
    """Open when every part is. No parts: always open."""

    parts: tuple[Part, ...] = ()

    def is_open(self, now: datetime) -> bool:
        now = now.astimezone(UTC)
        return _opening(_open_spans(self._clocks, now.toordinal()), now) == now

    def next_opening(self, after: datetime) -> datetime | None:
        """The first open moment from `after` on; None when there is none in NEXT_OPENING_DAYS_MAX."""
        after = after.astimezone(UTC)
        opening = _opening(_open_spans(self._clocks, after.toordinal()), after)
        if opening is not None:
            return opening
        day = _first_day_that_opens(self._clocks, after.toordinal() + 1)
        return None if day is None else _open_spans(self._clocks, day)[0][0]

    def closes_at(self, now: datetime) -> datetime | None:
        """The end of what is open now, adjoining spans taken together; None when it does not end in
        NEXT_OPENING_DAYS_MAX. Closed now: `now`."""
        now = now.astimezone(UTC)
        closes = _closing(_open_spans(self._clocks, now.toordinal()), now)
        if closes < _midnight(now.toordinal() + 1):
            return closes
        day = _first_day_that_closes(self._clocks, now.toordinal() + 1)
        return None if day is None else _closing(_open_spans(self._clocks, day), _midnight(day))

    def closed_by(self, now: datetime) -> tuple[Part, ...]:
        """The parts that are closed now, in order."""
        return tuple(part for part in self.parts if not Timetable((part,)).is_open(now))

    def spans(self, since: datetime, until: datetime) -> Iterator[Span]:
        """What is open from `since` to before `until`, in order, adjoining spans taken together."""
        since, until = since.astimezone(UTC), until.astimezone(UTC)
        days = range(since.toordinal(), until.toordinal() + 1)
        limits = ((since, until),) if since < until else ()
        return merged(span for day in days for span in _both(_open_spans(self._clocks, day), limits))

    @property
    def _clocks(self) -> tuple["_WallClock", ...]:
        return tuple([part._clock for part in self.parts])


@dataclass(frozen=True, eq=False)
class _WallClock:
    """A part made ready. Equal parts share one, so that what is kept of it is found by its identity: the
    value of a part takes long to hash and to compare."""

    part: Part
    zone: ZoneInfo
    week: tuple[Minutes, ...]  # what is open on each weekday
    first: int  # no UTC day before or after these is open, as ordinals
    last: int


@lru_cache(maxsize=CLOCKS_KEPT_MAX)
def _wall_clock(part: Part) -> _WallClock:
    week = tuple(ALL_DAY if part.hours is None else part.hours.on(weekday) for weekday in range(7))
    first = 1 if part.first_day is None else part.first_day.toordinal() - 1  # where it is later than in UTC
    last = ORDINAL_MAX if part.last_day is None else part.last_day.toordinal() + 1
    return _WallClock(part, ZoneInfo(part.zone), week, first, last if any(week) else 0)


@lru_cache(maxsize=SEARCHES_KEPT_MAX)
def _first_day_that_opens(clocks: tuple[_WallClock, ...], day: int) -> int | None:
    """The first UTC day from `day` on with an open moment."""
    first = max([day, *(clock.first for clock in clocks)])
    last = min([first + NEXT_OPENING_DAYS_MAX - 1, ORDINAL_MAX, *(clock.last for clock in clocks)])
    return next((day for day in _days_that_differ(clocks, first, last) if _open_spans(clocks, day)), None)


@lru_cache(maxsize=SEARCHES_KEPT_MAX)
def _first_day_that_closes(clocks: tuple[_WallClock, ...], day: int) -> int | None:
    """The first UTC day from `day` on with a closed moment."""
    last = min(day + NEXT_OPENING_DAYS_MAX - 1, ORDINAL_MAX)
    days = _days_that_differ(clocks, day, last)
    return next((day for day in days if _open_spans(clocks, day) != _whole(day)), None)


def _days_that_differ(clocks: tuple[_WallClock, ...], first: int, last: int) -> Iterator[int]:
    """The UTC days from `first` to `last` without those that are open like one before: of a year, some 20."""
    seen: set[tuple[object, ...]] = set()
    for day in range(first, last + 1):
        likeness = (day % 7, *[_likeness(clock, day) for clock in clocks])
        if None in likeness or likeness not in seen:
            seen.add(likeness)
            yield day


def _likeness(clock: _WallClock, day: int) -> tuple[object, ...] | None:
    """Together with the weekday, all that decides when one is open inside one UTC day: the offset, and the
    dates of the local days that it may touch. None when the clock changes."""
    offset = _offset(clock.zone, _midnight(day))
    if _offset(clock.zone, _midnight(day + 1)) != offset:
        return None
    return offset, *[clock.part.allows(date.fromordinal(day + by)) for by in (-1, 0, 1)]


def _open_spans(clocks: tuple[_WallClock, ...], day: int) -> Spans:
    """When all are open inside one UTC day."""
    return reduce(_both, [_spans_of_day(clock, day) for clock in clocks]) if clocks else _whole(day)


@lru_cache(maxsize=DAYS_KEPT_MAX)
def _spans_of_day(clock: _WallClock, day: int) -> Spans:
    """When one is open inside one UTC day."""
    steady = _steady(clock.zone, _midnight(day), _midnight(day + 1))
    return tuple(merged(span for stretch in steady for span in _on(clock, *stretch)))


def _steady(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """`start` to `end`, cut where the zone's offset changes, with the offset. The last may be empty."""
    offset = _offset(zone, start)
    if _offset(zone, end) == offset:
        yield start, end, offset
        return
    low, high = 0, int((end - start).total_seconds())  # the change lies in (low, high], in seconds
    while high - low > 1:
        middle = (low + high) // 2
        same = _offset(zone, start + timedelta(seconds=middle)) == offset
        low, high = (middle, high) if same else (low, middle)
    change = start + timedelta(seconds=high)
    yield start, change, offset
    yield from _steady(zone, change, end)


def _on(clock: _WallClock, start: datetime, end: datetime, offset: timedelta) -> Iterator[Span]:
    """The open spans between two moments that share one offset: there the wall clock runs like any other."""
    for local_day in range((start + offset).toordinal(), (end + offset).toordinal() + 1):
        if clock.part.allows(date.fromordinal(local_day)):
            midnight = _midnight(local_day) - offset
            for since, until in clock.week[(local_day - 1) % 7]:  # the first ordinal is a Monday
                opens = max(start, midnight + timedelta(minutes=since))
                closes = min(end, midnight + timedelta(minutes=until))
                if opens < closes:
                    yield opens, closes


@lru_cache(maxsize=OFFSETS_KEPT_MAX)
def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


@lru_cache(maxsize=MIDNIGHTS_KEPT_MAX)
def _midnight(day: int) -> datetime:
    return datetime.fromordinal(day).replace(tzinfo=UTC)


def _whole(day: int) -> Spans:
    return ((_midnight(day), _midnight(day + 1)),)


def _opening(spans: Spans, after: datetime) -> datetime | None:
    """The first moment from `after` on that lies in one of them."""
    return next((max(start, after) for start, end in spans if end > after), None)


def _closing(spans: Spans, now: datetime) -> datetime:
    """The end of the one in which `now` lies; else `now`."""
    return next((end for start, end in spans if start <= now < end), now)


def _both(ones: Spans, others: Spans) -> Spans:
    """What lies in spans of both."""
    return tuple(
        [
            (max(start, other_start), min(end, other_end))
            for start, end in ones
            for other_start, other_end in others
            if start < other_end and other_start < end
        ]
    )
