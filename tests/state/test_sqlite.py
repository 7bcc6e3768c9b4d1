"""Commits outlive their process, processes share a file, queries go through indexes."""

import itertools
import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.domain.call import Call, State
from service.domain.documents import encode
from service.domain.imports import ErrorReport, Import
from service.local.clocks import SystemClock, VirtualClock
from service.ports import CommitUnknown, Create, Query, Record, Stored, StoreUnavailable, Update
from service.receipts import Meter
from service.state import sqlite as sqlite_store
from service.state.firestore_rules import order_of
from service.state.indexes import EXPIRIES, INDEXES
from service.state.sqlite import SqliteStore
from service.state.sqlite_statements import (
    count_statement,
    expiry_statement,
    find_statement,
    index_statement,
    sum_statement,
    text,
    update_statement,
)
from tests.state.records import NOON, all_sorts_of_in, call, every_count, every_query, every_sum, minutes

COMMITS_BEFORE_KILL = 20
PROCESSES = 4
ADDITIONS = 25  # of each process
MERGING = {"MERGE (UNION ALL)", "LEFT", "RIGHT"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path, SystemClock(), Meter(), busy_timeout_seconds=0.05)
    yield store
    store.close()


@pytest.fixture
def connection(store: SqliteStore, path: Path) -> Iterator[sqlite3.Connection]:  # noqa: ARG001
    """Onto the file that the store has prepared."""
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


def process(code: str, path: Path) -> "subprocess.Popen[str]":
    """A process of its own, with a store of its own on the file."""
    opened = (
        "import sys\n"
        "from dataclasses import replace\n"
        "from service.domain.call import Call\n"
        "from service.local.clocks import SystemClock\n"
        "from service.ports import Conflict, Create, Update\n"
        "from service.receipts import Meter\n"
        "from service.state.sqlite import SqliteStore\n"
        "from tests.state.records import call\n"
        "store = SqliteStore(sys.argv[1], SystemClock(), Meter())\n"
    )
    command = [sys.executable, "-c", opened + code, str(path)]
    return subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True)


def test_a_commit_survives_the_kill_of_its_process(path: Path) -> None:
    writer = process(
        "for number in range(1_000_000):\n"
        "    store.commit([Create(call(f'call_{number}'))])\n"
        "    print(number, flush=True)\n",
        path,
    )
    assert writer.stdout is not None
    answered = [writer.stdout.readline() for _ in range(COMMITS_BEFORE_KILL)]
    os.kill(writer.pid, signal.SIGKILL)
    answered += writer.communicate()[0].splitlines()  # what else it was told before it died
    store = SqliteStore(path, SystemClock(), Meter())
    read = store.get_many([(Call, f"call_{int(number)}") for number in answered])
    store.close()
    assert len(read) >= COMMITS_BEFORE_KILL
    assert None not in read


def test_processes_that_begin_at_once_share_the_file_and_lose_no_update(path: Path) -> None:
    adders = [
        process(
            "try:\n"
            "    store.commit([Create(call('sum', attempt=0))])\n"
            "except Conflict:\n"
            "    pass\n"
            f"left = {ADDITIONS}\n"
            "while left:\n"
            "    read = store.get(Call, 'sum')\n"
            "    more = replace(read.record, attempt=read.record.attempt + 1)\n"
            "    try:\n"
            "        store.commit([Update(more, read.version)])\n"
            "        left -= 1\n"
            "    except Conflict:\n"
            "        pass\n",
            path,
        )
        for _ in range(PROCESSES)
    ]
    assert [(adder.communicate()[1], adder.returncode) for adder in adders] == [(None, 0)] * PROCESSES
    store = SqliteStore(path, SystemClock(), Meter())
    assert store.get(Call, "sum").record.attempt == PROCESSES * ADDITIONS  # type: ignore[union-attr]
    store.close()


def test_while_another_process_writes_a_commit_is_unavailable_and_reads_go_on(
    store: SqliteStore, path: Path
) -> None:
    store.commit([Create(call("a"))])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        store.commit([Create(call("b"))])
    assert store.get_many([(Call, "a"), (Call, "b")])[1] is None
    other.close()
    store.commit([Create(call("b"))])
    assert store.get(Call, "b") is not None


def test_a_commit_that_the_disk_breaks_off_is_unknown_and_the_store_goes_on(store: SqliteStore) -> None:
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, unlimited[1]))
    try:
        with pytest.raises(CommitUnknown):
            store.commit([Create(call("a"))])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    store.commit([Create(call("b"))])
    assert store.get_many([(Call, "a"), (Call, "b")])[0] is None


def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        SqliteStore(tmp_path / "no such directory" / "state.db", SystemClock(), Meter())


def test_a_file_is_found_as_it_was_left(path: Path) -> None:
    for id in ("a", "b"):
        store = SqliteStore(path, SystemClock(), Meter())
        store.commit([Create(call(id))])
        store.close()
    store = SqliteStore(path, SystemClock(), Meter())
    assert store.count(every_query()["calls_of_campaign"]) == 2
    store.close()


def test_a_file_of_before_there_were_columns_is_found_as_it_was_left(path: Path) -> None:
    waiting = call("a", campaign_id="cmp_1", state=State.QUEUED, live=False)
    with closing(sqlite3.connect(path)) as before:
        before.execute(
            "CREATE TABLE calls (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL)"
        )
        before.execute(
            "CREATE INDEX calls_by_lane_by_live ON calls"
            " (json_extract(body, '$.lane'), json_extract(body, '$.live'), id)"
        )
        body = json.dumps(encode(waiting), default=text)
        before.execute("INSERT INTO calls (id, version, body) VALUES ('a', 1, ?)", [body])
        before.commit()
    store = SqliteStore(path, SystemClock(), Meter())
    assert store.find(every_query()["waiting_calls"]) == [Stored(waiting, 1)]
    store.commit([Update(replace(waiting, live=True), 1)])
    assert store.count(every_count()["live_in_lane"]) == 1
    store.close()
    with closing(sqlite3.connect(path)) as after:
        indexes = after.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'calls_by_lane_by_live'"
        ).fetchall()
    assert "json" not in str(indexes)


def test_a_step_writes_the_indexes_anew_of_what_it_changes_and_no_others(
    connection: sqlite3.Connection,
) -> None:
    for changed in ((), ("due_at",), ("check_at", "live", "state")):
        plan = connection.execute(f"EXPLAIN {update_statement(Call, changed)}", [None] * (len(changed) + 3))
        written = sum(step[1] == "IdxInsert" for step in plan)
        of_those = [i for i in INDEXES if i.kind is Call and {f.lstrip("-") for f in i.fields} & {*changed}]
        assert written == len(of_those)


EXPIRING = {
    Import: Import("imp_1", "acc_1", "cmp_1", NOON, minutes(1)),
    ErrorReport: ErrorReport("imp_1_001", "imp_1", minutes(1), ()),
}


@pytest.mark.parametrize("kind", EXPIRING)
def test_what_has_expired_is_deleted_and_nothing_else(store: SqliteStore, kind: type[Record]) -> None:
    ends: Any = EXPIRING[kind]
    stays = replace(ends, id="later", expires_at=minutes(2))
    store.commit([Create(ends), Create(stays)])
    store.delete_expired(minutes(0.5))
    assert store.get(kind, ends.id) is not None
    store.delete_expired(minutes(1))
    assert store.get(kind, ends.id) is None
    assert store.get(kind, "later") is not None


def test_what_expired_longest_ago_is_deleted_first_and_so_much_at_once(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_store, "EXPIRED_MAX", 2)
    store.commit([Create(replace(EXPIRING[Import], id=f"imp_{n}", expires_at=minutes(n))) for n in range(5)])
    for left in ({"imp_2", "imp_3", "imp_4"}, {"imp_4"}, set()):
        store.delete_expired(minutes(9))
        assert {n for n in (f"imp_{n}" for n in range(5)) if store.get(Import, n)} == left


@pytest.mark.parametrize(("kind", "name"), EXPIRIES.items())
def test_what_has_expired_is_found_in_an_index(
    connection: sqlite3.Connection, kind: type[Record], name: str
) -> None:
    _, *found = plan_of(connection, (expiry_statement(kind, name), ["", 1]))
    assert f"SEARCH {kind.COLLECTION} USING COVERING INDEX {kind.COLLECTION}_by_{name} ({name}<?)" in found


def test_a_commit_takes_the_time_of_the_clock(path: Path) -> None:
    store = SqliteStore(path, VirtualClock(NOON), Meter())
    assert store.commit([Create(call("a"))]).at == NOON
    store.close()


def test_a_store_in_memory_keeps_the_same_promises() -> None:
    store = SqliteStore(":memory:", VirtualClock(NOON), Meter())
    store.commit([Create(call("a"))])
    assert store.count(every_query()["waiting_calls"]) == 1
    store.close()


def after_a_record(query: Query[Call]) -> Query[Call]:
    return replace(query, after=(*(minutes(0) for _ in order_of(query)), "a"))


def plan_of(connection: sqlite3.Connection, statement: tuple[str, list[Any]]) -> list[str]:
    """How SQLite carries it out: a line for each table that is read or sorted."""
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement[0]}", statement[1])]


@pytest.mark.parametrize("name", every_query() | all_sorts_of_in())
def test_every_query_goes_through_an_index_and_sorts_nothing(
    connection: sqlite3.Connection, name: str
) -> None:
    query = (every_query() | all_sorts_of_in())[name]
    alternatives = max(
        [len(set(values)) for _, operator, values in query.where if operator == "in"], default=1
    )
    from_the_first = "SEARCH" if query.where else "SCAN"
    for statement, how, tables in (
        (find_statement(query), from_the_first, alternatives),
        (find_statement(after_a_record(query)), "SEARCH", alternatives),
        (count_statement(query), from_the_first, 1),
    ):
        plan = [step for step in plan_of(connection, statement) if step not in MERGING]
        assert len(plan) == tables, plan  # a further line would be a sort
        for step in plan:
            assert re.match(f"{how} {query.kind.COLLECTION} USING (COVERING )?INDEX", step), plan


@pytest.mark.parametrize("name", every_count())
def test_every_count_goes_through_an_index(connection: sqlite3.Connection, name: str) -> None:
    query = every_count()[name]
    (counted,) = plan_of(connection, count_statement(query))
    assert re.match(f"SEARCH {query.kind.COLLECTION} USING (COVERING )?INDEX", counted), counted


@pytest.mark.parametrize("name", every_sum())
def test_every_sum_goes_through_an_index(connection: sqlite3.Connection, name: str) -> None:
    query, field = every_sum()[name]
    (summed,) = plan_of(connection, sum_statement(query, field))
    assert re.match(f"SEARCH {query.kind.COLLECTION} USING (COVERING )?INDEX", summed), summed


def test_no_index_lies_idle(connection: sqlite3.Connection) -> None:
    """But some of those that are counted: SQLite counts by any index that leads there, and takes what is
    summed from the record."""
    statements = [find_statement(query) for query in every_query().values()]
    statements += [count_statement(query) for query in every_count().values()]
    used = {
        step.split("INDEX ")[1].split(" ")[0]
        for statement in statements
        for step in plan_of(connection, statement)
        if step not in MERGING
    }
    idle = [index for index in INDEXES if not any(name in index_statement(index).split() for name in used)]
    assert [index for index in idle if not index.counted] == []


@pytest.mark.parametrize("order", ["due_at", "-due_at"])
def test_a_page_of_several_states_reads_no_more_where_more_is_stored(
    store: SqliteStore, connection: sqlite3.Connection, order: str
) -> None:
    """Neither of what comes before the page nor of what comes behind it."""
    some_states = tuple(list(State)[:7])
    first = Query(Call, (("campaign_id", "==", "cmp_1"), ("state", "in", some_states)), (order,), 10)
    middle = replace(first, after=(minutes(0), "c0"))
    steps = []
    for stored in (100, 1000):
        some = [
            call(f"c{stored}_{n}", state=list(State)[n % 9], due_at=minutes((n % 2 or -1) * n / stored))
            for n in range(stored)
        ]
        store.commit([Create(a_call) for a_call in some])
        steps.append([steps_of(connection, find_statement(query)) for query in (first, middle)])
    for few, many in zip(*steps, strict=True):
        assert many < 1.5 * few


def steps_of(connection: sqlite3.Connection, statement: tuple[str, list[Any]]) -> int:
    """Of SQLite's virtual machine."""
    taken = itertools.count()
    connection.set_progress_handler(lambda: next(taken) < 0, 1)
    assert len(connection.execute(*statement).fetchall()) == statement[1][-1]
    connection.set_progress_handler(None, 0)
    return next(taken)
