"""Cloud Scheduler's part on a single machine: a tick at every quarter of an hour."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from service.domain.documents import EPOCH
from service.ports import Clock

QUARTER = timedelta(minutes=15)
WAIT_SECONDS_MAX = 60.0  # then look at the clock again: a laptop may have slept, its time been corrected

log = logging.getLogger(__name__)


def next_quarter(now: datetime) -> datetime:
    """The first full quarter of an hour of UTC after `now`."""
    return EPOCH + ((now - EPOCH) // QUARTER + 1) * QUARTER


class Scheduler:
    """Posts a tick when it starts (one may have been due while the machine was off), then every quarter."""

    def __init__(self, post_tick: Callable[[], None], clock: Clock) -> None:
        self._post_tick = post_tick
        self._clock = clock
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Does not wait for a tick that is being posted."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            due = next_quarter(self._clock.now())  # read first: a slow tick must not make one be left out
            self._tick()
            self._wait_until(due)

    def _tick(self) -> None:
        try:
            self._post_tick()
        except Exception:  # whatever it is, the next quarter has its own tick
            log.exception("The tick could not be posted")

    def _wait_until(self, moment: datetime) -> None:
        while (seconds := (moment - self._clock.now()).total_seconds()) > 0:
            if self._stopped.wait(min(seconds, WAIT_SECONDS_MAX)):
                return
