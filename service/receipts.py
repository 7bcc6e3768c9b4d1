"""What a piece of work cost, as Firestore and Cloud Tasks would bill it."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

Receipt = dict[str, Any]
READ_BEFORE = "reveille.reads"  # the WSGI environment's key: what was read before the application was asked


@dataclass
class Cost:
    reads: int = 0
    writes: int = 0
    aggregations: int = 0  # counts and sums asked for; their reads are in `reads`
    tasks: int = 0
    milliseconds: float = 0.0
    cpu_milliseconds: float = 0.0


def receipt_of(kind: str, status: int, facts: Mapping[str, Any], cost: Cost) -> Receipt:
    spent = {name: round(value, 2) for name, value in vars(cost).items()}
    return {"kind": kind, "status": status, **facts, **spent}


class Meter:
    """Adds up what the adapters report, for each request by itself."""

    def __init__(self) -> None:
        self._open: ContextVar[tuple[Cost, ...]] = ContextVar("costs", default=())

    def add(self, *, reads: int = 0, writes: int = 0, aggregations: int = 0, tasks: int = 0) -> None:
        for cost in self._open.get():
            cost.reads += reads
            cost.writes += writes
            cost.aggregations += aggregations
            cost.tasks += tasks

    @contextmanager
    def measure(self) -> Iterator[Cost]:
        """What is spent inside; may be nested."""
        cost = Cost()
        began, cpu_began = time.perf_counter(), time.thread_time()
        token = self._open.set((*self._open.get(), cost))
        try:
            yield cost
        finally:
            self._open.reset(token)
            cost.milliseconds = (time.perf_counter() - began) * 1000
            cost.cpu_milliseconds = (time.thread_time() - cpu_began) * 1000
