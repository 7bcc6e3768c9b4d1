"""Both stores, each empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.local.clocks import SystemClock
from service.ports import Store
from service.receipts import Meter
from service.state.firestore import FirestoreStore
from service.state.server_clock import ServerClock
from service.state.sqlite import SqliteStore


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture(params=["sqlite", "firestore"])
def store(request: pytest.FixtureRequest, tmp_path: Path, meter: Meter) -> Iterator[Store]:
    if request.param == "sqlite":
        file = SqliteStore(tmp_path / "state.db", SystemClock(), meter)
        yield file
        file.close()
    else:
        client = request.getfixturevalue("emulator").client()
        yield FirestoreStore(client, meter, ServerClock().observe)
        client.close()
