"""The list of indexes is what the queries need, and Firestore's file says what the list says."""

import inspect
import json
from dataclasses import replace
from pathlib import Path

from service.domain.call import Call, State
from service.ports import Query
from service.state.firestore_rules import RANGES, order_of
from service.state.indexes import INDEXES, RECORD_KINDS, Index, firestore_indexes
from service.usecases import account_queries, event_queries, queries
from tests.state.records import NOON, all_sorts_of_in, every_count, every_query, every_sum

FILE = Path(__file__).parents[2] / "deploy" / "firestore.indexes.json"


def needed(query: Query[object]) -> Index:
    """Firestore's rule for a composite index: the fields compared for equality, the one that has one of
    several values, then those sorted by."""
    return Index(query.kind, (*compared(query, "=="), *compared(query, "in"), *order_of(query)))


def needed_for_sum(query: Query[object], field: str) -> Index:
    """An aggregation reads nothing but index entries, so they hold what is summed; its order is no matter."""
    unordered = needed(replace(query, order_by=()))
    return Index(query.kind, tuple(dict.fromkeys((*unordered.fields, field))))


def only_counted() -> set[Index]:
    of_counts = {needed(query) for query in every_count().values()}
    return of_counts | {needed_for_sum(query, field) for query, field in every_sum().values()}


def compared(query: Query[object], *operators: str) -> list[str]:
    return [name for name, operator, _ in query.where if operator in operators]


def test_each_query_count_and_sum_has_its_index_and_no_index_is_without_one() -> None:
    of_queries = {needed(query) for query in every_query().values()}
    assert of_queries | only_counted() == set(INDEXES)
    assert len(set(INDEXES)) == len(INDEXES)


def test_an_index_that_no_query_finds_records_by_says_so() -> None:
    of_queries = {needed(query) for query in every_query().values()}
    assert {index for index in INDEXES if index.counted} == only_counted() - of_queries


def test_the_field_that_has_one_of_several_values_comes_before_the_order() -> None:
    either = ("state", "in", (State.BUSY, State.FAILED))
    query: Query[Call] = Query(Call, (either, ("due_at", "<", NOON), ("campaign_id", "==", "cmp_1")))
    assert needed(query) == Index(Call, ("campaign_id", "state", "due_at"))


def test_what_is_summed_comes_behind_what_is_compared() -> None:
    either = ("state", "in", (State.BUSY, State.FAILED))
    query: Query[Call] = Query(Call, (either, ("campaign_id", "==", "cmp_1")), ("due_at",), 3)
    ranged = replace(query, where=(*query.where, ("due_at", "<", NOON)))
    of_itself = replace(query, where=(*query.where, ("attempt", ">", 1)))
    assert needed_for_sum(query, "attempt") == Index(Call, ("campaign_id", "state", "attempt"))
    assert needed_for_sum(ranged, "attempt") == Index(Call, ("campaign_id", "state", "due_at", "attempt"))
    assert needed_for_sum(of_itself, "attempt") == Index(Call, ("campaign_id", "state", "attempt"))


def test_the_queries_tested_are_all_the_queries_there_are() -> None:
    modules = (queries, account_queries, event_queries)
    defined = [function for module in modules for function in inspect.getmembers(module, inspect.isfunction)]
    tested = {name.partition(",")[0] for name in (*every_query(), *every_count(), *every_sum())}
    assert tested == {name for name, _ in defined}


def test_a_range_comes_first_in_the_order_and_there_is_at_most_one() -> None:
    for name, query in (every_query() | every_count() | all_sorts_of_in()).items():
        first = {field.removeprefix("-") for field in order_of(query)[:1]}
        assert set(compared(query, *RANGES)) <= first, name


def test_what_has_one_of_several_values_is_not_sorted_by() -> None:
    for name, query in (every_query() | every_count() | all_sorts_of_in()).items():
        sorted_by = {field.removeprefix("-") for field in order_of(query)}
        assert not set(compared(query, "in")) & sorted_by, name


def test_firestores_file_says_what_the_list_says() -> None:
    message = "python -m service.state.indexes > deploy/firestore.indexes.json"
    assert json.loads(FILE.read_text()) == firestore_indexes(), message


def test_no_field_of_calls_campaigns_and_lanes_is_indexed_by_itself() -> None:
    exempt = {
        (override["collectionGroup"], override["fieldPath"])
        for override in firestore_indexes()["fieldOverrides"]
        if override["indexes"] == []
    }
    assert {("calls", "due_at"), ("calls", "variables"), ("calls", "attempts")} <= exempt
    assert {("campaigns", "created_at"), ("campaigns", "_commit")} <= exempt
    assert {("lanes", "receipts"), ("lanes", "turn")} <= exempt


def test_every_collection_has_a_name_of_its_own() -> None:
    assert len({kind.COLLECTION for kind in RECORD_KINDS}) == len(RECORD_KINDS)
