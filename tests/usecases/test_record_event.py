"""Webhooks: in whatever order and however often they come, an attempt ends the same way."""

from itertools import permutations, product

import pytest

from service.domain.call import Call, State
from service.domain.campaign import Retry
from service.domain.errors import Busy
from service.domain.events import CallEvent
from service.ports import Conflict, StoreUnavailable
from service.usecases.record_event import record_event
from tests.support.fakes import committing
from tests.support.world import NOON, World, minutes

ENDS = [State.COMPLETED, State.BUSY, State.NO_ANSWER, State.FAILED, State.CANCELED]


def dialled(world: World, **settings: Retry) -> None:
    world.account()
    world.campaign(calls=1, **settings)
    world.dial()


def webhook(world: World, state: State, attempt: int = 1, provider_id: str = "CA1") -> bool:
    return record_event(world.outside, "cmp_1-0000", attempt, CallEvent(state, provider_id))


@pytest.mark.parametrize("end", ENDS)
def test_every_order_and_repetition_of_an_attempt_s_webhooks_ends_alike(world: World, end: State) -> None:
    dialled(world, retry=Retry(busy=(20,)))
    start = world.call()
    orders = [
        order
        for repeats in product((1, 2), repeat=3)
        for order in set(
            permutations([State.RINGING] * repeats[0] + [State.IN_PROGRESS] * repeats[1] + [end] * repeats[2])
        )
    ]
    results = set()
    for order in orders:
        world.put(start)
        for state in order:
            webhook(world, state)
        call = world.call()
        results.add((call.state, call.attempt, call.live, call.due_at, len(call.attempts)))
    retried = (State.QUEUED, 2, False, NOON + minutes(20), 1)
    assert results == {retried if end is State.BUSY else (end, 1, False, NOON, 1)}
    assert len(orders) > 100


def test_the_webhooks_of_a_call_move_it_on_one_after_the_other(world: World) -> None:
    dialled(world)
    seen = []
    for state in (State.RINGING, State.IN_PROGRESS, State.COMPLETED):
        assert webhook(world, state)
        seen.append(world.call().state)
    assert seen == [State.RINGING, State.IN_PROGRESS, State.COMPLETED]


@pytest.mark.parametrize("state", [State.RINGING, State.IN_PROGRESS, *ENDS])
def test_a_webhook_of_an_old_attempt_changes_nothing(world: World, state: State) -> None:
    dialled(world, retry=Retry(busy=(20,)))
    webhook(world, State.BUSY)
    world.pass_over(minutes=20)
    world.dial()
    before = world.store.inner.get(Call, "cmp_1-0000")
    assert not webhook(world, state, attempt=1)
    assert not webhook(world, state, attempt=1, provider_id="CA2")
    assert world.store.inner.get(Call, "cmp_1-0000") == before


@pytest.mark.parametrize("state", [State.RINGING, State.IN_PROGRESS, *ENDS])
def test_a_webhook_of_another_provider_call_changes_nothing(world: World, state: State) -> None:
    dialled(world)
    before = world.store.inner.get(Call, "cmp_1-0000")
    assert not webhook(world, state, provider_id="CA9")
    assert world.store.inner.get(Call, "cmp_1-0000") == before


def test_a_webhook_of_a_call_that_is_not_there_changes_nothing(world: World) -> None:
    assert not webhook(world, State.COMPLETED)


def test_an_end_frees_the_slot_and_asks_for_a_pass(world: World) -> None:
    dialled(world)
    assert world.in_flight() == 1
    webhook(world, State.COMPLETED)
    assert world.in_flight() == 0
    assert len(world.tasks.passes("refill")) == 1


def test_a_retry_frees_the_slot_and_asks_for_a_pass(world: World) -> None:
    dialled(world, retry=Retry(busy=(20,)))
    webhook(world, State.BUSY)
    assert world.in_flight() == 0
    assert len(world.tasks.passes("refill")) == 1


def test_progress_asks_for_no_pass(world: World) -> None:
    dialled(world)
    webhook(world, State.RINGING)
    webhook(world, State.IN_PROGRESS)
    assert world.tasks.passes("refill") == []


def test_a_webhook_costs_a_read_and_a_write_and_one_that_says_nothing_new_a_read(world: World) -> None:
    dialled(world)
    costs = []
    for _ in range(2):
        with world.meter.measure() as cost:
            webhook(world, State.IN_PROGRESS)
        costs.append((cost.reads, cost.writes, cost.tasks))
    assert costs == [(1, 1, 0), (1, 0, 0)]


def test_an_outcome_that_a_ladder_may_retry_costs_one_more_read(world: World) -> None:
    dialled(world)
    with world.meter.measure() as cost:
        webhook(world, State.BUSY)
    assert (cost.reads, cost.writes) == (2, 1)


def test_two_webhooks_at_once_both_count(world: World) -> None:
    dialled(world)
    world.store.before(
        committing(Call),
        lambda: record_event(world.elsewhere, "cmp_1-0000", 1, CallEvent(State.IN_PROGRESS, "CA1")),
    )
    assert webhook(world, State.COMPLETED)
    call = world.call()
    assert call.state is State.COMPLETED
    assert call.attempts[0].answered_at == NOON


def test_a_webhook_that_cannot_be_recorded_is_posted_again(world: World) -> None:
    def fail() -> None:
        raise StoreUnavailable("gone")

    dialled(world)
    world.store.before(committing(Call), fail)
    with pytest.raises(StoreUnavailable):
        webhook(world, State.COMPLETED)
    assert webhook(world, State.COMPLETED)


def test_a_call_that_keeps_changing_is_given_up_after_a_bounded_number_of_tries(world: World) -> None:
    def refuse() -> None:
        world.store.before(committing(Call), refuse)
        raise Conflict("changed")

    dialled(world)
    world.store.before(committing(Call), refuse)
    with pytest.raises(Busy):
        webhook(world, State.COMPLETED)
