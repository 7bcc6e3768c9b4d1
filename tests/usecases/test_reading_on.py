"""A pass reads campaigns page by page: whom it has not read yet is neither slept over nor passed over."""

from collections import Counter
from datetime import timedelta
from typing import Any

from service.domain.call import State
from service.domain.campaign import Campaign, Status, direct_queue_id
from service.domain.lane import Lane
from service.ports import Queue
from service.usecases.lane_view import CLAIMS_MAX
from tests.support.fakes import committing
from tests.support.world import NOON, World, minutes, number

SOON = NOON + minutes(1)
CALL_MOST = 140_000  # what a call of ten minutes can cost at most, by the test account's rate


def next_page_of_the_awake(name: str, given: Any) -> bool:
    return bool(
        name == "find"
        and given.kind is Campaign
        and given.after
        and given.where[1][:2] == ("next_due_at", "==")
    )


def test_a_campaign_that_falls_asleep_between_two_pages_is_not_slept_over(world: World) -> None:
    """Another pass puts it to sleep, after the sleeping ones were looked at and before it is read itself."""
    world.limit(calls_in_flight_max=1)
    world.account()
    world.campaign("first", calls=1, due_at=NOON + minutes(60))
    world.campaign("second", calls=1, due_at=NOON + minutes(5), turn=5.0)
    world.store.before(
        next_page_of_the_awake, lambda: world.edit(Campaign, "second", next_due_at=NOON + minutes(5))
    )
    world.run()
    assert world.store.hooks_left == 0
    assert world.wake_at == NOON + minutes(5)
    world.check_clock()


def test_a_direct_call_that_becomes_due_goes_before_campaigns_whose_windows_open(world: World) -> None:
    world.limit(calls_in_flight_max=2)
    for n in range(15):
        world.account(f"acc_{n:02}")
        world.campaign(f"cmp_{n:02}", calls=4, account=f"acc_{n:02}", due_at=SOON, next_due_at=SOON)
    world.account("direct")
    world.place_direct(account="direct", not_before=SOON)
    world.run()
    world.clock.move_to(SOON)
    assert direct_queue_id("direct") in world.claims_in_turn(passes=1)


def test_accounts_that_wake_together_are_served_as_often_as_one_that_was_awake(world: World) -> None:
    world.limit(calls_in_flight_max=10)
    world.account("busy")
    world.campaign("busy", calls=500, account="busy")
    for n in range(60):
        world.account(f"acc_{n:02}")
        world.campaign(f"cmp_{n:02}", calls=20, account=f"acc_{n:02}", due_at=SOON, next_due_at=SOON)
    world.claims_in_turn(passes=1)
    world.clock.move_to(SOON)
    served = Counter(world.claims_in_turn(passes=30))
    assert len(served) == 61
    assert served["busy"] <= 10 + max(count for name, count in served.items() if name != "busy")


def test_slots_that_the_first_ones_do_not_use_are_shared_with_those_not_read_yet(world: World) -> None:
    """Nine at the head have calls in flight and nothing due; ten behind them stand at one place."""
    world.limit(calls_in_flight_max=9)
    for n in range(9):
        world.account(f"a_{n}")
        world.campaign(f"idle_{n}", calls=1, account=f"a_{n}")
    world.run()
    world.carry()
    world.limit(calls_in_flight_max=19)
    world.edit(Lane, "main", turn=49.0)
    for n in range(10):
        world.account(f"b_{n}", turn=50.0)
        world.campaign(f"waits_{n}", calls=100, account=f"b_{n}", turn=50.0)
    world.pass_over(seconds=1)
    claimed = Counter(call.campaign_id for call in world.run("refill").claimed)
    assert claimed == {f"waits_{n}": 1 for n in range(10)}


def test_a_pass_that_finds_nothing_for_a_free_slot_asks_for_no_other(world: World) -> None:
    world.limit(calls_in_flight_max=9)
    for n in range(9):
        world.account(f"acc_{n}")
        world.campaign(f"cmp_{n}", calls=1, account=f"acc_{n}")
    world.run()
    world.carry()
    world.limit(calls_in_flight_max=10)
    world.pass_over(seconds=1)
    assert not world.run("refill").more


def test_a_pass_that_claims_all_that_one_may_asks_for_another(world: World) -> None:
    world.limit(calls_in_flight_max=1_000, account_calls_in_flight_max=1_000)
    world.account(calls_in_flight_max=1_000)
    world.campaign(calls=CLAIMS_MAX + 1)
    report = world.run()
    assert (len(report.claimed), report.more) == (CLAIMS_MAX, True)


def test_what_becomes_due_while_the_pass_runs_is_woken_for(world: World) -> None:
    world.account()
    world.campaign(calls=1, due_at=NOON + minutes(1))
    world.clock.move_to(NOON + minutes(1) - timedelta(seconds=0.1))
    world.store.before(committing(Campaign), lambda: world.pass_over(seconds=0.3))
    world.run("refill")
    assert world.store.hooks_left == 0
    (wake,) = [task for task in world.tasks.take(Queue.PASSES) if task.body["reason"] == "wake"]
    assert wake.at == NOON + minutes(1)


def test_a_campaign_whose_money_was_just_enough_is_finished(world: World) -> None:
    world.limit(calls_in_flight_max=100, time_limit_seconds=600)
    world.account()
    world.campaign(calls=1, budget=CALL_MOST)
    world.dial()
    world.hear(State.COMPLETED, duration_seconds=1)
    world.settle()
    campaign = world.get(Campaign, "cmp_1")
    assert (campaign.status, campaign.paused_reason) == (Status.FINISHED, None)


def test_a_direct_call_is_found_behind_a_direct_queue_that_only_has_one_in_flight(world: World) -> None:
    world.account("first")
    world.place_direct(account="first")
    world.carry()
    world.account("second", turn=50.0)
    world.edit(Campaign, direct_queue_id("second"), turn=50.0)
    world.edit(Lane, "main", turn=49.0)
    world.limit(calls_in_flight_max=1)
    world.place_direct(number(998), account="second")
    world.account("asleep")
    world.campaign("woken", calls=3, account="asleep", due_at=NOON, next_due_at=NOON)
    world.limit(calls_in_flight_max=2)
    world.pass_over(seconds=1)
    assert [call.campaign_id for call in world.run("refill").claimed] == [direct_queue_id("second")]
