from urllib.parse import urlencode

import pytest

from service.domain.call import Conversation, State
from service.domain.errors import Invalid
from service.pooled_http import PooledHttp
from service.ports import CallEvent, Heard, NotSigned, Reference, Webhook
from service.providers.twilio import Twilio
from service.providers.twilio_signature import sign
from service.providers.twilio_words import STATES, event_in

URL = "https://calls.example/webhooks/twilio/c1/1"
FORM = [("CallSid", "CA1"), ("CallStatus", "busy")]


@pytest.fixture
def twilio():
    return Twilio(
        PooledHttp(), account_sid="AC1", auth_token="t", webhook_url="https://calls.example/webhooks/twilio"
    )


def posted(url: str, signature: str | None) -> Webhook:
    headers = {} if signature is None else {"x-twilio-signature": signature}
    return Webhook(url, headers, urlencode(FORM).encode())


def test_what_was_signed_with_the_account_s_token_is_twilio_s(twilio):
    heard = twilio.parse_webhook(posted(URL, sign("t", URL, FORM)))
    assert heard == Heard(Reference("c1", 1), CallEvent(State.BUSY, "CA1"))


@pytest.mark.parametrize(
    ("url", "signature"),
    [(URL, sign("u", URL, FORM)), (URL.replace("c1/1", "c1/2"), sign("t", URL, FORM)), (URL, None)],
    ids=["another token", "another address", "no signature"],
)
def test_what_was_not_is_nobody_s(twilio, url, signature):
    with pytest.raises(NotSigned):
        twilio.parse_webhook(posted(url, signature))


@pytest.mark.parametrize(("status", "state"), STATES.items())
def test_a_webhook_tells_the_state(status, state):
    event = event_in([("CallSid", "CA1"), ("CallStatus", status)])
    assert event == CallEvent(state, "CA1")


def test_a_webhook_tells_the_duration():
    form = [("CallSid", "CA1"), ("CallStatus", "completed"), ("CallDuration", "42"), ("Duration", "1")]
    assert event_in(form).duration_seconds == 42


def test_a_webhook_tells_why_a_call_failed():
    failed = [("CallSid", "CA1"), ("CallStatus", "failed"), ("SipResponseCode", "404")]
    assert event_in(failed).error == "SIP 404"
    known = "Twilio error 13224 (no valid number, or one that Twilio does not call)"
    assert event_in([*failed, ("ErrorCode", "13224")]).error == known
    assert event_in([*failed, ("ErrorCode", "29999")]).error == "Twilio error 29999"


def test_a_status_that_is_new_to_us_changes_nothing():
    event = event_in([("CallSid", "CA1"), ("CallStatus", "on-hold")])
    assert event == CallEvent(State.DIALING, "CA1")


@pytest.mark.parametrize("form", [[], [("CallSid", "CA1")], [("CallStatus", "busy")]])
def test_a_webhook_of_something_else_is_invalid(form):
    with pytest.raises(Invalid):
        event_in(form)


@pytest.mark.parametrize("heard", ["machine_start", "machine_end_beep", "machine_end_other", "fax"])
def test_a_webhook_tells_that_a_machine_answered(heard):
    ended = [("CallSid", "CA1"), ("CallStatus", "completed"), ("AnsweredBy", heard)]
    assert event_in(ended).machine


@pytest.mark.parametrize(
    ("heard", "machine"), [("human", False), ("unknown", False), ("machine_start", True)]
)
def test_what_machine_detection_says_while_the_call_goes_on_comes_without_a_status(heard, machine):
    event = event_in([("CallSid", "CA1"), ("AnsweredBy", heard)])
    assert event == CallEvent(State.IN_PROGRESS, "CA1", machine=machine)


RECORDED = [("CallSid", "CA1"), ("RecordingSid", "RE1"), ("RecordingUrl", "https://r.example/1")]


def test_a_recording_that_is_ready_is_kept_and_moves_nothing():
    event = event_in([*RECORDED, ("RecordingStatus", "completed")])
    assert event == CallEvent(
        State.DIALING, "CA1", conversation=Conversation(recording_url="https://r.example/1")
    )


def test_the_end_of_a_recorded_call_can_tell_its_recording_as_well():
    event = event_in([*RECORDED, ("CallStatus", "completed")])
    assert (event.state, event.conversation.recording_url) == (State.COMPLETED, "https://r.example/1")


@pytest.mark.parametrize("status", ["in-progress", "absent", "failed"])
def test_a_recording_that_is_not_ready_or_not_there_is_not_kept(status):
    assert event_in([*RECORDED, ("RecordingStatus", status)]) == CallEvent(State.DIALING, "CA1")
