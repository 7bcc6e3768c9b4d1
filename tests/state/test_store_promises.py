"""What both stores promise of reads and commits."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.campaign import Campaign
from service.domain.documents import encode
from service.domain.lane import AWAKE, Lane, Wake
from service.ports import Conflict, Create, Merge, Query, Record, Store, Update
from service.receipts import Cost, Meter
from service.state.indexes import RECORD_KINDS
from tests.state.records import NOON, bare, call, every_count, every_query, filled, minutes


@pytest.mark.parametrize("make", [filled, bare])
@pytest.mark.parametrize("kind", RECORD_KINDS)
def test_a_record_comes_back_exactly(store: Store, kind: type[Record], make: Callable[[Any], Any]) -> None:
    record = make(kind)
    created = store.commit([Create(record)])
    read = store.get(kind, record.id)
    assert read is not None
    assert (read.record, read.version) == (record, created.versions[0])
    assert _to_the_letter(read.record) == _to_the_letter(record)

    store.commit([Update(record, read.version)])
    read = store.get(kind, record.id)
    assert read is not None
    assert read.record == record


def test_a_record_that_is_not_there_reads_as_none(store: Store) -> None:
    assert store.get(Call, "nobody") is None


@pytest.mark.parametrize("id", ["__x__", ".", "..", "a/b", "", "x" * 1501])
def test_what_is_no_id_is_not_there_either(store: Store, id: str) -> None:
    store.commit([Create(call("a"))])
    assert store.get(Call, id) is None
    read = store.get_many([(Call, id), (Call, "a")])
    assert [found and found.record for found in read] == [None, call("a")]


@pytest.mark.parametrize("id", ["_x_", "...", "a.b", "__", "x" * 1500, "名前"])
def test_what_is_odd_may_be_an_id_all_the_same(store: Store, id: str) -> None:
    store.commit([Create(call(id))])
    assert store.get(Call, id).record == call(id)  # type: ignore[union-attr]


def test_several_records_come_in_the_order_asked_for(store: Store) -> None:
    store.commit([Create(call("a")), Create(Wake("a", NOON)), Create(call("b"))])
    read = store.get_many([(Call, "b"), (Call, "missing"), (Wake, "a"), (Call, "a")])
    assert [found and found.record for found in read] == [call("b"), None, Wake("a", NOON), call("a")]


def test_asking_for_no_records_gets_none(store: Store) -> None:
    assert store.get_many([]) == []


def test_the_same_id_in_two_collections_is_two_records(store: Store) -> None:
    store.commit([Create(Wake("main", None)), Create(Lane("main"))])
    assert store.get(Lane, "main").record == Lane("main")  # type: ignore[union-attr]


def test_a_record_is_created_once(store: Store) -> None:
    store.commit([Create(call("a"))])
    with pytest.raises(Conflict):
        store.commit([Create(call("a", to="+15550111"))])
    assert store.get(Call, "a").record == call("a")  # type: ignore[union-attr]


def test_an_update_with_a_stale_version_conflicts_and_nothing_of_its_commit_lands(store: Store) -> None:
    old = store.commit([Create(call("a"))]).versions[0]
    store.commit([Update(call("a", attempt=2), old)])
    with pytest.raises(Conflict):
        store.commit(
            [
                Create(call("b")),
                Merge(Wake, "main", {"at": AWAKE}),
                Update(call("a", attempt=3), old),
                Create(call("c")),
            ]
        )
    read = store.get_many([(Call, "a"), (Call, "b"), (Call, "c"), (Wake, "main")])
    assert [found and found.record for found in read] == [call("a", attempt=2), None, None, None]


def test_a_record_that_is_not_there_cannot_be_updated(store: Store) -> None:
    version = store.commit([Create(call("a"))]).versions[0]
    with pytest.raises(Conflict):
        store.commit([Update(call("b"), version)])
    assert store.get(Call, "b") is None


def test_an_update_replaces_the_whole_record(store: Store) -> None:
    before = call("a", variables={"name": "Ann", "city": "Rome"}, external_id="x")
    version = store.commit([Create(before)]).versions[0]
    store.commit([Update(call("a", variables={"name": "Bob"}), version)])
    assert store.get(Call, "a").record == call("a", variables={"name": "Bob"})  # type: ignore[union-attr]


def test_every_write_changes_the_version(store: Store) -> None:
    versions = [store.commit([Create(call("a"))]).versions[0]]
    for attempt in range(30):
        versions += store.commit([Update(call("a", attempt=attempt), versions[-1])]).versions
    assert len(set(versions)) == 31


def test_a_write_that_changes_nothing_changes_the_version_all_the_same(store: Store) -> None:
    read = store.commit([Create(Wake("main", AWAKE))]).versions[0]
    store.commit([Merge(Wake, "main", {"at": AWAKE})])
    with pytest.raises(Conflict):
        store.commit([Update(Wake("main", minutes(5)), read)])
    after = store.get(Wake, "main")
    assert after is not None
    rewritten = store.commit([Update(after.record, after.version)]).versions[0]
    assert len({read, after.version, rewritten}) == 3


def test_a_commit_names_the_new_versions_in_the_order_of_its_writes(store: Store) -> None:
    first = store.commit([Create(call("a")), Merge(Wake, "main", {"at": AWAKE}), Create(call("b"))])
    read = store.get_many([(Call, "a"), (Wake, "main"), (Call, "b")])
    assert [found and found.version for found in read] == list(first.versions)
    second = store.commit([Update(call("b", attempt=2), first.versions[2])])
    assert store.get(Call, "b").version == second.versions[0]  # type: ignore[union-attr]


def test_commit_times_follow_one_another(store: Store) -> None:
    times = [store.commit([Merge(Wake, "main", {"at": None})]).at for _ in range(10)]
    assert times == sorted(times)
    assert {time.tzinfo is None for time in times} == {False}


def test_a_merge_creates_the_record_where_there_is_none(store: Store) -> None:
    store.commit([Merge(Wake, "main", {"at": AWAKE})])
    assert store.get(Wake, "main").record == Wake("main", AWAKE)  # type: ignore[union-attr]


def test_a_merge_sets_its_fields_and_leaves_the_others(store: Store) -> None:
    store.commit([Create(call("a", name="Ann", variables={"x": "1"}))])
    store.commit([Merge(Call, "a", {"state": State.BUSY, "check_at": None, "due_at": minutes(3)})])
    expected = call("a", name="Ann", variables={"x": "1"}, state=State.BUSY, due_at=minutes(3))
    assert store.get(Call, "a").record == expected  # type: ignore[union-attr]


@pytest.mark.parametrize("after", [{"city": "Rome"}, {}, {"a.b": "c"}])
def test_a_merge_replaces_a_map_as_a_whole(store: Store, after: dict[str, str]) -> None:
    store.commit([Create(call("a", variables={"name": "Ann", "age": "7"}))])
    store.commit([Merge(Call, "a", {"variables": after})])
    assert store.get(Call, "a").record == call("a", variables=after)  # type: ignore[union-attr]


def test_a_merge_lands_whatever_was_written_in_between(store: Store) -> None:
    version = store.commit([Create(Account("acc_1", "Acme", NOON))]).versions[0]
    store.commit([Update(Account("acc_1", "Acme & Co", NOON), version)])
    store.commit([Merge(Account, "acc_1", {"turn": 1.5})])
    assert store.get(Account, "acc_1").record == Account("acc_1", "Acme & Co", NOON, turn=1.5)  # type: ignore[union-attr]


def test_a_thousand_records_are_one_commit(store: Store) -> None:
    store.commit([Create(call(f"call_{number:04}")) for number in range(1000)])
    assert store.count(every_query()["waiting_calls"]) == 1000


def test_a_counter_is_kept_as_the_map_that_it_is(store: Store) -> None:
    store.commit([Create(call("a", variables=Counter(x=2)))])
    assert store.get(Call, "a").record.variables == {"x": 2}  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["", "__x__", "____", "x" * 1501, "é" * 751])
def test_a_variable_whose_name_firestore_refuses_is_refused_by_both(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be stored"):
        store.commit([Create(call("b")), Create(call("a", variables={name: "1"}))])
    assert store.get_many([(Call, "a"), (Call, "b")]) == [None, None]


def test_text_that_is_not_unicode_is_refused_by_both(store: Store) -> None:
    with pytest.raises(UnicodeEncodeError):
        store.commit([Create(call("a", name="\ud800"))])
    assert store.get(Call, "a") is None


def test_both_count_what_firestore_bills(store: Store, meter: Meter) -> None:
    calls = [call(f"call_{number:04}", created_at=NOON) for number in range(1001)]
    queued, nothing = every_query()["waiting_calls"], every_count()["live_in_lane"]
    with meter.measure() as cost:
        store.commit([Create(a_call) for a_call in calls])
    assert _counted(cost) == Cost(writes=1001)
    with meter.measure() as cost:
        store.get(Call, "call_0001")
        store.get(Call, "missing")
        store.get_many([(Call, "call_0002"), (Campaign, "missing")])
    assert _counted(cost) == Cost(reads=4)
    with meter.measure() as cost:
        store.find(replace(queued, limit=7))
        store.find(nothing)
    assert _counted(cost) == Cost(reads=7 + 1)
    with meter.measure() as cost:
        store.count(queued)
        store.count(nothing)
    assert _counted(cost) == Cost(reads=2 + 1, aggregations=2)
    with meter.measure() as cost:
        store.sum(queued, "attempt")
        store.sum(nothing, "attempt")
    assert _counted(cost) == Cost(reads=2 + 1, aggregations=2)
    with meter.measure() as cost, pytest.raises(Conflict):
        store.commit([Create(calls[0])])
    assert _counted(cost) == Cost()


def test_what_a_sum_passes_over_is_billed_as_well(store: Store, meter: Meter) -> None:
    unlimited = [
        Account(f"acc_{number:04}", "Acme", NOON, calls_in_flight_max=None) for number in range(1001)
    ]
    store.commit([Create(account) for account in unlimited])
    with meter.measure() as cost:
        assert store.sum(Query(Account, (("lane", "==", "main"),)), "calls_in_flight_max") == 0
    assert _counted(cost) == Cost(reads=2, aggregations=1)


def _to_the_letter(record: Record) -> str:
    """Tells what == does not: 0 from False, and a datetime from a subclass."""
    return json.dumps(encode(record), default=repr, sort_keys=True)


def _counted(cost: Cost) -> Cost:
    return replace(cost, milliseconds=0.0, cpu_milliseconds=0.0)
