"""The file that holds the local queue's tasks."""

import logging
import signal
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from service.dispatch.local_tasks import Delivery
from service.local.clocks import VirtualClock
from service.ports import QueueUnavailable
from service.receipts import Meter
from tests.dispatch.benches import NOON, Handler, Open, call, run

PROJECT = Path(__file__).parents[2]


def test_a_name_can_be_used_again_an_hour_after_its_delivery(
    open_queue: Open, handler: Handler, clock: VirtualClock
) -> None:
    queue = open_queue(handler)
    queue.create([call()])
    queue.deliver_due()
    clock.advance(minutes=59, seconds=59)
    queue.create([call()])
    assert queue.deliver_due() == 0
    clock.advance(seconds=1)
    queue.create([call()])
    assert queue.deliver_due() == 1


def test_used_names_leave_the_file_after_an_hour(
    open_queue: Open, handler: Handler, clock: VirtualClock, tmp_path: Path
) -> None:
    queue = open_queue(handler)
    queue.create([call(f"n{number}") for number in range(20)])
    queue.deliver_due()
    clock.advance(hours=1)
    queue.create([call("last")])
    with sqlite3.connect(tmp_path / "reveille.db") as file:
        assert file.execute("SELECT name FROM tasks").fetchall() == [("last",)]


def test_a_file_that_cannot_be_used_is_queue_unavailable(
    open_queue: Open, handler: Handler, tmp_path: Path, meter: Meter
) -> None:
    queue = open_queue(handler)
    with sqlite3.connect(tmp_path / "reveille.db") as file:
        file.execute("DROP TABLE tasks")
    with meter.measure() as cost, pytest.raises(QueueUnavailable):
        queue.create([call()])
    assert cost.tasks == 0


def test_a_delivery_whose_end_cannot_be_written_is_made_again_later(
    open_queue: Open, clock: VirtualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    seen = []

    def take_and_spoil(delivery: Delivery) -> bool:
        seen.append(delivery.name)
        if len(seen) == 1:
            with sqlite3.connect(tmp_path / "reveille.db") as file:
                file.execute("ALTER TABLE tasks RENAME TO hidden")
        return True

    queue = open_queue(take_and_spoil)
    queue.create([call()])
    with pytest.raises(sqlite3.Error):
        queue.deliver_due()
    with sqlite3.connect(tmp_path / "reveille.db") as file:
        file.execute("ALTER TABLE hidden RENAME TO tasks")
    assert queue.next_at() == NOON + timedelta(seconds=1)
    run(queue, clock, rounds=1)
    assert seen == ["n1", "n1"]


def test_waiting_tasks_survive_the_sudden_death_of_their_process(
    open_queue: Open, handler: Handler, tmp_path: Path
) -> None:
    program = f"""
import os, signal
from service.domain.documents import EPOCH
from service.dispatch.local import LocalTaskQueue
from service.local.clocks import SystemClock
from service.ports import Queue, Task
from service.receipts import Meter

def die(delivery):
    os.kill(os.getpid(), signal.SIGKILL)

queue = LocalTaskQueue({str(tmp_path / "reveille.db")!r}, SystemClock(), Meter(), die, {{}})
queue.create([Task(Queue.CALLS, name, "/tasks/call", {{"call": name}}, EPOCH) for name in ("n1", "n2")])
queue.deliver_due()
"""
    died = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, timeout=30, check=False)
    assert died.returncode == -signal.SIGKILL
    queue = open_queue(handler)
    queue.deliver_due()
    assert handler.names == ["n1", "n2"]
