"""The list of indexes is what the queries need, and Firestore's file says what the list says."""

import inspect
import json
from pathlib import Path

from service.ports import Query
from service.state.firestore_rules import order_of
from service.state.indexes import INDEXES, RECORD_KINDS, Index, firestore_indexes
from service.usecases import queries
from tests.state.records import every_query

FILE = Path(__file__).parents[2] / "deploy" / "firestore.indexes.json"


def needed(query: Query[object]) -> Index:
    """Firestore's rule for a composite index: the fields compared for equality, then those sorted by."""
    equal = [name for name, operator, _ in query.where if operator == "=="]
    return Index(query.kind, (*equal, *order_of(query)))


def test_each_query_has_its_index_and_no_index_is_without_a_query() -> None:
    assert {needed(query) for query in every_query().values()} == set(INDEXES)
    assert len(set(INDEXES)) == len(INDEXES)


def test_the_queries_tested_are_all_the_queries_there_are() -> None:
    defined = inspect.getmembers(queries, inspect.isfunction)
    assert set(every_query()) == {name for name, _ in defined}


def test_a_range_comes_first_in_the_order_and_there_is_at_most_one() -> None:
    for name, query in every_query().items():
        ranged = {field for field, operator, _ in query.where if operator != "=="}
        assert ranged <= set(order_of(query)[:1]), name


def test_firestores_file_says_what_the_list_says() -> None:
    message = "python -m service.state.indexes > deploy/firestore.indexes.json"
    assert json.loads(FILE.read_text()) == firestore_indexes(), message


def test_no_field_of_calls_and_campaigns_is_indexed_by_itself() -> None:
    exempt = {
        (override["collectionGroup"], override["fieldPath"])
        for override in firestore_indexes()["fieldOverrides"]
        if override["indexes"] == []
    }
    assert {("calls", "due_at"), ("calls", "variables"), ("calls", "attempts")} <= exempt
    assert {("campaigns", "created_at"), ("campaigns", "_commit")} <= exempt


def test_every_collection_has_a_name_of_its_own() -> None:
    assert len({kind.COLLECTION for kind in RECORD_KINDS}) == len(RECORD_KINDS)
