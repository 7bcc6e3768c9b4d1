"""The tables of the SQLite file: a record is JSON, and what is searched stands beside it in columns.

Columns, because SQLite writes an index anew only if a statement sets one of its columns. Over expressions of
the JSON it would write all of them with each step of a call, which changes few.
"""

import sqlite3
from collections.abc import Mapping
from typing import Any

from service.ports import Record
from service.state.indexes import RECORD_KINDS
from service.state.sqlite_statements import ALL_INDEXES, column, comparable, index_statement, searched


def searched_values(kind: type[Record], document: Mapping[str, Any]) -> list[Any]:
    return [comparable(document.get(name)) for name in searched(kind)]


def prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # A commit that was answered is on the disk: with NORMAL, a power cut could take back the last ones, and a
    # call that has been placed would be placed again.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("CREATE TABLE IF NOT EXISTS commits (last INTEGER NOT NULL)")
    connection.execute("INSERT INTO commits SELECT 0 WHERE NOT EXISTS (SELECT * FROM commits)")
    for kind in RECORD_KINDS:
        columns = "id TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL"
        connection.execute(f"CREATE TABLE IF NOT EXISTS {kind.COLLECTION} ({columns})")
        _add_columns(connection, kind)
    for index in ALL_INDEXES:
        connection.execute(index_statement(index))
    connection.execute("COMMIT")


def _add_columns(connection: sqlite3.Connection, kind: type[Record]) -> None:
    """Those that the file lacks, because it is new or of an earlier revision; filled from the records."""
    table = kind.COLLECTION
    there = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    missing = [name for name in searched(kind) if name not in there]
    if not missing:
        return
    for name in missing:
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {column(name)}")
    filled = ", ".join(f"{column(name)} = json_extract(body, '$.{name}')" for name in missing)
    connection.execute(f"UPDATE {table} SET {filled}")
    for index in _indexes_of_json(connection, table):
        connection.execute(f"DROP INDEX {index}")


def _indexes_of_json(connection: sqlite3.Connection, table: str) -> list[str]:
    """As they were before there were columns, of the same names."""
    statement = "SELECT name FROM sqlite_master WHERE tbl_name = ? AND sql LIKE 'CREATE INDEX%json_extract%'"
    return [name for (name,) in connection.execute(statement, [table])]
