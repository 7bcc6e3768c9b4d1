"""A campaign that could call nobody is not set going: else its whole list would be over in minutes."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.api import CALLER, NINE_TO_FIVE, Reply, Site, callee, csv

NIGHT = {"mon": [{"start": "01:00", "end": "03:00"}]}  # when no law of Illinois allows a call


def step(site: Site, id: str, step: str) -> Reply:
    return site.post(f"/api/campaigns/{id}/{step}")


def field_of(error: dict[str, Any]) -> str:
    (detail,) = error["details"]
    return str(detail["field"])


def states(site: Site, id: str) -> list[str]:
    return [call["state"] for call in site.calls_of(id)]


def without_number(site: Site) -> None:
    site.patch("/api/account", {"from": None}).ok()


def test_without_a_number_to_call_from_it_is_not_started(site: Site) -> None:
    without_number(site)
    id = site.campaign(callee(0), callee(1))
    assert field_of(step(site, id, "start").error(409, "wrong_state")) == "from"
    assert states(site, id) == ["queued"] * 2
    site.patch(f"/api/campaigns/{id}", {"from": CALLER}).ok()
    step(site, id, "start").ok()


def test_without_a_number_to_call_from_it_is_not_resumed(site: Site) -> None:
    id = site.campaign(callee(0), start=True)
    step(site, id, "pause").ok()
    without_number(site)
    assert field_of(step(site, id, "resume").error(409, "wrong_state")) == "from"


def test_a_running_one_keeps_a_number_to_call_from(site: Site) -> None:
    without_number(site)
    id = site.campaign(callee(0), start=True, **{"from": [CALLER]})
    assert field_of(site.patch(f"/api/campaigns/{id}", {"from": None}).error(422, "invalid")) == "from"
    assert site.get(f"/api/campaigns/{id}").ok()["from"] == [CALLER]


def test_its_agent_s_numbers_are_numbers_to_call_from(site: Site) -> None:
    without_number(site)
    lines = {"provider": "vapi", "line_ids": {CALLER: "6f1b2c3d-0000-4000-8000-000000000001"}}
    for agent in (site.agent(), site.agent(**lines)):
        id = site.campaign(callee(0), script=None, agent=agent)
        assert step(site, id, "start").ok()["status"] == "running"


def test_an_account_that_loses_its_number_has_its_campaigns_paused_and_loses_no_call(site: Site) -> None:
    id = site.campaign(*map(callee, range(5)), start=True, hours={"mon": NINE_TO_FIVE, "tue": NINE_TO_FIVE})
    without_number(site)
    site.world.run_until(site.world.clock.now() + timedelta(hours=20))
    shown = site.get(f"/api/campaigns/{id}").ok()
    assert (shown["status"], shown["paused_reason"]) == ("paused", "no_caller_number")
    assert states(site, id) == [*["completed"] * 2, *["queued"] * 3]  # two had their number already
    step(site, id, "resume").error(409, "wrong_state")
    site.patch("/api/account", {"from": CALLER}).ok()
    step(site, id, "resume").ok()
    site.world.run_until(site.world.clock.now() + timedelta(hours=7))
    assert sorted(site.rung()) == [callee(n) for n in range(5)]


def test_a_copy_of_last_month_s_campaign_is_not_started_into_its_end(site: Site) -> None:
    old = site.campaign(callee(0), end_date="2026-02-28")
    id = site.post(f"/api/campaigns/{old}/clone").ok(201)["id"]
    site.post(f"/api/campaigns/{id}/contacts", csv(callee(0), callee(1))).ok(201)
    assert field_of(step(site, id, "start").error(409, "wrong_state")) == "end_date"
    assert states(site, id) == ["queued"] * 2
    site.patch(f"/api/campaigns/{id}", {"end_date": "2026-03-31"}).ok()
    step(site, id, "start").ok()


def test_one_whose_last_day_is_over_is_not_resumed(site: Site) -> None:
    id = site.campaign(callee(0), start=True, hours={"tue": NINE_TO_FIVE}, end_date="2026-03-03")
    step(site, id, "pause").ok()
    site.world.clock.advance(days=2)
    assert field_of(step(site, id, "resume").error(409, "wrong_state")) == "end_date"


def test_hours_in_which_no_law_allows_a_call_are_not_started(site: Site) -> None:
    id = site.campaign(callee(0), hours=NIGHT)
    assert field_of(step(site, id, "start").error(409, "wrong_state")) == "hours"


@pytest.mark.parametrize(("field", "value"), [("end_date", "2025-12-31"), ("hours", NIGHT)])
def test_a_running_one_is_not_edited_so_that_all_that_waits_expires(
    site: Site, field: str, value: Any
) -> None:
    id = site.campaign(*map(callee, range(4)), start=True, limits={"calls_in_flight": 1})
    before = states(site, id)
    assert field_of(site.patch(f"/api/campaigns/{id}", {field: value}).error(422, "invalid")) == field
    assert states(site, id) == before == ["claimed", *["queued"] * 3]


def test_what_does_not_run_may_be_edited_in_any_order(site: Site) -> None:
    id = site.campaign(callee(0))
    for changes in ({"end_date": "2026-02-28"}, {"hours": NIGHT}, {"end_date": None}, {"hours": None}):
        site.patch(f"/api/campaigns/{id}", changes).ok()
    step(site, id, "start").ok()


def test_one_that_lacks_it_already_may_still_be_renamed(site: Site) -> None:
    id = site.campaign(callee(0), start=True, hours={"tue": NINE_TO_FIVE})
    without_number(site)
    assert site.patch(f"/api/campaigns/{id}", {"name": "Renamed"}).ok()["name"] == "Renamed"
