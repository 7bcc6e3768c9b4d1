"""Both stores answer every query of the service as it is defined, whatever is stored."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.account import Account, ApiKey
from service.domain.agent import Agent, Provider
from service.domain.audit import AuditRecord, By, Kind
from service.domain.call import Call, State
from service.domain.callee import Callee
from service.domain.campaign import Campaign, Priority
from service.domain.documents import plain
from service.domain.imports import ErrorReport, Import
from service.domain.lane import AWAKE
from service.domain.outbox import Event
from service.domain.webhook import EventType, Webhook
from service.ports import IN_VALUES_MAX, Create, Query, Record, Store
from service.state.firestore_rules import order_of
from service.usecases import queries
from tests.state.records import (
    NOON,
    all_sorts_of_in,
    all_sorts_of_sums,
    call,
    campaign,
    every_count,
    every_query,
    every_sum,
    minutes,
)

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
            spoken_by=pick(("agt_1", "agt_1", "agt_10")),
            campaign_id=pick(("cmp_1", "cmp_1", "cmp_2")),
            lane=pick(("main", "main", "mai")),
            state=pick((State.QUEUED, State.QUEUED, State.BUSY)),
            cohort=pick(("", "Chicago", "Lima")),
            live=pick((True, False)),
            check_at=pick(MOMENTS),
            due_at=pick(MOMENTS[1:]),
            created_at=pick(MOMENTS[1:]),
            attempt=pick((0, 1, 2, 3)),
            spent=pick((0, 14_000, 7)),
            day=pick(("2026-03-04", "2026-03-03", "")),
            day_spent=pick((0, 14_000, 7)),
            day_line=pick(("+15550199", "")),
            day_dials=pick((0, 1, 2)),
            first_hour=pick((9, 9, 10, None)),
            first_outcome=pick((State.BUSY, State.BUSY, State.FAILED, None)),
            month=pick(("2026-03", "2026-03", "2026-02", "")),
            month_dials=pick((0, 1, 2)),
            month_seconds=pick((0, 61, 7)),
            month_cost=pick((0, 14_000, 7)),
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
    accounts = [
        Account(f"acc_{number}", "Acme", pick(MOMENTS[1:]), calls_in_flight_max=pick((None, 3, 7)))
        for number in range(9)
    ]
    callees = [
        Callee(
            f"callee_{pick('aZ0-_')}{number}",
            account_id=pick(("acc_1", "acc_10")),
            number="+15550100",
            do_not_call=pick((True, True, False)),
            do_not_call_since=pick(MOMENTS[1:]),
        )
        for number in range(30)
    ]
    keys = [
        ApiKey(
            f"{pick('aZ0-_')}{number}",
            account_id=pick(("acc_1", "acc_10")),
            label="key",
            created_at=pick(MOMENTS[1:]),
            request=pick(("0123456789ab", "0123456789ab", "0123456789a", None)),
            email=pick(("ada@example.com", "ada@example.com", None)),
            revoked=pick((False, False, True)),
        )
        for number in range(30)
    ]
    others = (some_audit, some_events, some_imports, some_agents)
    return [*calls, *campaigns, *accounts, *callees, *keys, *(each for some in others for each in some(dice))]


def some_agents(dice: random.Random) -> list[Agent]:
    pick = dice.choice
    return [
        Agent(
            f"agt_{pick('aZ0-_')}{number}",
            account_id=pick(("acc_1", "acc_10")),
            created_at=pick(MOMENTS[1:]),
            name="Ada",
            provider=pick(list(Provider)),
            secret="env:REVEILLE_SECRET_ACC_1_VOICE",
        )
        for number in range(30)
    ]


def some_imports(dice: random.Random) -> list[Import | ErrorReport]:
    pick = dice.choice
    made = [
        Import(
            f"imp_{pick('aZ0-_')}{number}",
            account_id="acc_1",
            campaign_id=pick(("cmp_1", "cmp_2")),
            created_at=pick(MOMENTS[1:]),
            expires_at=NOON,
        )
        for number in range(30)
    ]
    reports = [
        ErrorReport(f"{pick('aZ0-_')}{number}", pick(("imp_1", "imp_10")), NOON, ()) for number in range(30)
    ]
    return [*made, *reports]


def some_audit(dice: random.Random) -> list[AuditRecord]:
    pick = dice.choice
    return [
        AuditRecord(
            f"aud_{pick('aZ0-_')}{number}",
            account_id=pick(("acc_1", "acc_10")),
            created_at=pick(MOMENTS[1:]),
            operation=pick(("edit_campaign", "edit_campaign", "edit_account")),
            kind=Kind.CAMPAIGN,
            thing=pick(("cmp_1", "cmp_1", "cmp_10")),
            by=By("Ada", "key_1"),
            before="{}",
            after='{"name": "é"}',
            expires_at=NOON,
        )
        for number in range(60)
    ]


def some_events(dice: random.Random) -> list[Webhook | Event]:
    pick = dice.choice
    webhooks = [
        Webhook(
            f"{pick('aZ0-_')}{number}",
            account_id=pick(("acc_1", "acc_10")),
            url="https://hooks.example.com",
            events=(),
            created_at=pick(MOMENTS[1:]),
            deleted=pick((False, False, True)),
        )
        for number in range(30)
    ]
    events = [
        Event(
            f"{pick('aZ0-_')}{number}",
            account_id=pick(("acc_1", "acc_10")),
            lane=pick(("main", "mai")),
            type=pick(list(EventType)[:2]),
            created_at=pick(MOMENTS[1:]),
            expires_at=NOON,
            due_at=pick(MOMENTS),
        )
        for number in range(60)
    ]
    return [*webhooks, *events]


COMPARE = {
    "==": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, values: a in values,
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
    for name, query in (every_query() | every_count() | all_sorts_of_in()).items():
        all_of_them = replace(query, limit=None)
        wanted = expected(all_of_them, records)
        assert len(wanted) > 3, name
        assert [found.record for found in store.find(all_of_them)] == wanted, name
        assert store.count(query) == len(wanted), name


def test_a_limit_gives_the_first_ones_and_does_not_limit_a_count(store: Store, records: list[Record]) -> None:
    for name, query in (every_query() | every_count() | all_sorts_of_in()).items():
        short = replace(query, limit=3)
        assert [found.record for found in store.find(short)] == expected(short, records), name
        assert store.count(short) == len(expected(replace(query, limit=None), records)), name


def test_pages_of_any_query_join_without_gap_or_repetition(store: Store, records: list[Record]) -> None:
    for name, query in (every_query() | every_count() | all_sorts_of_in()).items():
        page, paged = replace(query, limit=4), []
        while found := store.find(page):
            paged += [stored.record for stored in found]
            page = replace(page, after=_place(paged[-1], order_of(query)))
        assert paged == expected(replace(query, limit=None), records), name


def test_a_sum_is_of_what_the_query_counts_and_of_nothing_for_none(
    store: Store, records: list[Record]
) -> None:
    for name, (query, field) in (every_sum() | all_sorts_of_sums()).items():
        values = [getattr(record, field) for record in expected(replace(query, limit=None), records)]
        assert len(set(values)) > 1, name
        assert store.sum(query, field) == sum(value for value in values if value is not None), name


def test_a_sum_of_whole_numbers_is_exact_beyond_what_a_float_holds(store: Store) -> None:
    store.commit([Create(call(id, spent=spent)) for id, spent in [("a", 2**53), ("b", 1), ("c", 2**62)]])
    store.commit([Create(call("d", campaign_id="cmp_2", spent=-5))])
    assert store.sum(Query(Call, (("campaign_id", "==", "cmp_1"),)), "spent") == 2**53 + 1 + 2**62
    assert store.sum(Query(Call, (("campaign_id", "==", "cmp_2"),)), "spent") == -5


def test_a_sum_is_a_whole_number_also_where_there_is_nothing_to_add(store: Store) -> None:
    store.commit([Create(Account("acc_1", "Acme", NOON))])
    sums = [store.sum(Query(Call, ()), "attempt"), store.sum(Query(Account, ()), "calls_in_flight_max")]
    assert [(type(total), total) for total in sums] == [(int, 0), (int, 0)]


@pytest.mark.parametrize("count", [0, IN_VALUES_MAX + 1])
def test_an_in_has_one_to_thirty_values(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 30 values"):
        Query(Call, (("to", "in", tuple(map(str, range(count)))),))


def test_none_is_not_among_the_values_of_an_in() -> None:
    with pytest.raises(ValueError, match="None"):
        Query(Call, (("line", "in", ("+15550199", None)),))


def test_nothing_is_compared_with_none() -> None:
    """In SQLite it would find nothing, in Firestore what is null."""
    with pytest.raises(ValueError, match="compared with None"):
        Query(Call, (("line", "==", None),))


def test_a_query_has_one_in() -> None:
    with pytest.raises(ValueError, match="at most one"):
        Query(Call, (("state", "in", (State.BUSY,)), ("lane", "in", ("main", "mai"))))


def test_thirty_values_are_found_page_by_page_in_one_order(store: Store) -> None:
    numbers = [f"+155501{number:02}" for number in range(40)]
    calls = [call(f"c{at % 7}{at}", to=to, created_at=minutes(at * 11 % 5)) for at, to in enumerate(numbers)]
    store.commit([Create(a_call) for a_call in calls])
    query = Query(Call, (("to", "in", tuple(numbers[:IN_VALUES_MAX])),), ("-created_at",), 4)
    paged: list[Record] = []
    while found := store.find(query):
        paged += [stored.record for stored in found]
        query = replace(query, after=_place(paged[-1], order_of(query)))
    assert paged == expected(replace(query, limit=None), list(calls))
    assert store.count(query) == len(paged) == IN_VALUES_MAX


def test_what_a_query_finds_can_be_updated_with_its_version(store: Store) -> None:
    store.commit([Create(call("a"))])
    (found,) = store.find(queries.waiting_calls("cmp_1", 10))
    assert found == store.get(Call, "a")


def test_a_store_without_records_finds_counts_and_sums_none(store: Store) -> None:
    for query in (every_query() | every_count()).values():
        assert (store.find(query), store.count(query)) == ([], 0)
    for query, field in every_sum().values():
        assert store.sum(query, field) == 0


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
