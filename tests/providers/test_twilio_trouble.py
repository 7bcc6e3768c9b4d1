"""What the adapter makes of an API that does not answer as it should: did it ring, did it not, or may it?"""

import json
import socket
from datetime import UTC, datetime

import pytest

from service.domain.call import Script
from service.pooled_http import PooledHttp
from service.ports import Accepted, Ambiguous, CallOrder, LostOrder, Refused, TelephonyUnavailable
from service.providers.twilio import Twilio
from service.providers.twilio_words import ERRORS

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ORDER = CallOrder("c1", 1, "+14155550123", "+14155550100", Script(twiml="<Response/>"), 25, 600)
TOKEN = "secret-token"


IMPATIENT_SECONDS = 0.2


def adapter(base_url, timeout_seconds=10):
    return Twilio(
        PooledHttp(),
        account_sid="AC1",
        auth_token=TOKEN,
        base_url=base_url,
        webhook_url="https://calls.example/webhooks/twilio",
        timeout_seconds=timeout_seconds,
    )


def http(status, body=b"", *headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(content)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + content


def error(status, code):
    return http(status, {"code": code, "message": "No, not +14155550123.", "status": status})


def test_the_request_is_what_twilio_documents(one_answer):
    server = one_answer(http(201, {"sid": "CA1"}))
    assert adapter(server.url).place(ORDER) == Accepted("CA1")
    [request] = server.requests
    assert request.startswith(b"POST /2010-04-01/Accounts/AC1/Calls.json HTTP/1.1\r\n")
    assert b"authorization: Basic QUMxOnNlY3JldC10b2tlbg==\r\n" in request
    assert request.endswith(
        b"To=%2B14155550123&From=%2B14155550100&Twiml=%3CResponse%2F%3E"
        b"&StatusCallback=https%3A%2F%2Fcalls.example%2Fwebhooks%2Ftwilio%2Fc1%2F1%23rc%3D5%26rp%3D4xx%2C5xx%2Cct%2Crt"
        b"&StatusCallbackMethod=POST&StatusCallbackEvent=answered&StatusCallbackEvent=completed"
        b"&Timeout=25&TimeLimit=600"
    )


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="closed after the request"),
        pytest.param(b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{", id="closed in the answer"),
        pytest.param(b"nonsense\r\n\r\n", id="not HTTP"),
        pytest.param(http(201, b"{nonsense"), id="created, not JSON"),
        pytest.param(http(201, b"\xff"), id="created, not text"),
        pytest.param(http(201, ["sid"]), id="created, no object"),
        pytest.param(http(201, {"status": "queued"}), id="created, no id"),
        pytest.param(http(201, {"sid": ""}), id="created, empty id"),
        pytest.param(http(204), id="no content"),
        pytest.param(error(500, 20500), id="internal error"),
        pytest.param(error(503, 20503), id="unavailable"),
        pytest.param(http(404, b"<h1>Not Found</h1>"), id="refused by something that is not Twilio"),
        pytest.param(http(307, b"", "Location: /2010-04-01/Accounts/AC1/Calls.json"), id="redirect"),
    ],
)
def test_an_answer_that_says_nothing_is_ambiguous_and_the_request_is_not_sent_again(one_answer, answer):
    server = one_answer(answer)
    assert isinstance(adapter(server.url).place(ORDER), Ambiguous)
    assert len(server.requests) == 1


def test_no_answer_in_time_is_ambiguous_and_the_request_is_not_sent_again(one_answer):
    server = one_answer(None)
    assert isinstance(adapter(server.url, IMPATIENT_SECONDS).place(ORDER), Ambiguous)
    assert server.received.wait(timeout=10)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(error(429, 20429), id="too many requests"),
        pytest.param(http(429), id="too many requests, no body"),
        pytest.param(error(401, 20003), id="wrong credentials"),
        pytest.param(error(403, 20005), id="account not active"),
        pytest.param(error(400, 10001), id="no funds"),
        pytest.param(error(400, 10004), id="too many calls at once"),
    ],
)
def test_what_can_pass_is_refused_for_now(one_answer, answer):
    server = one_answer(answer)
    refused = adapter(server.url).place(ORDER)
    assert isinstance(refused, Refused)
    assert not refused.permanent
    assert TOKEN not in refused.reason
    assert len(server.requests) == 1


FATES = {  # whether it is for ever, and whether it is for the do-not-call list
    "refused for now": (False, False),
    "refused for ever": (True, False),
    "refused for ever, and put on the do-not-call list": (True, True),
}


@pytest.mark.parametrize(
    ("fate", "code", "meaning"),
    [(fate, code, meaning) for fate, codes in ERRORS.items() for code, meaning in codes.items()],
)
def test_each_error_of_twilio_s_has_the_fate_that_the_page_shows(one_answer, fate, code, meaning):
    server = one_answer(error(400, code))
    reason = f"Twilio error {code} ({meaning}): www.twilio.com/docs/errors/{code}"
    permanent, opted_out = FATES[fate]
    assert adapter(server.url).place(ORDER) == Refused(reason, permanent, opted_out=opted_out)


def test_an_order_that_is_refused_with_a_code_that_is_new_is_refused_for_ever(one_answer):
    server = one_answer(error(400, 29999))
    assert adapter(server.url).place(ORDER) == Refused(
        "Twilio error 29999: www.twilio.com/docs/errors/29999", permanent=True
    )


def test_nobody_listening_means_that_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    refused = adapter(f"http://127.0.0.1:{port}").place(ORDER)
    assert isinstance(refused, Refused)
    assert not refused.permanent
    assert TOKEN not in refused.reason


@pytest.mark.parametrize(
    "answer", [b"", http(500), http(200, b"{"), http(200, {"calls": [{}]}), http(301), http(429)]
)
def test_questions_without_an_answer_are_asked_again_later(one_answer, answer):
    twilio = adapter(one_answer(answer).url)
    with pytest.raises(TelephonyUnavailable):
        twilio.look_up("CA1")
    with pytest.raises(TelephonyUnavailable):
        twilio.find(LostOrder(ORDER.reference, ORDER.to, ORDER.caller, NOON))


@pytest.mark.parametrize("answer", [b"", http(500), http(301), error(400, 20001)])
def test_hanging_up_without_an_answer_is_tried_again_later(one_answer, answer):
    twilio = adapter(one_answer(answer).url)
    with pytest.raises(TelephonyUnavailable):
        twilio.hang_up("CA1")


def test_a_question_is_not_waited_for_longer_than_the_timeout(one_answer):
    with pytest.raises(TelephonyUnavailable):
        adapter(one_answer(None).url, IMPATIENT_SECONDS).look_up("CA1")


def test_hanging_up_a_call_that_has_ended_is_harmless(one_answer):
    adapter(one_answer(error(400, 21220)).url).hang_up("CA1")
    adapter(one_answer(error(404, 20404)).url).hang_up("CA1")


def test_who_has_opted_out_is_told_as_such(one_answer):
    refused = adapter(one_answer(error(400, 21610)).url).place(ORDER)
    assert (refused.permanent, refused.opted_out) == (True, True)
    assert not adapter(one_answer(error(400, 21211)).url).place(ORDER).opted_out
