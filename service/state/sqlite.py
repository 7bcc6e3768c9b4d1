"""The Store in one SQLite file, for a single machine: any number of processes and threads may share it."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from service.domain.documents import decode, encode, plain
from service.ports import (
    Clock,
    Committed,
    CommitUnknown,
    Conflict,
    Create,
    Query,
    R,
    Record,
    Stored,
    StoreUnavailable,
    Update,
    Write,
)
from service.receipts import Meter
from service.state.firestore_rules import check_map_keys, reads_of_aggregation, reads_of_find
from service.state.indexes import EXPIRIES
from service.state.sqlite_statements import (
    comparable,
    count_statement,
    expiry_statement,
    find_statement,
    insert_statement,
    row_statement,
    searched,
    sum_statement,
    text,
    update_statement,
)
from service.state.sqlite_tables import prepare, searched_values

BUSY_TIMEOUT_SECONDS = 10.0  # how long a commit waits for those of other processes
EXPIRED_MAX = 10_000  # records of each kind that are deleted at once; the next sweep goes on
_TO_JSON = json.JSONEncoder(default=text, ensure_ascii=False, separators=(",", ":")).encode
_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
    }
)


class SqliteStore:
    def __init__(
        self,
        path: Path | str,
        clock: Clock,
        meter: Meter,
        busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
    ) -> None:
        self._clock = clock
        self._meter = meter
        # One connection, used by one thread at a time: simple, and a commit's fsync is short.
        # Transactions are begun and ended by hand (isolation_level=None).
        self._lock = threading.Lock()
        with _translated():
            self._connection = sqlite3.connect(
                path, timeout=busy_timeout_seconds, isolation_level=None, check_same_thread=False
            )
            prepare(self._connection)

    def get(self, kind: type[R], id: str) -> Stored[R] | None:
        rows = self._rows(row_statement(kind, ()), [id])
        self._meter.add(reads=1)
        return _stored(kind, *rows[0]) if rows else None

    def get_many(self, keys: Sequence[tuple[type[Record], str]]) -> list[Stored[Any] | None]:
        with self._reading() as connection:
            rows = [connection.execute(row_statement(kind, ()), [id]).fetchone() for kind, id in keys]
        self._meter.add(reads=len(keys))
        return [row and _stored(kind, *row) for (kind, _), row in zip(keys, rows, strict=True)]

    def find(self, query: Query[R]) -> list[Stored[R]]:
        rows = self._rows(*find_statement(query))
        self._meter.add(reads=reads_of_find(len(rows)))
        return [_stored(query.kind, version, body) for version, body, *_ in rows]

    def count(self, query: Query[Any]) -> int:
        counted: int = self._rows(*count_statement(query))[0][0]
        self._meter.add(reads=reads_of_aggregation(counted), aggregations=1)
        return counted

    def sum(self, query: Query[Any], field: str) -> int:
        summed: int
        [(counted, summed)] = self._rows(*sum_statement(query, field))
        self._meter.add(reads=reads_of_aggregation(counted), aggregations=1)
        return summed

    def delete_expired(self, now: datetime) -> None:
        with self._lock, _translated():
            for kind, name in EXPIRIES.items():
                self._connection.execute(expiry_statement(kind, name), [comparable(now), EXPIRED_MAX])

    def commit(self, writes: Sequence[Write]) -> Committed:
        with self._lock, _translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                at = self._clock.now()
                version = self._next_version()
                for write in writes:
                    self._apply(write, version)
            except BaseException:
                self._connection.rollback()
                raise
            self._end()
        self._meter.add(writes=len(writes))
        return Committed(at, (version,) * len(writes))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _rows(self, statement: str, parameters: Sequence[Any]) -> list[Any]:
        """Of one statement, which needs no transaction around it."""
        with self._lock, _translated():
            return self._connection.execute(statement, parameters).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """All that is read inside is of one moment."""
        with self._lock, _translated():
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.rollback()

    def _next_version(self) -> int:
        """Counted for the whole file, so that no version of a record ever comes again."""
        counted = self._connection.execute("UPDATE commits SET last = last + 1 RETURNING last").fetchone()
        return int(counted[0])

    def _apply(self, write: Write, version: int) -> None:
        if isinstance(write, Create):
            self._insert(type(write.record), version, encode(write.record))
        elif isinstance(write, Update):
            kind, row = type(write.record), self._row(type(write.record), write.record.id)
            if row is None or row[0] != write.version:
                raise _conflict(kind, write.record.id)
            self._update(kind, version, encode(write.record), row)
        else:
            row = self._row(write.kind, write.id)
            fields = {name: plain(value) for name, value in write.fields.items()}
            if row is None:
                self._insert(write.kind, version, {"id": write.id, **fields})
            else:
                self._update(write.kind, version, json.loads(row[1]) | fields, row)

    def _row(self, kind: type[Record], id: str) -> tuple[Any, ...] | None:
        """The version, the body, and what is searched."""
        row: tuple[Any, ...] | None
        row = self._connection.execute(row_statement(kind, searched(kind)), [id]).fetchone()
        return row

    def _insert(self, kind: type[Record], version: int, document: dict[str, Any]) -> None:
        statement = insert_statement(kind, searched(kind))
        values = [document["id"], version, _body(document), *searched_values(kind, document)]
        if self._connection.execute(statement, values).rowcount != 1:
            raise _conflict(kind, document["id"])

    def _update(
        self, kind: type[Record], version: int, document: dict[str, Any], row: tuple[Any, ...]
    ) -> None:
        """Sets the columns that change, and no others: each has indexes."""
        values = zip(searched(kind), row[2:], searched_values(kind, document), strict=True)
        changed = {name: after for name, before, after in values if before != after}
        statement = update_statement(kind, tuple(changed))
        self._connection.execute(statement, [version, _body(document), *changed.values(), document["id"]])

    def _end(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            # The disk failed half way: whether the commit is in the file is known once that is opened again.
            self._connection.rollback()
            raise CommitUnknown(str(error)) from error


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _PASSING:  # the rest says more closely what happened
            raise StoreUnavailable(str(error)) from error
        raise


def _conflict(kind: type[Record], id: str) -> Conflict:
    return Conflict(f"{kind.COLLECTION}/{id} is not as it was read.")


def _stored(kind: type[R], version: int, body: str) -> Stored[R]:
    return Stored(decode(kind, json.loads(body)), version)


def _body(document: dict[str, Any]) -> str:
    check_map_keys(document)
    return _TO_JSON(document)
