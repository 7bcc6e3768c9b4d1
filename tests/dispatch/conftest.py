"""The queues under test."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from service.dispatch.local import LocalTaskQueue
from service.dispatch.local_tasks import Delivery
from service.local.clocks import VirtualClock
from service.ports import Queue, Task
from service.receipts import Meter
from tests.dispatch.benches import NOON, Bench, CloudBench, Handler, LocalBench, Open, cloud_queue
from tests.support.cloud_tasks_server import cloud_tasks_client, cloud_tasks_server


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOON)


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture
def local(tmp_path: Path, clock: VirtualClock, meter: Meter) -> Iterator[LocalBench]:
    arrived: list[Task] = []

    def take(task: Task) -> bool:
        arrived.append(task)
        return True

    queue = LocalTaskQueue(tmp_path / "reveille.db", clock, meter, take, rates={})
    yield LocalBench(queue, clock, meter, arrived)
    queue.close()


@pytest.fixture
def cloud(clock: VirtualClock, meter: Meter) -> Iterator[CloudBench]:
    with cloud_tasks_server() as server, cloud_tasks_client(server.port) as client:
        yield CloudBench(cloud_queue(client, clock, meter), clock, meter, server)


@pytest.fixture(params=["local", "cloud"])
def bench(request: pytest.FixtureRequest) -> Bench:
    bench: Bench = request.getfixturevalue(request.param)
    return bench


@pytest.fixture
def open_queue(tmp_path: Path, clock: VirtualClock, meter: Meter) -> Iterator[Open]:
    """Opens a queue on the test's one file, as often as the test likes."""
    opened: list[LocalTaskQueue] = []

    def open_one(
        deliver: Callable[[Delivery], bool], rates: Mapping[Queue, float] | None = None
    ) -> LocalTaskQueue:
        opened.append(LocalTaskQueue(tmp_path / "reveille.db", clock, meter, deliver, rates or {}))
        return opened[-1]

    yield open_one
    for queue in opened:
        queue.close()


@pytest.fixture
def handler(clock: VirtualClock) -> Handler:
    return Handler(clock)
