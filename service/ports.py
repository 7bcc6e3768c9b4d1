"""What the core needs from outside: a Store, a TaskQueue, Telephony and a Clock.

Each has a real adapter and one for a single machine; the two of a pair pass the same conformance suite.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

from service.domain.call import Script
from service.domain.events import CallEvent as CallEvent
from service.domain.limits import Limits

# --- Clock --------------------------------------------------------------------------------------------


class Clock(Protocol):
    def now(self) -> datetime:
        """The present time in UTC. It never runs backwards."""
        ...


# --- Store --------------------------------------------------------------------------------------------


class Record(Protocol):
    """A frozen dataclass that can be kept: its collection, and an id that is unique in it."""

    COLLECTION: ClassVar[str]

    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=Record)
R_co = TypeVar("R_co", bound=Record, covariant=True)


@dataclass(frozen=True)
class Stored(Generic[R_co]):
    """A record as it was read. `version` changes with every write, also with one that sets what is set
    already: a pull of a clock that is awake is seen by the pass that would put it to sleep."""

    record: R_co
    version: Any


@dataclass(frozen=True)
class Create:
    """Lands only if there is no such record."""

    record: Record


@dataclass(frozen=True)
class Update:
    """Lands only if the record is still at this version."""

    record: Record
    version: Any


@dataclass(frozen=True)
class Merge:
    """Sets some fields, whatever the record's version; creates the record where there is none."""

    kind: type[Record]
    id: str
    fields: Mapping[str, Any]


Write = Create | Update | Merge

Operator = Literal["==", "<", "<=", ">", ">="]
Condition = tuple[str, Operator, Any]


@dataclass(frozen=True)
class Query(Generic[R]):
    """Records that meet all conditions, in the order of the fields in `order_by` (ascending; a leading
    `-` is descending) and then of their ids, all in one direction. At most one field may have a range, and it
    comes first in the order, named or not. `after` continues behind a record: its values of the fields in
    that order, then its id."""

    kind: type[R]
    where: tuple[Condition, ...]
    order_by: tuple[str, ...] = ()
    limit: int | None = None
    after: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Committed:
    """`versions` are the records' new versions, in the order of the writes."""

    at: datetime
    versions: tuple[Any, ...]


class Conflict(Exception):
    """A precondition did not hold. Nothing of the commit has landed."""


class CommitUnknown(Exception):
    """The commit's answer was lost: all of it has landed, or nothing."""


class StoreUnavailable(Exception):
    """The store did not answer a read, or certainly did not take a commit. Try again later."""


class Store(Protocol):
    """Versioned records. Every read sees all commits that were answered before it began."""

    def get(self, kind: type[R], id: str) -> Stored[R] | None:
        """One record, or None. Raises StoreUnavailable."""
        ...

    def get_many(self, keys: Sequence[tuple[type[Record], str]]) -> list[Stored[Any] | None]:
        """Several records in one request, in the order of `keys`. Raises StoreUnavailable."""
        ...

    def find(self, query: Query[R]) -> list[Stored[R]]:
        """Raises StoreUnavailable."""
        ...

    def count(self, query: Query[Any]) -> int:
        """How many records meet the conditions, whatever the query's limit. Raises StoreUnavailable."""
        ...

    def commit(self, writes: Sequence[Write]) -> Committed:
        """All of the writes, or none. No two writes name one record.
        Raises Conflict, CommitUnknown, StoreUnavailable."""
        ...


# --- TaskQueue ----------------------------------------------------------------------------------------


class Queue(StrEnum):
    """Two queues, so that prompt passes never wait behind the provider's calls per second."""

    CALLS = "calls"
    PASSES = "passes"


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


# --- Telephony ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CallOrder:
    """One create request."""

    call_id: str
    attempt: int
    to: str  # E.164
    caller: str  # E.164
    script: Script  # variables already filled in
    ring_seconds: int
    time_limit_seconds: int


@dataclass(frozen=True)
class Accepted:
    provider_id: str


@dataclass(frozen=True)
class Refused:
    """The provider answered no: nothing rings. Permanent: this order will never be taken."""

    reason: str
    permanent: bool


@dataclass(frozen=True)
class Ambiguous:
    """The request may have been processed. It must not be sent again."""

    reason: str


Answer = Accepted | Refused | Ambiguous


class TelephonyUnavailable(Exception):
    """The provider could not be asked, or did not answer. Ask again later."""


class Telephony(Protocol):
    name: str

    def place(self, order: CallOrder) -> Answer:
        """Sends exactly one create request, and never a second one by itself."""
        ...

    def look_up(self, provider_id: str) -> CallEvent | None:
        """What the provider says now; None: it knows no such call. Raises TelephonyUnavailable."""
        ...

    def find(self, *, to: str, caller: str, since: datetime) -> list[CallEvent]:
        """The calls that were placed with these numbers at or after `since`, the earliest first. They need
        not be ours, or of the attempt that is asked about. Raises TelephonyUnavailable."""
        ...

    def hang_up(self, provider_id: str) -> None:
        """Ends a live call; harmless for one that has ended. Raises TelephonyUnavailable."""
        ...


# --- all of them --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outside:
    """What a use case is given."""

    store: Store
    tasks: TaskQueue
    telephony: Telephony
    clock: Clock
    new_token: Callable[[], str]  # random: at least 96 bits in letters and digits
    limits: Limits
