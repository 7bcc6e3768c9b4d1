"""The transitions of a call: what each makes of it, and from which states it may be made."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from service.domain import calls
from service.domain.call import Call, State
from service.domain.calls import FINAL, LIVE, ON_THE_LINE
from service.domain.errors import WrongState
from tests.domain.records import NOON, RING_SECONDS, after, attempt, dialing, in_state, waiting

TRANSITIONS: dict[str, tuple[Callable[[Call], Call], set[State], set[State]]] = {
    # what is done: from which states it may be, and in which it may end
    "claim": (lambda c: calls.claim(c, now=NOON), {State.QUEUED}, {State.CLAIMED}),
    "dispatch again": (lambda c: calls.dispatch_again(c, now=NOON), {State.CLAIMED}, {State.CLAIMED}),
    "release": (lambda c: calls.release(c, due_at=NOON), {State.CLAIMED}, {State.QUEUED}),
    "give back": (lambda c: calls.give_back(c, now=NOON), {State.CLAIMED}, {State.QUEUED}),
    "dial": (
        lambda c: calls.dial(c, attempt(), ring_seconds=RING_SECONDS),
        {State.CLAIMED},
        {State.DIALING},
    ),
    "undial": (
        lambda c: calls.undial(c, due_at=NOON, error="429", now=NOON),
        {State.DIALING, State.UNCERTAIN},
        {State.QUEUED},
    ),
    "doubt": (lambda c: calls.doubt(c, now=NOON, error="lost"), {State.DIALING}, {State.UNCERTAIN}),
    "ring": (
        lambda c: calls.ring(c, now=NOON, ring_seconds=RING_SECONDS),
        {State.DIALING, State.UNCERTAIN},
        {State.RINGING},
    ),
    "answer": (
        lambda c: calls.answer(c, now=NOON, time_limit_seconds=600),
        {State.DIALING, State.UNCERTAIN, State.RINGING},
        {State.IN_PROGRESS},
    ),
    "placed": (lambda c: calls.placed(c, "CA1"), set(ON_THE_LINE), set(ON_THE_LINE)),
    "check later": (lambda c: calls.check_later(c, at=NOON), set(LIVE), set(LIVE)),
    "retry": (lambda c: calls.retry(c, State.BUSY, now=NOON, due_at=NOON), set(ON_THE_LINE), {State.QUEUED}),
    "finish": (
        lambda c: calls.finish(c, State.COMPLETED, now=NOON),
        {State.QUEUED, *LIVE},
        {State.COMPLETED},
    ),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("name", TRANSITIONS)
def test_each_transition_guards_the_state_that_it_starts_from(name: str, state: State) -> None:
    make, allowed, ends = TRANSITIONS[name]
    if state in allowed:
        assert make(in_state(state)).state in ends
    else:
        with pytest.raises(WrongState, match=f"is {state}"):
            make(in_state(state))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("name", TRANSITIONS)
def test_a_call_holds_a_slot_and_is_looked_at_exactly_while_it_is_live(name: str, state: State) -> None:
    make, allowed, _ = TRANSITIONS[name]
    if state in allowed:
        made = make(in_state(state))
        assert made.live == (made.state in LIVE)
        assert (made.check_at is not None) == made.live


def test_every_state_is_waiting_live_or_final_and_only_one_of_them() -> None:
    assert {State.QUEUED} | LIVE | FINAL == set(State)
    assert not LIVE & FINAL
    assert set(ON_THE_LINE) == LIVE - {State.CLAIMED}


def test_a_claimed_call_is_rescued_after_two_minutes() -> None:
    assert calls.claim(waiting(), now=NOON).check_at == after(seconds=300)


def test_each_claim_and_each_rescue_asks_for_a_task_with_a_new_name() -> None:
    claimed = calls.claim(waiting(), now=NOON)
    rescued = calls.dispatch_again(claimed, now=NOON)
    claimed_again = calls.claim(calls.release(rescued, due_at=NOON), now=NOON)
    assert [claimed.dispatch, rescued.dispatch, claimed_again.dispatch] == [1, 2, 3]


def test_the_rescues_of_a_claim_are_counted_and_those_of_the_next_one_anew() -> None:
    rescued = calls.dispatch_again(calls.claim(waiting(), now=NOON), now=NOON)
    claimed_again = calls.claim(calls.give_back(rescued, now=NOON), now=NOON)
    assert [rescued.rescues, claimed_again.rescues] == [1, 0]


def test_a_call_that_is_given_back_waits_as_after_a_request_that_was_not_processed() -> None:
    given_back = calls.give_back(calls.claim(waiting(), now=NOON), now=NOON)
    assert (given_back.due_at, given_back.place_tries) == (after(seconds=15), 1)
    assert given_back.trouble == calls.NEVER_DIALLED


def test_a_dial_is_looked_at_when_the_ring_should_have_ended() -> None:
    assert dialing().check_at == after(seconds=60)


def test_an_answered_call_is_looked_at_when_the_provider_should_have_ended_it() -> None:
    answered = calls.answer(dialing(), now=after(seconds=9), time_limit_seconds=600)
    assert answered.check_at == after(seconds=9 + 600 + 60)
    assert answered.dialed is not None
    assert answered.dialed.answered_at == after(seconds=9)


def test_a_retry_waits_for_the_next_attempt_and_remembers_this_one() -> None:
    retried = calls.retry(dialing(), State.BUSY, now=after(seconds=8), due_at=after(minutes=20))
    assert (retried.attempt, retried.due_at) == (2, after(minutes=20))
    assert retried.attempts[0].outcome is State.BUSY
    assert retried.attempts[0].ended_at == after(seconds=8)
    assert retried.dialed is None


def test_a_released_call_keeps_its_attempt_and_has_dialled_nothing() -> None:
    released = calls.release(calls.claim(waiting(), now=NOON), due_at=after(hours=3))
    assert (released.attempt, released.attempts, released.due_at) == (1, (), after(hours=3))


def test_a_request_that_was_not_processed_leaves_no_attempt_behind() -> None:
    undone = calls.undial(dialing(), due_at=after(seconds=15), error="429", now=NOON)
    assert (undone.attempts, undone.attempt, undone.place_tries) == ((), 1, 1)
    assert undone.trouble == "429"


def test_what_kept_a_call_from_being_dialled_is_forgotten_with_its_next_dial() -> None:
    undone = calls.undial(dialing(), due_at=NOON, error="429", now=NOON)
    dialled = calls.dial(calls.claim(undone, now=NOON), attempt(), ring_seconds=RING_SECONDS)
    assert dialled.trouble is None


def test_earlier_attempts_stay_when_the_present_request_was_not_processed() -> None:
    second = calls.claim(calls.retry(dialing(), State.BUSY, now=NOON, due_at=NOON), now=NOON)
    redialled = calls.dial(second, attempt(2), ring_seconds=RING_SECONDS)
    undone = calls.undial(redialled, due_at=NOON, error="429", now=NOON)
    assert [kept.number for kept in undone.attempts] == [1]


def undialled(call: Call, times: int, *, counted: bool = False) -> tuple[Call, list[float]]:
    """And how long it was to wait each time, in seconds."""
    waits = []
    for _ in range(times):
        call = calls.dial(calls.claim(call, now=NOON), attempt(), ring_seconds=RING_SECONDS)
        waits.append(calls.place_backoff(call).total_seconds())
        call = calls.undial(call, due_at=NOON, error="no", now=NOON, counted=counted)
    return call, waits


def test_the_tenth_refusal_of_its_very_order_fails_the_call() -> None:
    call, _ = undialled(waiting(), 9, counted=True)
    assert call.state is State.QUEUED
    call, _ = undialled(call, 1, counted=True)
    assert (call.state, call.attempts[0].error) == (State.FAILED, "no")


def test_what_troubles_the_provider_or_the_account_ends_no_call_however_often_it_is_tried() -> None:
    call, waits = undialled(waiting(), 100)
    assert (call.state, call.attempts) == (State.QUEUED, ())
    assert waits == [15, 30, 60, 120, 240, 480] + [900] * 94


def test_such_trouble_is_not_counted_among_the_refusals_of_the_order() -> None:
    call, _ = undialled(waiting(), 9, counted=True)
    call, _ = undialled(call, 100)
    assert call.state is State.QUEUED
    call, _ = undialled(call, 1, counted=True)
    assert call.state is State.FAILED


def test_the_provider_s_answer_moves_no_state_that_a_webhook_has_set() -> None:
    answered = calls.answer(dialing(), now=NOON, time_limit_seconds=600)
    assert calls.placed(answered, "CA1") == replace(
        answered, attempts=(replace(answered.attempts[0], provider_id="CA1"),)
    )


def test_a_doubtful_dial_is_asked_about_after_a_minute() -> None:
    doubtful = calls.doubt(dialing(), now=after(seconds=2), error="timed out")
    assert doubtful.check_at == after(seconds=62)
    assert doubtful.attempts[0].error == "timed out"


def test_a_final_call_says_when_and_how_its_dial_ended() -> None:
    ended = calls.finish(dialing(), State.COMPLETED, now=after(minutes=3), duration_seconds=150)
    assert ended.finished_at == after(minutes=3)
    assert ended.attempts[0].outcome is State.COMPLETED
    assert ended.attempts[0].duration_seconds == 150


def test_an_error_that_is_known_already_stays_with_the_dial() -> None:
    doubtful = calls.doubt(dialing(), now=NOON, error="timed out")
    assert calls.finish(doubtful, State.UNCONFIRMED, now=NOON).attempts[0].error == "timed out"


def test_a_waiting_call_that_is_canceled_has_no_attempt() -> None:
    canceled = calls.finish(waiting(), State.CANCELED, now=NOON)
    assert (canceled.state, canceled.attempts) == (State.CANCELED, ())


def test_ending_a_call_that_waits_for_a_retry_leaves_the_attempt_before_as_it_was() -> None:
    retried = calls.retry(dialing(), State.BUSY, now=NOON, due_at=after(minutes=20))
    canceled = calls.finish(retried, State.CANCELED, now=after(minutes=1))
    assert canceled.attempts == retried.attempts


@pytest.mark.parametrize("state", sorted(set(State) - FINAL))
def test_a_call_cannot_finish_in_a_state_that_is_not_final(state: State) -> None:
    with pytest.raises(ValueError, match="not final"):
        calls.finish(dialing(), state, now=NOON)
