"""A call bears what counts and sums go by."""

from datetime import UTC, datetime, timedelta
from typing import Any

from service.domain import calls
from service.domain.call import Attempt, Call, State
from service.domain.money import Rate

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
CALL = Call("call_1", "acc_1", "cmp_1", "main", "+13125550123", NOON, NOON)
LATER = timedelta(minutes=5)


def dialed(call: Call, month: str = "2026-03", hour: int = 12) -> Call:
    attempt = Attempt(
        call.attempt, NOON, "token", "+13125550199", "twilio", NOON, rate=Rate(), hour=hour, month=month
    )
    return calls.dial(calls.claim(call, now=NOON, hold=140_000), attempt, ring_seconds=25)


def busy(call: Call) -> Call:
    return calls.retry(call, State.BUSY, now=NOON, due_at=NOON + LATER, duration_seconds=0)


def answered(call: Call, seconds: int) -> Call:
    return calls.finish(call, State.COMPLETED, now=NOON, duration_seconds=seconds)


def stamps(call: Call) -> tuple[Any, ...]:
    return call.first_hour, call.month, call.month_dials, call.month_seconds, call.month_cost


def test_one_that_was_never_dialled_bears_nothing() -> None:
    assert stamps(CALL) == (None, "", 0, 0, 0)
    claimed = calls.claim(CALL, now=NOON, hold=140_000)
    assert stamps(calls.release(claimed, due_at=NOON)) == (None, "", 0, 0, 0)


def test_a_dial_counts_from_its_beginning_and_its_seconds_and_cost_from_its_end() -> None:
    assert stamps(dialed(CALL)) == (12, "2026-03", 1, 0, 0)
    assert stamps(answered(dialed(CALL), 61)) == (12, "2026-03", 1, 61, 28_000)


def test_the_first_dial_s_hour_and_outcome_and_all_dials_of_the_month_are_borne() -> None:
    again = answered(dialed(busy(dialed(CALL)), hour=13), 5)
    assert stamps(again) == (12, "2026-03", 2, 5, 14_000)
    assert [each.first_outcome for each in (CALL, dialed(CALL), again)] == [None, None, State.BUSY]
    assert answered(dialed(CALL), 5).first_outcome is State.COMPLETED


def test_a_dial_of_another_month_begins_its_sums_anew() -> None:
    machine = calls.retry(dialed(CALL), State.VOICEMAIL, now=NOON, due_at=NOON + LATER, duration_seconds=30)
    assert stamps(machine) == (12, "2026-03", 1, 30, 14_000)
    assert stamps(answered(dialed(machine, "2026-04"), 5)) == (12, "2026-04", 1, 5, 14_000)


def test_a_request_that_was_not_processed_leaves_what_was_before_it() -> None:
    before = busy(dialed(CALL))
    undone = calls.undial(dialed(before, "2026-04", 9), due_at=NOON, error="429", now=NOON)
    assert stamps(undone) == stamps(before) == (12, "2026-03", 1, 0, 0)
    assert stamps(calls.undial(dialed(CALL), due_at=NOON, error="429", now=NOON)) == (None, "", 0, 0, 0)


def test_where_nobody_knows_how_long_it_talked_all_that_was_held_is_its_cost() -> None:
    lost = calls.finish(dialed(CALL), State.UNCONFIRMED, now=NOON)
    assert stamps(lost) == (12, "2026-03", 1, 0, 140_000)


def test_what_is_canceled_before_a_further_dial_keeps_what_it_bears() -> None:
    waits = busy(dialed(CALL))
    assert stamps(calls.finish(waits, State.CANCELED, now=NOON)) == stamps(waits)
