"""The same worlds on Google's emulator, through the real client, with faults injected at the gRPC layer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import grpc
import pytest
from google.cloud.firestore import Client

from service.ports import Merge, Write
from service.receipts import Meter
from service.state.firestore import FirestoreStore
from tests.simulation.faulty_store import FaultyStore
from tests.simulation.instance import Instance
from tests.simulation.profile import KIND
from tests.simulation.run import PROMISES, run_world
from tests.simulation.world import World
from tests.state.firestore_proxy import FirestoreProxy, When
from tests.support.firestore_emulator import Emulator

T = TypeVar("T")

PROFILE = replace(
    KIND, contacts=(2, 4), campaigns=(1, 1), user_steps=(0, 1), rest_hours=3.0, unkind_hours=5.0, crash=0.003
)
FAULTS = (
    (grpc.StatusCode.ABORTED, When.BEFORE),
    (grpc.StatusCode.UNAVAILABLE, When.BEFORE),
    (grpc.StatusCode.UNAVAILABLE, When.AFTER),
    (grpc.StatusCode.DEADLINE_EXCEEDED, When.AFTER),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, When.BEFORE),
)


class FirestoreConnection(FaultyStore):
    """An instance's connection: the client is real, and what fails is the gRPC request itself."""

    def _send(self, name: str, apply: Callable[[], T], lost: Exception) -> T:  # noqa: ARG002
        world: FirestoreWorld = self._world  # type: ignore[assignment]
        self._instance.travel(name)
        method = "Commit" if name.startswith("commit") else METHODS[name.split()[0]]
        fault = world.next_fault()
        if fault:
            world.proxy.fail(method, *fault)
        try:
            result = apply()
        finally:
            answered_at = world.scheduler.now
        self._instance.travel(f"answer to {name}")
        self._instance.request.answered_at = answered_at
        self._instance.clock.observe(answered_at, self._instance.monotonic_ns())
        return result

    def commit(self, writes: Sequence[Write]) -> Any:
        """Whatever the answer is, the oracle sees what is in the store."""
        name = "commit " + " ".join(str(_key(write)[1])[:12] for write in writes[:6])

        def apply() -> Any:
            try:
                return self._world.store.commit(writes)
            finally:
                self._tell_oracle(writes)

        return self._send(name, apply, Exception())

    def _tell_oracle(self, writes: Sequence[Write]) -> None:
        world: FirestoreWorld = self._world  # type: ignore[assignment]
        for stored in world.truth.get_many([_key(write) for write in writes]):
            if stored is not None:
                world.saw_record(stored.record)


METHODS = {
    "get": "BatchGetDocuments",
    "find": "RunQuery",
    "count": "RunAggregationQuery",
    "sum": "RunAggregationQuery",
}


def _key(write: Write) -> Any:
    return (write.kind, write.id) if isinstance(write, Merge) else (type(write.record), write.record.id)


class FirestoreWorld(World):
    """`behind_proxy` is what the instances use; `truth` is what the oracle sees."""

    fault_rate = 0.05

    def __init__(self, seed: int, behind_proxy: Client, proxy: FirestoreProxy, truth: Client) -> None:
        self._client = behind_proxy
        self.proxy = proxy
        self.truth = FirestoreStore(truth, Meter(), lambda *_: None)
        super().__init__(seed, PROFILE)

    def make_store(self) -> FirestoreStore:
        return FirestoreStore(self._client, Meter(), lambda *_: None)

    def connect(self, instance: Instance) -> FirestoreConnection:
        return FirestoreConnection(instance)

    def next_fault(self) -> tuple[grpc.StatusCode, When] | None:
        if self.kind or self.dice.random() > self.fault_rate:
            return None
        return self.dice.choice(FAULTS)


@pytest.fixture
def proxy(emulator: Emulator) -> Iterator[FirestoreProxy]:
    proxy = FirestoreProxy(emulator.host)
    yield proxy
    proxy.stop()


@pytest.mark.parametrize("seed", range(30_000, 30_006))
def test_no_promise_breaks_on_firestore(emulator: Emulator, proxy: FirestoreProxy, seed: int) -> None:
    behind_proxy = emulator.client(proxy.host)
    truth = emulator.client(project=behind_proxy.project)
    figures = run_world(FirestoreWorld(seed, behind_proxy, proxy, truth))
    assert not {promise: figures[promise] for promise in PROMISES if figures[promise]}
    assert figures["calls"] > 0
    assert proxy.requests["Commit"] > 0
    for client in (behind_proxy, truth):
        client.close()
