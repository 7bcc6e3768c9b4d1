"""The clock that Firestore's answers set."""

from datetime import datetime, timedelta

import pytest

from service.state.server_clock import NothingHeard, ServerClock
from tests.state.records import NOON

SURE = 0.999  # of the time that the counter says has passed: it may run fast


class Counter:
    """A monotonic counter that is moved by hand."""

    def __init__(self) -> None:
        self.nanoseconds = 10**15

    def __call__(self) -> int:
        return self.nanoseconds

    def advance(self, seconds: float) -> None:
        self.nanoseconds += int(seconds * 1e9)


def seconds(count: float) -> datetime:
    return NOON + timedelta(seconds=count)


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def clock(counter: Counter) -> ServerClock:
    return ServerClock(counter)


def test_before_the_first_answer_the_time_is_not_known(clock: ServerClock) -> None:
    with pytest.raises(NothingHeard, match="not answered yet"):
        clock.now()


def test_it_is_the_answers_time_and_what_has_passed_since(clock: ServerClock, counter: Counter) -> None:
    clock.observe(NOON, counter())
    assert clock.now() == NOON
    counter.advance(1.5)
    assert clock.now() == seconds(1.5 * SURE)


def test_an_answer_from_ahead_moves_it_forward(clock: ServerClock, counter: Counter) -> None:
    clock.observe(NOON, counter())
    counter.advance(1)
    clock.observe(seconds(60), counter())
    assert clock.now() == seconds(60)


def test_an_answer_that_took_long_does_not_turn_it_back(clock: ServerClock, counter: Counter) -> None:
    clock.observe(NOON, counter())
    counter.advance(10)
    clock.observe(seconds(3), counter())
    assert clock.now() == seconds(10 * SURE)
    counter.advance(1)
    assert clock.now() == seconds(11 * SURE)


def test_an_answer_one_microsecond_ahead_counts(clock: ServerClock, counter: Counter) -> None:
    clock.observe(NOON, counter())
    clock.observe(seconds(0.000001), counter())
    assert clock.now() == seconds(0.000001)


def test_what_passes_between_an_answers_arrival_and_its_use_is_counted(
    clock: ServerClock, counter: Counter
) -> None:
    received = counter()
    counter.advance(600)  # the process stood still
    clock.observe(NOON, received)
    assert clock.now() == seconds(600 * SURE)


def test_a_counter_that_runs_fast_does_not_take_it_ahead_of_the_server(
    clock: ServerClock, counter: Counter
) -> None:
    clock.observe(NOON, counter())
    counter.advance(86_400 * 1.001)
    assert seconds(86_400 - 200) < clock.now() <= seconds(86_400)


def test_it_follows_the_server_although_its_counter_runs_fast(clock: ServerClock, counter: Counter) -> None:
    for second in range(0, 86_400, 900):
        clock.observe(seconds(second), counter())
        assert clock.now() == seconds(second)
        counter.advance(900 * 1.001)
