"""The Store's promises in a few dictionaries: fast enough for thousands of seeded worlds.

It passes the conformance suite beside the two real stores.
"""

import json
import operator
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from service.domain.documents import encode, plain
from service.ports import Clock, Committed, Conflict, Create, Merge, Query, Record, Stored, Update, Write
from service.receipts import Meter
from service.state.firestore_rules import check_map_keys, order_of

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda found, values: found in values,
}


class MemoryStore:
    """One process; its threads take turns."""

    def __init__(self, clock: Clock, meter: Meter) -> None:
        self._clock = clock
        self._meter = meter
        self._records: dict[str, dict[str, Stored[Any]]] = {}
        self._commits = 0
        self._turn = threading.RLock()

    def get(self, kind: type[Any], id: str) -> Stored[Any] | None:
        return self.get_many([(kind, id)])[0]

    def get_many(self, keys: Sequence[tuple[type[Record], str]]) -> list[Stored[Any] | None]:
        self._meter.add(reads=len(keys))
        with self._turn:
            return [self._of(kind).get(id) for kind, id in keys]

    def find(self, query: Query[Any]) -> list[Stored[Any]]:
        found = self._matching(query)
        for name in reversed([*order_of(query), "id"]):
            descending = name.startswith("-") or (name == "id" and _last_descends(query))
            by = name.removeprefix("-")
            found.sort(key=lambda stored, by=by: _key(stored.record, by), reverse=descending)
        if query.after is not None:
            found = [stored for stored in found if _is_behind(stored.record, query)]
        found = found[: query.limit]
        self._meter.add(reads=max(1, len(found)))
        return found

    def count(self, query: Query[Any]) -> int:
        return len(self._aggregated(query))

    def sum(self, query: Query[Any], field: str) -> int:
        values = [getattr(stored.record, field) for stored in self._aggregated(query)]
        return sum(value for value in values if value is not None)

    def delete_expired(self, now: datetime) -> None:
        """Its worlds are over before anything expires."""

    def commit(self, writes: Sequence[Write]) -> Committed:
        with self._turn:
            for write in writes:
                self._check(write)
            self._commits += 1
            for write in writes:
                self._put(write)
            version = self._commits
        self._meter.add(writes=len(writes))
        return Committed(self._clock.now(), (version,) * len(writes))

    def _check(self, write: Write) -> None:
        if isinstance(write, Merge):
            return
        stored = self._of(type(write.record)).get(write.record.id)
        if isinstance(write, Create):
            _check(write.record)
            if stored is not None:
                raise Conflict("It is there already.")
        if isinstance(write, Update) and (stored is None or stored.version != write.version):
            raise Conflict("It has changed.")

    def _put(self, write: Write) -> None:
        if isinstance(write, Merge):
            stored = self._of(write.kind).get(write.id)
            record = (
                replace(stored.record, **write.fields) if stored else write.kind(id=write.id, **write.fields)
            )  # type: ignore[call-arg,arg-type]
        else:
            record = write.record
        self._of(type(record))[record.id] = Stored(record, self._commits)

    def _of(self, kind: type[Any]) -> dict[str, Stored[Any]]:
        return self._records.setdefault(kind.COLLECTION, {})

    def _aggregated(self, query: Query[Any]) -> list[Stored[Any]]:
        matching = self._matching(query)
        self._meter.add(reads=max(1, -(-len(matching) // 1000)), aggregations=1)
        return matching

    def _matching(self, query: Query[Any]) -> list[Stored[Any]]:
        found = self._among(query)
        for name, op, value in query.where:  # one after the other: most worlds' time goes here
            found = _meeting(found, attrgetter(f"record.{name}"), OPERATORS[op], plain(value))
        return found

    def _among(self, query: Query[Any]) -> list[Stored[Any]]:
        with self._turn:
            return [*self._of(query.kind).values()]


def _check(record: Record) -> None:
    """Refuses what the real stores refuse. Here only where records begin: it takes time."""
    document = encode(record)
    check_map_keys(document)
    json.dumps(document, ensure_ascii=False, default=str).encode()


def _meeting(
    among: list[Stored[Any]], of: Callable[[Any], Any], op: Callable[[Any, Any], bool], value: Any
) -> list[Stored[Any]]:
    if op is operator.eq:
        return [stored for stored in among if of(stored) == value]
    if value is None:
        return []
    return [stored for stored in among if (found := of(stored)) is not None and op(found, value)]


def _key(record: Any, name: str) -> Any:
    value = getattr(record, name)
    return (value is not None, value)  # as Firestore: nothing comes before everything


def _last_descends(query: Query[Any]) -> bool:
    return bool(query.order_by) and query.order_by[-1].startswith("-")


def _is_behind(record: Any, query: Query[Any]) -> bool:
    """Whether the record comes after the cursor in the query's order."""
    assert query.after is not None
    id_order = "-id" if _last_descends(query) else "id"
    for name, value in zip([*order_of(query), id_order], query.after, strict=True):
        found = getattr(record, name.lstrip("-"))
        if found != value:
            return bool((found < value) if name.startswith("-") else (found > value))
    return False
