"""What is said of a call's cost does not hold as soon as it is a little more."""

import pytest

from tests.bench.call_cost import claims

OF_100 = {"reads": 8.0, "writes": 5.03, "task_operations": 3.01, "usd_of_1000": 0.02}


def held(**changes: float) -> list[bool]:
    return list(claims({"100 in flight, answered at once": OF_100 | changes}).values())


def test_the_budget_of_a_call_and_of_a_hundredth_of_its_pass_holds() -> None:
    assert held() == [True, True]


@pytest.mark.parametrize("more", [{"reads": 8.005}, {"writes": 5.035}, {"task_operations": 3.015}])
def test_one_operation_more_of_two_hundred_calls_is_too_many(more: dict[str, float]) -> None:
    assert held(**more) == [False, True]


def test_a_dearer_call_is_too_dear() -> None:
    assert held(usd_of_1000=0.0201) == [True, False]
