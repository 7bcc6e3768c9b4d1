"""Requests for a pass: few, exactly timed, and never missed when they are lost."""

from datetime import timedelta

import pytest

from service.domain.call import State
from service.ports import Queue
from service.usecases import prompts
from tests.support.world import NOON, World, minutes

LANE = "main"


def test_slots_that_are_freed_within_one_second_ask_for_one_pass_which_starts_after_them(
    world: World,
) -> None:
    for milliseconds in (0, 1, 500, 999.999):
        prompts.ask_for_refill(world.outside, LANE, NOON + timedelta(milliseconds=milliseconds))
    (task,) = world.tasks.waiting
    assert len({asked.name for asked in world.tasks.asked}) == 1
    assert task.at == NOON + timedelta(seconds=1)
    assert (task.queue, task.path, task.body) == (
        Queue.PASSES, "/queue/process", {"lane": LANE, "reason": "refill"},
    )  # fmt: skip


def test_a_slot_that_is_freed_in_the_next_second_asks_for_another_pass(world: World) -> None:
    prompts.ask_for_refill(world.outside, LANE, NOON)
    prompts.ask_for_refill(world.outside, LANE, NOON + timedelta(seconds=1))
    assert len(world.tasks.waiting) == 2


def test_each_lane_has_requests_of_its_own(world: World) -> None:
    prompts.ask_for_refill(world.outside, LANE, NOON)
    prompts.ask_for_refill(world.outside, "other", NOON)
    assert [task.body["lane"] for task in world.tasks.waiting] == [LANE, "other"]


def test_a_wake_a_check_and_a_refill_for_one_moment_are_three_tasks(world: World) -> None:
    prompts.ask_for_refill(world.outside, LANE, NOON - timedelta(seconds=1))
    prompts.ask_for_wake(world.outside, LANE, NOON)
    prompts.ask_for_check(world.outside, LANE, NOON)
    assert {task.at for task in world.tasks.waiting} == {NOON}
    assert len(world.tasks.waiting) == 3


def test_a_request_that_is_lost_is_logged_and_not_missed(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.tasks.is_down = True
    prompts.ask_for_refill(world.outside, LANE, NOON)
    assert "the next tick makes up for it" in caplog.text


def test_names_are_hashes_that_the_queue_can_take(world: World) -> None:
    world.account()
    world.campaign(calls=2)
    world.run()
    prompts.ask_for_wake(world.outside, "a lane/with odd: letters", NOON)
    for task in world.tasks.asked:
        assert len(task.name) <= 500
        assert task.name.isalnum()


def test_every_attempt_and_every_dispatch_of_a_call_has_a_task_name_of_its_own(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    for _ in range(3):
        world.run("tick")
        world.pass_over(minutes=6)
    names = [task.name for task in world.tasks.asked if task.queue is Queue.CALLS]
    assert len(names) == len(set(names)) == 3


def test_where_nothing_was_claimed_no_task_is_asked_for(world: World) -> None:
    world.tasks.is_down = True
    prompts.send_to_handlers(world.outside, [])
    assert world.tasks.asked == []


def test_with_every_request_lost_ticks_alone_bring_every_call_to_its_end(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    world.account()
    world.campaign(calls=3, due_at=NOON + minutes(10))
    for _ in range(12):
        world.pass_over(minutes=15)
        world.tasks.is_down = True  # neither a call's task nor a pass arrives
        world.run("tick")
        world.tasks.is_down = False
        world.pass_over(minutes=15)
        world.run("tick")
        world.carry()
        world.tasks.is_down = True
        for call in world.calls():
            if call.dialed and call.live:
                world.hear(State.COMPLETED, call.id)
        world.tasks.is_down = False
    assert world.states() == {"completed": 3}
