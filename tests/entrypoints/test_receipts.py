"""When the service woke, why, and what it did: for whom it did it, and for nobody else."""

from datetime import timedelta
from typing import Any

import pytest

from service.domain.lane import Lane
from service.domain.pass_receipt import PASSES_KEPT_MAX
from service.local.time_lapse import CALLER
from tests.support.api import CALLEE, NOON, SCRIPT, Site, callee

PATH = "/api/receipts"
TOMORROW = {"tue": [{"start": "09:05", "end": "17:00"}]}  # not when a tick comes
OPENS = NOON + timedelta(hours=21, minutes=5)
COSTS = ("reads", "writes", "tasks")


def receipts(site: Site, query: str = "") -> list[Any]:
    return list(site.get(PATH + query).ok()["data"])


def told(site: Site) -> list[tuple[str, int, bool]]:
    return [(each["reason"], each["claimed"], each["awake"]) for each in receipts(site)]


def test_a_lane_without_a_pass_has_none(site: Site) -> None:
    assert site.get(PATH).ok() == {"data": [], "next_cursor": None}


def test_the_story_of_a_campaign_can_be_read_the_newest_first(site: Site) -> None:
    site.campaign(CALLEE, callee(1), callee(2), start=True, hours=TOMORROW)
    site.world.run_until(NOON + timedelta(days=1))
    assert site.get("/api/campaigns").ok()["data"][0]["status"] == "finished"
    told_of = told(site)
    assert told_of[0] == ("refill", 0, False)
    assert told_of[-2:] == [("wake", 2, True), ("request", 0, False)]
    assert sum(claimed for _, claimed, _ in told_of) == len(site.rung()) == 3
    *_, woke, fell_asleep = receipts(site)
    assert woke["at"] == "2026-03-03T15:05:00.000Z"
    assert (fell_asleep["at"], fell_asleep["next_wake"]) == ("2026-03-02T18:00:00.000Z", woke["at"])


def test_one_has_what_it_cost_with_the_commit_that_it_is_in(site: Site) -> None:
    """Of a pass that a task brought, that is all that the request cost."""
    site.campaign(CALLEE, callee(1), start=True, hours=TOMORROW)
    site.world.run_until(OPENS)
    (request,) = [each for each in site.receipts if each.get("reason") == "wake"]
    woke = receipts(site)[0]
    assert woke["reason"] == "wake"
    assert {name: woke[name] for name in COSTS} == {name: request[name] for name in COSTS}
    assert woke["tasks"] == woke["claimed"] == 2


def test_a_pass_that_goes_to_sleep_counts_its_two_documents_and_its_wake_task(site: Site) -> None:
    campaign = site.campaign(CALLEE, hours=TOMORROW)
    site.post(f"/api/campaigns/{campaign}/start").ok()
    request, (asleep,) = site.receipts[-1], receipts(site)
    started = 3  # the campaign, the clock and their record, before the pass of the same request
    assert asleep["writes"] == request["writes"] - started
    assert asleep["tasks"] == request["tasks"] == 1


def test_asking_for_them_costs_one_read(site: Site) -> None:
    """And the key and its account."""
    site.call()
    receipts(site)
    assert [site.receipts[-1][name] for name in COSTS] == [1 + 2, 0, 0]


def test_an_idle_tick_leaves_none_and_costs_what_it_did(site: Site) -> None:
    site.campaign(CALLEE, start=True, hours=TOMORROW)
    mutex, before = site.world.service.outside.store.get(Lane, "main"), receipts(site)
    site.as_invoker("/queue/process").ok()
    assert [site.receipts[-1][name] for name in COSTS] == [1, 0, 0]
    assert site.world.service.outside.store.get(Lane, "main") == mutex
    assert receipts(site) == before


def test_a_pass_that_does_nothing_for_anybody_leaves_none(site: Site) -> None:
    site.as_invoker("/queue/process").ok()
    site.call(not_before="2026-03-04T18:00:00Z")
    assert len(receipts(site)) == 1
    site.call(callee(1), not_before="2026-03-05T18:00:00Z")
    before = receipts(site)
    site.as_invoker("/queue/process").ok()
    assert receipts(site) == before


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_they_are_listed_a_page_at_a_time(site: Site, limit: int) -> None:
    for number in range(5):  # all of them at one moment
        site.call(callee(number), not_before=f"2026-03-{10 - number:02}T18:00:00Z")
    everything, listed, cursor = receipts(site), [], ""
    assert len(everything) == 5
    while cursor is not None:
        page = site.get(f"{PATH}?limit={limit}{cursor}").ok()
        assert len(page["data"]) <= limit
        listed += page["data"]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert listed == everything


def test_the_last_ones_are_kept(site: Site) -> None:
    for _ in range(PASSES_KEPT_MAX + 2):
        site.world.clock.advance(minutes=30)
        site.call()
        site.world.run_until(site.world.clock.now() + timedelta(minutes=30))
    kept = receipts(site, "?limit=200")
    assert len(kept) == PASSES_KEPT_MAX
    assert [each["at"] for each in kept] == sorted((each["at"] for each in kept), reverse=True)


# --- of several accounts --------------------------------------------------------------------------------


def test_each_account_sees_the_passes_that_did_something_for_it_with_its_own_number(site: Site) -> None:
    other = site.beside()
    other.campaign(callee(1), callee(2), start=True, hours=TOMORROW)
    site.campaign(CALLEE, start=True, hours=TOMORROW)
    site.call(callee(9))
    site.world.run_until(OPENS)
    woke, theirs = receipts(site)[0], receipts(other)[0]
    assert (woke["reason"], woke["claimed"]) == (theirs["reason"], theirs["claimed"] - 1) == ("wake", 1)
    assert woke["at"] == theirs["at"]
    assert ("request", 1, True) in told(site)  # the direct call
    assert ("request", 1, True) not in told(other)


def test_what_a_pass_for_several_accounts_cost_is_told_to_none_of_them(site: Site) -> None:
    """It would tell how much the others have to do."""
    other = site.beside()
    for each in (site, other):
        each.campaign(CALLEE, start=True, hours=TOMORROW)
    alone = receipts(site)[-1]
    assert None not in [alone[name] for name in COSTS]
    site.world.run_until(OPENS)
    for each in (site, other):
        assert [receipts(each)[0][name] for name in COSTS] == [None] * 3


def test_nor_what_one_cost_that_looked_at_anothers_campaigns(site: Site) -> None:
    other = site.beside()
    other.campaign(*(callee(number) for number in range(5)), start=True)
    site.post("/api/calls", {"to": CALLEE, "script": SCRIPT, "from": CALLER}).ok(201)
    placed = receipts(site)[0]
    assert (placed["claimed"], [placed[name] for name in COSTS]) == (1, [None] * 3)


def test_another_lanes_passes_are_not_shown(site: Site) -> None:
    site.call()
    assert receipts(site)
    site.change_account(lane="second")
    assert receipts(site) == []


@pytest.mark.parametrize("query", ["?limit=0", "?state=queued", "?limit=1&limit=2"])
def test_what_cannot_be_asked_is_refused(site: Site, query: str) -> None:
    site.get(PATH + query).error(422, "invalid")


def test_a_made_up_cursor_is_refused(site: Site) -> None:
    site.get(f"{PATH}?cursor=x").error(400, "bad_cursor")
