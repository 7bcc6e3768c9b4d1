"""`PATCH /api/campaigns/{id}`."""

from typing import Any

import pytest

from tests.support.api import CALLEE, CAMPAIGN, Site, csv

SATURDAY = {"sat": [{"start": "10:00", "end": "12:00"}]}


@pytest.fixture
def campaign(site: Site) -> dict[str, Any]:
    made: dict[str, Any] = site.post("/api/campaigns", CAMPAIGN).ok(201)
    return made


def path(campaign: dict[str, Any]) -> str:
    return f"/api/campaigns/{campaign['id']}"


def test_what_is_not_sent_stays_as_it_is(site: Site, campaign: dict[str, Any]) -> None:
    edited = site.patch(path(campaign), {"name": "Another name"}).ok()
    assert edited == campaign | {"name": "Another name"}


def test_a_field_is_replaced_whole(site: Site, campaign: dict[str, Any]) -> None:
    assert site.patch(path(campaign), {"hours": SATURDAY}).ok()["hours"] == SATURDAY


def test_one_limit_is_changed_and_the_others_stay(site: Site, campaign: dict[str, Any]) -> None:
    limits = {"calls_in_flight": 5, "calls_per_minute": 60, "budget": {"amount": 500, "currency": "USD"}}
    site.patch(path(campaign), {"limits": limits}).ok()
    edited = site.patch(path(campaign), {"limits": {"calls_per_minute": 30}}).ok()
    assert edited["limits"] == limits | {"calls_per_minute": 30}
    assert site.patch(path(campaign), {"limits": {"budget": None}}).ok()["limits"]["budget"] is None


def test_one_ladder_is_changed_and_the_others_stay(site: Site, campaign: dict[str, Any]) -> None:
    fifteen, sixty = [{"after_minutes": 15}], [{"after_minutes": 60}]
    site.patch(path(campaign), {"retry": {"busy": fifteen, "no_answer": fifteen}}).ok()
    retry = site.patch(path(campaign), {"retry": {"busy": sixty}}).ok()["retry"]
    assert (retry["busy"], retry["no_answer"]) == (sixty, fifteen)


@pytest.mark.parametrize("limits", [None, [], 5, "none"])
def test_limits_that_are_none_are_refused(site: Site, campaign: dict[str, Any], limits: Any) -> None:
    (detail,) = site.patch(path(campaign), {"limits": limits}).error(422, "invalid")["details"]
    assert detail["field"] == "limits"


def test_a_change_is_checked_together_with_what_stays(site: Site, campaign: dict[str, Any]) -> None:
    site.patch(path(campaign), {"start_date": "2026-04-01"}).ok()
    (detail,) = site.patch(path(campaign), {"end_date": "2026-03-31"}).error(422, "invalid")["details"]
    assert detail["field"] == "end_date"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"status": "running"}, "status"),
        ({"limits": {"calls_in_flight": 0}}, "limits.calls_in_flight"),
    ],
)
def test_bad_changes_name_the_field_and_change_nothing(
    site: Site, campaign: dict[str, Any], changes: dict[str, Any], field: str
) -> None:
    error = site.patch(path(campaign), {"name": "Another name"} | changes).error(422, "invalid")
    assert [detail["field"] for detail in error["details"]] == [field]
    assert site.get(path(campaign)).ok()["name"] == campaign["name"]


def test_a_canceled_campaign_is_edited_no_more(site: Site, campaign: dict[str, Any]) -> None:
    site.post(f"{path(campaign)}/cancel").ok()
    site.patch(path(campaign), {"name": "x"}).error(409, "wrong_state")


def test_another_accounts_campaign_is_not_found(site: Site, campaign: dict[str, Any]) -> None:
    site.beside().patch(path(campaign), {"name": "x"}).error(404, "not_found")


def test_hours_that_are_opened_now_ring_now(site: Site, campaign: dict[str, Any]) -> None:
    """The clock is pulled in the same commit: nobody waits for the old opening."""
    site.patch(path(campaign), {"hours": SATURDAY}).ok()
    site.post(f"{path(campaign)}/contacts", csv(CALLEE)).ok(201)
    site.post(f"{path(campaign)}/start").ok()
    assert site.get("/api/status").ok()["awake"] is False
    site.patch(path(campaign), {"hours": None}).ok()
    assert site.get("/api/status").ok()["calls_in_flight"] == 1
