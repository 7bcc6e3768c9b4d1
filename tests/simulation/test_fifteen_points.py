"""The fifteen things that a calling service must survive, each by name: worlds that are terrible in just that
way. Each also shows that what it is about has really happened: the faults are counted."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.simulation.one_call import OneCall, live
from tests.simulation.profile import KIND, Profile
from tests.simulation.profiles import DAYLIGHT_SAVING
from tests.simulation.run import PROMISES, run_world
from tests.simulation.world import World

SEEDS = range(10_000, 10_012)


def survive(profile: Profile, *shown: str, seeds: range = SEEDS) -> Counter[str]:
    """The figures of all the worlds; no promise is broken in any, and the faults `shown` have happened."""
    total = Counter[str]()
    for seed in seeds:
        figures = run_world(World(seed, profile))
        broken = {promise: figures[promise] for promise in PROMISES if figures[promise]}
        assert not broken, f"seed {seed}: {broken}"
        total.update(figures)
    assert total["rings"] > 0
    for fault in shown:
        assert total[f"fault {fault}"] > 0, fault
    return total


def test_point_1_every_task_is_delivered_one_to_five_times_and_up_to_ten_at_once() -> None:
    figures = survive(replace(KIND, task_copies_max=5, task_delay_seconds=0.3, instances=4, contacts=(6, 10)))
    assert figures["duplicates_delivered"] > figures["rings"]


def test_point_2_a_crash_before_or_after_any_request() -> None:
    """Each point and each pair of points in one call's life: test_crash_points.py. Here: many calls."""
    assert survive(replace(KIND, crash=0.03), "crash")["crashes"] > 50


def test_point_3_any_write_is_applied_and_answered_with_an_error() -> None:
    """One at a time: test_crash_points.py. Here: a third of them."""
    survive(replace(KIND, store_loses_answer=0.33), "store_loses_answer")


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5])
def test_point_4_any_request_fails_with_aborted_unavailable_deadline_or_exhausted(rate: float) -> None:
    survive(
        replace(
            KIND,
            store_refuses=rate,
            store_aborts=rate,
            store_loses_answer=rate,
            queue_refuses=rate,
            queue_loses_answer=rate,
            provider_refuses=rate,
            provider_down=rate,
        ),
        *("store_refuses", "store_aborts", "store_loses_answer", "queue_refuses"),
    )


@pytest.mark.parametrize("ticks", [2, 4, 16])
def test_point_5_several_ticks_at_once(ticks: int) -> None:
    survive(replace(KIND, tick_copies=(ticks,), instances=4, contacts=(5, 9)))


@pytest.mark.parametrize("hours", [0.5, 24.0])
def test_point_6_ticks_are_missing(hours: float) -> None:
    survive(
        replace(KIND, tick_gap=0.3, tick_gap_hours=hours, queue_refuses=0.3, webhook_lost=0.2), "tick_gap"
    )


def test_point_7_the_provider_accepts_and_then_times_out() -> None:
    survive(replace(KIND, provider_times_out=0.6), "provider_times_out")


def test_point_8_the_provider_never_received_the_request() -> None:
    survive(replace(KIND, provider_never_receives=0.6), "provider_never_receives")


@pytest.mark.parametrize("lost", [0.0, 0.3, 1.0])
def test_point_9_webhooks_are_lost_repeated_and_reordered(lost: float) -> None:
    figures = survive(
        replace(KIND, webhook_lost=lost, webhook_copies_max=5, webhook_delay_seconds=300, provider_down=0.1)
    )
    assert (figures["webhooks_lost"] > 0) == (lost > 0)


def test_point_10_the_webhook_comes_before_the_create_answer() -> None:
    survive(replace(KIND, webhook_first=1.0, webhook_delay_seconds=0.1), "webhook_first")


def test_point_11_a_pause_or_a_cancel_at_each_step() -> None:
    """At each message of one call's life: test_crash_points.py. Here: many users, many calls."""
    survive(replace(KIND, user_steps=(4, 8), contacts=(5, 9)))


def test_point_12_a_zombie_handler_wakes_after_ten_minutes() -> None:
    survive(replace(KIND, stall=0.05), "stall")


def test_point_13_instances_clocks_disagree_drift_and_jump_back() -> None:
    """Each process counts from another start, fast or slow; a crash starts one that counts from elsewhere.
    What the time of day is by the machine is months away from the world's: whoever asked it would be lost."""
    assert survive(replace(KIND, clock_drift=0.00099, crash=0.005, instances=4))["crashes"] > 0


@pytest.mark.parametrize("start", DAYLIGHT_SAVING.starts)
def test_point_14_clocks_are_put_forward_and_back_in_the_night(start: str) -> None:
    survive(replace(DAYLIGHT_SAVING, starts=(start,), contacts=(4, 8)), seeds=range(20_000, 20_006))


def test_point_15_work_is_created_while_a_pass_raises_the_clock() -> None:
    """At each message: test_crash_points.py. Here, two calls while the pass is about to commit."""

    def create_twice(user: OneCall, _: int, name: str) -> bool:
        if name.startswith("commit main="):
            user.call_at_most(2)
        return False

    assert len(live(create_twice).oracle.records["calls"]) == 3
