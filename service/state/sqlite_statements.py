"""Queries, indexes and writes as SQL."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from service.domain.documents import plain
from service.ports import Condition, Query, Record
from service.state.firestore_rules import order_of
from service.state.indexes import EXPIRIES, INDEXES, Index

# Firestore does without the last ones: its policies for a time to live need none.
ALL_INDEXES = (*INDEXES, *(Index(kind, (name,), counted=True) for kind, name in EXPIRIES.items()))


@cache
def searched(kind: type[Record]) -> tuple[str, ...]:
    """The fields that have a column: those of the kind's indexes."""
    names = {name.removeprefix("-") for index in ALL_INDEXES if index.kind is kind for name in index.fields}
    return tuple(sorted(names))


def find_statement(query: Query[Any]) -> tuple[str, list[Any]]:
    """What `find` executes, with its parameters: the version and the body, then what the rows are sorted by.

    Each value of an `in` has a SELECT of its own, which reads an index in order. SQLite merges them and reads
    of each no further than the limit needs. With an IN it would sort all that matches, or read through what
    does not match."""
    order = order_of(query)
    descending = {name.startswith("-") for name in order}
    if len(descending) > 1:
        raise ValueError("A query sorts all its fields in one direction.")
    columns = [_field(query.kind, name.removeprefix("-")) for name in order] + ["id"]
    direction = " DESC" if True in descending else ""
    behind, cursor = _behind(columns, query.after, sign="<" if direction else ">")
    selects, parameters = [], []
    for conditions in _alternatives(query):
        where, values = _where(query.kind, conditions)
        source = f"{query.kind.COLLECTION} WHERE {where}{behind}"
        selects.append(f"SELECT version, body, {', '.join(columns)} FROM {source}")
        parameters += [*values, *cursor]
    sort = ", ".join(f"{place}{direction}" for place, _ in enumerate(columns, start=3))
    statement = f"{' UNION ALL '.join(selects)} ORDER BY {sort} LIMIT ?"
    return statement, [*parameters, -1 if query.limit is None else query.limit]


def count_statement(query: Query[Any]) -> tuple[str, list[Any]]:
    """What `count` executes, with its parameters."""
    where, parameters = _where(query.kind, query.where)
    return f"SELECT count(*) FROM {query.kind.COLLECTION} WHERE {where}", parameters


def sum_statement(query: Query[Any], field: str) -> tuple[str, list[Any]]:
    """What `sum` executes, with its parameters: how many records there are, and their sum."""
    where, parameters = _where(query.kind, query.where)
    results = f"count(*), coalesce(sum({_field(query.kind, field)}), 0)"
    return f"SELECT {results} FROM {query.kind.COLLECTION} WHERE {where}", parameters


def _alternatives(query: Query[Any]) -> list[tuple[Condition, ...]]:
    """The query's conditions, once for each value of its `in`, which has become an equality."""
    for at, (name, operator, values) in enumerate(query.where):
        if operator == "in":
            before, behind = query.where[:at], query.where[at + 1 :]
            return [(*before, (name, "==", value), *behind) for value in dict.fromkeys(values)]
    return [query.where]


def _where(kind: type[Record], conditions: tuple[Condition, ...]) -> tuple[str, list[Any]]:
    clauses, parameters = [], []
    for name, operator, value in conditions:
        values = value if operator == "in" else (value,)
        clauses.append(f"{_field(kind, name)} {operator} ({', '.join('?' * len(values))})")
        parameters += [comparable(value) for value in values]
    return " AND ".join(clauses) or "TRUE", parameters


def _behind(columns: list[str], after: tuple[Any, ...] | None, sign: str) -> tuple[str, list[Any]]:
    """Where the rows behind a cursor begin. SQLite does not look up several expressions at once in an index:
    the first one by itself takes it there, past all that is before."""
    if after is None:
        return "", []
    values = [comparable(value) for value in after]
    places = ", ".join("?" * len(columns))
    clause = f" AND {columns[0]} {sign}= ? AND ({', '.join(columns)}) {sign} ({places})"
    return clause, [values[0], *values]


def insert_statement(kind: type[Record], names: Sequence[str]) -> str:
    """Of an id, a version, a body, and the values of these fields."""
    columns = ["id", "version", "body", *map(column, names)]
    places = ", ".join("?" * len(columns))
    return f"INSERT OR IGNORE INTO {kind.COLLECTION} ({', '.join(columns)}) VALUES ({places})"


def expiry_statement(kind: type[Record], name: str) -> str:
    """Deletes those that expired longest ago. Of a moment, and how many at most."""
    expired = f"{column(name)} <= ? ORDER BY {column(name)} LIMIT ?"
    table = kind.COLLECTION
    return f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE {expired})"


def row_statement(kind: type[Record], names: Sequence[str]) -> str:
    columns = ["version", "body", *map(column, names)]
    return f"SELECT {', '.join(columns)} FROM {kind.COLLECTION} WHERE id = ?"


def update_statement(kind: type[Record], names: Sequence[str]) -> str:
    """Of a version, a body, the values of these fields, and the id."""
    columns = ["version", "body", *map(column, names)]
    return f"UPDATE {kind.COLLECTION} SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?"


def column(name: str) -> str:
    """Some fields are called like words of SQL. In quotes, one that is missing would be taken for a text."""
    return f"[{name}]"


def _field(kind: type[Record], name: str) -> str:
    return column(name) if name in searched(kind) else f"json_extract(body, '$.{name}')"


def index_statement(index: Index) -> str:
    table = index.kind.COLLECTION
    name = "_by_".join([table, *(field.removeprefix("-") for field in index.fields)])
    direction = " DESC" if index.fields[-1].startswith("-") else ""
    columns = [column(f.removeprefix("-")) + (" DESC" if f.startswith("-") else "") for f in index.fields]
    if not index.counted:
        columns.append(f"id{direction}")
    return f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({', '.join(columns)})"


def comparable(value: Any) -> Any:
    """A value as it stands in a column."""
    value = plain(value)
    return text(value) if isinstance(value, datetime) else value


def text(moment: datetime) -> str:
    """Of one width, so that times sort as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
