from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.domain.rate_limit import Bucket, take

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_as_many_as_a_minute_has_go_through_at_once_and_no_more() -> None:
    bucket: Bucket | None = None
    allowed = []
    for _ in range(12):
        bucket, allowance = take(bucket, NOON, 10)
        allowed.append(allowance.is_allowed)
    assert allowed == [True] * 10 + [False] * 2


def test_what_is_told_comes_true() -> None:
    bucket, told = take(Bucket(0.0, NOON), NOON, 10)
    assert (told.limit, told.remaining, told.reset_seconds, told.retry_after_seconds) == (10, 0, 60, 6)
    assert not take(bucket, after(5.9), 10)[1].is_allowed
    assert take(bucket, after(6), 10)[1].is_allowed
    assert take(bucket, after(60), 10)[1].remaining == 9


def test_a_bucket_never_holds_more_than_a_minutes_worth() -> None:
    assert take(Bucket(3.0, NOON), after(86_400), 10)[0].tokens == 9


def test_a_clock_that_seems_to_run_backwards_takes_nothing_away() -> None:
    assert take(Bucket(3.0, NOON), after(-60), 10)[0].tokens == 2


@given(gaps=st.lists(st.floats(0, 30), min_size=1, max_size=200), per_minute=st.integers(1, 120))
def test_in_no_time_do_more_go_through_than_the_burst_and_the_rate_allow(
    gaps: list[float], per_minute: int
) -> None:
    bucket, allowed, at = None, 0, 0.0
    for gap in gaps:
        at += gap
        bucket, allowance = take(bucket, after(at), per_minute)
        allowed += allowance.is_allowed
        assert 0 <= allowance.remaining <= per_minute
    assert allowed <= per_minute + at * per_minute / 60 + 1e-6
