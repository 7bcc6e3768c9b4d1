"""When will it be over, and what if its limits were others? Nothing is stored by asking."""

from typing import Any

import pytest

from tests.support.api import CALLEE, CAMPAIGN, NINE_TO_FIVE, Site, callee

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = {"hours": dict.fromkeys(WEEKDAYS, NINE_TO_FIVE), "retry": {"busy": [{"after_minutes": 20}]}}
SLOW = {"talk_seconds": 600}


def forecast(site: Site, **asked: Any) -> Any:
    body = CAMPAIGN | OFFICE | {"contacts": 40, "seed": 1} | asked
    return site.post("/api/campaigns/forecast", body).ok()


def test_it_tells_when_it_is_over_how_many_calls_and_what_that_costs(module_site: Site) -> None:
    before = module_site.commits()
    answer = forecast(module_site)
    finish = answer["finish"]
    assert answer["start_at"] < finish["p10"] <= finish["p50"] <= finish["p90"]
    assert answer["calls"]["p50"] >= 40
    telephony = answer["cost"]["telephony"]
    assert 0 < telephony["p10"]["amount"] <= telephony["p90"]["amount"]
    assert sum(part["calls"] for part in answer["calls_per_hour"]) == pytest.approx(
        answer["calls"]["p50"], rel=0.2
    )
    assert module_site.commits() == before


def test_the_same_seed_tells_the_same(module_site: Site) -> None:
    assert forecast(module_site, seed=7) == forecast(module_site, seed=7)


def test_nothing_begins_outside_the_hours(module_site: Site) -> None:
    hours = {
        part["start"][11:13]
        for part in forecast(module_site, contacts=200)["calls_per_hour"]
        if part["calls"]
    }
    assert hours <= {f"{hour:02}" for hour in range(15, 23)}  # nine to five in Chicago


def test_longer_calls_take_longer(module_site: Site) -> None:
    slow, fast = forecast(module_site, assumptions=SLOW), forecast(module_site)
    assert slow["finish"]["p50"] > fast["finish"]["p50"]
    assert slow["talk_minutes"]["p50"] > fast["talk_minutes"]["p50"]


def test_what_it_assumes_is_said_with_where_it_comes_from(module_site: Site) -> None:
    assumed = forecast(module_site, assumptions={"answer_rate": 0.9})["assumptions"]
    assert (assumed["answer_rate"]["value"], assumed["answer_rate"]["source"]) == (0.9, "stated")
    assert assumed["talk_seconds"]["source"] == "default"


def test_contacts_that_will_never_be_called_are_counted_with_the_reason(module_site: Site) -> None:
    answer = forecast(module_site, contacts=[{"place": "CN", "count": 5}, {"place": "US-IL", "count": 2}])
    (never,) = answer["contacts"]["never_called"]
    assert never["p50"] == 5
    assert answer["contacts"]["total"] == 7


def test_a_last_day_that_comes_too_soon_leaves_some_uncalled(module_site: Site) -> None:
    answer = forecast(module_site, contacts=2000, end_date="2026-03-02", assumptions=SLOW)
    assert answer["contacts"]["never_called"]


def test_what_waits_in_a_campaign_is_forecast_and_what_if_changes_nothing(site: Site) -> None:
    campaign = site.campaign(*map(callee, range(40)), **OFFICE, limits={"calls_in_flight": 1})
    before = site.get(f"/api/campaigns/{campaign}").ok()
    as_it_is = site.get(f"/api/campaigns/{campaign}/forecast?seed=1").ok()
    body = {"seed": 1, "settings": {"limits": {"calls_in_flight": 2}}}
    with_more = site.post(f"/api/campaigns/{campaign}/forecast", body).ok()
    assert with_more["finish"]["p50"] < as_it_is["finish"]["p50"]
    assert site.get(f"/api/campaigns/{campaign}").ok() == before


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"contacts": 0}, "contacts"),
        ({"contacts": "many"}, "contacts"),
        ({"contacts": [{"place": "Illinois", "count": 1}]}, "contacts.0.place"),
        ({"assumptions": {"answer_rate": 1.5}}, "assumptions.answer_rate"),
        ({"assumptions": {"answer_rate": 0.7, "busy_rate": 0.7}}, "assumptions"),
        ({"assumptions": {"talk_seconds": "long"}}, "assumptions.talk_seconds"),
        ({"assumptions": {"talk_seconds": {"p10": 60}}}, "assumptions.talk_seconds"),
        ({"assumptions": {"talk_seconds": {"p10": 60, "p90": 30}}}, "assumptions.talk_seconds"),
        ({"assumptions": {"turnaround_seconds": 0}}, "assumptions.turnaround_seconds"),
        ({"contacts": [{"timezone": "Mars/Base", "count": 1}]}, "contacts.0.timezone"),
        ({"contacts": [{"count": 600_000}, {"count": 600_000}]}, "contacts"),
        ({"start_at": "2026-03-01T00:00:00Z"}, "start_at"),
        ({"seed": -1}, "seed"),
        ({"start_at": "tomorrow"}, "start_at"),
        ({"sede": 1}, "sede"),
    ],
)
def test_what_is_wrong_is_named(module_site: Site, wrong: dict[str, Any], field: str) -> None:
    body = CAMPAIGN | {"contacts": 10} | wrong
    error = module_site.post("/api/campaigns/forecast", body).error(422, "invalid")
    assert [detail["field"] for detail in error["details"]] == [field]


def test_a_wrong_what_if_names_the_setting(module_site: Site) -> None:
    campaign = module_site.campaign(CALLEE)
    body = {"settings": {"weight": 0}}
    error = module_site.post(f"/api/campaigns/{campaign}/forecast", body).error(422, "invalid")
    assert [detail["field"] for detail in error["details"]] == ["settings.weight"]


def test_another_account_s_campaign_is_not_found(site: Site) -> None:
    campaign = site.campaign(CALLEE)
    site.beside().get(f"/api/campaigns/{campaign}/forecast").error(404, "not_found")
    site.beside().post(f"/api/campaigns/{campaign}/forecast", {}).error(404, "not_found")
