"""A call that a user asks for by itself, and calling one off."""

import pytest

from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.campaign import Retry
from service.domain.errors import Busy, NotFound, WrongState
from service.domain.lane import AWAKE
from service.domain.why import MESSAGES
from service.ports import Ambiguous, StoreUnavailable
from service.usecases.direct_calls import cancel_call
from service.usecases.reading import find_call
from tests.support.fakes import committing, finding
from tests.support.world import NOON, SCRIPT, World, minutes, number


def cancel(world: World, call_id: str, account: str = "acc_1") -> Call:
    return cancel_call(world.outside, world.get(Account, account), call_id)


def test_a_direct_call_is_claimed_at_once_where_there_is_a_slot(each_world: World) -> None:
    world = each_world
    world.account()
    world.run()
    placed = world.place_direct(number(7), name="Zoë", variables={"day": "Friday"})
    assert (placed.call.state, placed.position, placed.reason) == (State.CLAIMED, None, None)
    assert (placed.call.to, placed.call.script, placed.call.name) == (number(7), SCRIPT, "Zoë")
    world.carry()
    assert [order.to for order in world.telephony.orders] == [number(7)]


def test_a_call_that_is_claimed_just_before_it_is_canceled_leaves_its_slot_to_the_next(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    world.account()
    world.campaign(calls=2)
    world.store.before(committing(Call), lambda: world.run_elsewhere("refill"))
    assert cancel(world, "cmp_1-0000").state is State.CANCELED
    assert world.store.hooks_left == 0
    assert world.tasks.passes("refill")


def test_a_direct_call_that_waits_says_where_and_why(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    world.account()
    for position in (None, 1, 2):
        placed = world.place_direct()
        assert placed.position == position
        world.pass_over(seconds=1)
    assert placed.reason == "All slots are in use."


def test_a_direct_call_that_waits_for_the_law_is_told_so(world: World) -> None:
    """In Auckland it is one in the morning."""
    world.account(widened=())
    placed = world.place_direct("+13125550142", cohort="US-IL|Pacific/Auckland")
    assert placed.position == 1
    assert placed.reason is not None
    assert placed.reason.startswith(f"{MESSAGES['legal_hours']} (Pacific/Auckland): 47 CFR")


def test_a_direct_call_for_later_waits_for_its_time(world: World) -> None:
    world.account()
    placed = world.place_direct(not_before=NOON + minutes(60))
    assert (placed.call.due_at, placed.position) == (NOON + minutes(60), 1)
    assert placed.reason == "It waits for its not_before."
    assert world.wake_at == NOON + minutes(60)
    world.pass_over(minutes=60)
    assert len(world.run("wake").claimed) == 1


def test_a_direct_call_for_a_time_that_is_past_is_due_now(world: World) -> None:
    world.account()
    assert world.place_direct(not_before=NOON - minutes(60)).call.due_at == NOON


def test_a_direct_call_is_due_whatever_the_hours_of_campaigns_and_wakes_a_sleeping_lane(world: World) -> None:
    world.account()
    world.campaign(calls=1, due_at=NOON + minutes(600))
    world.run()
    assert world.place_direct().call.state is State.CLAIMED


def test_a_direct_queue_that_is_empty_goes_to_sleep_and_wakes_again(world: World) -> None:
    world.account()
    for _ in range(2):
        call = world.place_direct().call
        world.carry()
        world.hear(State.COMPLETED, call.id)
        world.settle()
        assert world.wake_at is None


def test_a_direct_call_whose_pass_fails_waits_for_the_next(world: World) -> None:
    def fail() -> None:
        raise StoreUnavailable("gone")

    world.account()
    world.run()
    world.store.before(finding(Call, "campaign_id", "state", "cohort", "due_at"), fail)
    placed = world.place_direct()
    assert (placed.call.state, placed.position) == (State.QUEUED, 1)
    assert world.wake_at == AWAKE
    world.settle()
    assert world.call(placed.call.id).state is State.CLAIMED


def test_another_account_s_call_is_not_found(world: World) -> None:
    world.account()
    world.account("acc_2")
    call = world.place_direct().call
    with pytest.raises(NotFound):
        find_call(world.outside, world.get(Account, "acc_2"), call.id)
    with pytest.raises(NotFound):
        cancel(world, call.id, account="acc_2")
    assert world.call(call.id).state is State.CLAIMED


# --- calling it off ---------------------------------------------------------------------------------


def test_a_waiting_call_that_is_canceled_never_rings(world: World) -> None:
    world.account()
    call = world.place_direct(not_before=NOON + minutes(60)).call
    assert cancel(world, call.id).state is State.CANCELED
    world.pass_over(minutes=60)
    assert world.run("wake").claimed == []


def test_a_claimed_call_that_is_canceled_never_rings_and_frees_its_slot(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    world.account()
    first, second = world.place_direct().call, world.place_direct().call
    assert cancel(world, first.id).state is State.CANCELED
    world.carry()
    assert world.telephony.orders == []
    world.settle()
    assert world.call(second.id).state is State.CLAIMED


def test_a_call_on_the_line_is_hung_up_and_its_webhook_ends_it(world: World) -> None:
    world.account()
    call = world.place_direct().call
    world.carry()
    world.hear(State.IN_PROGRESS, call.id)
    assert cancel(world, call.id).state is State.IN_PROGRESS
    assert world.telephony.hung_up == ["CA1"]
    world.hear(State.COMPLETED, call.id)
    assert world.call(call.id).state is State.COMPLETED


def test_a_call_that_a_handler_dials_just_before_it_is_canceled_is_hung_up(world: World) -> None:
    world.account()
    call = world.place_direct().call
    world.store.before(committing(Call), world.carry)
    cancel(world, call.id)
    assert (len(world.telephony.orders), world.telephony.hung_up) == (1, ["CA1"])


def test_a_canceled_call_can_be_canceled_again(world: World) -> None:
    world.account()
    call = world.place_direct(not_before=NOON + minutes(60)).call
    assert cancel(world, call.id) == cancel(world, call.id)


def test_a_call_whose_dial_is_in_doubt_cannot_be_canceled(world: World) -> None:
    world.telephony.answers = [Ambiguous("timed out")]
    world.account()
    call = world.place_direct().call
    world.carry()
    with pytest.raises(WrongState, match="is uncertain"):
        cancel(world, call.id)


def test_a_call_that_has_ended_cannot_be_canceled(world: World) -> None:
    world.account()
    call = world.place_direct().call
    world.carry()
    world.hear(State.COMPLETED, call.id)
    with pytest.raises(WrongState, match="is completed"):
        cancel(world, call.id)


def test_a_provider_that_cannot_be_asked_to_hang_up_is_not_taken_for_done(world: World) -> None:
    world.account()
    call = world.place_direct().call
    world.carry()
    world.telephony.is_down = True
    with pytest.raises(Busy, match="could not be asked"):
        cancel(world, call.id)


def test_a_busy_line_that_crosses_the_hang_up_is_not_tried_again(world: World) -> None:
    world.account()
    world.campaign(calls=1, retry=Retry(busy=(5,)))
    world.dial()
    cancel_call(world.outside, world.get(Account, "acc_1"), "cmp_1-0000")
    world.hear(State.BUSY)
    assert world.call().state is State.BUSY
