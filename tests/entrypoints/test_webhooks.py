"""`/api/webhooks`: made, changed, taken away; and the secrets, which are told once and kept nowhere."""

import json
from typing import Any

import pytest

from service.domain.webhook import WEBHOOKS_MAX, EventType
from tests.support.api import Site

URL = "https://hooks.example.com/reveille"
WANTED = {"url": URL, "events": ["call.finished"]}


def test_a_webhook_is_made_shown_listed_changed_and_taken_away(site: Site) -> None:
    made = site.post("/api/webhooks", WANTED).ok(201)
    id = made["id"]
    shown = {name: value for name, value in made.items() if name != "secret"}
    assert site.get(f"/api/webhooks/{id}").ok() == shown
    assert site.get("/api/webhooks").ok() == {"data": [shown], "next_cursor": None}
    changed = site.patch(f"/api/webhooks/{id}", {"disabled": True, "events": ["campaign.paused"]}).ok()
    assert changed == shown | {"disabled": True, "events": ["campaign.paused"]}
    assert site.send("DELETE", f"/api/webhooks/{id}").status == 204
    for method in ("GET", "PATCH", "DELETE"):
        site.send(method, f"/api/webhooks/{id}", b"{}").error(404, "not_found")
    assert site.get("/api/webhooks").ok()["data"] == []


def test_an_account_has_as_many_as_are_allowed_and_no_more(site: Site) -> None:
    first, *_ = (site.webhook()["id"] for _ in range(WEBHOOKS_MAX))
    site.post("/api/webhooks", WANTED).error(409, "wrong_state")
    site.send("DELETE", f"/api/webhooks/{first}")
    site.post("/api/webhooks", WANTED).ok(201)
    assert len(site.get("/api/webhooks").ok()["data"]) == WEBHOOKS_MAX


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://10.0.0.1/"},
        {"url": "https://169.254.169.254/computeMetadata/v1/"},
        {"url": "https://metadata.google.internal/"},
        {"url": "https://[::ffff:10.0.0.1]/"},
        {"url": "https://[fd00::1]/"},
        {"url": "http://93.184.215.14/"},
        {"url": "https://inner.example.com/"},
        {"url": "https://user@hooks.example.com/"},
        {"url": "hooks.example.com"},
        {"url": ""},
        {"url": None},
        {"events": []},
        {"events": ["call.rang"]},
        {"events": None},
        {"secret": "mine"},
    ],
    ids=str,
)
def test_what_cannot_be_used_is_refused_when_it_is_made_and_when_it_is_changed(
    site: Site, change: dict[str, Any]
) -> None:
    site.world.names["inner.example.com"] = ["93.184.215.14", "192.168.0.1"]
    (field,) = change
    id = site.webhook()["id"]
    before = site.commits()
    for error in (
        site.post("/api/webhooks", WANTED | change).error(422, "invalid"),
        site.patch(f"/api/webhooks/{id}", change).error(422, "invalid"),
    ):
        assert error["details"][0]["field"].startswith(field)
    assert site.commits() == before


def test_the_secret_is_told_twice_over_only_by_a_rotation_and_kept_nowhere(site: Site) -> None:
    made = site.webhook()
    reply = site.post(f"/api/webhooks/{made['id']}/rotate")
    rotated = reply.ok(201)
    assert reply.headers["cache-control"] == "no-store"
    assert rotated["secret"] != made["secret"]
    assert rotated["rotated_at"]
    for secret in (made["secret"], rotated["secret"]):
        assert secret.startswith("whsec_")
        assert len(secret) > 64
        for path in ("/api/webhooks", f"/api/webhooks/{made['id']}"):
            assert secret.encode() not in site.get(path).body
        for file in site.folder.iterdir():
            assert secret.encode() not in file.read_bytes(), file.name


def test_a_request_that_is_repeated_makes_one_webhook_and_does_not_tell_its_secret_again(site: Site) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    first = site.send("POST", "/api/webhooks", json.dumps(WANTED).encode(), headers).ok(201)
    again = site.send("POST", "/api/webhooks", json.dumps(WANTED).encode(), headers)
    assert again.status == 201
    assert first["secret"].encode() not in again.body
    assert len(site.get("/api/webhooks").ok()["data"]) == 1


def test_what_was_not_seen_is_not_changed(site: Site) -> None:
    path = f"/api/webhooks/{site.webhook()['id']}"
    tag = site.get(path).headers["etag"]
    headers = {"If-Match": tag, "Content-Type": "application/json"}
    assert site.send("PATCH", path, b'{"disabled": true}', headers).ok()["disabled"]
    site.send("PATCH", path, b'{"disabled": false}', headers).error(412, "stale")


def test_the_account_knows_what_all_of_its_webhooks_want(site: Site) -> None:
    calls = site.webhook(URL, "call.finished", "call.uncertain")["id"]
    site.webhook(URL, "call.finished", "campaign.paused")
    assert set(site.account.notify) == set(EventType) - {EventType.CAMPAIGN_FINISHED}
    site.patch(f"/api/webhooks/{calls}", {"disabled": True}).ok()
    assert site.account.notify == (EventType.CALL_FINISHED, EventType.CAMPAIGN_PAUSED)
    site.patch(f"/api/webhooks/{calls}", {"disabled": False}).ok()
    site.send("DELETE", f"/api/webhooks/{calls}")
    assert site.account.notify == (EventType.CALL_FINISHED, EventType.CAMPAIGN_PAUSED)


def test_only_admins_see_webhooks_and_nobody_carries_events_without_an_invokers_token(site: Site) -> None:
    for token in ("", f"Bearer {site.key}"):
        reply = site.send("POST", "/tasks/event", b'{"event": "evt_1", "round": 0}', {"Authorization": token})
        assert reply.status in (401, 403)
    elsewhere = site.as_invoker(
        "/tasks/event", b'{"event": "evt_1", "round": 0}', audience="https://x.example"
    )
    assert elsewhere.status in (401, 403)
    assert site.as_invoker("/tasks/event", b'{"event": "evt_1", "round": 0}').ok()["result"] == "stale"
