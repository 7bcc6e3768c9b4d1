"""Firestore's clock, read from its answers: an instance's own wall clock may be minutes off."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from service.domain.documents import EPOCH


class NothingHeard(Exception):
    """Firestore has not answered yet: the time is not known. Read a document first."""


class ServerClock:
    """The latest time that an answer carried, and what has passed since it came in.

    An answer takes time to arrive, so this is never ahead of Firestore's clock. It never runs backwards:
    an answer that speaks of an earlier time than is known already is not heeded.
    """

    def __init__(self, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._monotonic_ns = monotonic_ns
        self._origin: datetime | None = None  # the server's time when the monotonic counter was at zero
        self._lock = threading.Lock()

    def observe(self, server_time: datetime, received_ns: int) -> None:
        """An answer with this time came in when the monotonic counter stood at `received_ns`."""
        # The sum is a plain datetime; Firestore's own kind carries nanoseconds along.
        origin = EPOCH + (server_time - EPOCH) - timedelta(microseconds=received_ns // 1000)
        with self._lock:
            if self._origin is None or origin > self._origin:
                self._origin = origin

    def now(self) -> datetime:
        """Raises NothingHeard before the first answer."""
        if self._origin is None:
            raise NothingHeard("Firestore has not answered yet, so the time is not known.")
        return self._origin + self._passed()

    def _passed(self) -> timedelta:
        return timedelta(microseconds=self._monotonic_ns() // 1000)
