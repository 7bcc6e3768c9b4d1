"""Who may tick and carry tasks, asked on every path, of the light front as of the whole application: with a
real key, whose public half a server publishes as Google does."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from service.entrypoints.app import create_app
from service.entrypoints.id_tokens import GoogleCerts
from service.entrypoints.invoker import InvokerGate
from service.entrypoints.site import EXTENSION
from service.front import Front, Parts
from service.local.time_lapse import SERVICE_URL
from service.local.wsgi_http import WsgiHttp
from service.pooled_http import PooledHttp
from service.receipts import Meter
from service.state.sqlite_wake import SqliteWakes
from service.transport import HttpResponse
from tests.support.api import Site
from tests.support.kept_server import KeptServer
from tests.support.tokens import (
    AUDIENCE,
    INVOKERS,
    KEY,
    OTHER_KEY,
    RSASigner,
    bearer,
    claims,
    forged,
    jwk,
    pem,
)

PATHS = ("/queue/process", "/api/queue/process", "/tasks/call", "/tasks/event")
TASK = (
    b'{"call": "c", "campaign": "c", "account": "a", "callee": "h", "attempt": 1, "event": "e", "round": 1}'
)
MARKED = "SIGNATURE_REMOVED_BY_GOOGLE"
LATER_SECONDS = 7200  # than the token was made: twice as long as it holds


def altered() -> str:
    """A token that was seen, with an invoker's name put in."""
    header, _, signature = bearer(email="somebody@example.com").split(".")
    said = base64.urlsafe_b64encode(json.dumps(claims()).encode()).rstrip(b"=").decode()
    return f"{header}.{said}.{signature}"


def unsigned() -> str:
    """As Cloud Run hands one on that it has verified."""
    return f"{bearer().rpartition('.')[0]}.{MARKED}"


REFUSED: dict[str, tuple[Callable[[], str], int]] = {
    "anonymous": (lambda: "", 401),
    "expired": (lambda: bearer(iat=time.time() - 7200, exp=time.time() - 3600), 401),
    "not yet valid": (lambda: bearer(iat=time.time() + 3600, exp=time.time() + 7200), 401),
    "for another service": (lambda: bearer(aud="https://elsewhere.example"), 401),
    "of another account": (lambda: bearer(email="somebody@example.com"), 403),
    "of an account that is not verified": (lambda: bearer(email_verified=False), 403),
    "of another issuer": (lambda: bearer(iss="https://issuer.example"), 401),
    "unsigned": (lambda: forged({"alg": "none", "kid": "k1"}, lambda _: b""), 401),
    "signed with another key": (lambda: bearer(RSASigner.from_string(pem(OTHER_KEY), "k1")), 401),
    "altered": (altered, 401),
    "without its signature": (unsigned, 401),
}


@dataclass
class Door:
    """The whole application, or the front before it is loaded."""

    http: WsgiHttp
    site: Site

    def post(self, path: str, authorization: str, body: bytes = TASK) -> HttpResponse:
        headers = {"Authorization": authorization} if authorization else {}
        return self.http.request("POST", SERVICE_URL + path, headers=headers, body=body, timeout_seconds=60)


@pytest.fixture(scope="module")
def google() -> Iterator[KeptServer]:
    published = json.dumps({"keys": [jwk(KEY, "k1")]}).encode()
    server = KeptServer()
    server.respond = lambda handler: handler.answer(published, ("Cache-Control", "max-age=3600"))
    yield server
    server.shutdown()
    server.server_close()


def open_door(site: Site, gate: InvokerGate, *, light: bool) -> Door:
    service = site.world.service
    app = create_app(replace(service.app.extensions[EXTENSION], gate=gate))
    meter = Meter()
    wakes = SqliteWakes(site.folder / "reveille.db", meter)
    parts = Parts(gate, wakes, site.world.clock, ("main",), meter, site.receipts.append)
    return Door(WsgiHttp({SERVICE_URL: Front(parts, lambda: app) if light else app}), site)


@pytest.fixture(params=["whole", "light"])
def door(site: Site, google: KeptServer, request: pytest.FixtureRequest) -> Door:
    certs = GoogleCerts(PooledHttp(), url=google.url)
    site.receipts.clear()
    return open_door(site, InvokerGate(AUDIENCE, INVOKERS, certs.find), light=request.param == "light")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", REFUSED)
def test_a_token_that_proves_no_invoker_is_refused_on_every_path(door: Door, path: str, who: str) -> None:
    token, status = REFUSED[who]
    commits = door.site.commits()
    assert door.post(path, token()).status == status
    assert door.site.commits() == commits
    (receipt,) = door.site.receipts
    assert (receipt["status"], receipt["reads"], receipt["writes"]) == (status, 0, 0)


@pytest.mark.parametrize("path", PATHS)
def test_an_invokers_is_not(door: Door, path: str) -> None:
    assert door.post(path, bearer(), b"" if "queue" in path else TASK).status == 200


@pytest.mark.parametrize("light", [False, True])
def test_a_token_is_worth_nothing_once_it_has_expired(
    site: Site, google: KeptServer, light: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replayed later: the very token that was admitted."""
    certs, token = GoogleCerts(PooledHttp(), url=google.url), bearer()
    gate = InvokerGate(AUDIENCE, INVOKERS, certs.find)
    door = open_door(site, gate, light=light)
    assert [door.post(path, token, TASK).status for path in PATHS[2:]] == [200, 200]
    later = time.time() + LATER_SECONDS
    monkeypatch.setattr(gate, "_signed", gate._signed._replace(now=lambda: later))
    assert [door.post(path, token).status for path in PATHS] == [401] * len(PATHS)


def test_a_task_that_is_replayed_while_its_token_holds_rings_nobody_twice(
    site: Site, google: KeptServer
) -> None:
    """Cloud Tasks does the same now and then, with the same token: so it must be harmless, not refused."""
    door = open_door(
        site,
        InvokerGate(AUDIENCE, INVOKERS, GoogleCerts(PooledHttp(), url=google.url).find),
        light=False,
    )
    call = site.call()
    assert len(site.rung()) == 1
    task = {"call": call["id"], "campaign": "", "account": site.account.id, "callee": "", "attempt": 1}
    token, commits = bearer(), site.commits()
    for _ in range(3):
        assert door.post("/tasks/call", token, json.dumps(task).encode()).status == 200
    assert len(site.rung()) == 1
    assert site.commits() == commits


# --- behind the platform's own check ------------------------------------------------------------------------


@pytest.fixture(params=["whole", "light"])
def worker(site: Site, request: pytest.FixtureRequest) -> Door:
    def ask_nobody(_: str) -> None:
        raise AssertionError("Google was asked for a key")

    gate = InvokerGate(AUDIENCE, INVOKERS, ask_nobody, is_checked=True)
    site.receipts.clear()
    return open_door(site, gate, light=request.param == "light")


def without_signature(**changes: object) -> str:
    return f"{bearer(**changes).rpartition('.')[0]}.{MARKED}"


@pytest.mark.parametrize("path", PATHS)
def test_a_worker_takes_the_platforms_word_for_the_signature_and_for_nothing_else(
    worker: Door, path: str
) -> None:
    assert worker.post(path, "").status == 401
    for changes in ({"aud": "https://elsewhere.example"}, {"exp": time.time() - 400}, {"iss": "nobody"}):
        assert worker.post(path, without_signature(**changes)).status == 401
    for changes in ({"email": "somebody@example.com"}, {"email_verified": False}):
        assert worker.post(path, without_signature(**changes)).status == 403
    assert worker.post(path, forged({"alg": "none", "kid": "k1"}, lambda _: b"")).status == 401
    assert worker.post(path, without_signature(), b"" if "queue" in path else TASK).status == 200
