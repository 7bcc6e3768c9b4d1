"""What may hold up a forecast's calls beside their hours: limits in flight, of the day, of money, and paces.

Moments are in seconds from the forecast's start.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import inf
from typing import ClassVar, Protocol
from zoneinfo import ZoneInfo

from service.domain.account import Account
from service.domain.campaign import Campaign, Pace
from service.domain.forecast_calendar import HORIZON_DAYS_MAX
from service.domain.money import Rate
from service.domain.pacing import AHEAD_SECONDS, Pacer, pacer_of


class Slots:
    """How many calls may be in flight, and how many are."""

    __slots__ = ("in_flight", "most")

    def __init__(self, most: int) -> None:
        self.most = most
        self.in_flight = 0


class Limit(Protocol):
    """On what calls use up."""

    rule: ClassVar[str]

    def free_at(self, now: float) -> float:
        """When it allows another call; infinite: only when one in flight has cost less than it might."""
        ...

    def begin(self, now: float, calls: int) -> None:
        """So many of them, one after the other."""
        ...

    def end(self, began: float, cost: int) -> None:
        """All of them, which cost so much."""
        ...


class Budget:
    """A campaign's, in millionths. One call in flight holds what it may cost at its worst."""

    rule: ClassVar[str] = "budget"

    def __init__(self, left: int, rate: Rate, time_limit_seconds: int) -> None:
        self._left, self._rate, self._time_limit = left, rate, time_limit_seconds

    def free_at(self, now: float) -> float:
        return now if self._rate.affords(self._left, self._time_limit) > 0 else inf

    def begin(self, now: float, calls: int) -> None:  # noqa: ARG002
        self._left -= self._rate.most(self._time_limit)

    def end(self, began: float, cost: int) -> None:  # noqa: ARG002
        self._left += self._rate.most(self._time_limit) - cost


class Daily:
    """So much a day. `used`: on the day of the start; `midnights`: when the next days begin."""

    def __init__(self, most: int, used: int, midnights: Sequence[float]) -> None:
        self._most, self._used = most, used
        self._midnights, self._day = midnights, 0

    def _turn_to(self, now: float) -> None:
        day = bisect_right(self._midnights, now)
        if day != self._day:
            self._day, self._used = day, 0

    def _next_midnight(self) -> float:
        return self._midnights[self._day] if self._day < len(self._midnights) else inf


class DayBudget(Daily):
    """An account's, in millionths."""

    rule: ClassVar[str] = "day_budget"

    def __init__(
        self, most: int, used: int, midnights: Sequence[float], rate: Rate, time_limit_seconds: int
    ) -> None:
        super().__init__(most, used, midnights)
        self._rate, self._time_limit = rate, time_limit_seconds

    def free_at(self, now: float) -> float:
        self._turn_to(now)
        if self._rate.affords(self._most - self._used, self._time_limit) > 0:
            return now
        return self._next_midnight() if self._rate.affords(self._most, self._time_limit) > 0 else inf

    def begin(self, now: float, calls: int) -> None:  # noqa: ARG002
        self._turn_to(now)
        self._used += self._rate.most(self._time_limit)

    def end(self, began: float, cost: int) -> None:
        if bisect_right(self._midnights, began) == self._day:
            self._used += cost - self._rate.most(self._time_limit)


class DayDials(Daily):
    """Those of a pool of caller numbers."""

    rule: ClassVar[str] = "caller_number"

    def free_at(self, now: float) -> float:
        self._turn_to(now)
        if self._used < self._most:
            return now
        return self._next_midnight() if self._most > 0 else inf

    def begin(self, now: float, calls: int) -> None:
        self._turn_to(now)
        self._used += calls

    def end(self, began: float, cost: int) -> None:
        pass


def midnights_of(account: Account, start: datetime) -> tuple[float, ...]:
    """When its days begin, from the second one on, as far as a forecast looks."""
    return tuple(_midnights(ZoneInfo(account.timezone), start))


def _midnights(zone: ZoneInfo, start: datetime) -> Iterator[float]:
    first = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    for day in range(1, HORIZON_DAYS_MAX + 1):
        midnight = (first + timedelta(days=day)).replace(tzinfo=zone)
        yield (midnight - start).total_seconds()


class Paced:
    """A campaign's pacer."""

    rule: ClassVar[str] = "pace"

    def __init__(self, campaign: Campaign, start: datetime) -> None:
        self._settings, self._start = campaign.settings, start
        self._last_at = campaign.paced_at
        self._pacer: Pacer | None = None
        self._next_look = 0.0

    def free_at(self, now: float) -> float:
        return max(now, self._next_look)

    def interval(self, now: float, waiting: int, time_left: float) -> float:
        """Between two calls. `waiting`: in what is open, for so many seconds."""
        left = None if time_left == inf else timedelta(seconds=time_left)
        moment = self._start + timedelta(seconds=now)
        self._pacer = pacer_of(self._settings, self._last_at, waiting, left, moment)
        if self._pacer is None:
            self._next_look = 0.0
            return 0.0
        self._next_look = self._seconds(self._pacer.next_at) - AHEAD_SECONDS
        return self._pacer.interval.total_seconds()

    def take(self, now: float, calls: int) -> float:
        """When these begin, an interval apart."""
        if self._pacer is None:
            return now
        begins = self._pacer.take()
        self._last_at = begins + (calls - 1) * self._pacer.interval
        self._next_look = self._seconds(self._last_at + self._pacer.interval) - AHEAD_SECONDS
        return max(now, self._seconds(begins))

    def _seconds(self, moment: datetime) -> float:
        return (moment - self._start).total_seconds()


def paced(campaign: Campaign, start: datetime) -> Paced | None:
    """None: as fast as the limits allow."""
    settings = campaign.settings
    has_pace = settings.calls_per_minute_max is not None or settings.pace is Pace.EVEN
    return Paced(campaign, start) if has_pace else None
