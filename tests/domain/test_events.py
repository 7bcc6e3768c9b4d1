"""What a provider says: whatever the order and however often, an attempt ends the same way."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain import calls, events
from service.domain.call import Call, Conversation, State
from service.domain.calls import FINAL, ON_THE_LINE
from service.domain.campaign import Campaign, Retry, Unknown
from service.domain.events import CallEvent
from service.domain.limits import Limits
from tests.domain.records import (
    NOON,
    RING_SECONDS,
    TIME_LIMIT_SECONDS,
    after,
    attempt,
    dialing,
    in_state,
    running,
    waiting,
)

LIMITS = Limits(ring_seconds=RING_SECONDS, time_limit_seconds=TIME_LIMIT_SECONDS)
RETRYING = running(retry=Retry(busy=(20,), no_answer=(30,), voicemail=(40,), failed=(50,)))
ENDS = sorted(FINAL - {State.EXPIRED, State.UNCONFIRMED})  # what a provider says of an end
PROGRESS = [State.DIALING, State.RINGING, State.IN_PROGRESS]


def said(state: State, provider_id: str = "CA1", **more: object) -> CallEvent:
    return replace(CallEvent(state, provider_id), **more)  # type: ignore[arg-type]


def heard(call: Call, heard_of: Sequence[CallEvent], campaign: Campaign | None = RETRYING) -> Call:
    """The call after these events of attempt 1, a second apart, as their webhooks are taken: those of another
    attempt than the present one are dropped."""
    for second, event in enumerate(heard_of, 1):
        if call.attempt == 1:
            call = events.apply(call, event, campaign, now=after(seconds=second), limits=LIMITS) or call
    return call


@pytest.mark.parametrize("campaign", [RETRYING, running()], ids=["retrying", "giving up"])
@pytest.mark.parametrize("placed_first", [True, False])
@given(end=st.sampled_from(ENDS), data=st.data())
def test_every_order_and_repetition_of_an_attempt_s_events_ends_alike(
    campaign: Campaign, placed_first: bool, end: State, data: st.DataObject
) -> None:
    start = calls.placed(dialing(), "CA1") if placed_first else dialing()
    told = data.draw(st.lists(st.sampled_from([*PROGRESS, end]), max_size=8))
    order = data.draw(st.permutations([*told, end]))
    one_by_one = heard(start, [said(state) for state in [*PROGRESS, end]], campaign)
    ended = heard(start, [said(state) for state in order], campaign)
    assert (ended.state, ended.attempt, ended.live) == (one_by_one.state, one_by_one.attempt, False)
    assert [past.outcome for past in ended.attempts] == [end]
    assert ended.attempts[0].provider_id == "CA1"


@given(progress=st.lists(st.sampled_from(PROGRESS), max_size=6))
def test_progress_never_goes_back(progress: list[State]) -> None:
    order = [State.DIALING, State.RINGING, State.IN_PROGRESS]
    call, furthest = dialing(), State.DIALING
    for state in progress:
        call = heard(call, [said(state)])
        furthest = max(furthest, state, key=order.index)
        assert call.state is furthest


@pytest.mark.parametrize("state", [*PROGRESS, *ENDS])
def test_the_same_event_again_changes_nothing(state: State) -> None:
    once = heard(dialing(), [said(state)])
    assert events.apply(once, said(state), RETRYING, now=after(minutes=1), limits=LIMITS) is None


@pytest.mark.parametrize("state", [*PROGRESS, *ENDS])
def test_what_another_provider_call_does_changes_nothing(state: State) -> None:
    call = calls.placed(dialing(), "CA1")
    assert events.apply(call, said(state, "CA2"), RETRYING, now=NOON, limits=LIMITS) is None


@pytest.mark.parametrize("state", sorted(set(State) - set(ON_THE_LINE)))
def test_nothing_is_heard_of_a_call_that_is_not_on_the_line(state: State) -> None:
    assert events.apply(in_state(state), said(State.COMPLETED), None, now=NOON, limits=LIMITS) is None


def test_a_webhook_that_comes_before_the_provider_s_answer_names_the_provider_s_call() -> None:
    call = heard(dialing(), [said(State.RINGING, "CA7")])
    assert call.dialed is not None
    assert call.dialed.provider_id == "CA7"


def test_a_doubtful_dial_that_turns_out_to_ring_is_doubtful_no_longer() -> None:
    doubtful = calls.doubt(dialing(), now=NOON, error="timed out")
    assert heard(doubtful, [said(State.RINGING)]).state is State.RINGING


def test_a_doubtful_dial_that_the_provider_has_taken_stays_doubtful_until_it_says_more() -> None:
    doubtful = heard(calls.doubt(dialing(), now=NOON, error="timed out"), [said(State.DIALING)])
    assert (doubtful.state, doubtful.attempts[0].provider_id) == (State.UNCERTAIN, "CA1")


@pytest.mark.parametrize(
    ("outcome", "minutes"),
    [(State.BUSY, 20), (State.NO_ANSWER, 30), (State.VOICEMAIL, 40), (State.FAILED, 50)],
)
def test_an_outcome_with_a_ladder_queues_the_next_attempt(outcome: State, minutes: int) -> None:
    event = said(outcome, duration_seconds=0, error="SIP 486")
    assert events.needs_campaign(dialing(), event)
    retried = events.apply(dialing(), event, RETRYING, now=NOON, limits=LIMITS)
    assert retried is not None
    assert (retried.state, retried.attempt, retried.due_at) == (State.QUEUED, 2, after(minutes=minutes))
    assert (retried.attempts[0].outcome, retried.attempts[0].error) == (outcome, "SIP 486")


@pytest.mark.parametrize("outcome", ENDS)
def test_the_campaign_is_needed_exactly_for_outcomes_with_a_ladder(outcome: State) -> None:
    with_it = heard(dialing(), [said(outcome)], RETRYING)
    without = heard(dialing(), [said(outcome)], None)
    assert events.needs_campaign(dialing(), said(outcome)) == (with_it != without)


def test_an_answered_call_is_looked_at_when_its_time_is_over() -> None:
    call = heard(dialing(), [said(State.IN_PROGRESS)])
    assert call.check_at == after(seconds=1 + TIME_LIMIT_SECONDS + 60)


def test_an_answer_that_is_heard_of_late_does_not_make_the_lease_longer() -> None:
    late = events.apply(dialing(), said(State.IN_PROGRESS), None, now=after(minutes=12), limits=LIMITS)
    assert late is not None
    assert late.check_at == events.lease_ends(late)


def test_a_lease_covers_the_ring_the_call_and_a_margin() -> None:
    assert LIMITS.lease == timedelta(seconds=RING_SECONDS + TIME_LIMIT_SECONDS + 180)
    assert events.lease_ends(dialing()) == NOON + LIMITS.lease


def test_an_unknown_fate_is_taken_for_a_ring_unless_the_campaign_says_otherwise() -> None:
    assert events.give_up(dialing(), running(), now=NOON).state is State.UNCONFIRMED
    assert events.give_up(dialing(), None, now=NOON).state is State.UNCONFIRMED


def test_a_dial_that_may_yet_ring_is_not_dialled_again_by_its_campaign_s_policy() -> None:
    given_up = events.give_up(dialing(), running(on_unknown=Unknown.REDIAL), now=NOON, may_ring=True)
    assert given_up.state is State.UNCONFIRMED


def test_an_unknown_fate_is_dialled_again_where_the_campaign_says_so() -> None:
    again = events.give_up(dialing(), running(on_unknown=Unknown.REDIAL), now=NOON)
    assert (again.state, again.attempt, again.due_at) == (State.QUEUED, 2, NOON)
    assert again.attempts[0].outcome is State.UNCONFIRMED


def test_a_call_whose_fate_is_never_known_is_redialled_three_times_at_most() -> None:
    campaign, call = running(on_unknown=Unknown.REDIAL), waiting()
    for _ in range(events.REDIALS_MAX + 1):
        claimed = calls.claim(call, now=NOON)
        dialled = calls.dial(claimed, attempt(call.attempt), ring_seconds=RING_SECONDS)
        call = events.give_up(dialled, campaign, now=NOON)
    assert (call.state, len(call.attempts)) == (State.UNCONFIRMED, 4)


def test_an_uncertain_dial_is_asked_about_at_one_five_and_fifteen_minutes() -> None:
    call = calls.doubt(dialing(), now=NOON, error="timed out")
    asked_at = [NOON]
    for _ in range(3):
        asked_at.append(events.next_uncertain_check(call, asked_at[-1]) or NOON)
    assert asked_at[1:] == [after(minutes=1), after(minutes=5), after(minutes=15)]
    assert events.next_uncertain_check(call, asked_at[-1]) is None


@pytest.mark.parametrize(("letter", "kept"), [("x", 24_000), ("é", 12_000), ("न", 8_000), ("🎈", 6_000)])
def test_a_transcript_is_cut_by_its_bytes_between_two_characters(letter: str, kept: int) -> None:
    said_all = events.cut(Conversation(transcript=letter * 30_000)).transcript
    assert said_all == letter * kept
    assert events.cut(Conversation(transcript="x" + letter * 30_000)).transcript[1:] in letter * kept  # type: ignore[index]


def test_the_words_of_the_ten_latest_conversations_are_kept_and_the_bills_of_all() -> None:
    call = replace(dialing(), attempts=tuple(attempt(number) for number in range(1, 31)))
    heard_of = Conversation("Hello.", "She agreed.", "https://r.example/1", 12_300, "USD")
    for number in (*range(2, 31, 2), 2):  # each other one is not answered; the first is told once more
        event = said(State.COMPLETED, "", conversation=heard_of)
        call = events.keep(call, number, event) or call
    kept = [dial.conversation for dial in call.attempts if dial.conversation]
    assert [one == heard_of for one in kept] == [False] * 5 + [True] * 10
    assert kept[0] == replace(heard_of, transcript=None, summary=None)


def test_what_a_provider_calls_an_error_is_cut_as_well() -> None:
    ended = heard(dialing(), [said(State.FAILED, error="é" * 1_000)], None)
    assert ended.attempts[0].error == "é" * 300
