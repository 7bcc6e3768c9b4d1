from datetime import timedelta

import pytest

from tests.support.api import CAMPAIGN, NINE_TO_FIVE, SCRIPT, Site, callee

FULL = {
    "name": "Reminders",
    "timezone": "America/New_York",
    "hours": {
        "mon": [{"start": "09:00", "end": "12:00"}, {"start": "13:00", "end": "24:00"}],
        "fri": [{"start": "22:00", "end": "02:00", "overnight": True}],
    },
    "retry": {"busy": [{"after_minutes": 15}, {"after_minutes": 60}], "no_answer": [{"after_minutes": 180}]},
    "hours_zone": "contact",
    "start_date": "2026-03-02",
    "end_date": "2026-12-31",
    "blackout_dates": ["2026-07-03", "2026-11-27"],
    "holidays": ["US", "US-IL"],
    "limits": {
        "calls_in_flight": 3,
        "calls_per_minute": 60,
        "budget": {"amount": 12_550, "currency": "USD"},
    },
    "pace": "even",
    "weight": 2,
    "from": ["+13125550100", "+13125550101"],
    "script": SCRIPT,
    "on_machine": "leave_message",
    "on_unknown": "redial",
}
OF_A_CAMPAIGN = [
    *("id", "name", "status", "paused_reason", "created_at", "timezone", "hours", "hours_zone"),
    *("start_date", "end_date", "blackout_dates", "holidays", "retry", "limits", "pace", "weight", "from"),
    *("script", "agent", "on_machine", "on_unknown", "awake", "next_due_at"),
]


def test_a_campaign_is_shown_as_it_was_described(site: Site) -> None:
    made = site.post("/api/campaigns", FULL).ok(201)
    assert list(made) == OF_A_CAMPAIGN
    without_retries = {"voicemail": [], "failed": []}
    assert {name: made[name] for name in FULL} == FULL | {"retry": FULL["retry"] | without_retries}
    assert made["id"].startswith("cmp_")
    assert made["paused_reason"] is None
    assert (made["status"], made["created_at"]) == ("draft", "2026-03-02T18:00:00.000Z")
    assert (made["awake"], made["next_due_at"]) == (False, None)


def test_it_is_read_back_with_its_progress(site: Site) -> None:
    made = site.post("/api/campaigns", FULL).ok(201)
    shown = site.get(f"/api/campaigns/{made['id']}").ok()
    progress = shown.pop("progress")
    assert shown == made
    assert set(progress.values()) == {0}


def test_the_first_designs_path_makes_one_too(site: Site) -> None:
    made = site.post("/api/campaigns/create", CAMPAIGN).ok(201)
    assert site.get(f"/api/campaigns/{made['id']}").ok()["name"] == "Reminders"


def test_what_was_left_out_has_a_default(site: Site) -> None:
    made = site.post("/api/campaigns", CAMPAIGN).ok(201)
    defaults = {
        "hours": None,
        "hours_zone": "campaign",
        "start_date": None,
        "end_date": None,
        "blackout_dates": [],
        "holidays": [],
        "retry": {"busy": [], "no_answer": [], "voicemail": [], "failed": []},
        "limits": {"calls_in_flight": None, "calls_per_minute": None, "budget": None},
        "pace": "fast",
        "weight": 1,
        "from": None,
        "on_machine": "count_as_answered",
        "on_unknown": "assume_placed",
    }
    assert {name: made[name] for name in defaults} == defaults


def test_what_is_shown_can_be_sent_to_make_another_one(site: Site) -> None:
    made = site.post("/api/campaigns", FULL).ok(201)
    described = {name: made[name] for name in OF_A_CAMPAIGN if name in FULL}
    again = site.post("/api/campaigns", described).ok(201)
    assert {name: again[name] for name in described} == described


def test_a_zones_name_is_stored_as_it_is_written_in_the_database_of_zones(site: Site) -> None:
    assert site.post("/api/campaigns", CAMPAIGN | {"timezone": "europe/PARIS"}).ok(201)["timezone"] == (
        "Europe/Paris"
    )


def test_a_campaign_rings_all_its_contacts_and_finishes(site: Site) -> None:
    callees = [callee(number) for number in range(5)]
    id = site.campaign(*callees, start=True)
    site.world.run_until(site.world.clock.now() + timedelta(hours=2))
    shown = site.get(f"/api/campaigns/{id}").ok()
    assert (shown["status"], shown["awake"], shown["next_due_at"]) == ("finished", False, None)
    progress = shown["progress"]
    assert progress["total"] == 5
    assert sum(n for name, n in progress.items() if name != "total") == 5
    assert progress["queued"] == progress["in_flight"] == 0
    assert sorted(site.rung()) == callees


def test_its_calls_are_listed_in_the_order_of_the_file(site: Site) -> None:
    callees = [callee(number) for number in (7, 3, 5)]
    calls = site.calls_of(site.campaign(*callees))
    assert [call["to"] for call in calls] == callees
    assert {call["state"] for call in calls} == {"queued"}
    assert {call["name"] for call in calls} == {"Ada"}


def test_without_contacts_it_cannot_be_started(site: Site) -> None:
    id = site.campaign()
    error = site.post(f"/api/campaigns/{id}/start").error(409, "wrong_state")
    assert error["details"] == [
        {"field": "progress.total", "code": "0", "message": "is 0; this needs 1 or more"}
    ]


def test_a_campaign_outside_its_hours_sleeps_until_they_begin(site: Site) -> None:
    id = site.campaign(callee(0), start=True, hours={"tue": NINE_TO_FIVE})
    shown = site.get(f"/api/campaigns/{id}").ok()
    assert (shown["status"], shown["awake"], shown["next_due_at"]) == (
        "running",
        False,
        "2026-03-03T15:00:00.000Z",
    )
    assert site.rung() == []


@pytest.mark.parametrize("step", ["start", "pause", "cancel"])
def test_a_step_that_is_repeated_changes_nothing(site: Site, step: str) -> None:
    id = site.campaign(callee(0), start=True, hours={"tue": NINE_TO_FIVE})
    site.post(f"/api/campaigns/{id}/{step}").ok()
    again = site.post(f"/api/campaigns/{id}/{step}").ok()
    assert again["status"] == {"start": "running", "pause": "paused", "cancel": "canceled"}[step]


def test_a_paused_campaign_rings_nobody_until_it_is_resumed(site: Site) -> None:
    id = site.campaign(callee(0), start=True, hours={"tue": NINE_TO_FIVE})
    site.post(f"/api/campaigns/{id}/pause").ok()
    site.world.run_until(site.world.clock.now() + timedelta(hours=22))
    assert site.rung() == []
    site.post(f"/api/campaigns/{id}/resume").ok()
    site.world.run_until(site.world.clock.now() + timedelta(seconds=5))
    assert site.rung() == [callee(0)]


def test_a_canceled_campaigns_waiting_calls_are_canceled(site: Site) -> None:
    id = site.campaign(callee(0), callee(1), start=True, hours={"tue": NINE_TO_FIVE})
    assert site.post(f"/api/campaigns/{id}/cancel").ok()["status"] == "canceled"
    site.world.run_until(site.world.clock.now() + timedelta(minutes=16))
    assert [call["state"] for call in site.calls_of(id)] == ["canceled", "canceled"]


@pytest.mark.parametrize("step", ["start", "pause", "resume", "cancel"])
def test_what_is_finished_stays_finished(site: Site, step: str) -> None:
    id = site.finished_campaign()
    before = site.commits()
    error = site.post(f"/api/campaigns/{id}/{step}").error(409, "wrong_state")
    assert "finished" in error["message"]
    assert site.commits() == before


def test_a_finished_campaign_takes_no_contacts(site: Site) -> None:
    site.post(f"/api/campaigns/{site.finished_campaign()}/contacts", b"phone\n" + callee(9).encode()).error(
        409, "wrong_state"
    )


@pytest.mark.parametrize("step", ["pause", "resume"])
def test_a_draft_can_neither_be_paused_nor_resumed(site: Site, step: str) -> None:
    site.post(f"/api/campaigns/{site.campaign(callee(0))}/{step}").error(409, "wrong_state")


def test_an_unknown_step_is_an_unknown_address(site: Site) -> None:
    site.post(f"/api/campaigns/{site.campaign()}/explode").error(404, "not_found")
