"""`/api/keys`: made, shown once, listed, revoked."""

import json
from dataclasses import replace
from typing import Any

import pytest

from service.domain.account import ApiKey, Scope
from service.domain.idempotency import TAKEN_OVER_AFTER_SECONDS
from service.ports import CommitUnknown, Query, StoreUnavailable, Update
from service.usecases.api_keys import KEYS_MAX, add_key, hash_key
from tests.support.api import CAMPAIGN, Reply, Site
from tests.support.fakes import Killed, committing, raising

PATH = "/api/keys"


def made(site: Site, label: str = "console", scope: str = "read") -> Any:
    """A second later than all that there is."""
    site.world.clock.advance(seconds=1)
    return site.post(PATH, {"label": label, "scope": scope}).ok(201)


def listed(site: Site) -> list[Any]:
    data: list[Any] = site.get(PATH).ok()["data"]
    return data


def with_key(site: Site, key: str) -> Site:
    return replace(site, key=key)


def keyed(site: Site, label: str = "console") -> Reply:
    headers = {"Idempotency-Key": "key-1", "Content-Type": "application/json"}
    return site.send("POST", PATH, json.dumps({"label": label, "scope": "read"}).encode(), headers)


def add_keys(site: Site, count: int) -> None:
    """As an operator makes them."""
    account = site.account
    for number in range(count):
        add_key(site.world.service.outside, account, f"key {number}", Scope.READ)


def stored_keys(site: Site) -> list[ApiKey]:
    found = site.world.service.outside.store.find(Query(ApiKey, (("account_id", "==", site.account.id),)))
    return [each.record for each in found]


# --- made, and shown once -------------------------------------------------------------------------------


def test_a_key_that_is_made_is_shown_once_and_works(site: Site) -> None:
    site.world.clock.advance(seconds=1)
    reply = site.post(PATH, {"label": " console ", "scope": "operate"})
    shown = reply.ok(201)
    secret = shown.pop("key")
    assert reply.headers["cache-control"] == "no-store"
    assert shown == {
        "id": f"key_{hash_key(secret)}",
        "label": "console",
        "scope": "operate",
        "email": None,
        "last_characters": secret[-4:],
        "created_at": "2026-03-02T18:00:01.000Z",
        "revoked": False,
    }
    assert listed(site)[1:] == [shown]
    assert with_key(site, secret).account == site.account
    with_key(site, secret).campaign()


def test_the_secret_is_in_no_file_no_receipt_and_no_other_answer(site: Site) -> None:
    secret = made(site)["key"]
    again = keyed(site).ok(201)["key"]
    said = [site.get(PATH).body, keyed(site).body, *(str(receipt).encode() for receipt in site.receipts)]
    said += [file.read_bytes() for file in site.folder.iterdir()]
    for text in said:
        assert secret.encode() not in text
        assert again.encode() not in text


@pytest.mark.parametrize("scope", ["read", "operate", "admin"])
def test_a_key_has_the_scope_that_was_asked_for(site: Site, scope: str) -> None:
    key = made(site, scope=scope)["key"]
    assert with_key(site, key).get("/api/status").ok()
    may_make_more = with_key(site, key).post(PATH, {"label": "more", "scope": "admin"}).status == 201
    assert may_make_more == (scope == "admin")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scope": "read"}, "label"),
        ({"label": "", "scope": "read"}, "label"),
        ({"label": "  ", "scope": "read"}, "label"),
        ({"label": "x" * 101, "scope": "read"}, "label"),
        ({"label": 7, "scope": "read"}, "label"),
        ({"label": "x"}, "scope"),
        ({"label": "x", "scope": "root"}, "scope"),
        ({"label": "x", "scope": "ADMIN"}, "scope"),
        ({"label": "x", "scope": "system"}, "scope"),
        ({"label": "x", "scope": None}, "scope"),
        ({"label": "x", "scope": "read", "key": "rv_mine"}, "key"),
    ],
)
def test_what_cannot_be_a_key_is_refused_by_its_field(module_site: Site, body: Any, field: str) -> None:
    before = module_site.commits()
    error = module_site.post(PATH, body).error(422, "invalid")
    assert [detail["field"] for detail in error["details"]] == [field]
    assert module_site.commits() == before


def test_a_key_costs_what_it_should(site: Site) -> None:
    """It, the key that asks for it and the record of that are written together; what holds is counted."""
    made(site)
    assert (site.receipts[-1]["reads"], site.receipts[-1]["writes"]) == (2 + 1, 3)


def test_an_account_with_as_many_keys_as_it_may_have_makes_no_more(site: Site) -> None:
    """Those that are revoked do not count."""
    add_keys(site, KEYS_MAX - 2)
    last = made(site)["id"]
    before = site.commits()
    error = site.post(PATH, {"label": "x", "scope": "read"}).error(409, "wrong_state")
    assert f"at most {KEYS_MAX} keys" in error["message"]
    person = {"label": "Ada", "scope": "read", "email": "ada@example.com"}
    site.post(PATH, person).error(409, "wrong_state")
    assert site.commits() == before
    site.send("DELETE", f"{PATH}/{last}")
    made(site)


def test_another_accounts_keys_do_not_count(site: Site) -> None:
    add_keys(site.beside(), KEYS_MAX)
    made(site)


def test_an_operator_can_let_somebody_in_all_the_same(site: Site) -> None:
    add_keys(site, KEYS_MAX)
    key = add_key(site.world.service.outside, site.account, "found again").secret
    assert with_key(site, key).get(PATH).ok()


# --- listed ---------------------------------------------------------------------------------------------


def test_keys_are_listed_from_the_oldest_a_page_at_a_time(site: Site) -> None:
    for number in range(4):
        made(site, f"key {number}")
    everything = listed(site)
    assert [key["label"] for key in everything] == ["time-lapse", *(f"key {number}" for number in range(4))]
    first = site.get(f"{PATH}?limit=3").ok()
    second = site.get(f"{PATH}?limit=3&cursor={first['next_cursor']}").ok()
    assert (first["data"] + second["data"], second["next_cursor"]) == (everything, None)


def test_a_key_of_old_is_listed_as_an_admins_without_its_last_characters(site: Site) -> None:
    store = site.world.service.outside.store
    stored = store.get(ApiKey, hash_key(site.key))
    assert stored is not None
    store.commit([Update(replace(stored.record, last_characters=""), stored.version)])
    (key,) = listed(site)
    assert (key["scope"], key["last_characters"]) == ("admin", None)


def test_an_account_sees_its_own_keys_alone(site: Site) -> None:
    other = site.beside()
    id = made(site)["id"]
    assert id not in [key["id"] for key in listed(other)]
    message = other.send("DELETE", f"{PATH}/{id}").error(404, "not_found")["message"]
    assert message == f"There is no key {id}."
    assert listed(site)[1]["revoked"] is False


# --- revoked --------------------------------------------------------------------------------------------


def test_a_revoked_key_is_good_for_nothing_and_stays_in_the_list(site: Site) -> None:
    shown = made(site)
    for _ in range(2):  # harmless when repeated
        reply = site.send("DELETE", f"{PATH}/{shown['id']}")
        assert (reply.status, reply.body) == (204, b"")
    with_key(site, shown["key"]).get("/api/status").error(401, "unauthenticated")
    assert [key["revoked"] for key in listed(site)] == [False, True]


def test_a_key_can_revoke_itself_while_there_is_another_for_admins(site: Site) -> None:
    other = with_key(site, made(site, scope="admin")["key"])
    assert site.send("DELETE", f"{PATH}/key_{hash_key(site.key)}").status == 204
    site.get(PATH).error(401, "unauthenticated")
    assert [key["revoked"] for key in listed(other)] == [True, False]


def test_an_admin_cannot_revoke_an_operators_key(site: Site) -> None:
    """Also not one of its own account, nor one that is revoked: it would do more than its scope."""
    system = site.as_scope(Scope.SYSTEM)
    path = f"{PATH}/key_{hash_key(system.key)}"
    before = site.commits()
    message = site.send("DELETE", path).error(403, "forbidden")["message"]
    assert message.endswith("is of scope system; the scope of yours is admin.")
    assert site.commits() == before
    system.get("/api/accounts").ok()
    assert site.as_scope(Scope.SYSTEM).send("DELETE", path).status == 204
    system.get("/api/accounts").error(401, "unauthenticated")
    site.send("DELETE", path).error(403, "forbidden")


def test_an_operators_key_can_revoke_an_admins_and_itself(site: Site) -> None:
    id = made(site, scope="admin")["id"]
    system = site.as_scope(Scope.SYSTEM)
    assert system.send("DELETE", f"{PATH}/{id}").status == 204
    assert system.send("DELETE", f"{PATH}/key_{hash_key(system.key)}").status == 204


def test_anothers_operators_key_is_not_there(site: Site) -> None:
    theirs = site.beside().as_scope(Scope.SYSTEM)
    site.send("DELETE", f"{PATH}/key_{hash_key(theirs.key)}").error(404, "not_found")


def test_the_last_key_for_admins_cannot_be_revoked(site: Site) -> None:
    made(site, scope="operate")
    gone = made(site, scope="admin")["id"]
    assert site.send("DELETE", f"{PATH}/{gone}").status == 204
    before = site.commits()
    error = site.send("DELETE", f"{PATH}/key_{hash_key(site.key)}").error(409, "wrong_state")
    assert "make another one first" in error["message"]
    assert site.commits() == before


def test_two_admins_who_revoke_each_other_at_once_leave_one(site: Site) -> None:
    shown = made(site, scope="admin")
    other, replies = with_key(site, shown["key"]), list[Reply]()
    site.hook().before(
        committing(ApiKey),
        lambda: replies.append(other.send("DELETE", f"{PATH}/key_{hash_key(site.key)}")),
    )
    replies.append(site.send("DELETE", f"{PATH}/{shown['id']}"))
    assert [reply.status for reply in replies] == [204, 409]
    assert [key["revoked"] for key in listed(other)] == [True, False]


def test_another_admin_is_found_behind_many_other_keys(site: Site) -> None:
    add_keys(site, 130)
    site.as_scope(Scope.ADMIN)
    assert site.send("DELETE", f"{PATH}/key_{hash_key(site.key)}").status == 204


@pytest.mark.parametrize("id", ["key_", "key_x", "x", "%00", "key_%F0%9F%93%9E", "a" * 2000, "{hash}"])
def test_what_is_no_key_is_not_found(module_site: Site, id: str) -> None:
    path = f"{PATH}/{id.format(hash=hash_key(module_site.key))}"
    module_site.send("DELETE", path).error(404, "not_found")


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_lost_answer_of_the_store_leaves_the_key_revoked(site: Site, side: str) -> None:
    id = made(site)["id"]
    hooked = site.hook()
    getattr(hooked, side)(committing(ApiKey), raising(CommitUnknown("lost")))
    assert site.send("DELETE", f"{PATH}/{id}").status == 204
    assert hooked.hooks_left == 0
    assert listed(site)[1]["revoked"] is True


# --- asked for again ------------------------------------------------------------------------------------


def test_the_same_request_again_makes_no_second_key_and_does_not_show_the_first(site: Site) -> None:
    keyed(site).ok(201)
    again = keyed(site)
    assert again.ok(201)["answer"]["kept"] is False
    assert again.headers["idempotent-replayed"] == "true"
    assert len(listed(site)) == 2


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_request_that_died_makes_one_key_at_most_and_says_which(site: Site, side: str) -> None:
    getattr(site.hook(), side)(committing(ApiKey), raising(Killed()))
    with pytest.raises(Killed):
        keyed(site)
    keyed(site).error(409, "idempotency_in_progress")
    site.world.clock.advance(seconds=TAKEN_OVER_AFTER_SECONDS)
    again = keyed(site)
    (new,) = [key for key in stored_keys(site) if key.label == "console"]
    if side == "before":
        assert again.ok(201)["id"] == f"key_{new.id}"
    else:
        error = again.error(409, "wrong_state")
        assert f"key_{new.id}" in error["message"]
        assert keyed(site).body == again.body


def test_a_slow_try_that_was_taken_over_leaves_the_key_of_the_one_that_took_over(site: Site) -> None:
    replies: list[Reply] = []

    def take_over() -> None:
        site.world.clock.advance(seconds=TAKEN_OVER_AFTER_SECONDS)
        replies.append(keyed(site))

    site.hook().before(committing(ApiKey), take_over)
    keyed(site).error(409, "wrong_state")
    assert len(stored_keys(site)) == 2
    with_key(site, replies[0].ok(201)["key"]).get("/api/status").ok()


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_lost_answer_of_the_store_makes_one_key_at_most(site: Site, side: str) -> None:
    hooked = site.hook()
    getattr(hooked, side)(committing(ApiKey), raising(CommitUnknown("lost")))
    with_key(site, keyed(site).ok(201)["key"]).get("/api/status").ok()
    assert hooked.hooks_left == 0
    assert len(stored_keys(site)) == 2


def test_a_store_that_does_not_answer_is_said_so(site: Site) -> None:
    site.hook().before(committing(ApiKey), raising(StoreUnavailable("down")))
    keyed(site).error(503, "busy")
    keyed(site).ok(201)


def test_a_key_that_is_revoked_while_it_makes_another_makes_none(site: Site) -> None:
    shown = made(site, scope="admin")
    site.hook().before(committing(ApiKey), lambda: site.send("DELETE", f"{PATH}/{shown['id']}"))
    with_key(site, shown["key"]).post(PATH, {"label": "x", "scope": "admin"}).error(409, "wrong_state")
    assert len(stored_keys(site)) == 2


def test_what_a_key_that_is_revoked_has_made_stays(site: Site) -> None:
    shown = made(site, scope="operate")
    id = with_key(site, shown["key"]).post("/api/campaigns", CAMPAIGN).ok(201)["id"]
    site.send("DELETE", f"{PATH}/{shown['id']}")
    assert site.get(f"/api/campaigns/{id}").ok()["status"] == "draft"
