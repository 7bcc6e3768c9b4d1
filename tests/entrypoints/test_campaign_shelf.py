"""Campaigns that are copied, and those that are put away."""

from datetime import timedelta

import pytest

from tests.support.api import NINE_TO_FIVE, Site, callee


def listed(site: Site, query: str = "") -> list[str]:
    return [shown["id"] for shown in site.get(f"/api/campaigns{query}").ok()["data"]]


def test_a_copy_is_a_draft_with_the_same_settings_and_no_contacts(site: Site) -> None:
    id = site.finished_campaign()
    original = site.get(f"/api/campaigns/{id}").ok()
    copy = site.post(f"/api/campaigns/{id}/clone").ok(201)
    own = ("id", "status", "created_at", "name", "progress")
    assert {k: v for k, v in copy.items() if k not in own} == {
        k: v for k, v in original.items() if k not in own
    }
    assert (copy["status"], copy["name"]) == ("draft", "Copy of Reminders")
    assert site.calls_of(copy["id"]) == []


def test_a_copys_name_can_be_chosen_and_else_is_kept_within_its_limit(site: Site) -> None:
    id = site.campaign(name="x" * 200)
    assert site.post(f"/api/campaigns/{id}/clone", {"name": "Spring"}).ok(201)["name"] == "Spring"
    assert site.post(f"/api/campaigns/{id}/clone").ok(201)["name"] == ("Copy of " + "x" * 200)[:200]
    site.post(f"/api/campaigns/{id}/clone", {"nam": "Spring"}).error(422, "invalid")


def test_a_copy_asked_for_twice_with_one_key_is_made_once(site: Site) -> None:
    path = f"/api/campaigns/{site.campaign()}/clone"
    made = [site.send("POST", path, headers={"Idempotency-Key": "k"}).ok(201)["id"] for _ in range(2)]
    assert made[0] == made[1]
    assert len(listed(site)) == 2


def test_what_is_archived_is_listed_only_when_it_is_asked_for(site: Site) -> None:
    id, other = site.finished_campaign(), site.campaign()
    for _ in range(2):
        assert site.post(f"/api/campaigns/{id}/archive").ok()["status"] == "archived"
    assert listed(site) == [other]
    assert listed(site, "?status=archived") == [id]
    assert listed(site, "?status=draft") == [other]
    assert site.get(f"/api/campaigns/{id}").ok()["status"] == "archived"


def test_pages_continue_over_several_statuses_the_newest_first(site: Site) -> None:
    made = [site.campaign(callee(0)) for _ in range(3)]
    site.post(f"/api/campaigns/{made[1]}/start").ok()
    first = site.get("/api/campaigns?limit=2").ok()
    whole = listed(site)
    rest = listed(site, f"?limit=2&cursor={first['next_cursor']}")
    assert sorted(whole) == sorted(made)
    assert [shown["id"] for shown in first["data"]] + rest == whole


@pytest.mark.parametrize("query", ["?status=nope", "?state=draft", "?status=draft&status=draft"])
def test_a_list_is_not_shown_for_what_is_no_filter(site: Site, query: str) -> None:
    site.get(f"/api/campaigns{query}").error(422, "invalid")


def test_what_is_not_over_or_not_drained_is_not_archived(site: Site) -> None:
    id = site.campaign(callee(0), start=True, hours={"tue": NINE_TO_FIVE})
    (detail,) = site.post(f"/api/campaigns/{id}/archive").error(409, "wrong_state")["details"]
    assert (detail["field"], detail["code"]) == ("status", "running")
    assert detail["message"] == "is running; this needs canceled, finished"
    site.post(f"/api/campaigns/{id}/cancel").ok()
    site.world.run_until(site.world.clock.now() + timedelta(minutes=16))
    assert site.post(f"/api/campaigns/{id}/archive").ok()["status"] == "archived"


@pytest.mark.parametrize("step", ["start", "pause", "resume", "cancel"])
def test_what_is_archived_stays_so(site: Site, step: str) -> None:
    id = site.finished_campaign()
    site.post(f"/api/campaigns/{id}/archive").ok()
    (detail,) = site.post(f"/api/campaigns/{id}/{step}").error(409, "wrong_state")["details"]
    assert detail["code"] == "archived"
