import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from queue import Queue as Inbox

import pytest

from service.local.clocks import VirtualClock
from service.local.scheduler import Scheduler, next_quarter
from service.ports import Clock

SECONDS = 5.0  # far more than is needed: a test that waits so long has failed
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class RunningClock:
    """Set to `start`, and running from then on."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._began = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._began)


@contextmanager
def running(post_tick: Callable[[], None], clock: Clock) -> Iterator[Scheduler]:
    scheduler = Scheduler(post_tick, clock)
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.stop()


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("12:00:00", "12:15:00"),
        ("12:00:00.000001", "12:15:00"),
        ("12:14:59.999999", "12:15:00"),
        ("12:15:00", "12:30:00"),
        ("12:44:00", "12:45:00"),
        ("12:59:30", "13:00:00"),
    ],
)
def test_the_next_quarter_is_the_first_full_one_after_now(now: str, expected: str) -> None:
    assert next_quarter(datetime.fromisoformat(f"2026-03-02T{now}+00:00")) == datetime.fromisoformat(
        f"2026-03-02T{expected}+00:00"
    )


def test_the_next_quarter_may_be_tomorrow() -> None:
    assert next_quarter(datetime(2026, 12, 31, 23, 50, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)


def test_quarters_are_those_of_utc() -> None:
    nepal = timezone(timedelta(hours=5, minutes=45))
    assert next_quarter(datetime(2026, 3, 2, 17, 50, tzinfo=nepal)) == datetime(
        2026, 3, 2, 12, 15, tzinfo=UTC
    )


def test_there_is_a_tick_at_the_start_and_one_at_the_quarter() -> None:
    clock = RunningClock(NOON - timedelta(seconds=0.1))
    ticks: Inbox[datetime] = Inbox()
    with running(lambda: ticks.put(clock.now()), clock):
        assert ticks.get(timeout=SECONDS) < NOON
        assert NOON <= ticks.get(timeout=SECONDS) < NOON + timedelta(seconds=SECONDS)
        assert ticks.empty()


def test_a_tick_that_fails_does_not_stop_those_that_follow(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    posted: Inbox[None] = Inbox()

    def fail() -> None:
        posted.put(None)
        raise OSError("nobody listens")

    with running(fail, RunningClock(NOON - timedelta(seconds=0.05))):
        posted.get(timeout=SECONDS)
        posted.get(timeout=SECONDS)


def test_a_tick_that_runs_over_the_quarter_is_followed_by_that_quarters_own() -> None:
    clock = VirtualClock(NOON - timedelta(seconds=1))
    ticks: Inbox[datetime] = Inbox()

    def tick() -> None:
        ticks.put(clock.now())
        clock.move_to(NOON + timedelta(seconds=1))

    with running(tick, clock):
        began = [ticks.get(timeout=SECONDS) for _ in range(2)]
    assert began == [NOON - timedelta(seconds=1), NOON + timedelta(seconds=1)]


def test_stopping_ends_the_wait_at_once() -> None:
    ticked = threading.Event()
    before = set(threading.enumerate())
    with running(ticked.set, VirtualClock(NOON)):
        assert ticked.wait(SECONDS)
        (thread,) = [t for t in threading.enumerate() if t not in before]
    thread.join(SECONDS)
    assert not thread.is_alive()
