"""The adapter over real HTTP against the local telephone network."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest

from service.domain.call import Script, State
from service.domain.campaign import Machine
from service.local.clocks import VirtualClock
from service.local.telephone_calls import Fate
from service.local.telephone_network import TelephoneNetwork
from service.local.wsgi_server import serve
from service.pooled_http import PooledHttp
from service.ports import Accepted, CallEvent, CallOrder, LostOrder, Refused, TelephonyUnavailable
from service.providers.twilio import Twilio
from tests.providers.conformance.exchange import CLOSE, HANG, Reply
from tests.providers.conformance.twilio_exchange import APPLICATION, TwilioExchange

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ACCOUNT, TOKEN = "AC" + "0" * 32, "secret-token"
TO, CALLER = "+14155550123", "+14155550100"
ORDER = CallOrder("c1", 2, TO, CALLER, Script(twiml="<Response/>"), 25, 600)


@pytest.fixture
def clock():
    return VirtualClock(NOON)


@pytest.fixture
def network(clock):
    network = TelephoneNetwork(
        ":memory:",
        clock,
        PooledHttp(),
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        fate=lambda *_: Fate("completed", ring_seconds=5, talk_seconds=60),
    )
    yield network
    network.close()


@pytest.fixture
def api(network):
    served = serve(network)
    yield served
    served.stop()


@pytest.fixture
def twilio(api):
    return adapter(api.url)


def adapter(base_url, auth_token=TOKEN):
    return Twilio(
        PooledHttp(),
        account_sid=ACCOUNT,
        auth_token=auth_token,
        base_url=base_url,
        webhook_url="http://127.0.0.1:1/webhooks/twilio",  # nobody listens: these tests want no callbacks
    )


def placed(twilio, order=ORDER):
    answer = twilio.place(order)
    assert isinstance(answer, Accepted)
    return answer.provider_id


def test_an_order_is_placed_once_with_all_that_it_says(twilio, network):
    sid = placed(twilio)
    [ring] = network.rings()
    assert (ring.sid, ring.to, ring.caller) == (sid, TO, CALLER)
    assert ring.callback_url == "http://127.0.0.1:1/webhooks/twilio/c1/2#rc=5&rp=4xx,5xx,ct,rt"
    call = network.get(sid)
    assert (call.ring_seconds_max, call.talk_seconds_max) == (25, 600)
    assert call.callback_events == ("answered", "completed")


def test_a_script_at_a_url_is_placed(twilio):
    assert isinstance(twilio.place(replaced(script=Script(url="https://calls.example/script"))), Accepted)


def test_a_number_that_is_none_is_refused_for_ever_and_its_digits_are_not_repeated(twilio, network):
    answer = twilio.place(replaced(to="+0123456789"))
    assert answer == Refused(
        "Twilio error 21211 (no valid number): www.twilio.com/docs/errors/21211", permanent=True
    )
    assert network.rings() == []


def test_wrong_credentials_refuse_but_not_for_ever(api, network):
    answer = adapter(api.url, auth_token="wrong").place(ORDER)
    assert isinstance(answer, Refused)
    assert not answer.permanent
    assert "wrong" not in answer.reason
    assert network.rings() == []


def test_a_call_is_looked_up_through_its_whole_life(twilio, network, clock):
    sid = placed(twilio)
    states = [twilio.look_up(sid)]
    while at := network.next_at():
        clock.move_to(at)
        network.deliver_due()
        if twilio.look_up(sid) != states[-1]:
            states.append(twilio.look_up(sid))
    assert states == [
        CallEvent(State.DIALING, sid),
        CallEvent(State.RINGING, sid),
        CallEvent(State.IN_PROGRESS, sid),
        CallEvent(State.COMPLETED, sid, duration_seconds=60),
    ]


def test_an_unknown_call_is_none(twilio):
    assert twilio.look_up("CA" + "f" * 32) is None


def test_a_call_that_still_waits_in_the_queue_is_found_by_its_numbers(twilio):
    sid = placed(twilio)
    assert twilio.find(LostOrder(ORDER.reference, TO, CALLER, NOON)) == [CallEvent(State.DIALING, sid)]


def test_a_call_is_found_although_twilio_cuts_the_fractions_of_its_seconds(twilio, clock):
    clock.advance(milliseconds=400)
    began = clock.now()
    clock.advance(milliseconds=300)
    sid = placed(twilio)
    assert twilio.find(LostOrder(ORDER.reference, TO, CALLER, began)) == [CallEvent(State.DIALING, sid)]


def test_the_calls_after_the_moment_are_found_and_none_before_it(twilio, clock):
    placed(twilio)
    clock.advance(minutes=10)
    second = placed(twilio)
    clock.advance(minutes=10)
    third = placed(twilio)
    found = twilio.find(LostOrder(ORDER.reference, TO, CALLER, NOON + timedelta(minutes=9)))
    assert [event.provider_id for event in found] == [second, third]
    assert twilio.find(LostOrder(ORDER.reference, TO, CALLER, NOON + timedelta(minutes=30))) == []


def test_calls_of_other_numbers_are_not_found(twilio):
    placed(twilio)
    assert twilio.find(LostOrder(ORDER.reference, TO, "+14155550199", NOON)) == []
    assert twilio.find(LostOrder(ORDER.reference, "+14155550999", CALLER, NOON)) == []


def test_hanging_up_ends_a_live_call(twilio, clock):
    sid = placed(twilio)
    clock.advance(seconds=16)
    twilio.hang_up(sid)
    assert twilio.look_up(sid) == CallEvent(State.COMPLETED, sid, duration_seconds=10)


def test_hanging_up_what_has_ended_or_never_was_is_harmless(twilio, clock):
    sid = placed(twilio)
    clock.advance(hours=1)
    twilio.hang_up(sid)
    twilio.hang_up("CA" + "f" * 32)
    assert twilio.look_up(sid).duration_seconds == 60


def test_asking_with_wrong_credentials_is_no_answer(api):
    stranger = adapter(api.url, auth_token="wrong")
    with pytest.raises(TelephonyUnavailable):
        stranger.look_up("CA" + "f" * 32)
    with pytest.raises(TelephonyUnavailable):
        stranger.find(LostOrder(ORDER.reference, TO, CALLER, NOON))
    with pytest.raises(TelephonyUnavailable):
        stranger.hang_up("CA" + "f" * 32)


def replaced(**changes):
    fields = {name: getattr(ORDER, name) for name in CallOrder.__dataclass_fields__}
    return CallOrder(**{**fields, **changes})


CREATED = b'HTTP/1.1 201 Created\r\ncontent-length: 14\r\n\r\n{"sid": "CA1"}'


@pytest.mark.parametrize(
    ("on_machine", "asked"),
    [
        (Machine.COUNT_AS_ANSWERED, {}),
        (Machine.LEAVE_MESSAGE, {"MachineDetection": "DetectMessageEnd"}),
        (
            Machine.HANG_UP,
            {
                "MachineDetection": "Enable",
                "AsyncAmd": "true",
                "AsyncAmdStatusCallback": "http://127.0.0.1:1/webhooks/twilio/c1/2#rc=5",
                "AsyncAmdStatusCallbackMethod": "POST",
            },
        ),
    ],
)
def test_machine_detection_is_asked_for_where_something_depends_on_it(one_answer, on_machine, asked):
    server = one_answer(CREATED)
    placed(adapter(server.url), replace(ORDER, on_machine=on_machine))
    form = dict(parse_qsl(server.requests[0].split(b"\r\n\r\n")[-1].decode()))
    sent = {name: value for name, value in form.items() if name.startswith(("Machine", "AsyncAmd"))}
    assert {name: value.partition("#")[0] for name, value in sent.items()} == {
        name: value.partition("#")[0] for name, value in asked.items()
    }


RECORDING = {"Record", "RecordingStatusCallback", "RecordingStatusCallbackMethod"}


@pytest.mark.parametrize("record", [True, False])
def test_a_recording_is_asked_for_where_somebody_wants_it(one_answer, record):
    server = one_answer(CREATED)
    placed(adapter(server.url), replace(ORDER, record=record))
    form = dict(parse_qsl(server.requests[0].split(b"\r\n\r\n")[-1].decode()))
    assert form.keys() & RECORDING == (RECORDING if record else set())
    if record:
        assert (form["Record"], form["RecordingStatusCallback"]) == ("true", form["StatusCallback"])


@pytest.fixture
def exchange() -> Iterator[TwilioExchange]:
    exchange = TwilioExchange()
    yield exchange
    exchange.close()


OF_AN_APPLICATION = replace(ORDER, script=None)


def test_an_application_s_addresses_stand_in_the_order_so_that_twilio_reports_to_us(exchange):
    """With ApplicationSid it would report to the application alone."""
    exchange.applications[APPLICATION] = {
        "voice_url": "https://app.example/voice",
        "voice_method": "GET",
        "voice_fallback_url": "https://app.example/fallback",
        "voice_fallback_method": None,
        "status_callback": "https://app.example/status",
    }
    placed(exchange.adapter(), OF_AN_APPLICATION)
    [create] = exchange.creates
    sent = {name: create.form[name] for name in create.form if re.search("Url|Twiml|Callback|Method", name)}
    assert sent == {
        "Url": "https://app.example/voice",
        "Method": "GET",
        "FallbackUrl": "https://app.example/fallback",
        "StatusCallback": "https://calls.example/webhooks/twilio/c1/2#rc=5&rp=4xx,5xx,ct,rt",
        "StatusCallbackMethod": "POST",
        "StatusCallbackEvent": "completed",
    }


@pytest.mark.parametrize(
    "applications",
    [{}, {APPLICATION: {"voice_url": ""}}, {APPLICATION: []}],
    ids=["none", "no address", "no words"],
)
def test_an_application_that_is_gone_or_leads_nowhere_is_asked_for_again_later_and_nothing_is_dialled(
    exchange, applications
):
    exchange.applications |= applications
    refused = exchange.adapter().place(OF_AN_APPLICATION)
    assert isinstance(refused, Refused)
    assert not refused.permanent
    assert exchange.creates == []


@pytest.mark.parametrize("reply", [Reply(500, {}), CLOSE, HANG])
def test_an_application_that_cannot_be_read_now_is_asked_for_again_later_and_nothing_is_dialled(
    exchange, reply
):
    exchange.of_all = reply
    refused = exchange.adapter(timeout_seconds=0.2).place(OF_AN_APPLICATION)
    assert isinstance(refused, Refused)
    assert not refused.permanent
    assert exchange.creates == []


def test_what_twilio_charges_is_told_where_it_is_known(exchange):
    id = placed(exchange.adapter())
    exchange.say(id, {**exchange.OUTCOMES["completed"], "price": None, "price_unit": "USD"})
    assert exchange.adapter().look_up(id).conversation is None
    exchange.say(id, {"price": "-0.01300"})
    kept = exchange.adapter().look_up(id).conversation
    assert (kept.charged, kept.currency) == (13_000, "USD")
