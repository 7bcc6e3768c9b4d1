"""A world in memory; and the same on both stores, where the promise is about the store."""

from collections.abc import Iterator

import pytest

from service.local.clocks import VirtualClock
from service.receipts import Meter
from service.state.firestore import FirestoreStore
from service.state.server_clock import ServerClock
from service.state.sqlite import SqliteStore
from tests.support.world import NOON, World


@pytest.fixture
def kind_of_store() -> type[SqliteStore]:
    return SqliteStore


@pytest.fixture
def world(kind_of_store: type[SqliteStore]) -> Iterator[World]:
    meter, clock = Meter(), VirtualClock(NOON)
    store = kind_of_store(":memory:", clock, meter)
    yield World(store, meter, clock)
    store.close()


@pytest.fixture(params=["sqlite", "firestore"])
def each_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """For each store a world."""
    if request.param == "sqlite":
        yield request.getfixturevalue("world")
        return
    meter = Meter()
    client = request.getfixturevalue("emulator").client()
    yield World(FirestoreStore(client, meter, ServerClock().observe), meter, VirtualClock(NOON))
    client.close()
