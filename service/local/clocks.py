"""The clocks of a single machine: the system's, and one that is moved by hand."""

import threading
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The system clock, kept from running backwards."""

    def __init__(self) -> None:
        self._latest = datetime.now(UTC)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            self._latest = max(self._latest, datetime.now(UTC))
            return self._latest


class VirtualClock:
    """Stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Moves forward to `moment`; one that has passed changes nothing."""
        self._now = max(self._now, moment)

    def advance(self, **duration: float) -> None:
        """As timedelta's arguments: `advance(minutes=5)`."""
        self._now += timedelta(**duration)
