"""Why not now? For one call, and for all that waits in a campaign."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.api import CALLEE, NINE_TO_FIVE, Site, callee

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = {"hours": dict.fromkeys(WEEKDAYS, NINE_TO_FIVE)}


def why(site: Site, campaign_id: str) -> Any:
    """Of the campaign's first call."""
    return site.get(f"/api/calls/{site.calls_of(campaign_id)[0]['id']}/why").ok()


def test_the_first_rule_that_blocks_is_named_with_the_others_and_the_next_moment(site: Site) -> None:
    night = {"tue": [{"start": "09:00", "end": "10:00"}]}
    answer = why(site, site.campaign(CALLEE, start=True, hours=night, blackout_dates=["2026-03-02"]))
    assert answer["blocked_by"] == {
        "rule": "blackout",
        "message": "It is one of the campaign's days without calls (America/Chicago).",
        "until": "2026-03-03T06:00:00.000Z",
    }
    assert [(block["rule"], block["until"]) for block in answer["also"]] == [
        ("hours", "2026-03-03T15:00:00.000Z")
    ]
    assert answer["may_ring_at"] == "2026-03-03T15:00:00.000Z"


def test_the_law_that_keeps_it_waiting_is_cited(site: Site) -> None:
    site.world.run_until(site.world.clock.now() + timedelta(hours=12))
    blocked_by = why(site, site.campaign(CALLEE, start=True))["blocked_by"]
    assert blocked_by["rule"] == "legal_hours"
    assert "(America/Chicago): 47 CFR 64.1200(c)(1) (" in blocked_by["message"]


def test_a_draft_waits_for_its_user_and_says_no_time(site: Site) -> None:
    answer = why(site, site.campaign(CALLEE))
    assert (answer["blocked_by"]["rule"], answer["may_ring_at"]) == ("draft", None)


def test_a_number_on_the_do_not_call_list_will_not_ring(site: Site) -> None:
    site.post("/api/do-not-call", {"phone": CALLEE}).ok(201)
    answer = why(site, site.campaign(CALLEE, start=True, hours={"tue": NINE_TO_FIVE}))
    assert answer["blocked_by"]["rule"] == "do_not_call"
    assert answer["may_ring_at"] is None


def test_a_call_that_has_ended_does_not_wait(site: Site) -> None:
    campaign = site.campaign(CALLEE)
    call = site.calls_of(campaign)[0]["id"]
    site.post(f"/api/calls/{call}/cancel").ok()
    assert why(site, campaign)["blocked_by"]["rule"] == "state"


def test_an_account_s_limit_is_named(site: Site) -> None:
    campaign = site.campaign(*map(callee, range(4)), start=True)
    waiting = [call for call in site.calls_of(campaign) if call["state"] == "queued"]
    answer = site.get(f"/api/calls/{waiting[0]['id']}/why").ok()
    assert answer["blocked_by"]["rule"] == "account_calls_in_flight"


def test_what_waits_is_summed_up_by_rule_with_the_time_and_its_zone(site: Site) -> None:
    campaign = site.campaign(*map(callee, range(6)), start=True, hours={"tue": NINE_TO_FIVE})
    summary = site.get(f"/api/campaigns/{campaign}/waiting").ok()
    assert summary["total"] == 6
    assert summary["waiting"] == [
        {"rule": "hours", "count": 6, "until": "2026-03-03T15:00:00.000Z", "timezone": "America/Chicago"}
    ]


def test_those_that_only_want_a_slot_and_those_for_later_are_told_apart(site: Site) -> None:
    rows = [f"{callee(n)},{when}" for n, when in enumerate(["", "", "", "", "2026-03-02T15:00"])]
    campaign = site.campaign(**OFFICE)
    csv = "\n".join(["phone,not_before", *rows]).encode()
    site.post(f"/api/campaigns/{campaign}/contacts", csv).ok(201)
    site.post(f"/api/campaigns/{campaign}/start").ok()
    summary = site.get(f"/api/campaigns/{campaign}/waiting").ok()
    assert {part["rule"]: part["count"] for part in summary["waiting"]} == {"later": 1, "slot": 2}


def test_a_paused_campaign_s_calls_wait_for_its_user(site: Site) -> None:
    campaign = site.campaign(CALLEE, start=True, hours={"tue": NINE_TO_FIVE})
    site.post(f"/api/campaigns/{campaign}/pause").ok()
    summary = site.get(f"/api/campaigns/{campaign}/waiting").ok()
    assert [(part["rule"], part["count"]) for part in summary["waiting"]] == [("paused", 1)]


@pytest.mark.parametrize("path", ["/api/calls/{call}/why", "/api/campaigns/{campaign}/waiting"])
def test_another_account_s_are_not_found(site: Site, path: str) -> None:
    campaign = site.campaign(CALLEE)
    call = site.calls_of(campaign)[0]["id"]
    site.beside().get(path.format(call=call, campaign=campaign)).error(404, "not_found")
