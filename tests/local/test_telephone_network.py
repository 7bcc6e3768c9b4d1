"""The local telephone network, mostly under a clock that is moved by hand and without sockets."""

import base64
import json
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl

import pytest

from service.domain.call import Script
from service.local.clocks import SystemClock, VirtualClock
from service.local.telephone_calls import OUTCOMES, Fate
from service.local.telephone_network import TelephoneNetwork
from service.local.wsgi_http import WsgiHttp
from service.local.wsgi_server import serve
from service.pooled_http import PooledHttp
from service.ports import CallOrder
from service.providers.twilio import Twilio
from service.providers.twilio_signature import is_signed

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ACCOUNT, TOKEN = "AC" + "0" * 32, "secret-token"
TO, CALLER = "+14155550123", "+14155550100"
SERVICE_URL, TWILIO_URL = "http://service.test", "http://twilio.test"

ANSWERED = Fate("completed", ring_seconds=5, talk_seconds=60)


class Service:
    """Takes webhooks: answers with `statuses`, one after the other, then 204. Refuses a wrong signature."""

    def __init__(self, *statuses):
        self.statuses = list(statuses)
        self.webhooks = []
        self.ended = threading.Event()

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        form = parse_qsl(body, keep_blank_values=True)
        url = f"http://{environ['HTTP_HOST']}{environ['REQUEST_URI']}"
        if is_signed(TOKEN, environ.get("HTTP_X_TWILIO_SIGNATURE"), url, form):
            self.webhooks.append((environ["PATH_INFO"], dict(form)))
            status = self.statuses.pop(0) if self.statuses else 204
        else:
            status = 403
        start_response(f"{status} Whatever", [("Content-Length", "0")])
        if dict(form).get("CallDuration"):
            self.ended.set()
        return [b""]

    @property
    def heard(self):
        return [form["CallStatus"] for _, form in self.webhooks]


class World:
    """A service and a network that call each other in this process."""

    def __init__(self, path=":memory:", *, service=None, start=NOON, **options):
        self.clock = VirtualClock(start)
        self.service = service or Service()
        apps = {SERVICE_URL: self.service}
        http = WsgiHttp(apps)
        self.network = TelephoneNetwork(
            str(path), self.clock, http, account_sid=ACCOUNT, auth_token=TOKEN, **options
        )
        apps[TWILIO_URL] = self.network
        self.http = http
        self.twilio = Twilio(
            http,
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            base_url=TWILIO_URL,
            webhook_url=f"{SERVICE_URL}/webhooks/twilio",
        )

    def call(self, to=TO, *, ring_seconds=25, time_limit_seconds=600):
        script = Script(twiml="<Response/>")
        order = CallOrder("c1", 1, to, CALLER, script, ring_seconds, time_limit_seconds)
        return self.twilio.place(order).provider_id

    def run(self, until=None):
        """Lets everything happen, or what happens until then; returns the moments."""
        moments = []
        while (at := self.network.next_at()) and (until is None or at <= until):
            self.clock.move_to(at)
            self.network.deliver_due()
            moments.append(at - NOON)
        return moments

    def get(self, path):
        basic = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        return self.http.request(
            "GET", TWILIO_URL + path, headers={"Authorization": f"Basic {basic}"}, body=b"", timeout_seconds=1
        )


def always(fate):
    return lambda *_: fate


@pytest.fixture
def world():
    return World(fate=always(ANSWERED))


def test_a_call_is_answered_talks_and_ends(world):
    sid = world.call()
    assert world.run() == [timedelta(seconds=seconds) for seconds in (1, 6, 66)]
    [ring] = world.network.rings()
    assert (ring.sid, ring.to, ring.caller, ring.outcome) == (sid, TO, CALLER, "completed")
    assert ring.created_at == NOON
    assert ring.rang_at == NOON + timedelta(seconds=1)
    assert ring.ended_at == NOON + timedelta(seconds=66)


def test_the_service_hears_of_what_it_asked_for_with_twilio_s_fields(world):
    sid = world.call()
    world.run()
    [(path, answered), (_, completed)] = world.service.webhooks
    assert path == "/webhooks/twilio/c1/1"
    assert answered == {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": sid,
        "CallStatus": "in-progress",
        "CallbackSource": "call-progress-events",
        "Called": TO,
        "Caller": CALLER,
        "Direction": "outbound-api",
        "From": CALLER,
        "SequenceNumber": "0",
        "Timestamp": "Mon, 02 Mar 2026 12:00:06 +0000",
        "To": TO,
    }
    assert completed["CallStatus"] == "completed"
    assert (completed["CallDuration"], completed["Duration"]) == ("60", "1")
    assert completed["SequenceNumber"] == "1"
    assert parsedate_to_datetime(completed["Timestamp"]) == NOON + timedelta(seconds=66)


@pytest.mark.parametrize(
    ("fate", "heard", "seconds"),
    [
        (Fate("busy"), ["busy"], 1),
        (Fate("failed"), ["failed"], 1),
        (Fate("no-answer"), ["no-answer"], 26),
        (Fate("completed", ring_seconds=24.9, talk_seconds=1), ["in-progress", "completed"], 26.9),
        (Fate("completed", ring_seconds=25), ["no-answer"], 26),
        (Fate("completed", ring_seconds=5, talk_seconds=10_000), ["in-progress", "completed"], 606),
    ],
)
def test_a_fate_is_met_within_the_ring_timeout_and_the_time_limit(fate, heard, seconds):
    world = World(fate=always(fate))
    world.call(ring_seconds=25, time_limit_seconds=600)
    world.run()
    assert world.service.heard == heard
    assert world.network.rings()[0].ended_at == NOON + timedelta(seconds=seconds)


def test_what_never_rang_says_so():
    world = World(fate=always(Fate("busy")))
    world.call()
    world.run()
    assert world.network.rings()[0].rang_at is None


def test_a_fate_can_depend_on_how_often_a_number_was_called():
    world = World(fate=lambda _to, _caller, before: Fate("busy") if before < 2 else ANSWERED)
    for _ in range(3):
        world.call()
        world.run()
    assert [ring.outcome for ring in world.network.rings()] == ["busy", "busy", "completed"]


def test_the_same_seed_gives_the_same_calls_and_another_one_others():
    def history(seed, numbers):
        world = World(seed=seed)
        for number in numbers:
            world.call(number)
        world.run()
        return {(ring.sid, ring.outcome, ring.ended_at) for ring in world.network.rings()}

    numbers = [f"+1415555{n:04}" for n in range(40)] * 2
    assert history(7, numbers) == history(7, numbers[::-1])
    assert history(7, numbers) != history(8, numbers)


def test_outcomes_come_about_as_often_as_they_should():
    world = World(seed=1)
    for n in range(400):
        world.call(f"+1415555{n:04}", ring_seconds=60)
    world.run()
    outcomes = Counter(ring.outcome for ring in world.network.rings())
    assert {name: outcomes[name] / 400 for name in OUTCOMES} == pytest.approx(OUTCOMES, abs=0.06)


def test_talking_takes_as_long_as_was_asked_for():
    world = World(talk_seconds=(30, 31), outcomes={"completed": 1})
    for n in range(20):
        world.call(f"+1415555{n:04}")
    world.run()
    durations = {form["CallDuration"] for _, form in world.service.webhooks if "CallDuration" in form}
    assert durations == {"30", "31"}


def test_hanging_up_in_the_middle_ends_the_call_and_tells_the_service(world):
    sid = world.call()
    world.run(until=NOON + timedelta(seconds=6))
    world.clock.advance(seconds=20)
    world.twilio.hang_up(sid)
    world.run()
    assert world.service.heard == ["in-progress", "completed"]
    assert world.service.webhooks[-1][1]["CallDuration"] == "20"


def test_hanging_up_before_the_answer_cancels(world):
    world.twilio.hang_up(world.call())
    world.run()
    assert world.service.heard == ["canceled"]
    assert world.network.rings()[0].rang_at is None


def test_a_webhook_that_is_not_taken_is_sent_again_and_delays_no_other():
    world = World(service=Service(500, 404, 503), fate=always(Fate("completed", 5, talk_seconds=3)))
    world.call()
    assert world.run() == [timedelta(seconds=seconds) for seconds in (1, 6, 7, 8, 9, 10)]
    assert world.service.heard == ["in-progress", "in-progress", "in-progress", "completed", "in-progress"]


def test_a_webhook_is_given_up_after_the_tries_that_its_url_asks_for(world):
    world.service.statuses = [500] * 6
    world.call()
    world.run()
    assert world.service.heard == ["in-progress"] * 6 + ["completed"]
    assert world.network.next_at() is None


def test_a_restart_goes_on_where_it_was_and_catches_up(tmp_path):
    before = World(tmp_path / "calls", fate=always(ANSWERED))
    sid = before.call()
    before.run(until=NOON + timedelta(seconds=6))
    assert before.service.heard == ["in-progress"]
    # Killed here: nothing is closed. Another process opens the file an hour later.
    after = World(tmp_path / "calls", start=NOON + timedelta(hours=1), fate=always(Fate("busy")))
    assert after.network.next_at() == NOON + timedelta(seconds=66)
    assert after.network.deliver_due() == 2
    assert after.service.heard == ["completed"]
    [ring] = after.network.rings()
    assert (ring.sid, ring.ended_at) == (sid, NOON + timedelta(seconds=66))


def test_a_webhook_that_was_not_taken_before_a_restart_is_sent_after_it(tmp_path):
    before = World(tmp_path / "calls", service=Service(500), fate=always(Fate("busy")))
    before.call()
    before.run(until=NOON + timedelta(seconds=1))
    after = World(tmp_path / "calls", start=NOON + timedelta(seconds=1))
    after.run()
    assert after.service.heard == ["busy"]


def test_errors_have_twilio_s_shape(world):
    answer = world.get(f"/2010-04-01/Accounts/{ACCOUNT}/Calls/CA1.json")
    assert answer.status == 404
    assert b'"code":20404' in answer.body
    assert b'"more_info":"https://www.twilio.com/docs/errors/20404"' in answer.body
    assert world.get("/2010-04-01/Accounts/AC9/Calls.json").status == 404


def test_a_filter_that_is_not_known_here_is_refused(world):
    answer = world.get(f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json?Status=busy")
    assert answer.status == 400


def test_a_long_list_comes_in_pages_newest_first(world):
    sids = [world.call() for _ in range(5)]
    path, listed = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json?PageSize=2", []
    while path:
        page = json.loads(world.get(path).body)
        listed += [call["sid"] for call in page["calls"]]
        path = page["next_page_uri"]
    assert listed == sids[::-1]
    assert (page["page"], page["page_size"], page["start"], page["end"]) == (2, 2, 4, 4)


def test_its_own_thread_lets_calls_happen_in_real_time():
    service = Service()
    web = serve(service)
    network = TelephoneNetwork(
        ":memory:",
        SystemClock(),
        PooledHttp(),
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        fate=always(Fate("busy")),
    )
    api = serve(network)
    network.start()
    twilio = Twilio(
        PooledHttp(),
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        base_url=api.url,
        webhook_url=f"{web.url}/webhooks/twilio",
    )
    twilio.place(CallOrder("c1", 1, TO, CALLER, Script(twiml="<Response/>"), 25, 600))
    try:
        assert service.ended.wait(timeout=10)
        assert service.heard == ["busy"]
    finally:
        api.stop()
        network.close()
        web.stop()
