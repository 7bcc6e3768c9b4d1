import base64
import json
from datetime import timedelta

import pytest

from service.domain.account import Scope
from tests.support.api import Site, callee


@pytest.fixture(scope="module")
def many(module_site: Site) -> Site:
    """Seven campaigns; the last one has seven calls."""
    for number in range(7):
        callees = [callee(n) for n in range(7)] if number == 6 else []
        module_site.campaign(*callees, name=f"Campaign {number}")
        module_site.world.clock.advance(seconds=1)
    return module_site


def pages(site: Site, path: str, limit: int) -> list[list[str]]:
    found, cursor = [], ""
    while True:
        page = site.get(f"{path}?limit={limit}{cursor}").ok()
        assert list(page) == ["data", "next_cursor"]
        found.append([item["id"] for item in page["data"]])
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def lists(site: Site) -> tuple[str, str]:
    newest = site.get("/api/campaigns").ok()["data"][0]["id"]
    return "/api/campaigns", f"/api/campaigns/{newest}/calls"


@pytest.mark.parametrize("limit", [1, 2, 6, 7, 8, 200])
def test_pages_hold_everything_once_and_in_order(many: Site, limit: int) -> None:
    for path in lists(many):
        (everything,) = pages(many, path, 200)
        assert len(set(everything)) == 7
        cut = pages(many, path, limit)
        assert [id for page in cut for id in page] == everything
        assert all(len(page) == limit for page in cut[:-1])
        assert cut[-1] or everything == []


def test_the_newest_campaign_comes_first(many: Site) -> None:
    names = [campaign["name"] for campaign in many.get("/api/campaigns").ok()["data"]]
    assert names == [f"Campaign {number}" for number in reversed(range(7))]


def test_what_is_made_meanwhile_neither_repeats_nor_hides_anything(site: Site) -> None:
    old = [site.campaign(name="old") for _ in range(4)]
    first = site.get("/api/campaigns?limit=2").ok()
    site.world.clock.move_to(site.world.clock.now() + timedelta(seconds=1))
    site.campaign(name="new")
    second = site.get(f"/api/campaigns?limit=2&cursor={first['next_cursor']}").ok()
    assert sorted(c["id"] for c in first["data"] + second["data"]) == sorted(old)


@pytest.mark.parametrize("limit", ["0", "-1", "201", "abc", "1.5", "1e2", "٣", "0000000011", "9" * 5000, ""])
def test_a_limit_that_is_none_is_refused(many: Site, limit: str) -> None:
    for path in lists(many):
        error = many.get(f"{path}?limit={limit}").error(422, "invalid")
        assert error["details"][0]["field"] == "limit"


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


CURSORS = {
    "no base64": "abc",
    "not ascii": "%ff%fe",
    "nothing in it": encoded(None),
    "no list": encoded({"a": 1, "b": 2}),
    "too short": encoded(["2026-03-02T18:00:00+00:00"]),
    "too long": encoded(["2026-03-02T18:00:00+00:00", "cmp_1", "more"]),
    "no time": encoded(["yesterday", "cmp_1"]),
    "a number for a time": encoded([5, "cmp_1"]),
    "a number for an id": encoded(["2026-03-02T18:00:00+00:00", 5]),
    "a time before all times": encoded(["0001-01-01T00:00:00+14:00", "cmp_1"]),
    "half a character": encoded(["2026-03-02T18:00:00+00:00", "\ud800"]),
    "no id": encoded(["2026-03-02T18:00:00+00:00", "__x__"]),
    "deep": base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    "long": encoded(["2026-03-02T18:00:00+00:00", "c" * 1000]),
}


@pytest.mark.parametrize("cursor", CURSORS.values(), ids=CURSORS)
def test_a_cursor_that_no_list_gave_is_refused(many: Site, cursor: str) -> None:
    for path in lists(many):
        many.get(f"{path}?cursor={cursor}").error(400, "bad_cursor")


def test_an_empty_list_has_no_next_page(site: Site) -> None:
    assert site.get("/api/campaigns").ok() == {"data": [], "next_cursor": None}


def test_another_accounts_cursor_shows_nothing_of_it(many: Site) -> None:
    cursor = many.get("/api/campaigns?limit=2").ok()["next_cursor"]
    other = many.beside()
    assert other.get(f"/api/campaigns?limit=2&cursor={cursor}").ok() == {"data": [], "next_cursor": None}


@pytest.mark.parametrize(
    "path",
    ["/api/campaigns", "/api/agents", "/api/do-not-call", "/api/keys", "/api/accounts", "/api/audit"],
)
@pytest.mark.parametrize("parameter", ["limits=1", "limit=1&limit=2"])
def test_a_parameter_that_is_misspelt_or_there_twice_is_not_left_out_in_silence(
    module_site: Site, path: str, parameter: str
) -> None:
    system = module_site.as_scope(Scope.SYSTEM)
    (detail,) = system.get(f"{path}?{parameter}").error(422, "invalid")["details"]
    assert detail["field"] == parameter.partition("=")[0]
