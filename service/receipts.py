"""What a piece of work cost, as Firestore and Cloud Tasks would bill it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Cost:
    reads: int = 0
    writes: int = 0
    aggregations: int = 0  # counts asked for; their reads are in `reads`
    tasks: int = 0
    milliseconds: float = 0.0
    cpu_milliseconds: float = 0.0


class Meter:
    """Adds up what the adapters report, for each thread by itself: one thread carries one request."""

    def __init__(self) -> None:
        self._thread = threading.local()

    def add(self, *, reads: int = 0, writes: int = 0, aggregations: int = 0, tasks: int = 0) -> None:
        for cost in self._open():
            cost.reads += reads
            cost.writes += writes
            cost.aggregations += aggregations
            cost.tasks += tasks

    @contextmanager
    def measure(self) -> Iterator[Cost]:
        """What is spent inside; may be nested."""
        cost = Cost()
        began, cpu_began = time.perf_counter(), time.thread_time()
        self._open().append(cost)
        try:
            yield cost
        finally:
            self._open().pop()
            cost.milliseconds = (time.perf_counter() - began) * 1000
            cost.cpu_milliseconds = (time.thread_time() - cpu_began) * 1000

    def _open(self) -> list[Cost]:
        costs: list[Cost] | None = getattr(self._thread, "costs", None)
        if costs is None:
            costs = self._thread.costs = []
        return costs
