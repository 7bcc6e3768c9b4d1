import hashlib
from dataclasses import replace

import pytest

from service.domain.account import ApiKey
from service.ports import Update
from service.usecases.accounts import first_account
from service.usecases.api_keys import add_key
from tests.support.api import Site

ROUTES = [
    ("POST", "/api/campaigns"),
    ("POST", "/api/campaigns/create"),
    ("GET", "/api/campaigns"),
    ("GET", "/api/campaigns/cmp_1"),
    ("GET", "/api/campaigns/cmp_1/overview"),
    ("GET", "/api/campaigns/cmp_1/hours"),
    ("GET", "/api/usage"),
    ("GET", "/api/campaigns/cmp_1/calls"),
    ("GET", "/api/campaigns/cmp_1/export"),
    ("GET", "/api/campaigns/cmp_1/agents"),
    ("POST", "/api/campaigns/cmp_1/start"),
    ("POST", "/api/campaigns/cmp_1/pause"),
    ("POST", "/api/campaigns/cmp_1/resume"),
    ("POST", "/api/campaigns/cmp_1/cancel"),
    ("POST", "/api/campaigns/cmp_1/archive"),
    ("POST", "/api/campaigns/cmp_1/clone"),
    ("POST", "/api/campaigns/cmp_1/contacts"),
    ("POST", "/api/campaigns/cmp_1/contacts/preview"),
    ("POST", "/api/campaigns/cmp_1/imports"),
    ("GET", "/api/campaigns/cmp_1/imports"),
    ("GET", "/api/imports/call_1"),
    ("GET", "/api/imports/call_1/errors"),
    ("PUT", "/api/imports/call_1/parts/call_1"),
    ("GET", "/api/campaigns/cmp_1/contacts"),
    ("DELETE", "/api/campaigns/cmp_1/contacts/call_1"),
    ("POST", "/api/calls"),
    ("POST", "/api/calls/initiate"),
    ("GET", "/api/calls"),
    ("GET", "/api/calls/call_1"),
    ("POST", "/api/calls/call_1/cancel"),
    ("POST", "/api/calls/call_1/callback"),
    ("GET", "/api/calls/call_1/why"),
    ("GET", "/api/campaigns/cmp_1/waiting"),
    ("GET", "/api/do-not-call"),
    ("POST", "/api/do-not-call"),
    ("DELETE", "/api/do-not-call/call_1"),
    ("POST", "/api/do-not-call/import"),
    ("GET", "/api/account"),
    ("PATCH", "/api/account"),
    ("POST", "/api/campaigns/forecast"),
    ("GET", "/api/campaigns/cmp_1/forecast"),
    ("POST", "/api/campaigns/cmp_1/forecast"),
    ("GET", "/api/accounts"),
    ("POST", "/api/accounts"),
    ("GET", "/api/accounts/call_1"),
    ("PATCH", "/api/accounts/call_1"),
    ("GET", "/api/agents"),
    ("POST", "/api/agents"),
    ("GET", "/api/agents/call_1"),
    ("PATCH", "/api/agents/call_1"),
    ("DELETE", "/api/agents/call_1"),
    ("GET", "/api/keys"),
    ("POST", "/api/keys"),
    ("DELETE", "/api/keys/call_1"),
    ("GET", "/api/receipts"),
    ("GET", "/api/audit"),
    ("GET", "/api/webhooks"),
    ("POST", "/api/webhooks"),
    ("GET", "/api/webhooks/call_1"),
    ("PATCH", "/api/webhooks/call_1"),
    ("DELETE", "/api/webhooks/call_1"),
    ("POST", "/api/webhooks/call_1/rotate"),
    ("GET", "/api/events"),
    ("GET", "/api/events/call_1"),
    ("POST", "/api/events/call_1/redeliver"),
    ("GET", "/api/status"),
]
OPEN = {
    "/healthz",
    "/api/openapi.json",  # these three tell of no account
    "/api/docs",
    "/api/docs/<>",
    "/",  # the console's files, which ask the API with the user's key
    "/web/<>",
    "/web/sign-in",  # whom to sign in with: no secret
    "/queue/process",  # invokers show tokens instead
    "/api/queue/process",
    "/tasks/call",
    "/tasks/event",
}


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_a_key_nothing_is_answered(module_site: Site, method: str, path: str) -> None:
    before = module_site.commits()
    reply = module_site.send(method, path, headers={"Authorization": ""})
    reply.error(401, "unauthenticated")
    assert reply.headers["www-authenticate"] == "Bearer"
    assert module_site.commits() == before


def test_no_route_was_forgotten_here(module_site: Site) -> None:
    """A route that is added must be added above, so that it is known to ask for a key."""
    rules = list(module_site.world.service.app.url_map.iter_rules())
    known = [path.replace("cmp_1", "<>").replace("call_1", "<>") for _, path in ROUTES]
    for rule in rules:
        path = "/".join("<>" if "<" in part else part for part in rule.rule.split("/"))
        if path.endswith("/<>/<>") and path.startswith("/api/campaigns/"):
            path = "/api/campaigns/<>/start"
        assert path in known or path in OPEN or path.startswith("/webhooks/"), rule


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "Bearer rv_",
        "Bearer rv_" + "0" * 72,
        "Bearer rv_" + "x" * 100_000,
        "Bearer rv_é",
        "Bearer None",
        "Basic dXNlcjpwYXNz",
        "Token {key}",
        "{key}",
        "Bearer {upper}",
        "Bearer {key}0",
        "Bearer {short}",
        "Bearer {hash}",
        "Bearer Bearer {key}",
    ],
)
def test_what_is_not_a_key_is_refused(module_site: Site, authorization: str) -> None:
    key = module_site.key
    sent = authorization.format(
        key=key, upper=key.upper(), short=key[:-1], hash=hashlib.sha256(key.encode()).hexdigest()
    )
    module_site.send("GET", "/api/status", headers={"Authorization": sent}).error(401, "unauthenticated")


@pytest.mark.parametrize("authorization", ["bearer {key}", "BEARER {key}", "Bearer  {key} "])
def test_the_schemes_case_and_space_do_not_matter(module_site: Site, authorization: str) -> None:
    sent = {"Authorization": authorization.format(key=module_site.key)}
    module_site.send("GET", "/api/status", headers=sent).ok()


def test_a_revoked_key_is_refused_and_another_of_the_account_is_not(site: Site) -> None:
    outside = site.world.service.outside
    account = first_account(outside)
    assert account is not None
    second = add_key(outside, account, "second").secret
    stored = outside.store.get(ApiKey, hashlib.sha256(site.key.encode()).hexdigest())
    assert stored is not None
    outside.store.commit([Update(replace(stored.record, revoked=True), stored.version)])
    site.get("/api/status").error(401, "unauthenticated")
    site.send("GET", "/api/status", headers={"Authorization": f"Bearer {second}"}).ok()


def test_the_key_is_kept_nowhere(site: Site) -> None:
    site.campaign()
    for file in site.folder.iterdir():
        assert site.key.encode() not in file.read_bytes(), file.name
