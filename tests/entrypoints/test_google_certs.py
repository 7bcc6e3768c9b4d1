import json
from collections.abc import Mapping
from typing import Any

import pytest

from service.entrypoints.id_tokens import CannotVerify, GoogleCerts, NotAdmitted
from service.transport import AnswerLost, HttpResponse, NotSent
from tests.support.tokens import CERTS, KEY, OTHER_KEY, TASKS, RSASigner, bearer, forged, gate, jwk, pem


class Google:
    """Publishes certificates, or fails."""

    def __init__(self) -> None:
        self.certs: Any = dict(CERTS)
        self.headers = {"cache-control": "public, max-age=20000, must-revalidate, no-transform"}
        self.failure: Exception | None = None
        self.status = 200
        self.asked = 0

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> HttpResponse:
        assert (method, url, body) == ("GET", "https://www.googleapis.com/oauth2/v3/certs", b"")
        assert 0 < timeout_seconds <= 10
        assert not headers
        self.asked += 1
        if self.failure:
            raise self.failure
        return HttpResponse(self.status, self.headers, json.dumps(self.certs).encode())


class Seconds:
    def __init__(self) -> None:
        self.now = 5.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def google() -> Google:
    return Google()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def certs(google: Google, seconds: Seconds) -> GoogleCerts:
    return GoogleCerts(google, seconds)


JWKS = {"keys": [jwk(OTHER_KEY, "k0"), jwk(KEY, "k1"), {**jwk(KEY, "k2"), "kty": "EC"}, {"n": "AQAB"}, None]}


@pytest.mark.parametrize("published", [CERTS, JWKS], ids=["X.509", "JSON Web Keys"])
def test_a_token_is_verified_with_a_key_fetched_from_google(
    certs: GoogleCerts, google: Google, published: Any
) -> None:
    google.certs = published
    assert gate(find_cert=certs.find).admit(bearer()) == TASKS


@pytest.mark.parametrize("key_id", ["k0", "k2", "k3"])
def test_a_token_that_names_another_of_googles_keys_proves_nothing(
    certs: GoogleCerts, google: Google, key_id: str
) -> None:
    google.certs = JWKS
    with pytest.raises(NotAdmitted):
        gate(find_cert=certs.find).admit(bearer(RSASigner.from_string(pem(KEY), key_id)))


def test_certificates_are_kept_as_long_as_google_says(
    certs: GoogleCerts, google: Google, seconds: Seconds
) -> None:
    certs.find("k1")
    seconds.now += 19_999
    certs.find("k1")
    assert google.asked == 1
    google.certs = {"k2": "new"}
    seconds.now += 1
    assert certs.find("k1") is None
    assert google.asked == 2


@pytest.mark.parametrize(
    ("header", "kept"), [("max-age=9999999", 86_400), ("max-age=0", 60), ("no-store", 60), ("", 60)]
)
def test_how_long_they_are_kept_has_its_limits(
    certs: GoogleCerts, google: Google, seconds: Seconds, header: str, kept: int
) -> None:
    google.headers = {"cache-control": header}
    certs.find("k1")
    seconds.now += kept - 1
    certs.find("k1")
    assert google.asked == 1
    seconds.now += 1
    certs.find("k1")
    assert google.asked == 2


def test_a_new_key_is_found_as_soon_as_a_token_names_it(
    certs: GoogleCerts, google: Google, seconds: Seconds
) -> None:
    certs.find("k1")
    google.certs["k2"] = "new"
    seconds.now += 61
    assert certs.find("k2") == "new"


def test_made_up_key_ids_cause_at_most_one_fetch_a_minute(
    certs: GoogleCerts, google: Google, seconds: Seconds
) -> None:
    for number in range(100):
        assert certs.find(f"made-up-{number}") is None
    assert google.asked == 1
    seconds.now += 60
    for number in range(100):
        assert certs.find(f"made-up-{number}") is None
    assert google.asked == 2


@pytest.mark.parametrize("failure", [NotSent("no route"), AnswerLost("timed out")])
def test_certificates_that_cannot_be_fetched_are_no_refusal(
    certs: GoogleCerts, google: Google, failure: Exception
) -> None:
    google.failure = failure
    with pytest.raises(CannotVerify):
        gate(find_cert=certs.find).admit(bearer())
    google.failure = None
    assert gate(find_cert=certs.find).admit(bearer()) == TASKS


def test_an_answer_that_holds_no_certificates_is_no_refusal(certs: GoogleCerts, google: Google) -> None:
    google.status = 500
    with pytest.raises(CannotVerify):
        certs.find("k1")
    google.status, google.certs = 200, ["k1"]
    with pytest.raises(CannotVerify):
        certs.find("k1")


def test_garbage_asks_google_for_nothing(certs: GoogleCerts, google: Google) -> None:
    for authorization in (None, "Bearer a.b.c", forged({"alg": "none", "kid": "k1"}, lambda _: b"")):
        with pytest.raises(NotAdmitted):
            gate(find_cert=certs.find).admit(authorization)
    assert google.asked == 0
