"""Queries and indexes as SQL over the JSON that SQLite keeps."""

from datetime import UTC, datetime
from typing import Any

from service.domain.documents import plain
from service.ports import Condition, Query
from service.state.firestore_rules import order_of
from service.state.indexes import Index


def find_statement(query: Query[Any]) -> tuple[str, list[Any]]:
    """What `find` executes, with its parameters: the version and the body, then what the rows are sorted by.

    Each value of an `in` has a SELECT of its own, which reads an index in order. SQLite merges them and reads
    of each no further than the limit needs. With an IN it would sort all that matches, or read through what
    does not match."""
    order = order_of(query)
    descending = {name.startswith("-") for name in order}
    if len(descending) > 1:
        raise ValueError("A query sorts all its fields in one direction.")
    columns = [_field(name.removeprefix("-")) for name in order] + ["id"]
    direction = " DESC" if True in descending else ""
    behind, cursor = _behind(columns, query.after, sign="<" if direction else ">")
    selects, parameters = [], []
    for conditions in _alternatives(query):
        where, values = _where(conditions)
        source = f"{query.kind.COLLECTION} WHERE {where}{behind}"
        selects.append(f"SELECT version, body, {', '.join(columns)} FROM {source}")
        parameters += [*values, *cursor]
    sort = ", ".join(f"{place}{direction}" for place, _ in enumerate(columns, start=3))
    statement = f"{' UNION ALL '.join(selects)} ORDER BY {sort} LIMIT ?"
    return statement, [*parameters, -1 if query.limit is None else query.limit]


def count_statement(query: Query[Any]) -> tuple[str, list[Any]]:
    """What `count` executes, with its parameters."""
    where, parameters = _where(query.where)
    return f"SELECT count(*) FROM {query.kind.COLLECTION} WHERE {where}", parameters


def sum_statement(query: Query[Any], field: str) -> tuple[str, list[Any]]:
    """What `sum` executes, with its parameters: how many records there are, and their sum."""
    where, parameters = _where(query.where)
    results = f"count(*), coalesce(sum({_field(field)}), 0)"
    return f"SELECT {results} FROM {query.kind.COLLECTION} WHERE {where}", parameters


def _alternatives(query: Query[Any]) -> list[tuple[Condition, ...]]:
    """The query's conditions, once for each value of its `in`, which has become an equality."""
    for at, (name, operator, values) in enumerate(query.where):
        if operator == "in":
            before, behind = query.where[:at], query.where[at + 1 :]
            return [(*before, (name, "==", value), *behind) for value in dict.fromkeys(values)]
    return [query.where]


def _where(conditions: tuple[Condition, ...]) -> tuple[str, list[Any]]:
    clauses, parameters = [], []
    for name, operator, value in conditions:
        values = value if operator == "in" else (value,)
        clauses.append(f"{_field(name)} {operator} ({', '.join('?' * len(values))})")
        parameters += [_comparable(value) for value in values]
    return " AND ".join(clauses) or "TRUE", parameters


def _behind(columns: list[str], after: tuple[Any, ...] | None, sign: str) -> tuple[str, list[Any]]:
    """Where the rows behind a cursor begin. SQLite does not look up several expressions at once in an index:
    the first one by itself takes it there, past all that is before."""
    if after is None:
        return "", []
    values = [_comparable(value) for value in after]
    places = ", ".join("?" * len(columns))
    clause = f" AND {columns[0]} {sign}= ? AND ({', '.join(columns)}) {sign} ({places})"
    return clause, [values[0], *values]


def _field(name: str) -> str:
    """Written the same way in indexes and queries: SQLite compares the expressions."""
    return f"json_extract(body, '$.{name}')"


def index_statement(index: Index) -> str:
    table = index.kind.COLLECTION
    name = "_by_".join([table, *(field.removeprefix("-") for field in index.fields)])
    direction = " DESC" if index.fields[-1].startswith("-") else ""
    columns = [_field(f.removeprefix("-")) + (" DESC" if f.startswith("-") else "") for f in index.fields]
    if not index.counted:
        columns.append(f"id{direction}")
    return f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({', '.join(columns)})"


def _comparable(value: Any) -> Any:
    """A value as json_extract gives it."""
    value = plain(value)
    return text(value) if isinstance(value, datetime) else value


def text(moment: datetime) -> str:
    """Of one width, so that times sort as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
