"""The pass: what it claims, in which order, within which limits, and what it costs."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.callee import callee_id
from service.domain.calls import CLAIM_RESCUE_SECONDS
from service.domain.campaign import Campaign, Status
from service.domain.errors import Busy
from service.domain.hours import Hours
from service.domain.lane import AWAKE, Lane
from service.ports import CommitUnknown, Conflict, Queue
from service.usecases.direct_calls import cancel_call
from tests.support.fakes import committing
from tests.support.world import CALLER, NINE_TO_FIVE, NOON, World, minutes, number

TOMORROW = NOON + minutes(24 * 60)
THREADS = 4
PASSES_OF_EACH = 6


@pytest.mark.parametrize("campaigns", [1, 1_000])
def test_an_idle_tick_is_one_read_and_nothing_else(each_world: World, campaigns: int) -> None:
    world = each_world
    world.account()
    world.sleepers(campaigns, until=TOMORROW)
    world.campaign(calls=1, due_at=TOMORROW)
    world.run()
    asked = len(world.tasks.asked)
    with world.meter.measure() as cost:
        report = world.run("tick")
    assert (cost.reads, cost.writes, cost.aggregations, cost.tasks) == (1, 0, 0, 0)
    assert len(world.tasks.asked) == asked
    assert (report.processed, report.reason) == (False, "Not time to process")
    assert report.next_wake == TOMORROW


def test_an_idle_tick_is_one_read_where_nothing_ever_was(each_world: World) -> None:
    world = each_world
    world.run()
    with world.meter.measure() as cost:
        assert world.run().next_wake is None
    assert (cost.reads, cost.writes, cost.aggregations, cost.tasks) == (1, 0, 0, 0)


def cost_of_filling_one_slot(world: World) -> tuple[int, int]:
    """Reads and writes of the pass."""
    with world.meter.measure() as cost:
        assert len(world.run("refill").claimed) == 1
    return cost.reads, cost.writes


@pytest.mark.parametrize("sleepers", [0, 1_000])
def test_a_pass_that_fills_one_slot_costs_the_same_where_a_thousand_campaigns_sleep(
    world: World, sleepers: int
) -> None:
    world.limit(calls_in_flight_max=1)
    world.account()
    world.sleepers(sleepers, until=TOMORROW)
    world.campaign(calls=1)
    assert cost_of_filling_one_slot(world) == (8, 4)


@pytest.mark.parametrize("others", [1, 100])
def test_a_pass_that_fills_one_slot_costs_the_same_where_a_hundred_accounts_wait(
    world: World, others: int
) -> None:
    world.limit(calls_in_flight_max=1)
    for n in range(1 + others):
        world.account(f"acc_{n:03}")
        world.campaign(f"cmp_{n:03}", calls=1, account=f"acc_{n:03}")
    assert cost_of_filling_one_slot(world) == (8, 4)


@pytest.mark.parametrize("later", [1, 200])
def test_a_pass_reads_no_call_that_is_not_due_but_the_next_one(world: World, later: int) -> None:
    world.account()
    world.campaign(calls=1)
    world.campaign("retries", calls=later, due_at=TOMORROW)
    assert cost_of_filling_one_slot(world) == (12, 5)


def test_a_pass_that_fills_one_slot_costs_the_same_where_a_thousand_calls_wait(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    world.account()
    world.campaign(calls=1_000)
    assert cost_of_filling_one_slot(world) == (8, 4)


def test_a_pass_that_fills_one_slot_reads_a_bounded_number_of_the_campaigns_that_wait(world: World) -> None:
    costs = []
    world.limit(calls_in_flight_max=1)
    for accounts in (100, 400):
        for n in range(len(costs) * 100, accounts):
            world.account(f"acc_{n}")
            world.campaign(f"cmp_{n}", calls=2, account=f"acc_{n}")
        costs.append(cost_of_filling_one_slot(world))
        world.carry()
        for n in range(accounts):
            if world.in_flight(f"cmp_{n}"):
                world.hear(State.COMPLETED, f"cmp_{n}-0000")
    assert costs[0][0] == costs[1][0] <= 80


def test_each_claimed_call_gets_one_task(world: World) -> None:
    world.account()
    world.campaign(calls=3)
    report = world.run()
    tasks = world.tasks.take(Queue.CALLS)
    assert [task.body["call"] for task in tasks] == [call.id for call in report.claimed]
    named = {"call": "cmp_1-0000", "campaign": "cmp_1", "account": "acc_1", "attempt": 1}
    assert tasks[0].body == named | {"callee": callee_id("acc_1", number(0))}
    assert len({task.name for task in tasks}) == 3


def test_calls_are_claimed_in_the_order_in_which_they_are_due(world: World) -> None:
    world.limit(calls_in_flight_max=2)
    world.account()
    world.campaign("cmp_1", calls=1)
    for name, ago in (("late", 1), ("early", 9), ("middle", 5)):
        world.campaign(name, calls=1, due_at=NOON - minutes(ago))
        world.edit(Call, f"{name}-0000", campaign_id="cmp_1")
    assert [call.id for call in world.run().claimed] == ["early-0000", "middle-0000"]


def test_direct_calls_are_claimed_before_campaign_calls(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    world.account()
    world.campaign(calls=5)
    world.run()
    world.carry()
    direct = world.place_direct()
    assert direct.call.state is State.QUEUED
    world.hear(State.COMPLETED)
    assert [call.id for call in world.run("refill").claimed] == [direct.call.id]


def test_two_accounts_get_equal_shares_whatever_the_number_of_their_calls(world: World) -> None:
    world.limit(calls_in_flight_max=2)
    world.account("acc_many")
    world.account("acc_few")
    world.campaign("many", calls=100, account="acc_many")
    world.campaign("few", calls=20, account="acc_few")
    served = world.claims_in_turn(passes=20)
    assert (served.count("many"), served.count("few")) == (20, 20)


@pytest.mark.parametrize("campaigns", [3, 100])
def test_two_accounts_get_equal_shares_whatever_the_number_of_their_campaigns(
    world: World, campaigns: int
) -> None:
    """Also when there are more campaigns than a pass reads."""
    world.limit(calls_in_flight_max=2)
    world.account("acc_many")
    world.account("acc_one")
    for n in range(campaigns):
        world.campaign(f"a_{n:03}", calls=100 // campaigns + 1, account="acc_many")
    world.campaign("one", calls=60, account="acc_one")
    world.claims_in_turn(passes=5)  # each campaign gets its place in the order
    served = world.claims_in_turn(passes=20)
    assert abs(served.count("one") - 20) <= 1


def test_an_account_s_weight_is_its_share(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    world.account("acc_heavy", weight=3.0)
    world.account("acc_light")
    world.campaign("heavy", calls=50, account="acc_heavy")
    world.campaign("light", calls=50, account="acc_light")
    served = world.claims_in_turn(passes=40)
    assert (served.count("heavy"), served.count("light")) == (30, 10)


def test_an_account_that_comes_back_starts_at_the_present_turn(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    world.account("acc_busy")
    world.account("acc_new")
    world.campaign("busy", calls=60, account="acc_busy")
    world.claims_in_turn(passes=30)
    world.campaign("new", calls=30, account="acc_new")
    served = world.claims_in_turn(passes=20)
    assert (served.count("busy"), served.count("new")) == (10, 10)


@pytest.mark.parametrize("campaigns", [1, 100])
def test_one_waiting_call_is_claimed_soon_beside_a_thousand_of_another_account(
    world: World, campaigns: int
) -> None:
    world.limit(calls_in_flight_max=1)
    world.account("acc_many")
    world.account("acc_one")
    for n in range(campaigns):
        world.campaign(f"a_{n:03}", calls=1_000 // campaigns, account="acc_many")
    world.claims_in_turn(passes=10)
    world.campaign("one", calls=1, account="acc_one")
    assert "one" in world.claims_in_turn(passes=2)


def test_campaigns_that_a_full_account_holds_up_do_not_hide_those_of_others(world: World) -> None:
    world.limit(calls_in_flight_max=4)
    world.account("acc_full", calls_in_flight_max=2)
    world.account("acc_other")
    world.campaign("other", calls=30, account="acc_other")
    world.claims_in_turn(passes=5)  # so that it stands behind all those that begin now
    for n in range(150):
        world.campaign(f"full_{n:03}", calls=1, account="acc_full")
    world.run("refill")
    world.settle()
    assert world.states("other")["claimed"] == 2


def test_places_in_the_order_are_given_out_once_and_then_passes_come_to_rest(world: World) -> None:
    """Nothing but held-up campaigns, more than a pass reads: they are not moved round and round."""
    world.account("acc_full", calls_in_flight_max=1)
    for n in range(100):
        world.campaign(f"full_{n:03}", calls=1, account="acc_full")
    world.run("refill")
    world.settle()
    with world.meter.measure() as cost:
        world.run("refill")
    assert cost.writes == 0
    assert not world.tasks.passes("refill")


def test_campaigns_that_all_wake_at_once_are_all_served_though_a_pass_wakes_only_some(world: World) -> None:
    opening = NOON + minutes(60)
    world.limit(calls_in_flight_max=200)
    world.account()
    world.account("acc_full", calls_in_flight_max=1)
    for n in range(120):
        world.campaign(f"full_{n:03}", calls=1, account="acc_full", next_due_at=opening)
        world.campaign(f"one_{n:03}", calls=1, next_due_at=opening + minutes(1))
    world.pass_over(minutes=62)
    world.run("refill")
    world.settle()
    assert sum(world.in_flight(f"one_{n:03}") for n in range(120)) == 100  # the account's limit


def test_a_campaign_with_nothing_due_sleeps_while_others_are_claimed_from(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    world.account()
    world.campaign("busy", calls=9)
    for n in range(40):
        world.campaign(f"closed_{n:02}", calls=1, hours=Hours(NINE_TO_FIVE.windows[1:2]))
    world.campaign("behind", calls=1, account=world.account("acc_2").id, turn=50.0)
    served = world.claims_in_turn(passes=6)
    assert "behind" in served
    assert world.get(Campaign, "closed_39").next_due_at == NOON + minutes(21 * 60)


def test_a_campaign_that_was_paused_while_a_pass_claimed_from_it_does_not_stay_awake(world: World) -> None:
    world.account()
    world.campaign(calls=1)

    def pause() -> None:
        world.edit(Campaign, "cmp_1", status=Status.PAUSED, next_due_at=None)

    world.store.before(committing(Lane), pause)
    world.run()
    assert world.store.hooks_left == 0
    world.carry()
    world.settle()
    campaign = world.get(Campaign, "cmp_1")
    assert (campaign.status, campaign.next_due_at) == (Status.PAUSED, None)
    assert world.states() == {"queued": 1}


@pytest.mark.parametrize(
    ("lane", "account", "campaign", "claimed"), [(3, 50, None, 3), (50, 4, None, 4), (50, 50, 5, 5)]
)
def test_each_limit_is_filled_and_not_exceeded(
    world: World, lane: int, account: int, campaign: int | None, claimed: int
) -> None:
    world.limit(calls_in_flight_max=lane)
    world.account(calls_in_flight_max=account)
    world.campaign(calls=20, calls_in_flight_max=campaign)
    assert len(world.run().claimed) == claimed
    assert world.run().claimed == []
    world.carry()
    world.hear(State.COMPLETED)
    assert len(world.run().claimed) == 1


def test_an_account_without_a_limit_of_its_own_has_the_system_s(world: World) -> None:
    world.limit(account_calls_in_flight_max=2)
    world.account(calls_in_flight_max=None)
    world.campaign(calls=5)
    assert len(world.run().claimed) == 2


def test_a_slot_that_one_limit_holds_back_is_filled_by_others(world: World) -> None:
    world.limit(calls_in_flight_max=6)
    world.account("acc_1", calls_in_flight_max=2)
    world.account("acc_2", calls_in_flight_max=2)
    world.account("acc_3")
    for n in (1, 2, 3):
        world.campaign(f"cmp_{n}", calls=9, account=f"acc_{n}")
    world.run()
    assert [world.in_flight(f"cmp_{n}") for n in (1, 2, 3)] == [2, 2, 2]


def test_slots_that_a_campaign_cannot_use_go_to_the_others_in_the_same_pass(world: World) -> None:
    world.account()
    world.campaign("short", calls=1)
    world.campaign("empty")
    world.campaign("long", calls=50)
    world.run()
    assert (world.in_flight("short"), world.in_flight("long")) == (1, 9)


def test_a_lowered_limit_binds_from_the_next_claim(world: World) -> None:
    world.account()
    world.campaign(calls=20)
    world.run()
    assert world.in_flight() == 10
    world.limit(calls_in_flight_max=4)
    world.carry()
    for n in range(7):
        world.hear(State.COMPLETED, f"cmp_1-{n:04}")
    assert len(world.run("refill").claimed) == 1


@pytest.mark.parametrize("limits", [(7, 100, 100), (100, 5, 100), (100, 100, 3)], ids=str)
def test_limits_hold_exactly_while_several_passes_run_at_once(
    each_world: World, limits: tuple[int, int, int]
) -> None:
    world = each_world
    lane, account, campaign = limits
    world.limit(calls_in_flight_max=lane)
    world.account(calls_in_flight_max=account)
    world.campaign("cmp_1", calls=40, calls_in_flight_max=campaign)
    peak = 0

    def drive(_: int) -> int:
        claimed = 0
        for _ in range(PASSES_OF_EACH):
            try:
                claimed += len(world.run_elsewhere("refill").claimed)
            except Busy:  # nothing was changed
                continue
        return claimed

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(2):
            claimed = sum(pool.map(drive, range(THREADS)))
            peak = max(peak, world.in_flight())
            assert world.in_flight() == min(limits)
            assert claimed == sum(call.dispatch for call in world.calls() if call.state is State.CLAIMED)
            world.carry()
            for call in world.calls():
                if call.live:
                    world.hear(State.COMPLETED, call.id)
    assert peak == min(limits)
    assert len(world.telephony.orders) == len({order.call_id for order in world.telephony.orders})


def test_passes_that_keep_meeting_others_give_up_and_change_nothing(world: World) -> None:
    world.account()
    world.campaign(calls=1)

    def refuse() -> None:
        world.store.before(committing(Lane), refuse)
        raise Conflict("another pass")

    world.store.before(committing(Lane), refuse)
    with pytest.raises(Busy, match="Nothing was changed"):
        world.run()
    assert world.states() == {"queued": 1}
    assert world.tasks.asked == []


def test_a_pass_that_finds_another_has_put_the_clock_to_sleep_stops(world: World) -> None:
    world.account()
    world.campaign(calls=1, due_at=NOON + minutes(60))
    world.store.before(committing(Lane), world.run_elsewhere)
    report = world.run()
    assert (report.processed, report.next_wake) == (False, NOON + minutes(60))


def test_calls_of_a_claim_whose_commit_s_answer_was_lost_are_sent_later(world: World) -> None:
    def lose() -> None:
        raise CommitUnknown("no answer")

    world.account()
    world.campaign(calls=1)
    world.store.after(committing(Lane), lose)
    with pytest.raises(CommitUnknown):
        world.run()
    assert world.tasks.asked == []
    world.pass_over(seconds=CLAIM_RESCUE_SECONDS)
    assert world.run("tick").redispatched == 1
    world.carry()
    assert world.call().state is State.DIALING


def test_a_paused_campaign_is_not_claimed_from(world: World) -> None:
    world.account()
    world.campaign(calls=3, status=Status.PAUSED, next_due_at=None)
    assert world.run().claimed == []
    assert world.wake_at is None


def test_a_campaign_is_not_claimed_from_outside_its_hours(world: World) -> None:
    world.account()
    world.campaign(calls=3, hours=NINE_TO_FIVE)
    world.pass_over(hours=5)  # 17:00
    assert world.run().claimed == []
    world.pass_over(hours=15, minutes=59)
    assert world.run().claimed == []
    world.pass_over(minutes=1)
    assert len(world.run().claimed) == 3


def test_a_closed_window_over_many_calls_rewrites_none_of_them(world: World) -> None:
    world.account()
    world.campaign(calls=500, hours=NINE_TO_FIVE)
    world.pass_over(hours=6)
    with world.meter.measure() as cost:
        world.run("refill")
    assert cost.writes == 3  # the campaign, the clock and the mutex
    assert cost.reads <= 10


def test_a_call_whose_hours_never_open_again_ends_as_expired(world: World) -> None:
    world.account()
    world.campaign(calls=2, hours=Hours(()))
    world.run()
    world.carry()
    world.settle()
    assert world.states() == {"expired": 2}
    assert world.get(Campaign, "cmp_1").status is Status.FINISHED
    assert world.telephony.orders == []


def test_a_running_campaign_with_no_calls_left_is_finished(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.dial()
    world.run()
    assert world.get(Campaign, "cmp_1").status is Status.RUNNING
    world.hear(State.COMPLETED)
    world.run()
    assert world.get(Campaign, "cmp_1").status is Status.FINISHED
    assert world.wake_at is None


def test_while_calls_are_in_flight_a_pass_without_work_writes_nothing(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.dial()
    with world.meter.measure() as cost:
        report = world.run("refill")
    assert (report.reason, report.in_flight) == ("Calls are in flight, nothing is due", 1)
    assert (cost.writes, cost.tasks) == (0, 0)
    assert cost.reads <= 10


def test_due_calls_that_wait_for_a_slot_keep_the_lane_awake(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    world.account()
    world.campaign(calls=2)
    world.dial()
    assert world.run().reason == "Due calls wait for a slot"
    assert world.wake_at == AWAKE


def test_one_pass_claims_a_bounded_number_of_calls(world: World) -> None:
    world.limit(calls_in_flight_max=500)
    world.account(calls_in_flight_max=500)
    world.campaign(calls=300)
    assert len(world.run().claimed) == 200


def test_turns_are_kept_with_the_claims(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.run()
    assert world.get(Account, "acc_1").turn == 1.0
    assert world.get(Campaign, "cmp_1").turn == 1.0
    assert world.lane.turn == 0.0


def test_an_account_s_campaigns_share_its_slots_by_their_weights(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    world.account("acc_1")
    world.account("acc_2")
    world.campaign("light", calls=60, weight=1)
    world.campaign("heavy", calls=60, weight=3)
    world.campaign("others", calls=60, account="acc_2")
    served = Counter(world.claims_in_turn(passes=48))
    assert served == {"light": 6, "heavy": 18, "others": 24}


def test_a_caller_number_s_limit_holds_over_campaigns_and_direct_calls(world: World) -> None:
    world.account("acc_1", caller_calls_in_flight_max=2)
    world.campaign("a", calls=3)
    world.campaign("b", calls=3)
    world.campaign("c", calls=3, callers=("+13125550177",))
    world.place_direct()
    world.settle()
    lines = Counter(
        call.line for id in ("a", "b", "c", "direct_acc_1") for call in world.calls(id) if call.live
    )
    assert lines == {CALLER: 2, "+13125550177": 2}


def test_a_call_behind_one_whose_caller_number_is_in_full_use_is_not_held_up(world: World) -> None:
    world.account("acc_1", caller_calls_in_flight_max=1)
    world.place_direct(number(1))
    world.place_direct(number(2))
    assert world.place_direct(number(3), caller="+13125550177").call.state is State.CLAIMED


def test_a_call_that_is_canceled_while_a_pass_claims_it_stays_canceled(world: World) -> None:
    world.account()
    world.campaign(calls=2)
    account = world.get(Account, "acc_1")
    world.store.before(committing(Call), lambda: cancel_call(world.elsewhere, account, "cmp_1-0000"))
    claimed = world.run().claimed
    assert world.store.hooks_left == 0
    assert [call.id for call in claimed] == ["cmp_1-0001"]
    assert world.call("cmp_1-0000").state is State.CANCELED
