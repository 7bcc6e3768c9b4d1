"""The Store: versioned documents, one conditional commit over several of them, and a few kinds of query."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar


def is_id(text: str) -> bool:
    """Whether a record can have it: Firestore takes no other. cloud.google.com/firestore/quotas"""
    try:
        fits = 1 <= len(text.encode()) <= ID_BYTES_MAX
    except UnicodeEncodeError:
        return False
    return fits and "/" not in text and text not in (".", "..") and not _RESERVED.fullmatch(text)


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

Operator = Literal["==", "<", "<=", ">", ">=", "in"]
Condition = tuple[str, Operator, Any]

# Firestore's limit of disjunctions: cloud.google.com/firestore/docs/query-data/queries#limits_on_or_queries
IN_VALUES_MAX = 30
ID_BYTES_MAX = 1500
_RESERVED = re.compile(r"__.*__", re.DOTALL)

# Whoever adds up a commit ends it behind the record that comes to more. A third of what Firestore takes in a
# request (10 MiB: cloud.google.com/firestore/quotas); its emulator takes 4 MiB.
COMMIT_BYTES_MAX = 3_000_000


@dataclass(frozen=True)
class Query(Generic[R]):
    """Records that meet all conditions, in the order of the fields in `order_by` (ascending; a leading
    `-` is descending) and then of their ids, all in one direction. At most one field may have a range, and it
    comes first in the order, named or not. `after` continues behind a record: its values of the fields in
    that order, then its id.

    At most one field may be compared with `in`: it has one of the values, of which there are 1 to
    IN_VALUES_MAX. It is not sorted by. Nothing is compared with None. Raises ValueError."""

    kind: type[R]
    where: tuple[Condition, ...]
    order_by: tuple[str, ...] = ()
    limit: int | None = None
    after: tuple[Any, ...] | None = None

    def __post_init__(self) -> None:
        among = [values for _, operator, values in self.where if operator == "in"]
        if len(among) > 1:
            raise ValueError("A query has at most one `in`.")
        for values in among:
            if not 1 <= len(values) <= IN_VALUES_MAX or None in values:
                raise ValueError(f"An `in` has 1 to {IN_VALUES_MAX} values, and None is none of them.")
        if any(value is None for _, _, value in self.where):
            raise ValueError("Nothing is compared with None: the stores differ in it.")


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
        """Several records in one request, in the order of `keys`; None for what is there none of, or is no
        id at all. Raises StoreUnavailable."""
        ...

    def find(self, query: Query[R]) -> list[Stored[R]]:
        """Raises StoreUnavailable."""
        ...

    def count(self, query: Query[Any]) -> int:
        """How many records meet the conditions, whatever the query's limit. Raises StoreUnavailable."""
        ...

    def sum(self, query: Query[Any], field: str) -> int:
        """The sum of an integer field over the records that meet the conditions, whatever the query's limit;
        0 if there are none. A field that is None counts as nothing. Exact as long as it fits into 64 bits.
        Raises StoreUnavailable."""
        ...

    def delete_expired(self, now: datetime) -> None:
        """Some of the records that have expired, where the store does not delete them by itself. Almost free
        where there are none. Raises StoreUnavailable."""
        ...

    def commit(self, writes: Sequence[Write]) -> Committed:
        """All of the writes, or none. No two writes name one record.
        Raises Conflict, CommitUnknown, StoreUnavailable."""
        ...
