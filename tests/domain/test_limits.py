"""The system's limits, divided among lanes: together they are the limit, and none asks the others."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.account import ANY_COUNTRY, Account
from service.domain.limits import Limits
from tests.domain.records import NOON

LANES = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=5, unique=True).map(tuple)


@given(lanes=LANES, calls=st.integers(1, 1_000))
def test_the_lanes_shares_add_up_to_the_limit_and_differ_by_one_at_most(
    lanes: tuple[str, ...], calls: int
) -> None:
    limits = Limits(lanes=lanes, calls_in_flight_max=calls)
    shares = [limits.of_lane(lane) for lane in lanes]
    assert sum(shares) == calls
    assert max(shares) - min(shares) <= 1


def test_a_lane_that_is_in_the_settings_no_longer_begins_nothing() -> None:
    assert Limits(lanes=("a", "b"), calls_in_flight_max=10).of_lane("c") == 0


@given(lanes=LANES)
def test_an_account_s_lane_is_one_of_the_lanes_and_always_the_same(lanes: tuple[str, ...]) -> None:
    limits = Limits(lanes=lanes)
    assert limits.lane_for("acc_1") in lanes
    assert limits.lane_for("acc_1") == limits.lane_for("acc_1")


def test_accounts_are_spread_over_the_lanes() -> None:
    limits = Limits(lanes=("a", "b", "c", "d"))
    found = [limits.lane_for(f"acc_{n}") for n in range(400)]
    assert all(60 <= found.count(lane) <= 140 for lane in limits.lanes)


def test_an_account_s_own_limit_goes_before_the_system_s_default_also_when_it_is_nought() -> None:
    limits = Limits(account_calls_in_flight_max=2)
    account = Account("acc_1", "One", NOON)
    assert limits.of_account(account) == 2
    assert limits.of_account(Account("acc_1", "One", NOON, calls_in_flight_max=7)) == 7
    assert limits.of_account(Account("acc_1", "One", NOON, calls_in_flight_max=0)) == 0


def test_an_account_may_call_the_countries_that_it_is_allowed() -> None:
    account = Account("acc_1", "One", NOON, allowed_countries=("US", "CA"))
    assert account.may_call("CA")
    assert not account.may_call("DE")
    assert not Account("acc_1", "One", NOON).may_call("US")
    assert Account("acc_1", "One", NOON, allowed_countries=(ANY_COUNTRY,)).may_call("DE")
