"""The hourly comparison of the clock with the truth. It finds only what some other fault has made."""

import logging
from datetime import timedelta

import pytest

from service.domain.imports import Import
from service.domain.lane import AWAKE, Wake
from service.ports import Create, Merge, StoreUnavailable
from tests.support.fakes import raising
from tests.support.world import NOON, World

LATER = timedelta(hours=5)


def oversleep(world: World) -> None:
    """What a fault would do: the clock sleeps over work."""
    world.store.commit([Merge(Wake, "main", {"at": world.clock.now() + LATER})])


@pytest.fixture
def at_the_last_quarter(each_world: World) -> World:
    each_world.clock.advance(minutes=45)
    return each_world


def test_a_clock_that_sleeps_over_due_calls_is_set_right_and_reported(
    at_the_last_quarter: World, caplog: pytest.LogCaptureFixture
) -> None:
    world = at_the_last_quarter
    world.account()
    world.campaign(calls=1)
    oversleep(world)
    with caplog.at_level(logging.ERROR):
        report = world.run("tick")
    assert len(report.claimed) == 1
    assert "The clock of lane main was late" in caplog.text


def test_a_clock_that_sleeps_over_a_live_call_is_set_right(at_the_last_quarter: World) -> None:
    world = at_the_last_quarter
    world.account()
    world.campaign(calls=1)
    world.run("tick")
    world.clock.advance(hours=1)
    oversleep(world)
    world.run("tick")
    wake = world.store.get(Wake, "main")
    assert wake is not None
    assert wake.record.at == AWAKE


def test_a_clock_that_is_right_is_left_alone_for_one_read_more(at_the_last_quarter: World) -> None:
    world = at_the_last_quarter
    world.run("tick")
    with world.meter.measure() as cost:
        assert not world.run("tick").processed
    assert (cost.reads, cost.writes, cost.tasks) == (2, 0, 0)


def test_only_the_tick_in_the_last_quarter_sweeps(each_world: World) -> None:
    each_world.account()
    each_world.campaign(calls=1)
    oversleep(each_world)
    assert not each_world.run("tick").processed
    each_world.clock.advance(minutes=45)
    assert not each_world.run("refill").processed
    assert each_world.run("tick").processed


def test_what_has_expired_is_deleted_by_a_sweep_on_one_machine(world: World) -> None:
    """Firestore has policies for it."""
    world.store.commit([Create(Import("imp_1", "acc_1", "cmp_1", NOON, NOON + LATER))])
    world.run("tick")
    for _ in range(6):
        world.clock.advance(minutes=45)
        world.run("tick")
        world.clock.advance(minutes=15)
    assert world.store.get(Import, "imp_1") is None


def test_a_tick_whose_sweep_cannot_delete_has_its_pass(at_the_last_quarter: World) -> None:
    world = at_the_last_quarter
    world.account()
    world.campaign(calls=1)
    world.run("refill")
    world.store.before(
        lambda name, _: name == "delete_expired", raising(StoreUnavailable("database is locked"))
    )
    assert world.run("tick").processed
    assert world.store.hooks_left == 0


def test_work_that_is_made_while_the_tick_sweeps_is_no_false_alarm(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.account()
    world.run("tick")
    world.clock.advance(minutes=45)
    world.store.before(lambda name, _: name == "find", lambda: world.campaign(calls=1))
    with caplog.at_level(logging.ERROR):
        world.run("tick")
    assert world.store.hooks_left == 0
    assert caplog.text == ""


def test_a_clock_that_wakes_while_the_tick_sweeps_is_no_false_alarm(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.account()
    world.campaign(calls=1, due_at=world.clock.now() + timedelta(minutes=46))
    world.run("tick")
    world.clock.advance(minutes=45, seconds=59)

    def wake_and_claim() -> None:
        world.clock.advance(seconds=1)
        world.run_elsewhere("wake")

    world.store.before(lambda name, _: name == "find", wake_and_claim)
    with caplog.at_level(logging.ERROR):
        world.run("tick")
    assert world.store.hooks_left == 0
    assert caplog.text == ""
