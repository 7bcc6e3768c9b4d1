import pytest

from service.domain.call import State
from service.domain.errors import Invalid
from service.ports import CallEvent
from service.providers.twilio import STATES, Twilio, event_in
from service.providers.twilio_signature import sign
from service.transport import PooledHttp

URL = "https://calls.example/webhooks/twilio/c1/1"
FORM = [("CallSid", "CA1"), ("CallStatus", "busy")]


@pytest.fixture
def twilio():
    return Twilio(PooledHttp(), account_sid="AC1", auth_token="t", public_base_url="https://calls.example")


def test_only_what_was_signed_with_the_account_s_token_is_twilio_s(twilio):
    assert twilio.signature_is_valid(sign("t", URL, FORM), URL, FORM)
    assert not twilio.signature_is_valid(sign("u", URL, FORM), URL, FORM)
    assert not twilio.signature_is_valid(sign("t", URL, FORM), URL.replace("c1/1", "c1/2"), FORM)
    assert not twilio.signature_is_valid(None, URL, FORM)


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
    assert event_in([*failed, ("ErrorCode", "13224")]).error == "Twilio error 13224"


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
