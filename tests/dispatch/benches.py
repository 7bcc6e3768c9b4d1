"""Both queues with what stands at either end of them, and what a test may ask of either."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from google.cloud import tasks_v2

from service.dispatch.cloud_tasks import CloudTasksQueue
from service.dispatch.local import LocalTaskQueue
from service.dispatch.local_tasks import Delivery
from service.local.clocks import VirtualClock
from service.ports import Clock, Queue, Task, TaskQueue
from service.receipts import Meter
from tests.support.cloud_tasks_server import CloudTasksServer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUEUES = {Queue.CALLS: "reveille-calls", Queue.PASSES: "reveille-passes", Queue.EVENTS: "reveille-events"}
Open = Callable[..., LocalTaskQueue]


@dataclass(frozen=True)
class Arrival:
    """What the service gets of a task, and the earliest moment at which it may get it."""

    queue: Queue
    name: str
    path: str
    body: Any
    at: datetime


class Bench(Protocol):
    queue: TaskQueue
    meter: Meter

    def deliver_all(self) -> list[Arrival]:
        """Everything that waits, in the order of time; the names are then used up."""
        ...


@dataclass
class LocalBench:
    queue: LocalTaskQueue
    clock: VirtualClock
    meter: Meter
    arrived: list[Task] = field(default_factory=list)

    def deliver_all(self) -> list[Arrival]:
        arrivals = []
        while (at := self.queue.next_at()) is not None:
            self.clock.move_to(at)
            self.arrived.clear()
            self.queue.deliver_due()
            arrivals += [Arrival(t.queue, t.name, t.path, t.body, self.clock.now()) for t in self.arrived]
        return arrivals


@dataclass
class CloudBench:
    queue: CloudTasksQueue
    clock: VirtualClock
    meter: Meter
    server: CloudTasksServer

    def deliver_all(self) -> list[Arrival]:
        arrivals = [self._arrival(task) for task in self.server.tasks.values()]
        for name in list(self.server.tasks):
            self.server.use_up(name)
        return sorted(arrivals, key=lambda arrival: arrival.at)

    def _arrival(self, task: Any) -> Arrival:
        _, _, _, _, _, queue, _, name = task.name.split("/")
        path = task.http_request.url.removeprefix("https://reveille.example")
        body = json.loads(task.http_request.body)
        queues = {name: queue for queue, name in QUEUES.items()}
        return Arrival(queues[queue], name, path, body, task.schedule_time or self.clock.now())


class Handler:
    """Takes or refuses what it is brought, and remembers when."""

    def __init__(self, clock: VirtualClock, *answers: bool) -> None:
        self._clock = clock
        self._answers = list(answers)
        self.seen: list[tuple[str, datetime]] = []
        self.retries: list[int] = []

    def __call__(self, delivery: Delivery) -> bool:
        self.seen.append((delivery.name, self._clock.now()))
        self.retries.append(delivery.retries)
        return self._answers.pop(0) if self._answers else True

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.seen]


def call(name: str = "n1", at: datetime | None = None, queue: Queue = Queue.CALLS, **body: Any) -> Task:
    return Task(queue, name, "/tasks/call", body or {"call": "c1", "attempt": 1}, at)


def run(queue: LocalTaskQueue, clock: VirtualClock, rounds: int) -> None:
    for _ in range(rounds):
        at = queue.next_at()
        assert at is not None
        clock.move_to(at)
        queue.deliver_due()


def cloud_queue(client: tasks_v2.CloudTasksClient, clock: Clock, meter: Meter) -> CloudTasksQueue:
    return CloudTasksQueue(
        client,
        project="p",
        region="europe-west1",
        queues=QUEUES,
        base_url="https://reveille.example",
        service_account="tasks@p.iam.gserviceaccount.com",
        audience="https://reveille.example",
        clock=clock,
        meter=meter,
    )
