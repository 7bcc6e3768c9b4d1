"""Who is not called, and how often a number may be: against examples, and against a look at every minute."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.domain.callee import (
    DIALS_MAX,
    WEEK,
    Callee,
    Source,
    bar,
    callee_id,
    is_barred,
    next_allowed,
    opt_in,
    opt_out,
    unbar,
    with_dial,
    without_dial,
)
from service.domain.caps import Caps
from tests.domain.records import NOON, after

NUMBER = "+13125550100"
WHO = ("acc_1", NUMBER)
MINUTE = timedelta(minutes=1)
DAY_MINUTES, WEEK_MINUTES = 24 * 60, 7 * 24 * 60


def dialed(*minutes_ago: float) -> Callee:
    return Callee(
        callee_id(*WHO), *WHO, dials=tuple(sorted(NOON - minutes * MINUTE for minutes in minutes_ago))
    )


# --- do not call ----------------------------------------------------------------------------------------


def test_each_account_has_its_own_record_of_a_number() -> None:
    assert callee_id("acc_1", NUMBER) == callee_id("acc_1", NUMBER)
    others = {callee_id("acc_2", NUMBER), callee_id("acc_1", NUMBER + "1")}
    assert len({callee_id("acc_1", NUMBER), *others}) == 3
    assert "312555" not in callee_id("acc_1", NUMBER)


def test_an_unknown_number_is_not_barred() -> None:
    assert not is_barred(None, NOON)
    assert not is_barred(dialed(5), NOON)


def test_a_number_on_the_list_is_barred_for_good() -> None:
    callee = bar(None, *WHO, NOON, reason="asked us")
    assert (callee.id, callee.account_id, callee.number) == (callee_id(*WHO), *WHO)
    assert (callee.do_not_call_reason, callee.do_not_call_since) == ("asked us", NOON)
    assert is_barred(callee, after(days=10_000))


def test_a_number_may_be_barred_until_a_moment_and_at_that_it_is_free() -> None:
    callee = bar(None, *WHO, NOON, until=after(hours=1))
    assert is_barred(callee, after(minutes=59, seconds=59))
    assert not is_barred(callee, after(hours=1))


def test_a_record_that_says_only_that_it_is_barred_is_barred() -> None:
    assert is_barred(Callee("callee_1", *WHO, do_not_call=True), NOON)


def test_barring_again_changes_nothing() -> None:
    callee = bar(None, *WHO, NOON, until=after(days=1), reason="asked us")
    assert bar(callee, *WHO, after(hours=1), until=after(days=1), reason="asked us") == callee
    assert bar(callee, *WHO, after(hours=1), until=after(days=1)) == callee
    assert opt_out(opt_out(None, *WHO, NOON), *WHO, after(hours=1)) == opt_out(None, *WHO, NOON)


@pytest.mark.parametrize(
    ("first", "second", "until"), [(1, 2, 2), (2, 1, 2), (None, 1, None), (1, None, None)]
)
def test_of_two_bars_the_longer_one_counts(first: int | None, second: int | None, until: int | None) -> None:
    first_until, second_until, wanted = (days and after(days=days) for days in (first, second, until))
    callee = bar(bar(None, *WHO, NOON, until=first_until), *WHO, NOON, until=second_until)
    assert callee.do_not_call_until == wanted


def test_barring_again_after_the_time_is_over_begins_anew() -> None:
    callee = bar(None, *WHO, NOON, until=after(days=1))
    again = bar(callee, *WHO, after(days=2), until=after(days=3))
    assert (again.do_not_call_since, again.do_not_call_until) == (after(days=2), after(days=3))


def test_barring_and_freeing_a_number_keep_its_dials() -> None:
    for changed in (bar(dialed(5), *WHO, NOON), opt_out(dialed(5), *WHO, NOON)):
        assert changed.dials == dialed(5).dials
        assert unbar(changed) == dialed(5)
        assert opt_in(changed).dials == dialed(5).dials


def test_an_opt_out_is_for_good_also_where_a_user_said_until_when() -> None:
    until = after(days=1)
    for callee in (
        opt_out(bar(None, *WHO, NOON, until=until), *WHO, NOON),
        bar(opt_out(None, *WHO, NOON), *WHO, NOON, until=until),
    ):
        assert is_barred(callee, until)
        assert callee.barred_until is None
        assert set(callee.do_not_call_by) == set(Source)


def test_taking_an_opt_out_back_frees_a_number_that_no_user_has_barred() -> None:
    assert opt_in(opt_out(None, *WHO, NOON)) == Callee(callee_id(*WHO), *WHO)


def test_taking_an_opt_out_back_leaves_what_a_user_said() -> None:
    by_user = bar(None, *WHO, NOON, until=after(days=1), reason="asked us")
    assert opt_in(by_user) == by_user
    assert opt_in(opt_out(by_user, *WHO, NOON)) == by_user
    assert opt_in(bar(opt_out(None, *WHO, NOON), *WHO, NOON)) == bar(None, *WHO, NOON)
    unsaid = Callee("callee_1", *WHO, do_not_call=True)
    assert is_barred(opt_in(opt_out(unsaid, *WHO, NOON)), NOON)


def test_a_user_may_take_a_number_off_whoever_put_it_on() -> None:
    assert not is_barred(unbar(opt_out(bar(None, *WHO, NOON), *WHO, NOON)), NOON)


# --- caps -----------------------------------------------------------------------------------------------


def test_without_caps_a_number_may_be_dialled_at_any_time() -> None:
    assert next_allowed(dialed(0, 1, 2), Caps(), NOON) == NOON
    assert next_allowed(None, Caps(1, 1, 60), NOON) == NOON


def test_a_dial_counts_for_exactly_24_hours() -> None:
    callee = dialed(60, 120)
    allowed_at = next_allowed(callee, Caps(per_day=2), NOON)
    assert allowed_at == after(hours=22)
    assert next_allowed(callee, Caps(per_day=2), allowed_at) == allowed_at
    assert next_allowed(callee, Caps(per_day=2), allowed_at - timedelta(microseconds=1)) == allowed_at
    assert next_allowed(callee, Caps(per_day=3), NOON) == NOON


def test_the_week_may_hold_back_longer_than_the_day() -> None:
    callee = dialed(0, DAY_MINUTES, 2 * DAY_MINUTES)
    assert next_allowed(callee, Caps(per_day=1, per_week=3), NOON) == after(days=5)


def test_a_gap_is_between_the_beginnings_of_two_dials() -> None:
    assert next_allowed(dialed(20, 50), Caps(gap_minutes=30), NOON) == after(minutes=10)
    assert next_allowed(dialed(30), Caps(gap_minutes=30), NOON) == NOON


@pytest.mark.parametrize("caps", [Caps(per_day=0), Caps(per_week=0)])
def test_a_cap_of_nought_never_allows_a_dial(caps: Caps) -> None:
    assert next_allowed(None, caps, NOON) > NOON
    assert next_allowed(dialed(WEEK_MINUTES), caps, NOON) > NOON


def test_a_cap_beyond_what_is_remembered_holds_at_what_is_remembered() -> None:
    callee = dialed(*range(DIALS_MAX))
    assert next_allowed(callee, Caps(per_week=DIALS_MAX + 1), NOON) > NOON


def test_a_dial_is_remembered_where_the_account_has_caps() -> None:
    assert with_dial(None, *WHO, Caps(per_day=1), NOON) == dialed(0)
    assert with_dial(None, *WHO, Caps(), NOON).dials == ()


def test_dials_of_more_than_a_week_ago_fall_off_when_another_comes() -> None:
    callee = dialed(WEEK_MINUTES - 1, WEEK_MINUTES, WEEK_MINUTES + 1)
    assert with_dial(callee, *WHO, Caps(per_day=1), NOON).dials == (NOON - WEEK + MINUTE, NOON)


def test_the_last_dial_is_remembered_however_long_the_gap_is() -> None:
    caps = Caps(gap_minutes=2 * WEEK_MINUTES)
    callee = with_dial(None, *WHO, caps, NOON)
    assert next_allowed(callee, caps, after(days=10)) == after(days=14)


def test_no_more_dials_are_remembered_than_the_limit_and_those_are_the_last() -> None:
    callee = dialed(*range(1, DIALS_MAX + 1))
    remembered = with_dial(callee, *WHO, Caps(per_week=DIALS_MAX), NOON).dials
    assert remembered == (*callee.dials[1:], NOON)


def test_dials_are_in_order_when_a_later_one_is_known_already() -> None:
    callee = replace(dialed(5), dials=(after(seconds=1),))
    assert with_dial(callee, *WHO, Caps(per_day=2), NOON).dials == (NOON, after(seconds=1))


def test_a_dial_whose_request_was_not_processed_is_forgotten_alone() -> None:
    assert without_dial(dialed(5, 3), NOON - 5 * MINUTE) == dialed(3)
    assert without_dial(dialed(5, 5), NOON - 5 * MINUTE) == dialed(5)
    assert without_dial(dialed(5), NOON) == dialed(5)


def test_dials_and_bars_leave_each_other_alone() -> None:
    barred = bar(None, *WHO, NOON, reason="asked us")
    dialed_since = with_dial(barred, *WHO, Caps(per_day=1), after(hours=1))
    assert without_dial(dialed_since, after(hours=1)) == barred


# --- the oracle -----------------------------------------------------------------------------------------

caps_given = st.builds(
    Caps,
    per_day=st.none() | st.integers(1, 4),
    per_week=st.none() | st.integers(1, 6),
    gap_minutes=st.none() | st.integers(1, 300) | st.integers(1, 2 * WEEK_MINUTES),
)
dials_ago = st.lists(
    st.integers(-5, 300) | st.integers(DAY_MINUTES - 5, DAY_MINUTES + 5) | st.integers(0, WEEK_MINUTES + 60),
    max_size=10,
)


def oracle_allows(dials: list[int], caps: Caps, at: int) -> bool:
    """All of it in minutes: counts what is inside the day and the week before `at`."""
    in_day = sum(dial > at - DAY_MINUTES for dial in dials)
    in_week = sum(dial > at - WEEK_MINUTES for dial in dials)
    return (
        (caps.per_day is None or in_day < caps.per_day)
        and (caps.per_week is None or in_week < caps.per_week)
        and (caps.gap_minutes is None or all(at - dial >= caps.gap_minutes for dial in dials))
    )


@given(minutes_ago=dials_ago, caps=caps_given)
@example(minutes_ago=[DAY_MINUTES], caps=Caps(per_day=1))
@example(minutes_ago=[-5, 0, 5], caps=Caps(per_day=2, per_week=3, gap_minutes=10))
def test_the_next_moment_is_the_first_that_a_look_at_every_minute_finds(
    minutes_ago: list[int], caps: Caps
) -> None:
    dials = [-minutes for minutes in minutes_ago]
    first = next(at for at in range(3 * WEEK_MINUTES) if oracle_allows(dials, caps, at))
    assert next_allowed(dialed(*minutes_ago), caps, NOON) == NOON + first * MINUTE


@given(waits=st.lists(st.integers(0, 2 * DAY_MINUTES), max_size=60), caps=caps_given)
def test_whoever_asks_before_each_dial_never_passes_a_cap(waits: list[int], caps: Caps) -> None:
    callee, dials, minute = None, [], 0
    for wait in waits:
        minute += wait
        now = NOON + minute * MINUTE
        assert (next_allowed(callee, caps, now) == now) is oracle_allows(dials, caps, minute)
        if oracle_allows(dials, caps, minute):
            callee = with_dial(callee, *WHO, caps, now)
            dials.append(minute)
