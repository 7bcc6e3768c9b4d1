"""What a record tells of a change."""

import json
from datetime import timedelta
from typing import Any

import pytest

from service.domain.account import Account, ApiKey
from service.domain.audit import KEPT, Act, By, Kind, Thing, changed, record, thing_of, who_is_told
from service.domain.callee import Callee
from tests.domain.records import NOON, running, waiting

ADA = By("Ada's key", "key_1", "ada@example.com", "acc_1")


@pytest.mark.parametrize(
    ("before", "after", "was", "now_is"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, {"b": 2}, {"b": 3}),
        ({"a": 1}, {"a": 1}, {}, {}),
        ({}, {"a": 1, "b": None}, {}, {"a": 1}),
        ({"a": None}, {"a": 1}, {"a": None}, {"a": 1}),
        ({"a": 1}, {"a": None}, {"a": 1}, {"a": None}),
        ({"a": 1}, {}, {"a": 1}, {}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": 1, "y": 3}}, {"a": {"y": 2}}, {"a": {"y": 3}}),
        ({"a": {"x": 1}}, {"a": None}, {"a": {"x": 1}}, {"a": None}),
        ({"a": [1, 2]}, {"a": [1, 3]}, {"a": [1, 2]}, {"a": [1, 3]}),
        ({"a": 0}, {"a": False}, {}, {}),
        ({"a": {"mon": 1}}, {"a": {"tue": 1}}, {"a": {"mon": 1}}, {"a": {"tue": 1}}),
    ],
    ids=repr,
)
def test_only_what_differs_is_told(before: Any, after: Any, was: Any, now_is: Any) -> None:
    assert changed(before, after) == (was, now_is)


def test_an_account_is_told_which_of_its_own_keys_did_it() -> None:
    assert who_is_told(ADA, "acc_1") == {"acc_1": ADA}
    assert who_is_told(By("admin command"), "acc_1") == {"acc_1": By("admin command")}


def test_of_another_accounts_key_it_is_told_no_more_than_that_it_was_the_operator() -> None:
    assert who_is_told(ADA, "acc_2") == {"acc_2": By("operator"), "acc_1": ADA}


def test_things_are_called_as_the_api_calls_them() -> None:
    key = ApiKey("5e" * 32, "acc_1", "mine", NOON)
    callee = Callee("callee_1", "acc_1", "+13125550142")
    assert thing_of(Account("acc_1", "Acme", NOON)) == Thing("acc_1", Kind.ACCOUNT, "acc_1")
    assert thing_of(key) == Thing("acc_1", Kind.KEY, f"key_{'5e' * 32}")
    assert thing_of(callee) == Thing("acc_1", Kind.NUMBER, "+13125550142")
    assert thing_of(waiting()) == Thing(waiting().account_id, Kind.CALL, waiting().id)
    assert thing_of(running()) == Thing(running().account_id, Kind.CAMPAIGN, running().id)


def test_a_record_is_kept_for_400_days_with_who_and_what() -> None:
    act = Act("edit_campaign", ADA, request_id="r1")
    made = record("t1", act, Thing("acc_1", Kind.CAMPAIGN, "cmp_1"), {"name": "é"}, {"name": "b"}, NOON)
    assert (made.id, made.account_id, made.thing, made.operation) == (
        "aud_t1",
        "acc_1",
        "cmp_1",
        act.operation,
    )
    assert (made.by, made.request_id, made.created_at) == (ADA, "r1", NOON)
    assert (json.loads(made.before), json.loads(made.after)) == ({"name": "é"}, {"name": "b"})
    assert made.expires_at == NOON + KEPT == NOON + timedelta(days=400)
