"""Whom a campaign calls: listed, and taken out of it again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.domain.call import Call
from tests.support.api import CALLEE, NINE_TO_FIVE, NOON, Reply, Site, callee
from tests.support.fakes import committing

TOMORROW = {"tue": NINE_TO_FIVE}
NINE_TOMORROW = datetime(2026, 3, 3, 15, tzinfo=UTC)


def contacts(site: Site, campaign: str, query: str = "") -> list[Any]:
    return list(site.get(f"/api/campaigns/{campaign}/contacts{query}").ok()["data"])


def remove(site: Site, campaign: str, phone: str = CALLEE) -> Reply:
    return site.send("DELETE", f"/api/campaigns/{campaign}/contacts/{phone.replace('+', '%2B')}")


def state(site: Site, campaign: str, phone: str = CALLEE) -> str:
    (contact,) = contacts(site, campaign, f"?phone={phone}")
    return str(contact["state"])


# --- listed ---------------------------------------------------------------------------------------------


def test_a_contact_is_shown_as_it_was_imported(site: Site) -> None:
    campaign = site.campaign()
    file = (
        b"phone,name,day,external_id,timezone,not_before\n"
        b"(312) 555-0123,Ada,Monday,7,America/Chicago,2026-03-04T18:00:00Z\n"
    )
    site.post(f"/api/campaigns/{campaign}/contacts", file).ok(201)
    (contact,) = contacts(site, campaign)
    assert contact == {
        "call_id": site.calls_of(campaign)[0]["id"],
        "phone": CALLEE,
        "name": "Ada",
        "variables": {"day": "Monday", "timezone": "America/Chicago"},
        "external_id": "7",
        "timezone": "America/Chicago",
        "state": "queued",
        "due_at": "2026-03-04T18:00:00.000Z",
        "created_at": contact["created_at"],
    }


def test_contacts_are_listed_a_page_at_a_time_in_the_order_of_the_import(site: Site) -> None:
    order = [callee(number) for number in (5, 1, 4, 2, 3)]
    campaign = site.campaign(*order)
    path, listed, cursor = f"/api/campaigns/{campaign}/contacts?limit=2", [], ""
    while cursor is not None:
        page = site.get(path + cursor).ok()
        listed.append([contact["phone"] for contact in page["data"]])
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert listed == [order[:2], order[2:4], order[4:]]


def test_one_number_is_asked_for(site: Site) -> None:
    campaign = site.campaign(callee(1), callee(2))
    for phone in (callee(2), callee(2).replace("+", "%2B"), "(312)%20555-0102"):
        assert [each["phone"] for each in contacts(site, campaign, f"?phone={phone}")] == [callee(2)]
    assert contacts(site, campaign, f"?phone={callee(3)}") == []


@pytest.mark.parametrize("query", ["state=queued", "phone=x", "limit=0", "phone=1&phone=2"])
def test_what_cannot_be_asked_is_refused(site: Site, query: str) -> None:
    site.get(f"/api/campaigns/{site.campaign()}/contacts?{query}").error(422, "invalid")


# --- taken out ------------------------------------------------------------------------------------------


def test_who_is_taken_out_is_not_called(site: Site) -> None:
    campaign = site.campaign(CALLEE, callee(1), start=True, hours=TOMORROW)
    assert remove(site, campaign).status == 204
    assert state(site, campaign) == "canceled"
    site.world.run_until(NINE_TOMORROW.replace(hour=20))
    assert site.rung() == [callee(1)]
    assert site.get(f"/api/campaigns/{campaign}").ok()["status"] == "finished"


def test_it_costs_two_reads_and_two_writes(site: Site) -> None:
    """The call and its record; and the key and its account."""
    campaign = site.campaign(CALLEE, start=True, hours=TOMORROW)
    remove(site, campaign)
    receipt = site.receipts[-1]
    assert (receipt["reads"], receipt["writes"], receipt["tasks"]) == (2 + 2, 2, 0)


def test_a_campaign_whose_last_waiting_contact_was_taken_out_finishes(site: Site) -> None:
    """When that contact would have been due."""
    campaign = site.campaign(CALLEE, start=True, hours=TOMORROW)
    assert remove(site, campaign).status == 204
    assert site.get(f"/api/campaigns/{campaign}").ok()["status"] == "running"
    site.world.run_until(NINE_TOMORROW)
    assert site.get(f"/api/campaigns/{campaign}").ok()["status"] == "finished"
    assert site.get("/api/status").ok()["next_wake"] is None
    assert site.rung() == []


@pytest.mark.parametrize("step", ["draft", "paused"])
def test_a_campaign_that_does_not_run_is_left_as_it_is(site: Site, step: str) -> None:
    campaign = site.campaign(CALLEE, start=step == "paused", hours=TOMORROW)
    if step == "paused":
        site.post(f"/api/campaigns/{campaign}/pause").ok()
    assert remove(site, campaign).status == 204
    site.world.run_until(NINE_TOMORROW)
    assert site.get(f"/api/campaigns/{campaign}").ok()["status"] == step
    site.post(f"/api/campaigns/{campaign}/{'start' if step == 'draft' else 'resume'}").ok()
    assert site.get(f"/api/campaigns/{campaign}").ok()["status"] == "finished"


def test_to_take_out_a_contact_again_is_harmless(site: Site) -> None:
    campaign = site.campaign(CALLEE)
    remove(site, campaign)
    before = site.commits()
    assert remove(site, campaign).status == 204
    assert site.commits() == before


def test_importing_who_was_taken_out_adds_nothing(site: Site) -> None:
    campaign = site.campaign(CALLEE)
    remove(site, campaign)
    report = site.post(f"/api/campaigns/{campaign}/contacts", f"phone\n{CALLEE}\n".encode()).ok(201)
    assert (report["created"], report["duplicates"]) == (0, 1)
    assert state(site, campaign) == "canceled"


def test_a_claimed_contact_gives_its_slot_back_and_is_not_dialled(site: Site) -> None:
    site.change_account(calls_in_flight_max=1)
    campaign = site.campaign(CALLEE, callee(1), start=True)
    assert state(site, campaign) == "claimed"
    assert remove(site, campaign).status == 204
    assert site.receipts[-1]["tasks"] == 1  # a pass is asked for, to fill the slot
    site.world.run_until(NOON.replace(hour=19))
    assert site.rung() == [callee(1)]


def test_who_is_on_the_line_cannot_be_taken_out(site: Site) -> None:
    campaign = site.campaign(CALLEE, start=True)
    site.world.service.local_tasks.deliver_due()  # type: ignore[union-attr]
    before, now = site.commits(), state(site, campaign)
    error = remove(site, campaign).error(409, "wrong_state")
    assert site.calls_of(campaign)[0]["id"] in error["message"]
    assert [(detail["field"], detail["code"]) for detail in error["details"]] == [("state", now)]
    assert "claimed, queued" in error["details"][0]["message"]
    assert site.commits() == before


def test_whose_call_has_ended_is_left_as_it_is(site: Site) -> None:
    campaign = site.campaign(CALLEE, start=True)
    site.world.run_until(NOON.replace(hour=20))
    before, ended = site.commits(), state(site, campaign)
    assert ended not in ("queued", "canceled")
    assert remove(site, campaign).status == 204
    assert (site.commits(), state(site, campaign)) == (before, ended)


def test_one_that_a_pass_claims_in_between_is_taken_out_all_the_same(site: Site) -> None:
    campaign, found = site.campaign(CALLEE), list[str]()

    def claim() -> None:
        site.post(f"/api/campaigns/{campaign}/start").ok()
        found.append(state(site, campaign))

    site.hook().before(committing(Call), claim)
    assert remove(site, campaign).status == 204
    assert state(site, campaign) == "canceled"
    assert found == ["claimed"]
    site.world.service.local_tasks.deliver_due()  # type: ignore[union-attr]
    assert site.rung() == []


@pytest.mark.parametrize("phone", [callee(9), "x", "+1", "%20"])
def test_who_is_not_in_the_campaign_cannot_be_taken_out(site: Site, phone: str) -> None:
    campaign = site.campaign(CALLEE)
    other = site.campaign(callee(9))
    remove(site, campaign, phone).error(404, "not_found")
    assert state(site, other, callee(9)) == "queued"


def test_a_direct_call_is_nobodys_contact(site: Site) -> None:
    site.call(CALLEE, not_before="2026-03-04T18:00:00Z")
    queue = f"direct_{site.account.id}"
    site.get(f"/api/campaigns/{queue}/contacts").error(404, "not_found")
    remove(site, queue).error(404, "not_found")
