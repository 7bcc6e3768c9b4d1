"""The local queue, driven by its own thread."""

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from queue import Queue as Inbox

import pytest

from service.dispatch import local
from service.dispatch.local import DELIVERIES_AT_ONCE_MAX, EVENTS_AT_ONCE_MAX, LocalTaskQueue
from service.dispatch.local_tasks import Delivery
from service.local.clocks import SystemClock
from service.ports import Queue, Task
from service.receipts import Meter
from tests.support.processes import PROJECT

SECONDS = 5.0  # far more than is needed: a test that waits so long has failed


@contextmanager
def running(path: Path, deliver: Callable[[Delivery], bool]) -> Iterator[LocalTaskQueue]:
    queue = LocalTaskQueue(path / "reveille.db", SystemClock(), Meter(), deliver, {})
    queue.start()
    try:
        yield queue
    finally:
        queue.stop()
        queue.close()


def call(name: str, after: timedelta | None = None, queue: Queue = Queue.CALLS) -> Task:
    at = SystemClock().now() + after if after else None
    return Task(queue, name, "/tasks/call", {"call": name}, at)


class Handler:
    """Tells of each delivery as it comes; one whose name is in `held` ends only when released."""

    def __init__(self, *held: str) -> None:
        self.come: Inbox[str] = Inbox()
        self.release = threading.Event()
        self._held = held

    def __call__(self, delivery: Delivery) -> bool:
        self.come.put(delivery.name)
        return delivery.name not in self._held or self.release.wait(SECONDS)

    def next(self) -> str:
        return self.come.get(timeout=SECONDS)


def test_a_new_task_is_delivered_without_waiting_for_anything_else(tmp_path: Path) -> None:
    handler = Handler()
    with running(tmp_path, handler) as queue:
        queue.create([call("tomorrow", timedelta(days=1)), call("now")])
        assert handler.next() == "now"
        queue.create([call("then")])
        assert handler.next() == "then"


def test_a_scheduled_task_is_delivered_when_its_time_has_come(tmp_path: Path) -> None:
    come = threading.Event()
    clock = SystemClock()

    def note_time(delivery: Delivery) -> bool:
        assert delivery.at is not None
        if clock.now() >= delivery.at:
            come.set()
        return True

    with running(tmp_path, note_time) as queue:
        queue.create([call("soon", timedelta(seconds=0.05))])
        assert come.wait(SECONDS)


def test_a_slow_delivery_does_not_hold_up_others_and_is_not_made_twice(tmp_path: Path) -> None:
    handler = Handler("slow")
    with running(tmp_path, handler) as queue:
        queue.create([call("slow")])
        assert handler.next() == "slow"
        queue.create([call("n1"), call("n2")])
        assert {handler.next(), handler.next()} == {"n1", "n2"}
        assert queue.deliver_due() == 0
        handler.release.set()
    assert handler.come.empty()


@pytest.mark.parametrize(
    ("of", "at_once"), [(Queue.CALLS, DELIVERIES_AT_ONCE_MAX), (Queue.EVENTS, EVENTS_AT_ONCE_MAX)]
)
def test_a_queue_has_so_many_deliveries_at_once_and_the_other_queue_its_own(
    tmp_path: Path, of: Queue, at_once: int
) -> None:
    held = [f"slow{number}" for number in range(at_once)]
    handler = Handler(*held)
    with running(tmp_path, handler) as queue:
        queue.create([call(name, queue=of) for name in [*held, "waits"]])
        assert {handler.next() for _ in held} == set(held)
        queue.create([call("pass", queue=Queue.PASSES)])
        assert handler.next() == "pass"
        assert handler.come.empty()
        handler.release.set()
        assert handler.next() == "waits"


def test_a_handler_that_raises_is_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    retries: Inbox[int] = Inbox()

    def raise_first(delivery: Delivery) -> bool:
        retries.put(delivery.retries)
        if delivery.retries == 0:
            raise RuntimeError("the handler is broken")
        return True

    with running(tmp_path, raise_first) as queue:
        queue.create([call("n1")])
        assert [retries.get(timeout=SECONDS) for _ in range(2)] == [0, 1]


def test_stopping_waits_for_deliveries_under_way_and_starts_no_others(tmp_path: Path) -> None:
    handler = Handler("slow")
    queue = LocalTaskQueue(tmp_path / "reveille.db", SystemClock(), Meter(), handler, {})
    queue.start()
    queue.create([call("slow")])
    assert handler.next() == "slow"
    stopping = threading.Thread(target=queue.stop)
    stopping.start()
    stopping.join(0.05)
    assert stopping.is_alive()
    handler.release.set()
    stopping.join(SECONDS)
    assert queue.next_at() is None
    queue.create([call("too late")])
    assert handler.come.empty()
    queue.start()
    assert handler.next() == "too late"
    queue.stop()
    assert queue.next_at() is None
    queue.close()


def test_stopping_gives_up_on_a_delivery_that_does_not_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "DRAIN_SECONDS_MAX", 0.05)
    handler = Handler("stuck")
    queue = LocalTaskQueue(tmp_path / "reveille.db", SystemClock(), Meter(), handler, {})
    queue.start()
    queue.create([call("stuck")])
    assert handler.next() == "stuck"
    queue.stop()
    with running(tmp_path, handler):  # as after a restart: the task still waits in the file
        assert handler.next() == "stuck"
        handler.release.set()
    queue.close()


def test_a_process_that_ends_lets_the_deliveries_under_way_end(tmp_path: Path) -> None:
    program = f"""
import threading
from pathlib import Path
from tests.dispatch.test_local_background import SECONDS, call
from service.dispatch.local import LocalTaskQueue
from service.local.clocks import SystemClock
from service.receipts import Meter
from tests.support.processes import PROJECT

begun = threading.Event()

def handle(delivery):
    begun.set()
    threading.main_thread().join()  # it has nothing more to do: the process ends
    print("done", flush=True)
    return True

queue = LocalTaskQueue(Path({str(tmp_path / "reveille.db")!r}), SystemClock(), Meter(), handle, {{}})
queue.start()
queue.create([call("n1")])
assert begun.wait(SECONDS)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.stdout, ended.returncode) == ("done\n", 0), ended.stderr
