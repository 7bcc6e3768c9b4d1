"""The rules of a campaign as its user writes them: days, places, pace, money, machines."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.account import Account
from service.domain.campaign import Campaign
from service.domain.money import Rate
from service.ports import Update
from service.usecases.accounts import first_account
from tests.support.api import CAMPAIGN, NINE_TO_FIVE, Site, callee

NUMBERS = [callee(number) for number in range(101)]
USD = {"amount": 500, "currency": "USD"}


def made(site: Site, **settings: Any) -> Any:
    return site.post("/api/campaigns", CAMPAIGN | settings).ok(201)


def stored(site: Site, campaign_id: str) -> Campaign:
    record = site.world.service.outside.store.get(Campaign, campaign_id)
    assert record is not None
    return record.record


def pay_in(site: Site, currency: str) -> None:
    """The account does, from now on."""
    store = site.world.service.outside.store
    account = first_account(site.world.service.outside)
    assert account is not None
    read = store.get(Account, account.id)
    assert read is not None
    store.commit([Update(replace(account, rate=Rate(currency)), read.version)])


# --- what is taken ----------------------------------------------------------------------------------


def test_one_number_to_call_from_is_shown_as_a_list_of_one(module_site: Site) -> None:
    assert made(module_site, **{"from": NUMBERS[0]})["from"] == NUMBERS[:1]


def test_a_hundred_numbers_to_call_from_are_taken(module_site: Site) -> None:
    assert made(module_site, **{"from": NUMBERS[:100]})["from"] == NUMBERS[:100]


def test_what_is_named_twice_counts_once(module_site: Site) -> None:
    campaign = made(
        module_site,
        **{"from": [NUMBERS[1], NUMBERS[0], NUMBERS[1]]},
        holidays=["US-IL", "US", "US-IL"],
        blackout_dates=["2026-07-03", "2026-07-03"],
    )
    assert campaign["from"] == [NUMBERS[1], NUMBERS[0]]
    assert campaign["holidays"] == ["US-IL", "US"]
    assert campaign["blackout_dates"] == ["2026-07-03"]


def test_days_without_calls_are_shown_in_their_order(module_site: Site) -> None:
    campaign = made(module_site, blackout_dates=["2026-12-24", "2026-07-03"])
    assert campaign["blackout_dates"] == ["2026-07-03", "2026-12-24"]


def test_a_campaign_of_one_day_is_taken(module_site: Site) -> None:
    campaign = made(module_site, start_date="2028-02-29", end_date="2028-02-29")
    assert (campaign["start_date"], campaign["end_date"]) == ("2028-02-29", "2028-02-29")


@pytest.mark.parametrize(
    ("currency", "amount", "micros"),
    [("USD", 12_550, 125_500_000), ("JPY", 12_550, 12_550_000_000), ("KWD", 12_550, 12_550_000)],
)
def test_a_budget_is_in_the_minor_unit_of_the_accounts_currency(
    site: Site, currency: str, amount: int, micros: int
) -> None:
    pay_in(site, currency)
    budget = {"amount": amount, "currency": currency}
    campaign = made(site, limits={"budget": budget})
    assert campaign["limits"]["budget"] == budget
    assert stored(site, campaign["id"]).settings.budget == micros


# --- what is refused --------------------------------------------------------------------------------

OVERLAP = {"mon": [*NINE_TO_FIVE, {"start": "16:00", "end": "18:00"}]}
BAD_RULES: dict[str, tuple[dict[str, Any], str]] = {
    "a day that does not exist": ({"blackout_dates": ["2026-07-03", "2026-02-30"]}, "blackout_dates.1"),
    "a first day that does not exist": ({"start_date": "2027-02-29"}, "start_date"),
    "a last day that does not exist": ({"start_date": "2026-03-02", "end_date": "2026-06-31"}, "end_date"),
    "the last day before the first": ({"start_date": "2026-03-02", "end_date": "2026-03-01"}, "end_date"),
    "a day in another order": ({"start_date": "02.03.2026"}, "start_date"),
    "a day without dashes": ({"start_date": "20260302"}, "start_date"),
    "a day of a week": ({"start_date": "2026-W10-1"}, "start_date"),
    "a moment for a day": ({"start_date": "2026-03-02T00:00:00Z"}, "start_date"),
    "seconds for a day": ({"start_date": 1_772_409_600}, "start_date"),
    "seconds in quotes for a day": ({"start_date": "1772409600"}, "start_date"),
    "other digits in a day": ({"start_date": "2026-03-0٢"}, "start_date"),
    "a day long ago": ({"start_date": "0001-01-01"}, "start_date"),
    "a day that nobody waits for": ({"end_date": "9999-12-31"}, "end_date"),
    "days without a list": ({"blackout_dates": "2026-07-03"}, "blackout_dates"),
    "too many days": ({"blackout_dates": ["2026-07-03"] * 367}, "blackout_dates"),
    "a calendar of no country": ({"holidays": ["US", "XX"]}, "holidays.1"),
    "a calendar of no state": ({"holidays": ["US-ZZ"]}, "holidays.0"),
    "a calendar of nothing": ({"holidays": [""]}, "holidays.0"),
    "a calendar without a list": ({"holidays": "US"}, "holidays"),
    "too many calendars": ({"holidays": ["US"] * 11}, "holidays"),
    "overlapping hours": ({"hours": OVERLAP}, "hours"),
    "nobody's clock": ({"hours_zone": "mine"}, "hours_zone"),
    "fifty retries": ({"retry": {"busy": [{"after_minutes": 5}] * 50}}, "retry.busy"),
    "no call a minute": ({"limits": {"calls_per_minute": 0}}, "limits.calls_per_minute"),
    "too many calls a minute": ({"limits": {"calls_per_minute": 601}}, "limits.calls_per_minute"),
    "a budget in letters": ({"limits": {"budget": USD | {"amount": "ten"}}}, "limits.budget.amount"),
    "a budget in words": ({"limits": {"budget": "ten dollars"}}, "limits.budget"),
    "a budget with a point": ({"limits": {"budget": USD | {"amount": 12.5}}}, "limits.budget.amount"),
    "a budget of nothing": ({"limits": {"budget": USD | {"amount": 0}}}, "limits.budget.amount"),
    "a budget beyond all": ({"limits": {"budget": USD | {"amount": 10**30}}}, "limits.budget.amount"),
    "a budget without currency": ({"limits": {"budget": {"amount": 5}}}, "limits.budget.currency"),
    "another currency": ({"limits": {"budget": USD | {"currency": "EUR"}}}, "limits.budget.currency"),
    "a currency's sign": ({"limits": {"budget": USD | {"currency": "$"}}}, "limits.budget.currency"),
    "an unknown pace": ({"pace": "slow"}, "pace"),
    "machines that are shouted at": ({"on_machine": "shout"}, "on_machine"),
    "an empty list of numbers": ({"from": []}, "from"),
    "too many numbers": ({"from": NUMBERS}, "from"),
    "one bad number of two": ({"from": [NUMBERS[0], "3125550100"]}, "from.1"),
    "a number without quotes": ({"from": 13125550100}, "from"),
    "numbers in an object": ({"from": {"number": NUMBERS[0]}}, "from"),
}


@pytest.mark.parametrize(("changes", "field"), BAD_RULES.values(), ids=BAD_RULES)
def test_one_thing_that_is_wrong_is_one_detail_that_names_its_field(
    module_site: Site, changes: dict[str, Any], field: str
) -> None:
    before = module_site.commits()
    error = module_site.post("/api/campaigns", CAMPAIGN | changes).error(422, "invalid")
    (detail,) = error["details"]
    assert detail["field"] == field
    assert error["message"] == f"{field}: {detail['message']}"
    assert module_site.commits() == before


def test_hours_are_on_somebodys_clock(module_site: Site) -> None:
    body = {"name": "Reminders", "script": CAMPAIGN["script"], "hours": {"mon": NINE_TO_FIVE}}
    error = module_site.post("/api/campaigns", body).error(422, "invalid")
    assert [detail["field"] for detail in error["details"]] == ["timezone"]
    assert error["message"] == "timezone: is missing"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"from": "3125550100"}, "from: must be a number with + and the country code, in digits alone"),
        ({"from": 3125550100}, "from: must be a number such as +13125550100, or a list of 1 to 100 of them"),
        ({"colour": "red"}, "colour: is not a field of a campaign"),
        ({"limits": {"calls": 1}}, "limits.calls: is not a field of limits"),
        ({"hours": OVERLAP}, "hours: has windows that overlap"),
        ({"start_date": "2026-02-30"}, "start_date: must be a date that exists"),
        ({"start_date": "2026-03-02", "end_date": "2026-03-01"}, "end_date: is before start_date"),
        ({"holidays": ["XX"]}, "holidays.0: is not a calendar of public holidays that is known here"),
        ({"limits": {"budget": USD | {"currency": "EUR"}}}, "limits.budget.currency: must be USD"),
        ({"limits": {"budget": USD | {"amount": "x"}}}, "limits.budget.amount: must be a valid integer"),
        ({"pace": "slow"}, "pace: must be 'fast' or 'even'"),
    ],
)
def test_a_message_says_what_would_do(module_site: Site, changes: dict[str, Any], message: str) -> None:
    error = module_site.post("/api/campaigns", CAMPAIGN | changes).error(422, "invalid")
    assert error["message"].startswith(message)


# --- what they do -----------------------------------------------------------------------------------


def test_a_campaign_rings_nobody_before_its_first_day(site: Site) -> None:
    id = site.campaign(callee(0), start=True, start_date="2026-03-04")
    shown = site.get(f"/api/campaigns/{id}").ok()
    assert (shown["awake"], shown["next_due_at"]) == (False, "2026-03-04T14:00:00.000Z")  # the legal 08:00


def test_a_call_after_the_last_day_is_expired(site: Site) -> None:
    afternoon = {"mon": [{"start": "15:00", "end": "17:00"}]}
    id = site.campaign(callee(0), start=True, end_date="2026-03-02", hours=afternoon)
    site.world.clock.advance(days=1)
    site.world.run_until(site.world.clock.now() + timedelta(minutes=20))
    (call,) = site.calls_of(id)
    assert (call["state"], site.rung()) == ("expired", [])


def test_a_day_without_calls_and_a_holiday_put_the_campaign_off(site: Site) -> None:
    id = site.campaign(callee(0), start=True, blackout_dates=["2026-03-02", "2026-03-03"])
    assert site.get(f"/api/campaigns/{id}").ok()["next_due_at"] == "2026-03-04T14:00:00.000Z"
    # The first Monday of March is one in Illinois.
    monday = site.campaign(callee(1), start=True, hours={"mon": NINE_TO_FIVE}, holidays=["US-IL"])
    assert site.get(f"/api/campaigns/{monday}").ok()["next_due_at"] == "2026-03-09T14:00:00.000Z"


def test_hours_of_the_contact_are_on_the_contacts_clock(site: Site) -> None:
    """In Chicago it is noon, in Los Angeles ten in the morning."""
    id = site.campaign("+12135550100", start=True, hours_zone="contact", hours={"tue": NINE_TO_FIVE})
    assert site.get(f"/api/campaigns/{id}").ok()["next_due_at"] == "2026-03-03T17:00:00.000Z"


def test_a_campaign_that_has_spent_its_budget_is_paused_and_says_why(site: Site) -> None:
    id = site.campaign(callee(0), start=True, limits={"budget": {"amount": 1, "currency": "USD"}})
    site.world.run_until(site.world.clock.now() + timedelta(minutes=20))
    shown = site.get(f"/api/campaigns/{id}").ok()
    assert (shown["status"], shown["paused_reason"]) == ("paused", "budget_reached")
    assert site.rung() == []
    site.patch(f"/api/campaigns/{id}", {"limits": {"budget": None}}).ok()
    resumed = site.post(f"/api/campaigns/{id}/resume").ok()
    assert (resumed["status"], resumed["paused_reason"]) == ("running", None)
