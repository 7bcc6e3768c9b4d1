"""What the comparison with the peers counts, and how it judges."""

from datetime import UTC, datetime

import pytest

from tests.bench.peers.__main__ import Ring, claims, faults
from tests.bench.peers.network import is_busy_at_first

NUMBERS = [f"+1312555{n:04}" for n in range(100)]
BUSY = next(number for number in NUMBERS if is_busy_at_first(number, 0.3))
FREE = next(number for number in NUMBERS if not is_busy_at_first(number, 0.3))


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def ring(to: str, status: str, attempt: str = "1") -> Ring:
    return Ring(to, status, attempt, NOON)


def test_who_is_busy_at_first_may_be_asked_for_twice() -> None:
    rings = [ring(BUSY, "busy"), ring(BUSY, "completed", "2"), ring(FREE, "completed")]
    assert faults(rings, [BUSY, FREE], 0.3) == {"double_rings": 0, "lost_calls": 0}


def test_who_has_answered_and_is_asked_for_again_is_rung_twice() -> None:
    rings = [ring(FREE, "completed"), ring(FREE, "completed", "2")]
    assert faults(rings, [FREE], 0.3) == {"double_rings": 1, "lost_calls": 0}


def test_who_is_asked_for_twice_by_one_attempt_is_rung_twice_also_if_busy_at_first() -> None:
    rings = [ring(BUSY, "busy"), ring(BUSY, "completed")]
    assert faults(rings, [BUSY], 0.3) == {"double_rings": 1, "lost_calls": 0}


def test_who_is_never_reached_is_lost_whether_asked_for_or_not() -> None:
    assert faults([ring(BUSY, "busy")], [BUSY, FREE], 0.3) == {"double_rings": 0, "lost_calls": 2}


def figures(**ours: float) -> dict[str, dict[str, float]]:
    """Reveille, and two peers of which the second is the better."""
    good = {"paid_s_at_least": 4_320, "kills": 10, "double_rings": 0, "lost_calls": 0}
    cpu = {"cpu_ms_a_call": 9.0, "of_which_rest_ms": 2.0, "cpu_s_a_day": 30.0}
    peer = {"paid_s_at_least": 86_400, "kills": 10, "double_rings": 1, "lost_calls": 1}
    return {"ours": good | cpu | ours, "a": peer | cpu | {"cpu_ms_a_call": 20.0}, "b": peer | cpu}


def test_what_holds_holds_at_its_very_limit() -> None:
    assert set(claims(figures()).values()) == {True}


@pytest.mark.parametrize(
    ("claim", "worse"),
    [
        ("paid", {"paid_s_at_least": 4_321}),
        ("CPU of a call", {"cpu_ms_a_call": 9.1, "of_which_rest_ms": 2.1}),
        ("without what they take at rest", {"of_which_rest_ms": 1.9}),
        ("CPU of the day", {"cpu_s_a_day": 30.1}),
        ("killed", {"double_rings": 1}),
        ("killed", {"lost_calls": 1}),
    ],
)
def test_each_claim_can_fail(claim: str, worse: dict[str, float]) -> None:
    (failed,) = (name for name, holds in claims(figures(**worse)).items() if not holds)
    assert claim in failed
