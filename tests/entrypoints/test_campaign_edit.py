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
