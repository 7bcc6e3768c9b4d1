"""What every adapter makes of what its provider says of a call: asked, or unasked."""

from datetime import timedelta
from itertools import permutations

import pytest

from service.domain import calls, events
from service.domain.agent import RECORD, Provider
from service.domain.call import Attempt, Call, State
from service.domain.limits import Limits
from service.ports import NotSigned, Reference, TelephonyUnavailable
from tests.providers.conformance.exchange import CALLER, NOON, RECORDING_URL, TO, Exchange, of_each, where
from tests.providers.conformance.test_placing import ordered, place

STATES = {
    "completed": {State.COMPLETED},
    "busy": {State.BUSY},
    "no_answer": {State.NO_ANSWER},
    "voicemail": {State.VOICEMAIL, State.COMPLETED},  # completed, and heard by a machine
    "failed": {State.FAILED},
    "canceled": {State.CANCELED},
}
OURS = Reference("call_1", 2)


def placed(exchange: Exchange) -> str:
    return place(exchange).provider_id


def heard(exchange: Exchange, id: str):
    """The events of all that the provider posts of the call as it is now."""
    answers = [exchange.adapter().parse_webhook(webhook) for webhook in exchange.webhooks(id)]
    said = [answer for answer in answers if answer is not None]
    assert {answer.reference for answer in said} <= {OURS}
    assert {answer.event.provider_id for answer in said} <= {id, ""}
    return [answer.event for answer in said]


def ends(events):
    return [event for event in events if event.state in calls.FINAL]


@of_each("outcome", lambda kind: [outcome for outcome in STATES if outcome in kind.OUTCOMES])
def test_a_webhook_says_how_a_call_has_ended(exchange, outcome):
    id = placed(exchange)
    exchange.say(id, exchange.OUTCOMES[outcome])
    said = heard(exchange, id)
    assert {event.state for event in ends(said)} <= STATES[outcome]
    assert ends(said)
    assert any(event.machine for event in said) == (outcome == "voicemail")
    assert any(event.error for event in said) == (outcome == "failed") or exchange.name == "twilio"


@of_each("outcome", lambda kind: [outcome for outcome in STATES if outcome in kind.OUTCOMES])
def test_a_call_that_is_asked_about_says_how_it_has_ended(exchange, outcome):
    id = placed(exchange)
    exchange.say(id, exchange.OUTCOMES[outcome])
    adapter = exchange.adapter()
    told = adapter.capabilities.tells_outcomes
    assert adapter.look_up(id).state in (STATES[outcome] if told else {State.UNCONFIRMED})


def test_the_seconds_that_it_talked_are_told(exchange):
    id = placed(exchange)
    exchange.say(id, exchange.OUTCOMES["completed"])
    assert {event.duration_seconds for event in ends(heard(exchange, id))} == {42}
    assert exchange.adapter().look_up(id).duration_seconds == 42


@pytest.mark.parametrize("outcome", ["busy", "no_answer"])
def test_who_did_not_answer_has_not_talked(exchange, outcome):
    id = placed(exchange)
    exchange.say(id, exchange.OUTCOMES[outcome])
    assert {event.duration_seconds for event in ends(heard(exchange, id))} == {0}


def test_a_call_that_goes_on_is_on_the_line(exchange):
    id = placed(exchange)
    before = exchange.adapter().look_up(id)
    exchange.say(id, exchange.LIVE)
    assert before.state is State.DIALING
    assert exchange.adapter().look_up(id).state not in calls.FINAL
    assert [event.state for event in heard(exchange, id)] == [State.IN_PROGRESS]


@where(lambda kind: kind.is_believed)
def test_a_webhook_that_is_signed_is_believed(exchange):
    """Nobody is asked, so it needs no answer of the provider's."""
    webhook = exchange.webhooks(placed(exchange))[0]
    exchange.close()
    assert exchange.adapter().parse_webhook(webhook).reference == OURS


def test_what_the_provider_has_kept_is_taken_over(exchange):
    id = place(exchange, record=True).provider_id
    exchange.say(id, exchange.OUTCOMES["completed"])
    kept = [event.conversation for event in heard(exchange, id) if event.conversation]
    can = exchange.adapter().capabilities
    assert any(one.transcript for one in kept) == can.transcripts
    assert {one.summary for one in kept if one.summary} == ({"She agreed."} if can.transcripts else set())
    assert any(one.recording_url == RECORDING_URL for one in kept) == can.recordings
    assert {one.charged for one in kept if one.charged} == ({12_300} if exchange.name != "twilio" else set())


def test_a_status_that_is_new_to_us_changes_nothing(exchange):
    id = placed(exchange)
    exchange.say(id, exchange.UNKNOWN_STATUS)
    assert exchange.adapter().look_up(id).state is State.DIALING
    assert {event.state for event in heard(exchange, id)} <= {State.DIALING}


@where(lambda kind: kind.OPTED_OUT is not None)
def test_a_callee_who_asks_for_no_more_calls_is_told_of(exchange):
    id = placed(exchange)
    exchange.say(id, exchange.OPTED_OUT)
    assert [event.opted_out for event in ends(heard(exchange, id))] == [True] * len(exchange.webhooks(id))
    assert exchange.adapter().look_up(id).opted_out
    exchange.say(id, exchange.OUTCOMES["completed"])
    assert not any(event.opted_out for event in heard(exchange, id))


@where(lambda kind: kind.UNKNOWN_END is not None)  # it gives reasons beside its statuses
def test_an_end_that_is_new_to_us_is_a_failure(exchange):
    id = placed(exchange)
    exchange.say(id, exchange.UNKNOWN_END)
    assert {event.state for event in ends(heard(exchange, id))} == {State.FAILED}


def test_a_webhook_that_the_provider_has_not_sent_is_refused(exchange):
    id = placed(exchange)
    forged = list(exchange.forgeries(exchange.webhooks(id)[0]))
    asked = len(exchange.requests)
    for webhook in forged:
        with pytest.raises(NotSigned):
            exchange.adapter().parse_webhook(webhook)
    assert len(forged) >= 3
    assert len(exchange.requests) == asked  # nobody is asked for a stranger


def test_a_webhook_of_somebody_else_s_call_says_nothing(exchange):
    webhook = exchange.foreign(placed(exchange))
    assert webhook is None or exchange.adapter().parse_webhook(webhook) is None


@where(lambda kind: not kind.is_believed)
def test_a_webhook_of_a_call_that_the_provider_cannot_be_asked_about_is_posted_again(exchange):
    id = placed(exchange)
    webhook = exchange.webhooks(id)[0]
    exchange.close()
    with pytest.raises(TelephonyUnavailable):
        exchange.adapter().parse_webhook(webhook)


def dialing() -> Call:
    call = Call("call_1", "acc_1", "cmp_1", "main", TO, NOON, NOON, attempt=2)
    attempt = Attempt(2, NOON, "token", CALLER, "p", NOON + timedelta(hours=1))
    return calls.dial(calls.claim(call, now=NOON), attempt, ring_seconds=25)


def lived(call: Call, said):
    """The call after these events."""
    for event in said:
        moved = events.apply(call, event, None, now=NOON, limits=Limits()) or call
        call = events.keep(moved, 2, event) or moved
    return call


def test_webhooks_that_come_twice_or_in_any_order_make_the_same_call(exchange):
    id = place(exchange, record=True).provider_id
    stages = [heard(exchange, id)]
    for words in (exchange.LIVE, exchange.OUTCOMES["completed"]):
        exchange.say(id, words)
        stages.append(heard(exchange, id))
    said = [event for stage in stages for event in stage]
    in_order = lived(dialing(), said)
    assert in_order.state is State.COMPLETED
    assert lived(in_order, said) == in_order
    for mixed in permutations(said):
        call = lived(dialing(), (*mixed, *mixed))
        assert (call.state, call.dialed.conversation) == (State.COMPLETED, in_order.dialed.conversation)
        assert call.dialed.duration_seconds == 42


def test_a_call_on_the_line_is_hung_up_where_the_provider_does_that(exchange):
    id = placed(exchange)
    exchange.say(id, exchange.LIVE)
    adapter = exchange.adapter()
    if adapter.capabilities.ends_live_calls:
        adapter.hang_up(id)
        assert adapter.look_up(id).state in calls.FINAL
    else:
        with pytest.raises(TelephonyUnavailable):
            adapter.hang_up(id)


def test_hanging_up_what_has_ended_or_never_was_is_harmless(exchange):
    id = placed(exchange)
    exchange.say(id, exchange.OUTCOMES["busy"])
    ended = exchange.adapter().look_up(id)
    exchange.adapter().hang_up(id)
    exchange.adapter().hang_up("call-1")
    assert exchange.adapter().look_up(id) == ended


def test_machine_detection_is_asked_for_where_the_provider_has_it(exchange):
    """What a campaign may ask for is what its agent's provider can do."""
    adapter = exchange.adapter()
    for machine in adapter.capabilities.machines:
        adapter.place(ordered(exchange, on_machine=machine))
    bodies = {request.body for request in exchange.creates}
    assert len(bodies) == len(adapter.capabilities.machines)


def test_a_recording_is_asked_for_where_the_provider_can_be_asked(exchange):
    adapter = exchange.adapter()
    for record in (False, True):
        adapter.place(ordered(exchange, record=record))
    without, with_it = (request.body for request in exchange.creates)
    assert (without != with_it) == (Provider(exchange.name) in RECORD)
