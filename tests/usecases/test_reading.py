"""What users look at: it is counted, it is theirs alone, and it costs no write."""

import pytest

from service.domain.account import Account
from service.domain.call import State
from service.domain.campaign import Status
from service.domain.errors import NotFound
from service.domain.lane import AWAKE
from service.ports import Ambiguous
from service.usecases.campaigns import find_campaign, take_step
from service.usecases.reading import list_calls, list_campaigns, progress_of, status_of
from tests.support.world import NOON, World, minutes


def progress(world: World) -> dict[str, int]:
    counted = progress_of(world.outside, "cmp_1")
    return {name: count for name, count in counted.items() if count}


def test_progress_is_counted_from_the_calls_and_adds_up(world: World) -> None:
    world.limit(calls_in_flight_max=4)
    world.account()
    world.campaign(calls=7)
    world.telephony.answers = [Ambiguous("timed out")]
    world.dial()
    world.hear(State.COMPLETED, "cmp_1-0001")
    world.hear(State.BUSY, "cmp_1-0002")
    assert progress(world) == {
        "total": 7, "queued": 3, "in_flight": 1, "uncertain": 1, "completed": 1, "busy": 1,
    }  # fmt: skip


def test_progress_of_nothing_is_all_zero_and_names_every_outcome(world: World) -> None:
    world.account()
    world.campaign()
    counted = progress_of(world.outside, "cmp_1")
    assert set(counted.values()) == {0}
    assert {"total", "queued", "in_flight", "uncertain", "completed", "unconfirmed"} <= set(counted)


@pytest.mark.parametrize("calls", [1, 300])
def test_a_campaign_page_costs_a_few_reads_and_the_calls_that_it_shows(world: World, calls: int) -> None:
    account = world.account()
    world.campaign(calls=calls)
    world.run()
    with world.meter.measure() as cost:
        find_campaign(world.outside, account, "cmp_1")
        progress_of(world.outside, "cmp_1")
        shown = list_calls(world.outside, account, "cmp_1", 50, None).items
    # Two more tell who asks; the list reads its campaign, and one call more than it shows.
    assert cost.reads + 2 <= 15 + len(shown) + 2
    assert cost.writes == 0


def test_calls_are_listed_page_by_page_in_the_order_of_the_import(world: World) -> None:
    account = world.account()
    world.campaign(calls=7)
    seen, cursor, pages = [], None, 0
    while (pages == 0 or cursor) and pages < 10:
        page = list_calls(world.outside, account, "cmp_1", 3, cursor)
        seen += [call.id for call in page.items]
        cursor, pages = page.cursor, pages + 1
    assert seen == [f"cmp_1-{n:04}" for n in range(7)]
    assert pages == 3


def test_a_page_that_is_exactly_full_has_no_further_page(world: World) -> None:
    account = world.account()
    world.campaign(calls=3)
    assert list_calls(world.outside, account, "cmp_1", 3, None).cursor is None


def test_campaigns_are_listed_newest_first_without_the_direct_queue(world: World) -> None:
    account = world.account()
    for name in ("cmp_1", "cmp_2", "cmp_3"):
        world.campaign(name, status=Status.DRAFT, next_due_at=None)
        world.pass_over(minutes=1)
    first = list_campaigns(world.outside, account, 2, None)
    second = list_campaigns(world.outside, account, 2, first.cursor)
    assert [c.id for c in first.items + second.items] == ["cmp_3", "cmp_2", "cmp_1"]
    assert second.cursor is None


def test_an_account_sees_its_own_alone(world: World) -> None:
    world.account()
    stranger = world.account("acc_2")
    world.campaign(calls=1)
    assert list_campaigns(world.outside, stranger, 10, None).items == []
    with pytest.raises(NotFound):
        list_calls(world.outside, stranger, "cmp_1", 10, None)
    with pytest.raises(NotFound):
        list_calls(world.outside, world.get(Account, "acc_1"), "direct_acc_1", 10, None)


def test_an_account_is_told_why_it_is_awake_or_asleep(world: World) -> None:
    def why() -> str:
        return status_of(world.outside, world.get(Account, "acc_1")).reason

    world.account()
    world.run()
    assert why() == "Asleep: nothing waits. It wakes when there is work."
    world.campaign("later", calls=1, due_at=NOON + minutes(60))
    assert why() == "Awake: work is waiting for the next pass."
    world.run()
    assert why() == "Asleep until the next call is due."
    world.campaign(calls=1)
    world.run()
    assert why() == "Awake: calls are in flight."
    world.pass_over(minutes=90)


def test_the_status_names_the_next_wake_and_the_calls_in_flight(world: World) -> None:
    world.account()
    world.campaign(calls=2)
    world.run()
    status = status_of(world.outside, world.get(Account, "acc_1"))
    assert (status.next_wake, status.calls_in_flight, status.now) == (AWAKE, 2, NOON)


def test_an_account_with_nothing_to_do_is_asleep_before_any_pass(world: World) -> None:
    world.account()
    assert status_of(world.outside, world.get(Account, "acc_1")).next_wake is None


def test_the_next_wake_is_that_of_the_account_s_own_work(world: World) -> None:
    world.account()
    world.account("acc_2")
    for name, account, hours in (("soon", "acc_2", 1), ("later", "acc_1", 3), ("last", "acc_1", 5)):
        world.campaign(name, calls=1, account=account, due_at=NOON + minutes(60 * hours))
    world.run()
    assert status_of(world.outside, world.get(Account, "acc_2")).next_wake == NOON + minutes(60)
    assert status_of(world.outside, world.get(Account, "acc_1")).next_wake == NOON + minutes(180)


def test_a_direct_call_that_waits_is_a_next_wake(world: World) -> None:
    world.account()
    world.place_direct(not_before=NOON + minutes(30))
    assert status_of(world.outside, world.get(Account, "acc_1")).next_wake == NOON + minutes(30)


def test_a_paused_campaign_s_call_on_the_line_keeps_the_account_awake(world: World) -> None:
    account = world.account()
    world.campaign(calls=1)
    world.dial()
    take_step(world.outside, account, "cmp_1", "pause")
    status = status_of(world.outside, account)
    assert (status.next_wake, status.calls_in_flight) == (AWAKE, 1)
    assert status.reason == "Awake: calls are in flight."


@pytest.mark.parametrize("campaigns", [1, 30])
def test_the_status_costs_two_reads_however_many_campaigns_there_are(world: World, campaigns: int) -> None:
    account = world.account()
    for n in range(campaigns):
        world.campaign(f"cmp_{n}", calls=1, due_at=NOON + minutes(60))
    world.run()
    with world.meter.measure() as cost:
        status_of(world.outside, account)
    assert (cost.reads, cost.aggregations, cost.writes) == (2, 1, 0)


def test_the_calls_of_other_accounts_are_not_told(world: World) -> None:
    world.account()
    world.account("acc_2")
    world.campaign(calls=2)
    world.run()
    status = status_of(world.outside, world.get(Account, "acc_2"))
    assert (status.next_wake, status.calls_in_flight) == (None, 0)
