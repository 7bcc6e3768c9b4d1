"""A canceled campaign: passes cancel what waits, a chunk at a time, and then all of it sleeps."""

import pytest

from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.campaign import Campaign, Retry, Status
from service.usecases.campaigns import take_step
from service.usecases.drain import DRAIN_CHUNK, DRAIN_CHUNKS_MAX
from tests.support.fakes import committing
from tests.support.world import World


def cancel(world: World) -> None:
    take_step(world.outside, world.get(Account, "acc_1"), "cmp_1", "cancel")


def test_a_campaign_with_a_thousand_waiting_calls_is_canceled_to_the_end(each_world: World) -> None:
    world = each_world
    world.account()
    world.campaign(calls=1_000)
    cancel(world)
    assert world.settle() <= 2
    assert world.states() == {"canceled": 1_000}
    assert world.get(Campaign, "cmp_1").next_due_at is None
    assert world.wake_at is None


def test_more_calls_than_one_pass_cancels_are_canceled_by_several(world: World) -> None:
    world.account()
    world.campaign(calls=DRAIN_CHUNK * DRAIN_CHUNKS_MAX + 1)
    cancel(world)
    assert world.states()["queued"] == 1
    world.settle()
    assert world.states() == {"canceled": DRAIN_CHUNK * DRAIN_CHUNKS_MAX + 1}
    assert world.wake_at is None


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RUNNING, Status.PAUSED])
def test_a_campaign_without_calls_is_canceled_at_once(world: World, status: Status) -> None:
    world.account()
    world.campaign(status=status)
    cancel(world)
    assert world.get(Campaign, "cmp_1").next_due_at is None
    assert world.wake_at is None


def test_a_call_on_the_line_goes_on_and_the_campaign_sleeps_after_it(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    world.account()
    world.campaign(calls=3, retry=Retry(busy=(20,)))
    world.dial()
    cancel(world)
    assert world.states() == {"dialing": 1, "canceled": 2}
    world.check_clock()
    world.hear(State.BUSY)
    world.settle()
    assert world.states() == {"busy": 1, "canceled": 2}
    assert world.wake_at is None


def test_a_claimed_call_whose_handler_comes_later_is_canceled(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.run()
    cancel(world)
    world.carry()
    world.settle()
    assert (world.states(), world.telephony.orders) == ({"canceled": 1}, [])
    assert world.wake_at is None


def test_a_call_that_comes_back_after_the_drain_is_canceled_as_well(world: World) -> None:
    """Its handler had read the campaign before it was canceled."""
    world.limit(calls_in_flight_max=1)
    world.account()
    world.campaign(calls=1)
    world.run()
    cancel(world)
    world.edit(Call, "cmp_1-0000", state=State.QUEUED, live=False, check_at=None)
    world.run("refill")
    assert world.states() == {"canceled": 1}
    assert world.wake_at is None


def test_a_drain_that_meets_a_change_begins_again(world: World) -> None:
    world.account()
    world.campaign(calls=3, status=Status.CANCELED)
    world.store.before(committing(Call), lambda: world.edit(Call, "cmp_1-0000", name="Zoë"))
    world.run("refill")
    assert world.store.hooks_left == 0
    assert world.states() == {"canceled": 3}


def test_others_are_served_while_a_campaign_is_drained(world: World) -> None:
    world.account()
    world.campaign("cmp_2", calls=2)
    world.campaign(calls=DRAIN_CHUNK * DRAIN_CHUNKS_MAX + 1)
    cancel(world)
    assert world.in_flight("cmp_2") == 2
