"""People who sign in: an ID token with a verified e-mail address that is among an account's keys."""

from dataclasses import replace
from typing import Any

import pytest

from service.entrypoints.id_tokens import GOOGLE_ISSUERS, NotAdmitted, Signed
from service.entrypoints.people import FIREBASE_ISSUER, PeopleGate
from service.local.signing import LocalSigner, people_audience
from service.local.time_lapse import SERVICE_URL
from tests.support.api import Site, callee
from tests.support.tokens import CERTS, OTHER_KEY, RSASigner, bearer, pem

ADA = "ada@example.com"
CLIENT_ID = "123.apps.googleusercontent.com"
FIREBASE = FIREBASE_ISSUER + "my-project"
GATE = PeopleGate(
    [
        Signed(GOOGLE_ISSUERS, CLIENT_ID, CERTS.get),
        Signed(frozenset({FIREBASE}), "my-project", CERTS.get),
    ]
)


def token(**changes: Any) -> str:
    usual = {"aud": CLIENT_ID, "email": ADA}
    return bearer(**(usual | changes)).removeprefix("Bearer ")


def admit(site: Site, email: str = ADA, scope: str = "operate") -> Any:
    return site.post("/api/keys", {"label": "Ada", "scope": scope, "email": email}).ok(201)


def signed_in(site: Site, email: str = ADA, audience: str = people_audience(SERVICE_URL)) -> Site:
    return replace(site, key=LocalSigner.open(site.folder).token(audience, email))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"iss": "accounts.google.com"},
        {"iss": FIREBASE, "aud": "my-project"},
        {"email": "ADA@Example.com"},
    ],
)
def test_a_token_of_google_or_firebase_names_the_person(changes: dict[str, Any]) -> None:
    assert GATE.email_of(token(**changes)) == ADA


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"aud": "another.apps.googleusercontent.com"}, 401),
        ({"aud": "my-project"}, 401),  # Google's token, Firebase's audience
        ({"iss": FIREBASE}, 401),
        ({"iss": FIREBASE_ISSUER + "other-project", "aud": "other-project"}, 401),
        ({"iss": "https://evil.example"}, 401),
        ({"iss": None}, 401),
        ({"exp": 1}, 401),
        ({"email_verified": False}, 403),
        ({"email_verified": "true"}, 403),
        ({"email_verified": None}, 403),
        ({"signer": RSASigner.from_string(pem(OTHER_KEY), "k1")}, 401),
    ],
)
def test_any_other_token_is_refused(changes: dict[str, Any], status: int) -> None:
    with pytest.raises(NotAdmitted) as refused:
        GATE.email_of(token(**changes))
    assert refused.value.status == status


def test_without_configuration_nobody_signs_in() -> None:
    with pytest.raises(NotAdmitted) as refused:
        PeopleGate().email_of(token())
    assert refused.value.status == 401


def test_who_is_among_the_keys_is_admitted_with_that_scope(site: Site) -> None:
    made = admit(site, scope="read")
    assert (made["email"], made["key"], made["last_characters"]) == (ADA, None, None)
    ada = signed_in(site)
    assert ada.get("/api/account").ok()["id"] == site.account.id
    assert "scope of yours is read" in ada.post("/api/campaigns", {}).error(403, "forbidden")["message"]


def test_whose_key_is_revoked_is_shut_out_at_once(site: Site) -> None:
    made = admit(site)
    ada = signed_in(site)
    ada.get("/api/status").ok()
    assert site.send("DELETE", f"/api/keys/{made['id']}").status == 204
    ada.get("/api/status").error(403, "forbidden")


def test_a_stranger_with_a_valid_token_is_refused(site: Site) -> None:
    admit(site)
    signed_in(site, "eve@example.com").get("/api/status").error(403, "forbidden")


@pytest.mark.parametrize("audience", [SERVICE_URL, "https://elsewhere.example/api"])
def test_a_token_for_another_audience_is_refused(site: Site, audience: str) -> None:
    """Those of the scheduler and the queue as well."""
    admit(site)
    signed_in(site, audience=audience).get("/api/status").error(401, "unauthenticated")


def test_a_persons_token_ticks_nothing(site: Site) -> None:
    admit(site)
    signed_in(site).send("POST", "/queue/process").error(401, "unauthenticated")


@pytest.mark.parametrize(
    "token", ["..", "a.b.c", "e30.e30.", ".e30.", "e30.W10.x", "é.é.é", "." * 2 + "x" * 9000]
)
def test_what_is_no_token_is_refused(site: Site, token: str) -> None:
    replace(site, key=token).get("/api/status").error(401, "unauthenticated")


def test_one_of_several_accounts_says_which(site: Site) -> None:
    other = site.beside()
    admit(site)
    admit(other)
    ada = signed_in(site)
    error = ada.get("/api/account").error(403, "forbidden")
    for account in (site.account.id, other.account.id):
        assert account in error["message"]
        detail = {"field": "Reveille-Account", "code": "account_needed", "message": account}
        assert detail in error["details"]
    for mine in (site, other):
        headers = {"Reveille-Account": mine.account.id}
        assert ada.send("GET", "/api/account", headers=headers).ok()["id"] == mine.account.id
    third = site.beside().account.id
    ada.send("GET", "/api/account", headers={"Reveille-Account": third}).error(403, "forbidden")


def test_a_person_works_as_a_key_of_that_scope_does(site: Site) -> None:
    admit(site, scope="admin")
    ada = signed_in(site)
    campaign = ada.campaign(callee(0))
    assert site.get(f"/api/campaigns/{campaign}").ok()["id"] == campaign
    ada.post("/api/keys", {"label": "made by Ada", "scope": "read"}).ok(201)


@pytest.mark.parametrize(
    "email", ["", "ada", "@", "a@b@c", "ada @example.com", "a" * 250 + "@example.com", 5]
)
def test_an_address_must_look_like_one(module_site: Site, email: Any) -> None:
    body = {"label": "x", "scope": "read", "email": email}
    error = module_site.post("/api/keys", body).error(422, "invalid")
    assert error["details"][0]["field"] == "email"
