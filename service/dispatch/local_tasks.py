"""The single machine's tasks: a table in the same SQLite file as the store's."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from service.domain.documents import EPOCH
from service.ports import Queue, Task

NAME_USED_FOR = timedelta(hours=1)  # as in Cloud Tasks, counted from the successful delivery
BUSY_SECONDS_MAX = 5.0  # waits this long for another connection's write

# Moments are microseconds since 1970: exact, and in the order of time.
SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (
    number INTEGER PRIMARY KEY,  -- in the order of creation
    queue TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    body TEXT NOT NULL,
    due INTEGER NOT NULL,
    retries INTEGER NOT NULL DEFAULT 0,
    used_at INTEGER,  -- when it was delivered; NULL while it waits
    UNIQUE (queue, name)
);
CREATE INDEX IF NOT EXISTS tasks_waiting ON tasks (queue, due, number) WHERE used_at IS NULL;
CREATE INDEX IF NOT EXISTS tasks_used ON tasks (used_at) WHERE used_at IS NOT NULL;
"""

FIRST = """SELECT * FROM (
    SELECT due, number, queue, name, path, body, retries FROM tasks
    WHERE queue = ? AND used_at IS NULL ORDER BY due, number LIMIT ?)"""


@dataclass(frozen=True)
class Delivery(Task):
    """A task on its way, and how many deliveries of it have failed."""

    retries: int = 0


@dataclass(frozen=True)
class Waiting:
    """A row of the table that is not used up."""

    number: int
    due: datetime
    delivery: Delivery


class TaskTable:
    """Not safe for threads: its owner lets in one at a time. Raises sqlite3.Error."""

    def __init__(self, path: Path | str) -> None:
        self._file = sqlite3.connect(
            path, timeout=BUSY_SECONDS_MAX, isolation_level=None, check_same_thread=False
        )
        self._file.execute("PRAGMA journal_mode = WAL")
        # A power cut may take the last few tasks: a later pass creates them again, and a tick finds the rest.
        self._file.execute("PRAGMA synchronous = NORMAL")
        self._file.executescript(SCHEMA)

    def add(self, tasks: Sequence[Task], now: datetime) -> None:
        """All of them or none; those whose names wait or were used lately are left as they are."""
        rows = [
            (task.queue, task.name, task.path, json.dumps(task.body), _microseconds(task.at or now))
            for task in tasks
        ]
        with self._file:
            self._file.execute("BEGIN IMMEDIATE")
            self._file.execute("DELETE FROM tasks WHERE used_at <= ?", (_microseconds(now - NAME_USED_FOR),))
            self._file.executemany(
                "INSERT INTO tasks (queue, name, path, body, due) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (queue, name) DO NOTHING",
                rows,
            )

    def firsts(self, skipped: Mapping[Queue, Collection[int]]) -> list[Waiting]:
        """Of each queue the waiting task that is due first, of those whose numbers are not `skipped`."""
        asked = [value for queue, numbers in skipped.items() for value in (queue, len(numbers) + 1)]
        rows = self._file.execute(" UNION ALL ".join([FIRST] * len(skipped)), asked) if skipped else ()
        firsts: dict[str, Waiting] = {}
        for due, number, queue, name, path, body, retries in sorted(rows):
            if queue not in firsts and number not in skipped[Queue(queue)]:
                at = EPOCH + timedelta(microseconds=due)
                delivery = Delivery(Queue(queue), name, path, json.loads(body), at, retries)
                firsts[queue] = Waiting(number, at, delivery)
        return list(firsts.values())

    def use_up(self, number: int, now: datetime) -> None:
        """waiting -> used"""
        self._file.execute("UPDATE tasks SET used_at = ? WHERE number = ?", (_microseconds(now), number))

    def put_off(self, number: int, due: datetime) -> None:
        """waiting -> waiting, once more"""
        self._file.execute(
            "UPDATE tasks SET due = ?, retries = retries + 1 WHERE number = ?", (_microseconds(due), number)
        )

    def close(self) -> None:
        self._file.close()


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)
