"""The TaskQueue: it carries calls to their handlers, and asks for passes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Queue(StrEnum):
    """Each its own, so that passes never wait behind the provider's calls per second, and neither behind
    receivers of events that hang."""

    CALLS = "calls"
    PASSES = "passes"
    EVENTS = "events"


@dataclass(frozen=True)
class Task:
    """A POST to this service: at least once, not before `at`, again with backoff until it is answered 2xx.

    A name that was used within the last hour is not used again: creating such a task does nothing.
    """

    queue: Queue
    name: str  # at most 500 letters, digits, - and _; a hash, so that names spread evenly
    path: str
    body: Mapping[str, Any]
    at: datetime | None = None


class QueueUnavailable(Exception):
    """Some of the tasks may not have been created. Creating them again is harmless."""


class TaskQueue(Protocol):
    def create(self, tasks: Sequence[Task]) -> None:
        """Raises QueueUnavailable."""
        ...
