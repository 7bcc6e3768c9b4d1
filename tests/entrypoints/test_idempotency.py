"""`Idempotency-Key`: the same request again has the same answer, and does nothing."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import jsonify, make_response

from service.domain.call import Call
from service.domain.campaign import Campaign
from service.domain.idempotency import ANSWER_BYTES_MAX, KEPT, TAKEN_OVER_AFTER_SECONDS
from service.entrypoints.idempotency import SHOWS_API_KEY
from service.ports import CommitUnknown, Query, StoreUnavailable
from service.wiring import new_token
from tests.support.api import CALLEE, CAMPAIGN, SCRIPT, Reply, Site, callee, csv
from tests.support.fakes import HookedStore, Killed, committing, raising

CALL = {"to": CALLEE, "script": SCRIPT}
PATHS: dict[str, Any] = {"/api/campaigns": CAMPAIGN, "/api/calls": CALL}
REPLAYED = "idempotent-replayed"
TRIES_MAX = 20
MESSAGES_MAX = 100  # of one request: far more than there are


def post(site: Site, path: str, body: Any = None, key: str = "key-1") -> Reply:
    is_csv = isinstance(body, bytes)
    sent = body if is_csv else b"" if body is None else json.dumps(body).encode()
    kind = "text/csv" if is_csv else "application/json"
    return site.send("POST", path, sent, {"Idempotency-Key": key, "Content-Type": kind})


def made(site: Site, path: str) -> list[str]:
    """What there is of it, told by the campaigns' list or the numbers that were called."""
    if path == "/api/campaigns":
        return [campaign["id"] for campaign in site.get("/api/campaigns").ok()["data"]]
    site.world.run_until(site.world.clock.now() + timedelta(hours=1))
    return site.rung()


# --- again ----------------------------------------------------------------------------------------------


def test_a_campaign_is_made_once(site: Site) -> None:
    first = post(site, "/api/campaigns", CAMPAIGN)
    again = post(site, "/api/campaigns", CAMPAIGN)
    assert first.ok(201) == again.ok(201)
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert made(site, "/api/campaigns") == [first.json["id"]]


def test_a_call_is_made_once(site: Site) -> None:
    first = post(site, "/api/calls", CALL)
    again = post(site, "/api/calls", CALL)
    assert (again.status, again.body) == (first.status, first.body)
    assert made(site, "/api/calls") == [CALLEE]


def test_the_answer_is_the_first_one_whatever_has_become_of_it_since(site: Site) -> None:
    first = post(site, "/api/calls", CALL)
    site.world.run_until(site.world.clock.now() + timedelta(hours=1))
    assert site.get(f"/api/calls/{first.json['id']}").ok()["finished_at"]
    assert post(site, "/api/calls", CALL).body == first.body


def test_a_callback_to_a_call_that_has_ended_is_made_once(site: Site) -> None:
    ended = site.call()["id"]
    site.world.run_until(site.world.clock.now() + timedelta(hours=1))
    at = (site.world.clock.now() + timedelta(hours=1)).isoformat()
    first = post(site, f"/api/calls/{ended}/callback", {"at": at})
    assert first.ok(201)["id"] != ended
    assert post(site, f"/api/calls/{ended}/callback", {"at": at}).body == first.body
    site.world.run_until(site.world.clock.now() + timedelta(hours=3))
    assert site.rung() == [CALLEE] * 2


def test_an_import_and_a_step_are_answered_again(site: Site) -> None:
    """Without the key the contacts would be duplicates, and the campaign paused by then."""
    path = f"/api/campaigns/{site.campaign()}"
    imported = post(site, f"{path}/contacts", csv(CALLEE), "import").ok(201)
    started = post(site, f"{path}/start", None, "start").ok()
    site.post(f"{path}/pause").ok()
    assert post(site, f"{path}/contacts", csv(CALLEE), "import").ok(201) == imported
    assert post(site, f"{path}/start", None, "start").ok() == started
    assert site.get(path).ok()["status"] == "paused"


def test_an_answer_again_stores_nothing_and_takes_two_reads_and_one_more(site: Site) -> None:
    post(site, "/api/calls", CALL).ok(201)
    before = site.commits()
    post(site, "/api/calls", CALL).ok(201)
    assert site.commits() == before
    assert (site.receipts[-1]["reads"], site.receipts[-1]["writes"]) == (3, 0)  # key, account, record


def test_a_key_costs_two_writes_and_none_costs_nothing(site: Site) -> None:
    post(site, "/api/campaigns", CAMPAIGN).ok(201)
    keyed = site.receipts[-1]
    site.post("/api/campaigns", CAMPAIGN).ok(201)
    plain = site.receipts[-1]
    assert (plain["reads"], plain["writes"]) == (2, 2)  # the campaign, and the record of who made it
    assert (keyed["reads"], keyed["writes"]) == (2, 4)


def test_after_a_day_it_is_another_request(site: Site) -> None:
    first = post(site, "/api/campaigns", CAMPAIGN).ok(201)
    site.world.clock.advance(seconds=KEPT.total_seconds())
    second = post(site, "/api/campaigns", CAMPAIGN | {"name": "Other"})
    assert second.ok(201)["name"] == "Other"
    assert second.json["id"] != first["id"]


def test_an_error_is_answered_again(site: Site) -> None:
    first = post(site, "/api/campaigns", {"name": ""})
    first.error(422, "invalid")
    again = post(site, "/api/campaigns", {"name": ""})
    assert (again.status, again.body, again.headers[REPLAYED]) == (422, first.body, "true")


def test_two_accounts_may_use_one_key(site: Site) -> None:
    ids = {post(each, "/api/campaigns", CAMPAIGN).ok(201)["id"] for each in (site, site.beside())}
    assert len(ids) == 2


def test_calls_of_many_keys_are_many(site: Site) -> None:
    for index in range(3):
        post(site, "/api/calls", CALL | {"to": callee(index)}, f"key {index}")
    assert sorted(made(site, "/api/calls")) == [callee(index) for index in range(3)]


# --- refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/campaigns", CAMPAIGN | {"name": "Other"}),
        ("/api/campaigns/create", CAMPAIGN),
        ("/api/campaigns?x=1", CAMPAIGN),
        ("/api/calls", CALL),
    ],
)
def test_a_key_is_for_one_request(site: Site, path: str, body: Any) -> None:
    first = post(site, "/api/campaigns", CAMPAIGN)
    before = site.commits()
    reply = post(site, path, body)
    reply.error(422, "idempotency_mismatch")
    assert REPLAYED not in reply.headers
    assert site.commits() == before
    assert post(site, "/api/campaigns", CAMPAIGN).body == first.body


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb", "\x7f"])
def test_a_key_that_is_none_is_refused(module_site: Site, key: str) -> None:
    before = module_site.commits()
    (detail,) = post(module_site, "/api/campaigns", CAMPAIGN, key).error(422, "invalid")["details"]
    assert detail["field"] == "Idempotency-Key"
    assert module_site.commits() == before


@pytest.mark.parametrize("key", ["x", "x" * 255, "a/b", '"8e03978e-40d5"', "a b"])
def test_any_printable_key_will_do(site: Site, key: str) -> None:
    first = post(site, "/api/campaigns", CAMPAIGN, key)
    assert post(site, "/api/campaigns", CAMPAIGN, key).body == first.body


def test_only_posts_have_keys(site: Site) -> None:
    headers = {"Idempotency-Key": "x" * 256, "Content-Type": "application/json"}
    site.send("GET", "/api/status", headers=headers).ok()
    site.send("PATCH", "/api/account", b'{"name": "x"}', headers).ok()


def test_without_an_api_key_nothing_is_kept(module_site: Site) -> None:
    before = module_site.commits()
    headers = {"Idempotency-Key": "x", "Authorization": ""}
    module_site.send("POST", "/api/campaigns", b"{}", headers).error(401, "unauthenticated")
    assert module_site.commits() == before


def test_a_request_that_is_under_way_is_not_begun_again(site: Site) -> None:
    replies: list[Reply] = []
    site.hook().before(committing(Campaign), lambda: replies.append(post(site, "/api/campaigns", CAMPAIGN)))
    first = post(site, "/api/campaigns", CAMPAIGN).ok(201)
    replies[0].error(409, "idempotency_in_progress")
    assert int(replies[0].headers["retry-after"]) >= 1
    assert made(site, "/api/campaigns") == [first["id"]]


# --- what is not kept -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble", [StoreUnavailable("down"), CommitUnknown("lost"), KeyError("x")], ids=repr
)
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_failure_of_ours_is_not_kept(site: Site, trouble: Exception, side: str) -> None:
    """Whether or not the campaign was stored."""
    getattr(site.hook(), side)(committing(Campaign), raising(trouble))
    assert post(site, "/api/campaigns", CAMPAIGN).status >= 500
    again = post(site, "/api/campaigns", CAMPAIGN)
    assert made(site, "/api/campaigns") == [again.ok(201)["id"]]
    assert REPLAYED not in again.headers
    assert post(site, "/api/campaigns", CAMPAIGN).body == again.body


def test_a_large_answer_is_kept_by_its_status_and_says_so(site: Site) -> None:
    path = f"/api/campaigns/{site.campaign()}/contacts/preview"
    wide = ["phone", *(f"column {number}" for number in range(100))]
    rows = [[callee(number), *["x" * 1000] * 100] for number in range(4)]
    file = "\n".join(",".join(row) for row in (wide, *rows)).encode()
    assert len(post(site, path, file).body) > ANSWER_BYTES_MAX
    again = post(site, path, file)
    assert again.headers[REPLAYED] == "true"
    assert again.ok()["answer"]["kept"] is False


@pytest.mark.parametrize("how", ["no-store", "shown"])
def test_a_secret_is_kept_nowhere(site: Site, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No route shows one yet: one is put in the place of another."""
    secret = "rv_" + "5ec2e7" * 12 if how == "shown" else "whk_5ec2e75ec2e7"

    def show() -> Any:
        answer = make_response(jsonify(key=secret), 201)
        if how == "no-store":
            answer.headers["Cache-Control"] = "no-store"
        return answer

    monkeypatch.setitem(site.world.service.app.view_functions, "api_campaigns.create", show)
    assert post(site, "/api/campaigns", CAMPAIGN).ok(201) == {"key": secret}
    again = post(site, "/api/campaigns", CAMPAIGN)
    assert again.ok(201)["answer"]["kept"] is False
    for file in site.folder.iterdir():
        assert secret.encode() not in file.read_bytes(), file.name


def test_a_real_key_is_known_when_it_is_seen() -> None:
    assert SHOWS_API_KEY.search(f'{{"key": "rv_{new_token() * 3}"}}'.encode())


# --- deaths and faults ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize(
    "error",
    [Killed(), StoreUnavailable("down"), CommitUnknown("lost")],
    ids=lambda error: type(error).__name__,
)
def test_wherever_it_dies_or_fails_one_thing_is_made_for_one_key(
    site: Site, path: str, side: str, error: BaseException
) -> None:
    """At each message between service and store, on either side of it; each time with a new key. It is sent
    again until there is an answer."""
    for message in range(MESSAGES_MAX):
        body = PATHS[path] | {"name": f"message {message}"}
        try:
            with trouble_at(site, side, message, error) as hooked:
                answer = post(site, path, body, body["name"])
        except Killed:
            answer = post(site, path, body, body["name"])
        if hooked.hooks_left:
            break
        for _ in range(TRIES_MAX):
            if answer.status < 400:
                break
            assert answer.status in (409, 503), answer.body
            site.world.clock.advance(seconds=TAKEN_OVER_AFTER_SECONDS / 5)
            answer = post(site, path, body, body["name"])
        assert named(site, path, body["name"]) == [answer.ok(answer.status)["id"]], message
    assert message > 4  # of the key, the account, the record, what is made, and the record again


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_callback_that_dies_half_way_makes_one_call(site: Site, side: str) -> None:
    ended = site.call()["id"]
    site.world.run_until(site.world.clock.now() + timedelta(hours=1))
    body = {"at": (site.world.clock.now() + timedelta(hours=2)).isoformat()}
    hooked = site.hook()
    getattr(hooked, side)(committing(Call), raising(Killed()))
    with pytest.raises(Killed):
        post(site, f"/api/calls/{ended}/callback", body)
    site.world.clock.advance(seconds=TAKEN_OVER_AFTER_SECONDS)
    again = post(site, f"/api/calls/{ended}/callback", body).ok(201)
    stored = [each.record.id for each in hooked.find(Query(Call, ()))]
    assert sorted(stored) == sorted([ended, again["id"]])


@contextmanager
def trouble_at(site: Site, side: str, message: int, error: BaseException) -> Iterator[HookedStore]:
    """Before or after the message of that number."""
    counted = itertools.count()
    hooked = site.hook()
    getattr(hooked, side)(lambda *_: next(counted) == message, raising(error))
    try:
        yield hooked
    finally:
        object.__setattr__(site.world.service.outside, "store", hooked.inner)


def named(site: Site, path: str, name: str) -> list[str]:
    """The ids of what has this name."""
    store = site.world.service.outside.store
    if path == "/api/calls":
        return [each.record.id for each in store.find(Query(Call, ())) if each.record.name == name]
    found = store.find(Query(Campaign, ()))
    return [each.record.id for each in found if each.record.settings.name == name]
