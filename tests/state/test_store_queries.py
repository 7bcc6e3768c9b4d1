"""Both stores answer every query of the service as it is defined, whatever is stored."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.campaign import Campaign, Priority
from service.domain.documents import plain
from service.domain.lane import AWAKE
from service.ports import Create, Query, Record, Store
from service.state.firestore_rules import order_of
from service.usecases import queries
from tests.state.records import NOON, call, campaign, every_query, minutes

MOMENTS = (None, AWAKE, NOON - timedelta(microseconds=1), NOON, NOON + timedelta(microseconds=1), minutes(9))


def some_records() -> list[Record]:
    """Few different values, so that there are ties, near misses and matches for every query."""
    dice = random.Random("some records")
    pick = dice.choice
    calls = [
        call(
            f"{pick('aZ0-_')}{number}",
            account_id=pick(("acc_1", "acc_10")),
            line=pick(("+15550199", None)),
            campaign_id=pick(("cmp_1", "cmp_1", "cmp_2")),
            lane=pick(("main", "main", "mai")),
            state=pick((State.QUEUED, State.QUEUED, State.BUSY)),
            live=pick((True, False)),
            check_at=pick(MOMENTS),
            due_at=pick(MOMENTS[1:]),
            created_at=pick(MOMENTS[1:]),
        )
        for number in range(60)
    ]
    campaigns = [
        campaign(
            f"{pick('aZ0-_')}{number}",
            account_id=pick(("acc_1", "acc_10")),
            lane=pick(("main", "main", "mai")),
            priority=pick(list(Priority)),
            turn=pick((0, 0.0, 0.1, 2, -1.5, 1e9)),
            next_due_at=pick(MOMENTS),
            created_at=pick(MOMENTS[1:]),
        )
        for number in range(60)
    ]
    accounts = [Account(f"acc_{number}", "Acme", pick(MOMENTS[1:])) for number in range(9)]
    return [*calls, *campaigns, *accounts]


COMPARE = {
    "==": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def expected(query: Query[Any], records: list[Record]) -> list[Record]:
    """The definition: filter, sort, cut."""
    order = order_of(query)
    matching = [
        record
        for record in records
        if isinstance(record, query.kind)
        and all(_meets(getattr(record, name), how, value) for name, how, value in query.where)
    ]
    matching.sort(key=lambda record: _place(record, order), reverse=any(n.startswith("-") for n in order))
    return matching[: query.limit]


def _meets(value: Any, how: str, bound: Any) -> bool:
    return COMPARE[how](plain(value), plain(bound)) if value is not None else False


def _place(record: Record, order: tuple[str, ...]) -> tuple[Any, ...]:
    return (*(getattr(record, name.removeprefix("-")) for name in order), record.id)


@pytest.fixture
def records(store: Store) -> list[Record]:
    records = some_records()
    store.commit([Create(record) for record in records])
    return records


def test_every_query_finds_what_it_should_in_its_order(store: Store, records: list[Record]) -> None:
    for name, query in every_query().items():
        all_of_them = replace(query, limit=None)
        wanted = expected(all_of_them, records)
        assert len(wanted) > 3, name
        assert [found.record for found in store.find(all_of_them)] == wanted, name
        assert store.count(query) == len(wanted), name


def test_a_limit_gives_the_first_ones_and_does_not_limit_a_count(store: Store, records: list[Record]) -> None:
    for name, query in every_query().items():
        short = replace(query, limit=3)
        assert [found.record for found in store.find(short)] == expected(short, records), name
        assert store.count(short) == len(expected(replace(query, limit=None), records)), name


def test_pages_of_any_query_join_without_gap_or_repetition(store: Store, records: list[Record]) -> None:
    for name, query in every_query().items():
        page, paged = replace(query, limit=4), []
        while found := store.find(page):
            paged += [stored.record for stored in found]
            page = replace(page, after=_place(paged[-1], order_of(query)))
        assert paged == expected(replace(query, limit=None), records), name


def test_what_a_query_finds_can_be_updated_with_its_version(store: Store) -> None:
    store.commit([Create(call("a"))])
    (found,) = store.find(queries.waiting_calls("cmp_1", 10))
    assert found == store.get(Call, "a")


def test_a_store_without_records_finds_and_counts_none(store: Store) -> None:
    for query in every_query().values():
        assert (store.find(query), store.count(query)) == ([], 0)


def test_direct_calls_come_before_all_turns_and_equal_turns_in_the_order_of_ids(store: Store) -> None:
    awake = [
        campaign("b", next_due_at=AWAKE, turn=1.0),
        campaign("a", next_due_at=AWAKE, turn=1.0),
        campaign("c", next_due_at=AWAKE, turn=0.5),
        campaign("direct", next_due_at=AWAKE, turn=9.0, priority=Priority.DIRECT),
        campaign("asleep", next_due_at=minutes(1)),
        campaign("idle", next_due_at=None),
    ]
    store.commit([Create(record) for record in awake])
    served = [found.record.id for found in store.find(queries.awake_campaigns("main", 10))]
    assert served == ["direct", "c", "a", "b"]


def test_the_newest_campaigns_come_first(store: Store) -> None:
    store.commit([Create(campaign(id, created_at=at)) for id, at in [("a", NOON), ("b", minutes(1))]])
    newest = queries.campaigns_of_account("acc_1", 1, None)
    assert [found.record.id for found in store.find(newest)] == ["b"]


def test_a_query_sees_what_was_just_committed(store: Store) -> None:
    counts = []
    for number in range(10):
        store.commit([Create(call(str(number), live=True))])
        counts.append(store.count(queries.live_in_lane("main")))
    assert counts == list(range(1, 11))


def test_a_campaign_does_not_appear_among_the_calls(store: Store) -> None:
    store.commit([Create(campaign("a")), Create(call("a"))])
    assert [type(found.record) for found in store.find(Query(Campaign, (("lane", "==", "main"),)))] == [
        Campaign
    ]
