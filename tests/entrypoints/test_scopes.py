"""What a key of each scope may ask for: every route of the application, from its own map."""

import re
from typing import Any

import pytest
from flask import Blueprint

from service.domain.account import ApiKey, Scope
from service.domain.documents import decode, encode
from service.entrypoints.api_key import require_key
from service.entrypoints.scopes import CHANGE_NOTHING, EVERYDAY, FOR_ADMINS
from service.ports import Stored
from service.usecases.accounts import authenticate
from tests.entrypoints.test_keys import OPEN
from tests.support.api import Site

FOR_READERS = {
    ("POST", "/api/campaigns/forecast"),
    ("POST", "/api/campaigns/<campaign_id>/forecast"),
    ("POST", "/api/campaigns/<campaign_id>/contacts/preview"),
}
FOR_ADMINS_ALONE = {
    ("PATCH", "/api/account"),
    ("GET", "/api/keys"),
    ("HEAD", "/api/keys"),
    ("POST", "/api/keys"),
    ("GET", "/api/audit"),
    ("HEAD", "/api/audit"),
    ("DELETE", "/api/keys/<id>"),
    ("POST", "/api/agents"),
    ("PATCH", "/api/agents/<agent_id>"),
    ("DELETE", "/api/agents/<agent_id>"),
}


def needed(method: str, rule: str) -> Scope:
    """As the documentation says it."""
    if rule.startswith("/api/accounts"):
        return Scope.SYSTEM
    if (method, rule) in FOR_ADMINS_ALONE or rule.startswith("/api/webhooks"):
        return Scope.ADMIN
    if method in ("GET", "HEAD") or (method, rule) in FOR_READERS:
        return Scope.READ
    return Scope.OPERATE


def routes(site: Site) -> list[tuple[str, str]]:
    """Method and rule of all that asks for a key."""
    return [
        (method, rule.rule)
        for rule in site.world.service.app.url_map.iter_rules()
        if rule.rule.replace("<name>", "<>") not in OPEN and not rule.rule.startswith("/webhooks/")
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
    ]


def path_of(rule: str) -> str:
    return re.sub(r"<[^>]*>", "x", re.sub(r"<any\((\w+)[^>]*>", r"\1", rule))


@pytest.mark.parametrize("scope", Scope)
def test_every_route_is_open_to_the_scopes_that_it_is_for_and_to_no_other(site: Site, scope: Scope) -> None:
    mine = site.as_scope(scope)
    asked = routes(site)
    assert len(asked) > 30
    for method, rule in asked:
        before = site.commits()
        reply = mine.send(method, path_of(rule))
        if scope.covers(needed(method, rule)):
            assert reply.status not in (401, 403), (method, rule)
            continue
        if "<account_id>" in rule:  # there may be none, and whether is not told
            assert reply.status == 404, (method, rule)
            continue
        assert reply.status == 403, (method, rule)
        assert site.commits() == before
        if method != "HEAD":
            message = reply.error(403, "forbidden")["message"]
            assert f"scope {needed(method, rule)};" in message
            assert f"the scope of yours is {scope}" in message


def test_a_scope_has_all_that_the_ones_before_it_have() -> None:
    assert [[one.covers(other) for other in Scope] for one in Scope] == [
        [index >= other for other in range(len(Scope))] for index in range(len(Scope))
    ]


def test_a_key_that_was_made_before_there_were_scopes_is_an_admins(site: Site) -> None:
    document = encode(key_of(site).record)
    for name in ("scope", "last_characters", "request"):
        del document[name]
    assert decode(ApiKey, document).scope is Scope.ADMIN


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_part_that_nobody_has_thought_about_is_for_admins(site: Site, method: str) -> None:
    later = Blueprint("api_later", __name__, url_prefix="/api/later")
    later.before_request(require_key)
    later.add_url_rule("", view_func=lambda: {"later": True}, endpoint="all", methods=[method])
    site.world.service.app.register_blueprint(later)
    for scope, status in ((Scope.READ, 403), (Scope.OPERATE, 403), (Scope.ADMIN, 200)):
        assert site.as_scope(scope).send(method, "/api/later").status == status


def test_the_exceptions_are_of_routes_that_there_are(module_site: Site) -> None:
    """One that is renamed must not lose its exception unseen."""
    endpoints = {rule.endpoint for rule in module_site.world.service.app.url_map.iter_rules()}
    assert endpoints >= CHANGE_NOTHING | FOR_ADMINS
    assert {endpoint.partition(".")[0] for endpoint in endpoints} >= EVERYDAY


def test_what_is_refused_for_its_scope_takes_no_idempotency_key(site: Site) -> None:
    headers = {"Idempotency-Key": "x", "Content-Type": "application/json"}
    body = b'{"label": "mine", "scope": "admin"}'
    site.as_scope(Scope.OPERATE).send("POST", "/api/keys", body, headers).error(403, "forbidden")
    site.send("POST", "/api/keys", body, headers).ok(201)


def key_of(site: Site) -> Stored[Any]:
    admitted = authenticate(site.world.service.outside, site.key)
    assert admitted is not None
    return admitted.key
