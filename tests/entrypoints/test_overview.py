"""A campaign at a glance, and what a page about it costs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.call import Call, State
from service.domain.states import FINAL
from service.local.telephone_calls import Fate
from service.ports import Update
from tests.support.api import NINE_TO_FIVE, Site, callee, csv

READS_OF_A_PAGE = 15  # and the calls that it shows
SHOWN = 50


def overview(site: Site, id: str, query: str = "") -> dict[str, Any]:
    shown: dict[str, Any] = site.get(f"/api/campaigns/{id}/overview{query}").ok()
    return shown


def of_all_states(site: Site) -> str:
    """A running campaign that is open, with calls in each state that there is."""
    id = site.campaign(*map(callee, range(70)), start=True)
    store = site.world.service.outside.store
    waiting = [call["id"] for call in site.calls_of(id) if call["state"] == "queued"]
    for call_id, state in zip(waiting, [*sorted(FINAL), State.UNCERTAIN], strict=False):
        stored = store.get(Call, call_id)
        assert stored is not None
        live = state is State.UNCERTAIN
        store.commit([Update(replace(stored.record, state=state, live=live), stored.version)])
    return id


def test_it_shows_what_the_three_requests_show(site: Site) -> None:
    id = of_all_states(site)
    path = f"/api/campaigns/{id}"
    assert overview(site, id, "?limit=5") == {
        "campaign": site.get(path).ok(),
        "waiting": site.get(f"{path}/waiting").ok(),
        "calls": site.get(f"{path}/calls?limit=5").ok(),
    }


@pytest.mark.parametrize("step", [None, "start", "pause", "cancel"])
def test_so_it_does_of_one_that_does_not_run(site: Site, step: str | None) -> None:
    """A draft, one that is closed, one that is paused, one that is canceled."""
    id = site.campaign(callee(0), callee(1), start=step is not None, hours={"tue": NINE_TO_FIVE})
    if step:
        site.post(f"/api/campaigns/{id}/{step}").ok()
    shown = overview(site, id)
    assert shown["campaign"] == site.get(f"/api/campaigns/{id}").ok()
    assert shown["waiting"] == site.get(f"/api/campaigns/{id}/waiting").ok()


def test_its_cursor_leads_through_the_list_of_calls(site: Site) -> None:
    id = site.campaign(*map(callee, range(5)))
    first = overview(site, id, "?limit=3")["calls"]
    rest = site.get(f"/api/campaigns/{id}/calls?limit=3&cursor={first['next_cursor']}").ok()
    assert first["data"] + rest["data"] == site.get(f"/api/campaigns/{id}/calls").ok()["data"]
    assert overview(site, id, "?limit=5")["calls"]["next_cursor"] is None
    assert overview(site, site.campaign())["calls"] == {"data": [], "next_cursor": None}


def test_a_campaigns_page_costs_fifteen_reads_and_the_calls_that_it_shows(site: Site) -> None:
    """All that `page_campaign.js` asks by itself; the forecast and the hours are asked for by the user."""
    id = of_all_states(site)
    before = len(site.receipts)
    shown = overview(site, id, f"?limit={SHOWN}")
    (receipt,) = site.receipts[before:]
    assert len(shown["calls"]["data"]) == SHOWN
    assert all(shown["campaign"]["progress"].values())
    assert receipt["reads"] <= READS_OF_A_PAGE + SHOWN
    assert receipt["writes"] == 0


def test_it_is_not_sent_again_while_nothing_changes(site: Site) -> None:
    id = site.campaign(callee(0))
    path = f"/api/campaigns/{id}/overview"
    tag = site.get(path).headers["etag"]
    assert site.send("GET", path, headers={"If-None-Match": tag}).status == 304
    site.post(f"/api/campaigns/{id}/contacts", csv(callee(1))).ok(201)
    assert site.send("GET", path, headers={"If-None-Match": tag}).status == 200


# --- by the hour ----------------------------------------------------------------------------------------


def hours(site: Site, id: str) -> dict[int, tuple[int, int]]:
    shown = site.get(f"/api/campaigns/{id}/hours").ok()
    assert (shown["campaign_id"], [each["hour"] for each in shown["data"]]) == (id, list(range(24)))
    return {each["hour"]: (each["dials"], each["answered"]) for each in shown["data"] if each["dials"]}


def test_dials_and_answers_are_told_by_the_campaigns_clock(site: Site) -> None:
    """It is noon in Chicago."""
    id = site.campaign()
    rows = f"phone,not before\n{callee(0)},\n{callee(1)},\n{callee(2)},2026-03-02T19:30:00Z".encode()
    site.post(f"/api/campaigns/{id}/contacts", rows).ok(201)
    site.post(f"/api/campaigns/{id}/start").ok()
    site.world.run_until(site.world.clock.now() + timedelta(seconds=2))
    assert hours(site, id) == {12: (2, 0)}
    site.world.run_until(site.world.clock.now() + timedelta(hours=2))
    assert hours(site, id) == {12: (2, 2), 13: (1, 0)}  # nobody has answered the third


def test_of_each_call_the_first_dial_counts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fate(_to: str, _caller: str, calls_before: int) -> Fate:
        return Fate("completed", 5, 60) if calls_before else Fate("no-answer", 5)

    monkeypatch.setattr(site.world.network, "_fate", fate)
    id = site.campaign(callee(0), callee(1), start=True, retry={"no_answer": [{"after_minutes": 60}]})
    site.world.run_until(site.world.clock.now() + timedelta(minutes=30))
    assert hours(site, id) == {12: (2, 0)}
    site.world.run_until(site.world.clock.now() + timedelta(minutes=60))
    assert site.get(f"/api/campaigns/{id}").ok()["progress"]["completed"] == 2
    assert hours(site, id) == {12: (2, 0)}


def test_the_hours_cost_one_read_each_and_one_more_where_there_were_dials(site: Site) -> None:
    id = site.campaign(callee(0), callee(1), start=True)
    site.world.run_until(site.world.clock.now() + timedelta(minutes=5))
    hours(site, id)
    assert site.receipts[-1]["reads"] == 2 + 1 + 24 + 1
