"""What is particular to the platforms whose own agents speak."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from service.domain.call import State
from service.ports import LostOrder, Refused, TelephonyUnavailable
from tests.providers.conformance.bolna_exchange import BolnaExchange
from tests.providers.conformance.exchange import CALLER, NOON, Reply, order
from tests.providers.conformance.telnyx_exchange import TelnyxExchange
from tests.providers.conformance.vapi_exchange import VapiExchange


@pytest.fixture
def bolna() -> Iterator[BolnaExchange]:
    yield from opened(BolnaExchange())


@pytest.fixture
def vapi() -> Iterator[VapiExchange]:
    yield from opened(VapiExchange())


@pytest.fixture
def telnyx() -> Iterator[TelnyxExchange]:
    yield from opened(TelnyxExchange())


def opened(exchange):
    yield exchange
    exchange.close()


def placed(exchange) -> str:
    return exchange.adapter().place(order()).provider_id


def test_bolna_dials_once_and_at_once(bolna):
    placed(bolna)
    sent = bolna.creates[0].json
    assert sent["retry_config"] == {"enabled": False}
    assert "scheduled_at" not in sent


def test_a_call_of_bolna_s_that_is_completed_without_a_word_was_not_answered(bolna):
    """A call that is declined arrives so."""
    id = placed(bolna)
    bolna.say(id, {"status": "completed", "conversation_duration": 0})
    assert bolna.adapter().look_up(id).state is State.NO_ANSWER


@pytest.mark.parametrize("name", ["conversation_duration", "conversation_time"])
def test_a_call_of_bolna_s_talked_for_as_long_as_either_of_its_names_for_that_says(bolna, name):
    id = placed(bolna)
    bolna.say(id, {"status": "completed", name: 41.5})
    event = bolna.adapter().look_up(id)
    assert (event.state, event.duration_seconds) == (State.COMPLETED, 42)


def test_what_another_agent_of_bolna_s_says_to_our_address_is_nothing_to_us(bolna):
    id = placed(bolna)
    bolna.lines[id].order = {**bolna.lines[id].order, "agent_id": "assistant-2"}
    assert bolna.adapter().parse_webhook(bolna.webhooks(id)[0]) is None


def test_vapi_s_calls_are_ended_at_vapi_s_own_addresses_alone(vapi):
    id = placed(vapi)
    for url in ("https://elsewhere.example/x", "http://phone.vapi.ai/x", "https://vapi.ai.example/x", ""):
        vapi.say(id, {**vapi.LIVE, "monitor": {"controlUrl": url}})
        with pytest.raises(TelephonyUnavailable, match="says nowhere how"):
            vapi.adapter().hang_up(id)


def test_a_number_that_vapi_does_not_know_is_not_dialled_from(vapi):
    answer = vapi.adapter().place(order(caller="+13125550199"))
    assert isinstance(answer, Refused)
    assert vapi.requests == []
    assert CALLER not in answer.reason


def test_vapi_is_asked_for_a_lost_order_from_some_seconds_before_as_its_clock_may_be_slow(vapi):
    sent = order()
    vapi.adapter().find(LostOrder(sent.reference, sent.to, sent.caller, NOON))
    (asked,) = vapi.requests
    assert datetime.fromisoformat(asked.query["createdAtGe"]) == NOON - timedelta(seconds=5)


def refused_with(vapi: VapiExchange, words: str, status: int = 400) -> Refused:
    vapi.of_create = lambda _: Reply(status, {"message": words, "error": "No", "statusCode": status})
    return vapi.adapter().place(order())


@pytest.mark.parametrize(
    "words",
    [
        "Over Concurrency Limit.",
        "Wallet balance low",
        "assistant not found",
        "Unable to process your request right now, please try again later.",
        "Failed to create call, our telephony provider is down",
        "An unexpected error occurred when connecting to Twilio",
        "You need to complete KYC verification before making phone calls",
        "Invalid number of retries",
        "from_number is not a valid phone number",
        "phoneNumberId must be a valid UUID",
    ],
)
def test_a_refusal_in_words_that_do_not_say_that_the_number_is_none_can_pass(vapi, words):
    answer = refused_with(vapi, words)
    assert (answer.permanent, words in answer.reason) == (False, True)


@pytest.mark.parametrize(
    ("status", "words", "counted"),
    [
        (400, "Unable to process your request right now, please try again later.", True),
        (422, "Variable values are too long", True),
        (400, "Over Concurrency Limit.", False),
        (400, "Wallet balance low", False),
        (400, "from_number is not a valid phone number", False),
        (401, "Invalid key", False),
        (402, "Pay first", False),
        (404, "No such thing", False),
        (429, "Slow down", False),
    ],
)
def test_a_refusal_that_can_pass_is_counted_where_it_may_be_about_the_order_itself(
    vapi, status, words, counted
):
    answer = refused_with(vapi, words, status)
    assert (answer.permanent, answer.counted) == (False, counted)


@pytest.mark.parametrize(
    "words",
    [
        "Invalid phone number",
        "Invalid `recipient_phone_number`",
        "The destination is not a valid number",
        "Each Customer Number Must Be a Valid E164 Phone Number.",
        "Unallocated (unassigned) number",
    ],
)
def test_a_refusal_in_words_that_say_that_the_number_is_none_is_for_ever(vapi, words):
    assert refused_with(vapi, words).permanent


def test_telnyx_does_not_ring_on_by_another_route(telnyx):
    telnyx.adapter().place(order())
    assert telnyx.creates[0].json["retry_on_timeout"] is False


def test_telnyx_is_given_limits_that_it_takes(telnyx):
    telnyx.adapter().place(order(ring_seconds=2))
    assert telnyx.limits_of(telnyx.creates[0]) == (5, 600)


def test_a_machine_is_told_by_telnyx_while_the_call_goes_on(telnyx):
    id = placed(telnyx)
    telnyx.say(id, telnyx.OUTCOMES["voicemail"])
    first = telnyx.adapter().parse_webhook(telnyx.webhooks(id)[0]).event
    assert (first.state, first.machine) == (State.IN_PROGRESS, True)
