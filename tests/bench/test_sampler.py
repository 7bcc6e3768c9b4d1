"""The profile knows where threads wait by words of our own statements, which must still be there."""

import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from service.domain.lane import Lane
from service.local.clocks import SystemClock
from service.ports import Create
from service.receipts import Meter
from service.state.sqlite import SqliteStore
from tests.bench.sampler import part_of
from tests.support.processes import wait_for

SECONDS_MAX = 10.0


def assert_it_is_seen(part: str, work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    assert thread.ident
    wait_for(lambda: part_of(sys._current_frames()[thread.ident]) == part, SECONDS_MAX, part)
    return thread


def test_who_waits_for_the_stores_connection_is_seen(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "db", SystemClock(), Meter())
    with store._lock:
        reading = assert_it_is_seen("wait_for_connection", lambda: store.get(Lane, "main"))
    reading.join()
    store.close()


def test_who_waits_for_the_files_writer_is_seen(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "db", SystemClock(), Meter())
    with closing(sqlite3.connect(tmp_path / "db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        committing = assert_it_is_seen("wait_for_writer", lambda: store.commit([Create(Lane("main"))]))
        other.rollback()
    committing.join()
    store.close()
