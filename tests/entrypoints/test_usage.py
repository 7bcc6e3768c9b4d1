"""`GET /api/usage`: what is counted is counted from the account's own calls, the rest is worked out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.domain import prices
from service.domain.account import Scope
from service.domain.forecast_costs import use_of_dials
from service.domain.states import FINAL
from service.local.telephone_calls import Fate
from tests.support.api import NINE_TO_FIVE, Site, callee

PATH = "/api/usage"
NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)


def fate_of(_to: str, _caller: str, calls_before: int) -> Fate:
    """Busy at first, then a talk of 61 seconds."""
    return Fate("completed", 5, 61) if calls_before else Fate("busy")


@pytest.fixture
def busy_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    network = site.world.network
    monkeypatch.setattr(network, "_fate", fate_of)
    return site


def run(site: Site, **duration: float) -> None:
    site.world.run_until(site.world.clock.now() + timedelta(**duration))


def usage(site: Site, query: str = "") -> dict[str, Any]:
    shown: dict[str, Any] = site.get(PATH + query).ok()
    return shown


def test_dials_outcomes_seconds_and_money_are_counted_from_the_calls(busy_site: Site) -> None:
    retry = {"busy": [{"after_minutes": 5}]}
    busy_site.campaign(callee(0), callee(1), callee(2), start=True, retry=retry)
    run(busy_site, hours=1)
    shown = usage(busy_site)
    outcomes = dict.fromkeys(sorted(FINAL), 0) | {"completed": 3}
    assert (shown["month"], shown["timezone"], shown["now"]) == ("2026-03", "UTC", "2026-03-02T19:00:00.000Z")
    assert shown["counted"] == {
        "dials": 6,
        "calls": 3,
        "outcomes": outcomes,
        "talk_seconds": 3 * 61,
        "spent": {"amount": 9, "currency": "USD"},  # two minutes begun, three times: 8.4 cents
    }


def test_what_another_account_does_changes_nothing(busy_site: Site) -> None:
    other = busy_site.beside()
    other.campaign(callee(0), callee(1), start=True)
    run(other, minutes=10)
    assert usage(other)["counted"]["dials"] == 2
    mine = usage(busy_site)
    used = {tier["name"]: tier["used"] for tier in mine["worked_out"]["free_tiers"]}
    assert (mine["counted"]["dials"], mine["counted"]["calls"]) == (0, 0)
    assert used == dict.fromkeys(used, 0) | {"scheduler_jobs": 1}  # ten minutes: no tick yet


def test_a_day_later_its_idle_ticks_are_those_of_the_day(site: Site) -> None:
    run(site, days=1)
    shown = usage(site)["worked_out"]
    tiers = {tier["name"]: tier for tier in shown["free_tiers"]}
    assert shown["ticks"] == 96
    assert tiers["reads"]["used"] == 96 + 24
    assert tiers["reads"]["share"] == 0.0024  # 120 of the day's 50,000
    assert (tiers["requests"]["used"], tiers["writes"]["used"]) == (96, 0)
    assert tiers["vcpu_seconds"]["share"] == pytest.approx(192 / 180_000, abs=1e-6)
    assert (shown["calls"]["amount"], shown["free"]) == (0, True)


def test_prices_are_list_prices_of_ticks_and_dials_beside_a_server_that_never_sleeps(busy_site: Site) -> None:
    busy_site.campaign(callee(0), callee(1), start=True)
    run(busy_site, days=10)
    shown = usage(busy_site)["worked_out"]
    seconds = 10 * 24 * 3600
    asleep = prices.dollars(prices.use_of_ticks(seconds)) + prices.SCHEDULER_JOB_MONTH / 3
    calls = prices.dollars(use_of_dials(2))
    always = prices.never_sleeping_dollars(seconds) + calls
    told = [shown[name]["amount"] for name in ("asleep", "calls", "total", "never_sleeping")]
    assert told == [-int(-100 * each // 1) for each in (asleep, calls, asleep + calls, always)]
    assert shown["never_sleeping"]["amount"] > 100 * shown["total"]["amount"]
    assert {each["currency"] for each in shown.values() if isinstance(each, dict)} == {"USD"}


def test_a_month_begins_at_the_accounts_own_midnight(busy_site: Site) -> None:
    busy_site.patch("/api/account", {"timezone": "Pacific/Auckland"}).ok()
    run(busy_site, days=29)  # the 31st in the evening, and in New Zealand the first of April
    busy_site.post("/api/calls", {"to": callee(5), "script": {"twiml": "<Response/>"}}).ok(201)
    run(busy_site, minutes=10)
    shown = usage(busy_site)
    assert (shown["month"], shown["counted"]["dials"]) == ("2026-04", 1)
    assert shown["worked_out"]["ticks"] == 7 * 4  # since 11:00 in UTC: it is 18:10
    assert usage(busy_site, "?month=2026-03")["counted"]["dials"] == 0


def test_a_month_that_is_over_is_whole_and_one_before_the_account_is_empty(site: Site) -> None:
    run(site, days=45)
    assert usage(site)["month"] == "2026-04"
    march = usage(site, "?month=2026-03")["worked_out"]
    since_the_account = datetime(2026, 4, 1, tzinfo=UTC) - NOON
    assert march["ticks"] == since_the_account // timedelta(minutes=15)
    assert usage(site, "?month=2026-02")["worked_out"]["ticks"] == 0
    site.get(f"{PATH}?month=2026-05").error(422, "invalid")


@pytest.mark.parametrize("month", ["", "2026", "2026-13", "2026-3", "2026-03-01", "1999-01", "٢٠٢٦-03", "x"])
def test_what_is_no_month_is_refused(module_site: Site, month: str) -> None:
    assert module_site.get(f"{PATH}?month={month}").error(422, "invalid")["details"][0]["field"] == "month"


def test_it_costs_twelve_aggregations_and_who_asks_whatever_there_is(busy_site: Site) -> None:
    busy_site.campaign(*map(callee, range(30)), start=True, hours={"mon": NINE_TO_FIVE})
    run(busy_site, hours=2)
    usage(busy_site)
    receipt = busy_site.receipts[-1]
    assert (receipt["reads"], receipt["aggregations"], receipt["writes"]) == (2 + 12, 12, 0)


def test_a_key_that_only_looks_may_ask(site: Site) -> None:
    usage(site.as_scope(Scope.READ))
