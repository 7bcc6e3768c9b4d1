"""A task queue that delays, repeats, reorders and forgets answers, but not tasks that it has confirmed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from service.ports import QueueUnavailable, Task

if TYPE_CHECKING:
    from tests.simulation.instance import Instance
    from tests.simulation.world import World

NAME_KEPT = timedelta(hours=1)
BACKOFF_SECONDS = (1.0, 300.0)
TRIES_MAX = 60


@dataclass
class TaskService:
    """The one queue of a world."""

    world: "World"
    used: dict[str, datetime] = field(default_factory=dict)  # name -> when it may be used again

    def create(self, task: Task) -> None:
        now = self.world.scheduler.now
        if self.used.get(task.name, now) > now:
            return
        self.used[task.name] = datetime.max.replace(tzinfo=now.tzinfo)
        copies = self.world.dice.randint(1, self.world.profile.task_copies_max)
        self.world.duplicates += copies - 1
        for _ in range(copies):
            delay = self.world.dice.uniform(0, self.world.profile.task_delay_seconds)
            moment = max(task.at or now, now) + timedelta(seconds=delay)
            self.world.scheduler.at(moment, lambda: self._deliver(task, 0))

    def _deliver(self, task: Task, tries: int) -> None:
        self.world.scheduler.spawn(lambda: self._post(task, tries))

    def _post(self, task: Task, tries: int) -> None:
        status = self.world.any_instance().post(task.path, json.dumps(task.body).encode())
        self.world.tell(f"task {task.path} {dict(task.body)} -> {status}")
        if 200 <= status < 300:
            self.used[task.name] = self.world.scheduler.now + NAME_KEPT
            return
        if tries < TRIES_MAX:
            first, longest = BACKOFF_SECONDS
            self.world.scheduler.after(min(first * 2**tries, longest), lambda: self._deliver(task, tries + 1))


class FaultyQueue:
    """One instance's connection to it."""

    def __init__(self, instance: "Instance") -> None:
        self._instance = instance
        self._world = instance.world

    def create(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            name = f"create task {task.path} {task.body.get('call', task.body.get('reason'))}"
            self._instance.travel(name)
            if self._world.chance("queue_refuses"):
                raise QueueUnavailable("UNAVAILABLE")
            self._world.queue.create(task)
            self._instance.travel(f"answer to {name}")
            if self._world.chance("queue_loses_answer"):
                raise QueueUnavailable("the answer was lost")
