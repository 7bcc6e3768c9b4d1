"""Both stores, each empty, and the one in memory that stands in for them in the seeded worlds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.local.clocks import SystemClock
from service.ports import Store
from service.receipts import Meter
from service.state.firestore import FirestoreStore
from service.state.server_clock import ServerClock
from service.state.sqlite import SqliteStore
from tests.support.memory_store import MemoryStore


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture(params=["sqlite", "firestore", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path, meter: Meter) -> Iterator[Store]:
    if request.param == "sqlite":
        file = SqliteStore(tmp_path / "state.db", SystemClock(), meter)
        yield file
        file.close()
    elif request.param == "memory":
        yield MemoryStore(SystemClock(), meter)
    else:
        client = request.getfixturevalue("emulator").client()
        yield FirestoreStore(client, meter, ServerClock().observe)
        client.close()
