import pytest

from service.domain.call import State
from service.domain.errors import Invalid
from service.ports import CallEvent
from service.providers.twilio import STATES, Twilio
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
def test_a_webhook_tells_the_state(twilio, status, state):
    event = twilio.parse_webhook([("CallSid", "CA1"), ("CallStatus", status)])
    assert event == CallEvent(state, "CA1")


def test_a_webhook_tells_the_duration(twilio):
    form = [("CallSid", "CA1"), ("CallStatus", "completed"), ("CallDuration", "42"), ("Duration", "1")]
    assert twilio.parse_webhook(form).duration_seconds == 42


def test_a_webhook_tells_why_a_call_failed(twilio):
    failed = [("CallSid", "CA1"), ("CallStatus", "failed"), ("SipResponseCode", "404")]
    assert twilio.parse_webhook(failed).error == "SIP 404"
    assert twilio.parse_webhook([*failed, ("ErrorCode", "13224")]).error == "Twilio error 13224"


def test_a_status_that_is_new_to_us_changes_nothing(twilio):
    event = twilio.parse_webhook([("CallSid", "CA1"), ("CallStatus", "on-hold")])
    assert event == CallEvent(State.DIALING, "CA1")


@pytest.mark.parametrize("form", [[], [("CallSid", "CA1")], [("CallStatus", "busy")]])
def test_a_webhook_of_something_else_is_invalid(twilio, form):
    with pytest.raises(Invalid):
        twilio.parse_webhook(form)


@pytest.mark.parametrize("heard", ["machine_start", "machine_end_beep", "machine_end_other", "fax"])
def test_a_webhook_tells_that_a_machine_answered(twilio, heard):
    ended = [("CallSid", "CA1"), ("CallStatus", "completed"), ("AnsweredBy", heard)]
    assert twilio.parse_webhook(ended).machine


@pytest.mark.parametrize(
    ("heard", "machine"), [("human", False), ("unknown", False), ("machine_start", True)]
)
def test_what_machine_detection_says_while_the_call_goes_on_comes_without_a_status(twilio, heard, machine):
    event = twilio.parse_webhook([("CallSid", "CA1"), ("AnsweredBy", heard)])
    assert event == CallEvent(State.IN_PROGRESS, "CA1", machine=machine)
