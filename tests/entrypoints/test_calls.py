from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.account import Account
from service.domain.call import Call
from service.domain.calls import heard_machine
from service.ports import Update
from service.usecases.accounts import first_account
from tests.support.api import CALLEE, CALLER, SCRIPT, Site, callee

OF_A_CALL = [
    *("id", "campaign_id", "to", "from", "name", "variables", "external_id", "agent", "state"),
    *("due_at", "callback_at", "attempt", "trouble", "attempts", "outcome", "cost", "created_at"),
    "finished_at",
]
OF_AN_ATTEMPT = [
    *("number", "dialed_at", "answered_at", "ended_at", "outcome", "from", "provider", "provider_id"),
    *("agent", "answered_by", "duration_seconds", "cost", "provider_cost", "recording_url", "transcript"),
    *("summary", "rules_version", "error"),
]
TOLL_FREE = "+18002345678"
BRAZILIAN = "+551130001234"
PATHS = ("/api/calls", "/api/calls/initiate")  # the second is the first design's


def wanted(to: str = CALLEE, **more: Any) -> dict[str, Any]:
    return {"to": to, "script": SCRIPT, **more}


def fill_both_slots(site: Site) -> None:
    for number in (0, 1):
        site.post("/api/calls", wanted(callee(number))).ok(201)


@pytest.mark.parametrize("path", PATHS)
def test_a_call_that_has_a_slot_is_placed_at_once(site: Site, path: str) -> None:
    made = site.post(path, wanted(name="Ada", variables={"day": "Monday"})).ok(201)
    assert list(made) == OF_A_CALL
    assert made["id"].startswith("call_")
    assert (made["campaign_id"], made["to"], made["name"]) == (None, CALLEE, "Ada")
    assert (made["variables"], made["state"], made["attempt"]) == ({"day": "Monday"}, "claimed", 1)
    assert (made["outcome"], made["finished_at"], made["attempts"]) == (None, None, [])
    site.world.step(site.world.clock.now())
    assert site.rung() == [CALLEE]


@pytest.mark.parametrize("path", PATHS)
def test_a_call_without_a_slot_waits_and_says_where_and_why(site: Site, path: str) -> None:
    fill_both_slots(site)
    waits = [site.post(path, wanted(callee(number))).ok(202) for number in (2, 3)]
    assert [list(call) for call in waits] == [[*OF_A_CALL, "position", "reason"]] * 2
    assert [(call["state"], call["position"]) for call in waits] == [("queued", 1), ("queued", 2)]
    assert waits[0]["reason"] == "The account has all the calls in flight that it may have."


def test_calls_that_wait_are_placed_in_their_order(site: Site) -> None:
    for number in range(6):
        site.post("/api/calls", wanted(callee(number)))
        site.world.clock.advance(seconds=1)
    site.world.run_until(site.world.clock.now() + timedelta(hours=2))
    assert site.rung() == [callee(number) for number in range(6)]


def test_a_call_for_later_waits_until_then_and_not_longer(site: Site) -> None:
    later = site.post("/api/calls", wanted(not_before="2026-03-02T13:30:00-06:00")).ok(202)
    assert (later["state"], later["due_at"]) == ("queued", "2026-03-02T19:30:00.000Z")
    assert (later["position"], later["reason"]) == (1, "It waits for its not_before.")
    site.world.run_until(site.world.clock.now() + timedelta(minutes=89))
    assert site.rung() == []
    site.world.run_until(site.world.clock.now() + timedelta(minutes=1, seconds=1))
    (ring,) = site.world.network.rings()
    assert ring.created_at.isoformat() == "2026-03-02T19:30:00+00:00"


def test_without_a_number_to_call_from_there_is_no_call(site: Site) -> None:
    site.patch("/api/account", {"from": None}).ok()
    (detail,) = site.post("/api/calls", wanted()).error(422, "invalid")["details"]
    assert (detail["field"], detail["code"]) == ("from", "missing")
    site.post("/api/calls", wanted(**{"from": CALLER})).ok(201)


def test_an_agent_s_number_is_a_number_to_call_from(site: Site) -> None:
    site.patch("/api/account", {"from": None}).ok()
    made = site.post("/api/calls", {"to": CALLEE, "agent": site.agent()}).ok(201)
    assert made["from"] == CALLER


def test_a_time_that_has_passed_is_now(site: Site) -> None:
    made = site.post("/api/calls", wanted(not_before="2020-01-01T00:00:00Z")).ok(201)
    assert made["due_at"] == "2026-03-02T18:00:00.000Z"


def test_a_call_is_shown_to_its_end(site: Site) -> None:
    call = site.call(**{"from": "+13125550111"})
    assert (call["state"], call["from"]) == ("dialing", "+13125550111")
    assert call["attempts"][0]["provider"] == "twilio"
    site.world.run_until(site.world.clock.now() + timedelta(hours=1))
    ended = site.get(f"/api/calls/{call['id']}").ok()
    assert ended["outcome"] == ended["state"]
    assert ended["finished_at"] is not None
    (attempt,) = ended["attempts"]
    assert list(attempt) == OF_AN_ATTEMPT  # without the owner's token
    assert attempt["ended_at"] == ended["finished_at"]


def test_the_national_number_is_read_in_the_accounts_country(site: Site) -> None:
    assert site.post("/api/calls", wanted("(312) 555-0123")).ok(201)["to"] == "+13125550123"


def test_a_call_at_night_waits_for_the_morning_where_its_number_is(site: Site) -> None:
    """In Auckland it is seven in the morning of the next day."""
    waits = site.post("/api/calls", wanted("+6493001234")).ok(202)
    site.world.run_until(site.world.clock.now() + timedelta(minutes=30))
    assert (site.rung(), site.get(f"/api/calls/{waits['id']}").ok()["state"]) == ([], "queued")


def test_a_contact_who_says_the_time_zone_is_called_by_it(site: Site) -> None:
    """The number is from Chicago, and its owner is in Auckland."""
    site.post("/api/calls", wanted(timezone="pacific/auckland")).ok(202)
    site.post("/api/calls", wanted(callee(1), timezone="America/Chicago")).ok(201)
    site.world.step(site.world.clock.now())
    assert site.rung() == [callee(1)]


@pytest.mark.parametrize("to", [CALLEE, "+12075550100"])  # Illinois; Maine, where it is nine to five
def test_a_time_zone_in_which_it_could_never_be_called_is_refused(site: Site, to: str) -> None:
    zone = "UTC" if to == CALLEE else "Asia/Tokyo"
    error = site.post("/api/calls", wanted(to, timezone=zone)).error(422, "invalid")
    assert [detail["field"] for detail in error["details"]] == ["timezone"]


def test_a_number_that_does_not_tell_its_time_zone_needs_one(site: Site) -> None:
    error = site.post("/api/calls", wanted(TOLL_FREE)).error(422, "invalid")
    (detail,) = error["details"]
    assert (detail["field"], detail["code"]) == ("to", "place_unknown")
    assert "Send `timezone`" in detail["message"]
    assert site.post("/api/calls", wanted(TOLL_FREE, timezone="America/Chicago")).ok(201)["to"] == TOLL_FREE


@pytest.mark.parametrize("zone", [None, "America/Sao_Paulo"])
def test_a_number_of_which_no_legal_hours_are_known_is_not_called(site: Site, zone: str | None) -> None:
    before = site.commits()
    error = site.post("/api/calls", wanted(BRAZILIAN, timezone=zone)).error(422, "invalid")
    (detail,) = error["details"]
    assert (detail["field"], detail["code"]) == ("to", "place_unknown")
    assert "An account may say that they do not bind its calls there." in detail["message"]
    assert site.commits() == before


def test_it_is_called_where_the_account_says_that_they_do_not_bind_it(site: Site) -> None:
    store = site.world.service.outside.store
    account = first_account(site.world.service.outside)
    assert account is not None
    read = store.get(Account, account.id)
    assert read is not None
    store.commit([Update(replace(account, widened=("BR",)), read.version)])
    site.post("/api/calls", wanted(BRAZILIAN)).ok(201)


def test_what_an_attempt_cost_is_shown_with_the_rules_that_it_was_checked_against(site: Site) -> None:
    call = site.call()
    assert (call["cost"], call["attempts"][0]["cost"]) == ({"amount": 0, "currency": "USD"}, None)
    site.as_twilio(call, CallStatus="in-progress")
    site.as_twilio(call, CallStatus="completed", CallDuration="61")
    ended = site.get(f"/api/calls/{call['id']}").ok()
    (attempt,) = ended["attempts"]
    three_cents = {"amount": 3, "currency": "USD"}  # two minutes of 1.4 cents, rounded up
    assert (ended["cost"], attempt["cost"]) == (three_cents, three_cents)
    assert attempt["rules_version"] == site.world.service.outside.rulebook.version
    assert attempt["answered_by"] is None


def test_a_machine_that_answered_is_named(site: Site) -> None:
    call, store = site.call(), site.world.service.outside.store
    read = store.get(Call, call["id"])
    assert read is not None
    store.commit([Update(heard_machine(read.record), read.version)])
    (attempt,) = site.get(f"/api/calls/{call['id']}").ok()["attempts"]
    assert attempt["answered_by"] == "machine"


def test_a_call_that_waits_is_canceled_and_never_rings(site: Site) -> None:
    fill_both_slots(site)
    waits = site.post("/api/calls", wanted(callee(2))).ok(202)
    canceled = site.post(f"/api/calls/{waits['id']}/cancel").ok()
    assert (canceled["state"], canceled["outcome"]) == ("canceled", "canceled")
    site.world.run_until(site.world.clock.now() + timedelta(hours=1))
    assert sorted(site.rung()) == [callee(0), callee(1)]


def test_the_slot_of_a_canceled_call_goes_to_the_next(site: Site) -> None:
    site.post("/api/calls", wanted(callee(0))).ok(201)
    second = site.post("/api/calls", wanted(callee(1))).ok(201)
    third = site.post("/api/calls", wanted(callee(2))).ok(202)
    site.post(f"/api/calls/{second['id']}/cancel").ok()
    site.world.run_until(site.world.clock.now() + timedelta(seconds=3))
    assert site.get(f"/api/calls/{third['id']}").ok()["state"] != "queued"


def test_a_call_on_the_line_is_hung_up_and_its_webhook_ends_it(site: Site) -> None:
    call = site.call()
    site.post(f"/api/calls/{call['id']}/cancel").ok()
    site.world.run_until(site.world.clock.now() + timedelta(seconds=2))
    assert site.get(f"/api/calls/{call['id']}").ok()["state"] == "canceled"
    (ring,) = site.world.network.rings()
    assert ring.outcome == "canceled"


def test_canceling_again_changes_nothing(site: Site) -> None:
    fill_both_slots(site)
    waits = site.post("/api/calls", wanted(callee(2))).ok(202)
    first = site.post(f"/api/calls/{waits['id']}/cancel").ok()
    before = site.commits()
    assert site.post(f"/api/calls/{waits['id']}/cancel").ok() == first
    assert site.commits() == before


def test_a_call_that_has_ended_cannot_be_canceled(site: Site) -> None:
    call = site.call()
    site.as_twilio(call, CallStatus="completed")
    site.post(f"/api/calls/{call['id']}/cancel").error(409, "wrong_state")


def test_calls_of_campaigns_are_found_by_their_ids_too(site: Site) -> None:
    campaign = site.campaign(callee(0))
    (call,) = site.calls_of(campaign)
    assert site.get(f"/api/calls/{call['id']}").ok() == call
    assert call["campaign_id"] == campaign


def test_direct_calls_go_before_a_campaigns(site: Site) -> None:
    site.campaign(*(callee(number) for number in range(10)), start=True)
    direct = site.post("/api/calls", wanted(callee(50))).ok(202)
    site.world.run_until(site.world.clock.now() + timedelta(minutes=30))
    rung = site.rung()
    assert rung.index(direct["to"]) == 2  # the two that were on the line already come first
