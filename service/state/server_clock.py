"""Firestore's clock, read from its answers: an instance's own wall clock may be minutes off."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from service.domain.documents import EPOCH

READ_TRY_SECONDS = 5.0  # what one try to read may take: an answer that comes later is not used
DRIFT_MAX = 1000  # the counter gains less than one part in so many: twice what NTP corrects, 500 ppm


class NothingHeard(Exception):
    """Firestore has not answered yet: the time is not known. Read a document first."""


class ServerClock:
    """The latest time that an answer carried, and what has passed since it came in.

    An answer takes time to arrive and the counter is read as if it ran fast, so this is never ahead of
    Firestore's clock. It never runs backwards: an answer that speaks of an earlier time than is known
    already is not heeded.
    """

    def __init__(self, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._monotonic_ns = monotonic_ns
        self._heard: tuple[datetime, int] | None = None  # the server's time, and the counter as it came in
        self._lock = threading.Lock()

    def observe(self, server_time: datetime, received_ns: int) -> None:
        """An answer with this time came in when the monotonic counter stood at `received_ns`."""
        # The sum is a plain datetime; Firestore's own kind carries nanoseconds along.
        heard = (EPOCH + (server_time - EPOCH), received_ns)
        now_ns = self._monotonic_ns()
        with self._lock:
            if self._heard is None or _later(heard, now_ns) > _later(self._heard, now_ns):
                self._heard = heard

    def now(self) -> datetime:
        """Raises NothingHeard before the first answer."""
        heard = self._heard
        if heard is None:
            raise NothingHeard("Firestore has not answered yet, so the time is not known.")
        return _later(heard, self._monotonic_ns())


def _later(heard: tuple[datetime, int], now_ns: int) -> datetime:
    """The earliest that it can be by now."""
    server_time, received_ns = heard
    passed_ns = now_ns - received_ns
    return server_time + timedelta(microseconds=(passed_ns - passed_ns // DRIFT_MAX) // 1000)
