"""The moments at which calls of one timetable may begin, in seconds from a forecast's start."""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf

from service.domain.calling_hours import CLOCK_BEHIND_SECONDS_MAX
from service.domain.timetable import Timetable

DAYS_AT_ONCE = 28
HORIZON_DAYS_MAX = 400  # no forecast looks further
LAST_DAY, NEVER_OPENS, TOO_LONG = "last_day", "never_opens", "too_long"


class Calendar:
    """Made as far as it is needed, for all runs. `timetable_at`: as holidays are known at a moment."""

    def __init__(self, timetable_at: Callable[[datetime], Timetable], start: datetime) -> None:
        self._timetable_at = timetable_at
        self._start = self._made_until = start
        self._horizon = start + timedelta(days=HORIZON_DAYS_MAX)
        self._opens: list[float] = []
        self._closes: list[float] = []
        self.ended_by: str | None = None  # why there are no more of them

    def span(self, index: int) -> tuple[float, float]:
        """From when to before when calls may begin the n-th time; both infinite: not any more."""
        while index >= len(self._opens):
            if self.ended_by is not None:
                return inf, inf
            self._make_more()
        return self._opens[index], self._closes[index]

    @property
    def last_close(self) -> float:
        """Of what is made; 0 where it never opens."""
        return self._closes[-1] if self._closes else 0.0

    def _make_more(self) -> None:
        since = self._made_until
        timetable = self._timetable_at(since)
        opening = timetable.next_opening(since)
        if opening is None:
            self.ended_by = self._why_closed(timetable, since)
        elif opening >= self._horizon:
            self.ended_by = TOO_LONG
        else:
            self._make_days(timetable, opening)

    def _make_days(self, timetable: Timetable, opening: datetime) -> None:
        """Up to the end of the last span that begins in these days."""
        self._made_until = opening + timedelta(days=DAYS_AT_ONCE)
        for opens, closes in timetable.spans(opening, self._made_until):
            end = timetable.closes_at(opens) if closes == self._made_until else closes
            self._add(opens, end)
            if end is None:
                self.ended_by = TOO_LONG
            else:
                self._made_until = max(self._made_until, end)

    def _add(self, opens: datetime, closes: datetime | None) -> None:
        """As `next_beginning` has it: nothing begins where the clock may be behind its end."""
        last = inf if closes is None else self._seconds(closes) - CLOCK_BEHIND_SECONDS_MAX
        if self._seconds(opens) < last:
            self._opens.append(self._seconds(opens))
            self._closes.append(last)

    def _why_closed(self, timetable: Timetable, since: datetime) -> str:
        """For good: it is after the last day, or would be closed without one, too."""
        undated = Timetable(tuple(part for part in timetable.parts if part.rule != "dates"))
        return NEVER_OPENS if undated.next_opening(since) is None else LAST_DAY

    def _seconds(self, moment: datetime) -> float:
        return (moment - self._start).total_seconds()
