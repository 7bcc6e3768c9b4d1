"""`/api/accounts`: all accounts, for keys of scope `system` alone."""

import json
from dataclasses import replace
from typing import Any

import pytest

from service.domain.account import Account, Scope
from service.domain.idempotency import TAKEN_OVER_AFTER_SECONDS
from service.ports import CommitUnknown, Query
from tests.support.api import NINE_TO_FIVE, Reply, Site, callee
from tests.support.fakes import Killed, committing, raising

PATH = "/api/accounts"
NEW: dict[str, Any] = {"name": "Acme", "default_country": "US", "allowed_countries": ["US", "CA"]}


@pytest.fixture
def operator(site: Site) -> Site:
    return site.as_scope(Scope.SYSTEM)


def keyed(site: Site) -> Reply:
    headers = {"Idempotency-Key": "key-1", "Content-Type": "application/json"}
    return site.send("POST", PATH, json.dumps(NEW).encode(), headers)


def accounts(site: Site) -> list[str]:
    found = site.world.service.outside.store.find(Query(Account, ()))
    return [each.record.id for each in found if each.record.name == "Acme"]


def test_an_account_that_is_made_works_with_the_key_that_is_shown_once(operator: Site) -> None:
    reply = operator.post(PATH, NEW | {"from": "+13125550100"})
    shown = reply.ok(201)
    key = shown.pop("key")
    assert reply.headers["cache-control"] == "no-store"
    assert shown == operator.get(f"{PATH}/{shown['id']}").ok()
    assert shown == {
        "id": shown["id"],
        **NEW,
        "created_at": "2026-03-02T18:00:00.000Z",
        "lane": "main",
        "from": "+13125550100",
        "calls_in_flight_max": None,
        "caller_calls_in_flight_max": None,
        "weight": 1.0,
    }
    theirs = replace(operator, key=key)
    assert theirs.account.id == shown["id"]
    theirs.get("/api/keys").ok()
    theirs.get(PATH).error(403, "forbidden")
    theirs.call()


def test_accounts_are_listed_from_the_oldest_a_page_at_a_time(operator: Site) -> None:
    ids = [operator.account.id]
    for _ in range(3):
        operator.world.clock.advance(seconds=1)
        ids.append(operator.post(PATH, NEW).ok(201)["id"])
    first = operator.get(f"{PATH}?limit=3").ok()
    second = operator.get(f"{PATH}?limit=3&cursor={first['next_cursor']}").ok()
    assert [account["id"] for account in first["data"] + second["data"]] == ids
    assert second["next_cursor"] is None


def test_limits_are_changed_and_taken_away_and_what_is_not_sent_stays(operator: Site) -> None:
    path = f"{PATH}/{operator.beside().account.id}"
    limits = {"calls_in_flight_max": 7, "caller_calls_in_flight_max": 3, "weight": 2.5}
    before = operator.get(path).ok()
    assert operator.patch(path, limits).ok() == before | limits
    none = {"calls_in_flight_max": None, "caller_calls_in_flight_max": None}
    assert operator.patch(path, none).ok() == before | none | {"weight": 2.5}
    assert operator.patch(path, {}).ok() == before | none | {"weight": 2.5}


def limit(site: Site, path: str, if_match: str, calls: int) -> Reply:
    body = json.dumps({"calls_in_flight_max": calls}).encode()
    return site.send("PATCH", path, body, {"If-Match": if_match, "Content-Type": "application/json"})


def test_by_its_tag_only_what_was_seen_of_an_account_is_changed(operator: Site) -> None:
    path = f"{PATH}/{operator.beside().account.id}"
    seen = operator.get(path).headers["etag"]
    assert operator.send("GET", path, headers={"If-None-Match": seen}).status == 304
    changed = limit(operator, path, seen, 5)
    assert changed.ok()["calls_in_flight_max"] == 5
    stored = operator.commits()
    limit(operator, path, seen, 6).error(412, "stale")
    assert operator.commits() == stored
    limit(operator, path, changed.headers["etag"], 7).ok()
    assert operator.get(path).ok()["calls_in_flight_max"] == 7


def test_of_two_operators_who_saw_the_same_one_changes_the_limits(operator: Site) -> None:
    """The other comes between the first one's look and its commit."""
    path = f"{PATH}/{operator.beside().account.id}"
    seen = operator.get(path).headers["etag"]
    hooked = operator.hook()
    hooked.before(committing(Account), lambda: limit(operator, path, seen, 5).ok())
    limit(operator, path, seen, 6).error(412, "stale")
    assert hooked.hooks_left == 0
    assert operator.get(path).ok()["calls_in_flight_max"] == 5


def test_what_passes_move_does_not_make_its_tag_stale(operator: Site) -> None:
    path = f"{PATH}/{operator.account.id}"
    seen = operator.get(path).headers["etag"]
    operator.change_account(turn=7.0, pace=3.0, tail=9.0)
    limit(operator, path, seen, 5).ok()


def test_a_higher_limit_is_used_at_once(operator: Site) -> None:
    other = operator.beside()
    id = other.campaign(*(callee(n) for n in range(6)), start=True, hours={"mon": NINE_TO_FIVE})
    assert other.get(f"/api/campaigns/{id}").ok()["progress"]["in_flight"] == 2
    operator.patch(f"{PATH}/{other.account.id}", {"calls_in_flight_max": 5}).ok()
    assert other.get(f"/api/campaigns/{id}").ok()["progress"]["in_flight"] == 5


@pytest.mark.parametrize("scope", [Scope.READ, Scope.OPERATE, Scope.ADMIN])
def test_other_keys_see_no_list_make_no_account_and_raise_no_limit(site: Site, scope: Scope) -> None:
    mine, other = site.as_scope(scope), site.beside()
    before = site.commits()
    mine.get(PATH).error(403, "forbidden")
    mine.post(PATH, NEW).error(403, "forbidden")
    mine.patch(f"{PATH}/{site.account.id}", {"weight": 9}).error(403, "forbidden")
    for id in (other.account.id, "acc_nobody"):
        message = mine.get(f"{PATH}/{id}").error(404, "not_found")["message"]
        assert message == f"There is no account {id}."
        mine.patch(f"{PATH}/{id}", {"weight": 9}).error(404, "not_found")
    assert site.commits() == before


def test_an_operators_key_is_as_good_as_an_admins_for_its_own_account(operator: Site) -> None:
    operator.patch("/api/account", {"name": "Renamed"}).ok()
    operator.post("/api/keys", {"label": "x", "scope": "read"}).ok(201)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"default_country": "us"}, "default_country"),
        ({"allowed_countries": []}, "allowed_countries"),
        ({"allowed_countries": ["XX"]}, "allowed_countries.0"),
        ({"from": "3125550100"}, "from"),
        ({"weight": 2}, "weight"),
    ],
)
def test_what_cannot_be_an_account_is_refused_by_its_field(operator: Site, changes: Any, field: str) -> None:
    before = operator.commits()
    error = operator.post(PATH, NEW | changes).error(422, "invalid")
    assert [detail["field"] for detail in error["details"]] == [field]
    assert operator.commits() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"calls_in_flight_max": 0},
        {"calls_in_flight_max": 10_001},
        {"caller_calls_in_flight_max": "3"},
        {"weight": 0},
        {"weight": None},
        {"weight": 1e9},
        {"name": "x"},
    ],
)
def test_what_cannot_be_a_limit_is_refused_by_its_field(operator: Site, changes: dict[str, Any]) -> None:
    error = operator.patch(f"{PATH}/{operator.account.id}", changes).error(422, "invalid")
    assert [detail["field"] for detail in error["details"]] == list(changes)


@pytest.mark.parametrize("id", ["acc_nobody", "%00", "a" * 2000, "%F0%9F%93%9E"])
def test_what_is_no_account_is_not_found(operator: Site, id: str) -> None:
    operator.get(f"{PATH}/{id}").error(404, "not_found")
    operator.patch(f"{PATH}/{id}", {"weight": 2}).error(404, "not_found")


# --- asked for again ------------------------------------------------------------------------------------


def test_the_same_request_again_makes_no_second_account(operator: Site) -> None:
    id = keyed(operator).ok(201)["id"]
    assert keyed(operator).ok(201)["answer"]["kept"] is False
    assert accounts(operator) == [id]


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_request_that_died_makes_one_account_and_says_which(operator: Site, side: str) -> None:
    getattr(operator.hook(), side)(committing(Account), raising(Killed()))
    with pytest.raises(Killed):
        keyed(operator)
    operator.world.clock.advance(seconds=TAKEN_OVER_AFTER_SECONDS)
    again = keyed(operator)
    (id,) = accounts(operator)
    if side == "before":
        assert again.ok(201)["id"] == id
    else:
        assert f"--account {id}" in again.error(409, "wrong_state")["message"]


def test_a_lost_answer_of_the_store_is_made_up_for_by_a_look(operator: Site) -> None:
    hooked = operator.hook()
    hooked.after(committing(Account), raising(CommitUnknown("lost")))
    shown = keyed(operator).ok(201)
    assert hooked.hooks_left == 0
    assert accounts(operator) == [shown["id"]]
    assert replace(operator, key=shown["key"]).account.id == shown["id"]
