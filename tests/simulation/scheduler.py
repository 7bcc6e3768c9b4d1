"""Virtual time, and requests that take turns: one runs at a time, and who goes next depends on the seed only.

Each request runs in a greenlet of its own. Wherever it waits for something outside (the store, the queue,
the provider) others may run, so that all interleavings at those points can happen.
"""

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

from greenlet import getcurrent, greenlet

STEPS_MAX = 2_000_000


class Crash(BaseException):
    """The process that runs this request is gone. Not an Exception: nothing in the service may catch it."""


class Scheduler:
    def __init__(self, start: datetime) -> None:
        self.now = start
        self._order = itertools.count()
        self._due: list[tuple[datetime, int, Callable[[], object]]] = []
        self._hub = getcurrent()
        self.steps = 0

    def at(self, moment: datetime, do: Callable[[], object]) -> None:
        heapq.heappush(self._due, (max(moment, self.now), next(self._order), do))

    def after(self, seconds: float, do: Callable[[], object]) -> None:
        self.at(self.now + timedelta(seconds=seconds), do)

    def spawn(self, do: Callable[[], object]) -> None:
        """Runs `do` beside the others, from now on."""
        self.at(self.now, greenlet(do, self._hub).switch)

    def pause(self, seconds: float, is_dead: Callable[[], bool]) -> None:
        """The running request waits. If its process has died by then, it never goes on."""
        me = getcurrent()

        def go_on() -> None:
            if is_dead():
                me.throw(Crash())
            else:
                me.switch()

        self.after(seconds, go_on)
        self._hub.switch()

    def run_until(self, moment: datetime, after_each: Callable[[], None]) -> None:
        while self._due and self._due[0][0] <= moment:
            self.now, _, do = heapq.heappop(self._due)
            do()
            after_each()
            self.steps += 1
            if self.steps > STEPS_MAX:
                raise RuntimeError("The world does not come to rest.")
        self.now = max(self.now, moment)


class WorldClock:
    """The true time; the store's own clock."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def now(self) -> datetime:
        return self._scheduler.now
