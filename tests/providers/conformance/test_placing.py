"""What every adapter makes of an order, and of where it fails: did it ring, did it not, or may it?"""

import socket
from dataclasses import replace

import pytest

from service.domain.call import Script, State
from service.ports import Accepted, Ambiguous, LostOrder, Refused, TelephonyUnavailable
from tests.providers.conformance.exchange import (
    API_KEY,
    CALLER,
    CLOSE,
    HANG,
    NOON,
    TO,
    WEBHOOK_SECRET,
    Exchange,
    Reply,
    order,
)

IMPATIENT_SECONDS = 0.3
SECRETS = (API_KEY, WEBHOOK_SECRET, "5550123", "555-0123")


def ordered(exchange: Exchange, **changes):
    script = Script(twiml="<Response/>") if exchange.name == "twilio" else None
    return order(script=script, **changes)


def lost(exchange: Exchange) -> LostOrder:
    return LostOrder(ordered(exchange).reference, TO, CALLER, NOON)


def place(exchange: Exchange, **changes):
    answer = exchange.adapter().place(ordered(exchange, **changes))
    assert len(exchange.creates) == 1
    return answer


def test_an_order_is_accepted(exchange):
    answer = place(exchange)
    assert isinstance(answer, Accepted)
    [line] = exchange.lines.values()
    assert line.id == answer.provider_id
    assert exchange.numbers_of(exchange.creates[0]) == (TO, CALLER)


def test_the_limits_are_sent_where_the_provider_takes_them(exchange):
    place(exchange)
    sent = exchange.limits_of(exchange.creates[0])
    assert sent == ((25, 600) if exchange.adapter().capabilities.takes_limits else None)


def test_a_number_that_is_refused_is_refused_for_ever(exchange):
    exchange.of_create = lambda _: exchange.REFUSED_NUMBER
    answer = place(exchange)
    assert isinstance(answer, Refused)
    assert answer.permanent
    assert not any(secret in answer.reason for secret in SECRETS)


def test_wrong_credentials_are_refused_for_now(exchange):
    answer = exchange.adapter(api_key="wrong").place(ordered(exchange))
    assert isinstance(answer, Refused)
    assert not answer.permanent
    assert not any(secret in answer.reason for secret in ("wrong", *SECRETS))
    assert exchange.lines == {}


def test_too_many_requests_are_refused_until_the_provider_says(exchange):
    exchange.of_create = lambda _: exchange.TOO_OFTEN
    answer = place(exchange)
    assert isinstance(answer, Refused)
    assert (answer.permanent, answer.retry_after_seconds) == (False, 17)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_internal_error_is_ambiguous(exchange, status):
    exchange.of_create = lambda _: Reply(status, {"message": "Oh", "error": "Oh", "statusCode": status})
    assert isinstance(place(exchange), Ambiguous)


def test_no_answer_after_it_was_accepted_is_ambiguous_and_what_rings_is_found(exchange):
    def accept_in_silence(create):
        create()
        return HANG

    exchange.of_create = accept_in_silence
    answer = exchange.adapter(timeout_seconds=IMPATIENT_SECONDS).place(ordered(exchange))
    assert isinstance(answer, Ambiguous)
    assert len(exchange.creates) == 1
    [found] = exchange.adapter().find(lost(exchange))
    assert [found.provider_id] == list(exchange.lines)
    assert found.state is State.DIALING


def test_a_connection_that_is_closed_after_the_request_is_ambiguous(exchange):
    exchange.of_create = lambda _: CLOSE
    assert isinstance(place(exchange), Ambiguous)


def test_nobody_listening_is_refused_and_not_ambiguous(exchange):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    answer = exchange.adapter(url=f"http://127.0.0.1:{port}").place(ordered(exchange))
    assert isinstance(answer, Refused)
    assert not answer.permanent


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(201, b"{nonsense"), id="not JSON"),
        pytest.param(Reply(200, b"\xff"), id="not text"),
        pytest.param(Reply(201, []), id="no object"),
        pytest.param(Reply(201, {}), id="no id"),
        pytest.param(
            Reply(201, {"data": [], "id": 7, "sid": "", "call_id": None, "execution_id": {}}), id="ids"
        ),
        pytest.param(Reply(204, b""), id="no content"),
        pytest.param(Reply(400, b"<h1>Bad Request</h1>"), id="refused by something else"),
        pytest.param(Reply(404, b""), id="not found by something else"),
        pytest.param(Reply(307, b"", {"Location": "/elsewhere"}), id="redirect"),
    ],
)
def test_an_answer_that_cannot_be_read_is_ambiguous(exchange, reply):
    exchange.of_create = lambda _: reply
    assert isinstance(place(exchange), Ambiguous)
    assert len(exchange.requests) == 1


def test_orders_of_others_between_the_same_numbers_are_not_taken_for_ours(exchange):
    """Where the provider keeps our reference; else it is told apart by who holds which call."""
    place(exchange)
    adapter, other = exchange.adapter(), replace(lost(exchange).reference, attempt=3)
    found = adapter.find(replace(lost(exchange), reference=other))
    assert len(found) == (0 if adapter.capabilities.finds_by_reference else 1)


def test_an_attempt_that_is_sent_again_after_a_refusal_is_not_taken_for_the_refused_one(exchange):
    """A provider that ignores a second request with the same key must not see it."""
    adapter = exchange.adapter()
    exchange.of_create = lambda _: exchange.TOO_OFTEN
    adapter.place(ordered(exchange, key="token-1"))
    adapter.place(ordered(exchange, key="token-2"))
    first, second = (request.body for request in exchange.creates)
    assert (first != second) == (adapter.capabilities.dedupe_seconds > 0)


@pytest.mark.parametrize("reply", [Reply(500, {}), Reply(429, {}), Reply(200, b"{"), Reply(200, []), CLOSE])
def test_questions_without_an_answer_are_asked_again_later(exchange, reply):
    adapter, exchange.of_all = exchange.adapter(), reply
    with pytest.raises(TelephonyUnavailable):
        adapter.look_up("call-1")
    if reply.said != []:
        with pytest.raises(TelephonyUnavailable):
            adapter.find(lost(exchange))
        with pytest.raises(TelephonyUnavailable):
            adapter.hang_up("call-1")


def test_a_question_is_not_waited_for_longer_than_the_timeout(exchange):
    exchange.of_all = HANG
    with pytest.raises(TelephonyUnavailable):
        exchange.adapter(timeout_seconds=IMPATIENT_SECONDS).look_up("call-1")


def test_an_unknown_call_is_none(exchange):
    assert exchange.adapter().look_up("call-1/../x?y") is None
    assert exchange.adapter().find(lost(exchange)) == []
