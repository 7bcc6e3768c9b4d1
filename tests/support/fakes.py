"""The outside, by hand: a queue that collects, a telephony that follows a script, a store with hooks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.domain.agent import Agent
from service.domain.events import CallEvent
from service.domain.webhook import Webhook as WebhookOut
from service.ports import (
    Accepted,
    Answer,
    CallOrder,
    Capabilities,
    Carried,
    Committed,
    Heard,
    LostOrder,
    NotSigned,
    Query,
    Queue,
    QueueUnavailable,
    Record,
    Store,
    Stored,
    Task,
    TelephonyUnavailable,
    Webhook,
    Write,
)
from service.receipts import Meter


class Killed(BaseException):
    """The process is gone."""


def raising(error: BaseException) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail


class CollectedTasks:
    """Keeps what it is given until a test takes it out. A name that was used is not used again."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self.asked: list[Task] = []  # every task that anybody tried to create
        self.waiting: list[Task] = []
        self.names: set[str] = set()
        self.is_down = False

    def create(self, tasks: Sequence[Task]) -> None:
        self.asked += tasks
        if self.is_down:
            raise QueueUnavailable("the queue is down")
        self._meter.add(tasks=len(tasks))
        for task in tasks:
            if task.name not in self.names:
                self.names.add(task.name)
                self.waiting.append(task)

    def take(self, queue: Queue) -> list[Task]:
        """What waits in one queue; it waits no longer."""
        taken = [task for task in self.waiting if task.queue is queue]
        self.waiting = [task for task in self.waiting if task.queue is not queue]
        return taken

    def passes(self, reason: str) -> list[Task]:
        """The passes that were asked for and wait."""
        return [task for task in self.waiting if task.body.get("reason") == reason]


@dataclass
class ScriptedTelephony:
    """Answers as it is told, and accepts whatever comes after that."""

    name: str = "scripted"
    answers: list[Answer] = field(default_factory=list)  # of the next create requests
    orders: list[CallOrder] = field(default_factory=list)  # every create request
    known: dict[str, CallEvent] = field(default_factory=dict)  # what it says when asked, by provider id
    found: list[CallEvent] = field(default_factory=list)  # what it finds by the numbers
    questions: list[str] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    agents: list[str | None] = field(default_factory=list)  # whose provider was asked for
    capabilities: Capabilities = field(default_factory=Capabilities)
    takes_scripts: bool = True
    is_down: bool = False  # when it is asked, not when it places
    while_placing: Callable[[CallOrder, Answer], object] = lambda _order, _answer: None

    def place(self, order: CallOrder) -> Answer:
        self.orders.append(order)
        answer = self.answers.pop(0) if self.answers else Accepted(f"CA{len(self.orders)}")
        self.while_placing(order, answer)
        return answer

    def look_up(self, provider_id: str) -> CallEvent | None:
        self._hear(provider_id)
        return self.known.get(provider_id)

    def of(self, agent: Agent | None) -> "ScriptedTelephony":
        """It is every provider."""
        self.agents.append(agent.id if agent else None)
        return self

    def find(self, lost: LostOrder) -> list[CallEvent]:
        self._hear(f"{lost.caller} to {lost.to} since {lost.since:%H:%M:%S}")
        return self.found

    def parse_webhook(self, webhook: Webhook) -> Heard | None:
        raise NotSigned(f"Nobody signs for {webhook.url}.")

    def hang_up(self, provider_id: str) -> None:
        self._hear(f"hang up {provider_id}")
        self.hung_up.append(provider_id)

    def _hear(self, question: str) -> None:
        self.questions.append(question)
        if self.is_down:
            raise TelephonyUnavailable("the provider is down")


@dataclass
class ScriptedCourier:
    """Carries to nobody: a webhook takes what it is sent, unless `failing` or `untried` names it."""

    sent: list[tuple[str, bytes]] = field(default_factory=list)  # webhook id and body
    failing: set[str] = field(default_factory=set)
    untried: set[str] = field(default_factory=set)  # these it leaves alone
    while_carrying: Callable[[WebhookOut], object] = lambda _webhook: None

    def refusal(self, url: str) -> str | None:  # noqa: ARG002
        return None

    def secret(self, webhook: WebhookOut) -> str:
        return f"whsec_{webhook.generation}"

    def carry(self, webhook: WebhookOut, body: bytes, now: datetime) -> Carried:  # noqa: ARG002
        if webhook.id in self.untried:
            return Carried(None, "not tried", 0, tried=False)
        self.sent.append((webhook.id, body))
        self.while_carrying(webhook)
        return Carried(500, "answered 500", 1) if webhook.id in self.failing else Carried(200, None, 1)


Operation = tuple[str, Any]  # get, get_many, find, count, sum or commit; and what it is given
Matches = Callable[[str, Any], bool]
Hook = tuple[Matches, Callable[[], object]]


class HookedStore:
    """A store in front of which, or behind which, something else happens once: a test's interleaving.

    What a hook does uses the store below, so that it meets no hook itself. It may raise, in the stead of
    the operation (`before`) or after that has landed (`after`)."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self._before: list[Hook] = []
        self._after: list[Hook] = []

    def before(self, matches: Matches, action: Callable[[], object]) -> None:
        self._before.append((matches, action))

    def after(self, matches: Matches, action: Callable[[], object]) -> None:
        self._after.append((matches, action))

    @property
    def hooks_left(self) -> int:
        """A test whose hooks did not come into play has shown nothing."""
        return len(self._before) + len(self._after)

    def get(self, kind: type[Any], id: str) -> Stored[Any] | None:
        return self._around("get", (kind, id), lambda: self.inner.get(kind, id))

    def get_many(self, keys: Sequence[tuple[type[Record], str]]) -> list[Stored[Any] | None]:
        return self._around("get_many", keys, lambda: self.inner.get_many(keys))

    def find(self, query: Query[Any]) -> list[Stored[Any]]:
        return self._around("find", query, lambda: self.inner.find(query))

    def count(self, query: Query[Any]) -> int:
        return self._around("count", query, lambda: self.inner.count(query))

    def sum(self, query: Query[Any], field: str) -> int:
        return self._around("sum", (query, field), lambda: self.inner.sum(query, field))

    def delete_expired(self, now: datetime) -> None:
        self._around("delete_expired", now, lambda: self.inner.delete_expired(now))

    def commit(self, writes: Sequence[Write]) -> Committed:
        return self._around("commit", writes, lambda: self.inner.commit(writes))

    def _around(self, name: str, given: Any, operation: Callable[[], Any]) -> Any:
        self._run(self._before, name, given)
        answer = operation()
        self._run(self._after, name, given)
        return answer

    def _run(self, hooks: list[Hook], name: str, given: Any) -> None:
        for hook in list(hooks):
            if hook in hooks and hook[0](name, given):
                hooks.remove(hook)
                hook[1]()


def always(_name: str, _given: Any) -> bool:
    return True


def finding(kind: type[Any], *fields: str) -> Matches:
    """A query of this kind whose conditions are on exactly these fields."""
    return lambda name, given: (
        name == "find" and given.kind is kind and tuple(field for field, _, _ in given.where) == fields
    )


def counting(*fields: str) -> Matches:
    return lambda name, given: name == "count" and tuple(field for field, _, _ in given.where) == fields


def committing(kind: type[Any]) -> Matches:
    """A commit with a record of this kind among its writes."""
    return lambda name, given: name == "commit" and any(_kind(write) is kind for write in given)


def _kind(write: Any) -> type[Any]:
    return write.kind if hasattr(write, "kind") else type(write.record)
