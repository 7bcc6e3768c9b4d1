"""Queries and indexes as SQL over the JSON that SQLite keeps."""

from datetime import UTC, datetime
from typing import Any

from service.domain.documents import plain
from service.ports import Query
from service.state.firestore_rules import order_of
from service.state.indexes import Index


def find_statement(query: Query[Any]) -> tuple[str, list[Any]]:
    """What `find` executes, with its parameters."""
    order = order_of(query)
    descending = {name.startswith("-") for name in order}
    if len(descending) > 1:
        raise ValueError("A query sorts all its fields in one direction.")
    columns = [_field(name.removeprefix("-")) for name in order] + ["id"]
    where, parameters = _where(query)
    direction = " DESC" if True in descending else ""
    if query.after is not None:
        places = ", ".join("?" * len(columns))
        where += f" AND ({', '.join(columns)}) {'<' if direction else '>'} ({places})"
        parameters += [_comparable(value) for value in query.after]
    sort = ", ".join(column + direction for column in columns)
    statement = f"SELECT version, body FROM {query.kind.COLLECTION} WHERE {where} ORDER BY {sort} LIMIT ?"
    return statement, [*parameters, -1 if query.limit is None else query.limit]


def count_statement(query: Query[Any]) -> tuple[str, list[Any]]:
    """What `count` executes, with its parameters."""
    where, parameters = _where(query)
    return f"SELECT count(*) FROM {query.kind.COLLECTION} WHERE {where}", parameters


def _where(query: Query[Any]) -> tuple[str, list[Any]]:
    clauses = [f"{_field(name)} {operator} ?" for name, operator, _ in query.where]
    return " AND ".join(clauses) or "TRUE", [_comparable(value) for _, _, value in query.where]


def _field(name: str) -> str:
    """Written the same way in indexes and queries: SQLite compares the expressions."""
    return f"json_extract(body, '$.{name}')"


def index_statement(index: Index) -> str:
    table = index.kind.COLLECTION
    name = "_by_".join([table, *(field.removeprefix("-") for field in index.fields)])
    direction = " DESC" if index.fields[-1].startswith("-") else ""
    columns = [_field(f.removeprefix("-")) + (" DESC" if f.startswith("-") else "") for f in index.fields]
    return f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({', '.join(columns)}, id{direction})"


def _comparable(value: Any) -> Any:
    """A value as json_extract gives it."""
    value = plain(value)
    return text(value) if isinstance(value, datetime) else value


def text(moment: datetime) -> str:
    """Of one width, so that times sort as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
