"""The data: whole, sourced, and no state of the United States wider than the federal hours."""

import json
import re
from datetime import date

import pytest

from service.contacts.area_codes import AREA_CODES
from service.domain.hours import WEEKDAYS, Hours
from service.rules.rulebook import LEGAL_HOURS, Rulebook

DATA = json.loads(LEGAL_HOURS.read_text("utf-8"))
RULES = {rule["place"]: rule for rule in DATA["rules"]}
STATES = sorted(place for place in RULES if place.startswith("US-"))
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)

each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return Rulebook()


def open_minutes(hours: Hours) -> set[tuple[int, int]]:
    return {(w.weekday, minute) for w in hours.windows for minute in range(w.start, w.end)}


def hours_of(rulebook: Rulebook, place: str) -> list[tuple[int, int, int]]:
    rule = rulebook.legal(place)
    return sorted((w.weekday, w.start // 60, w.end // 60) for w in rule.hours.windows)


def test_the_data_have_a_version_and_say_that_they_are_no_advice(rulebook):
    assert date.fromisoformat(DATA["version"])
    assert rulebook.version == DATA["version"]
    assert "no legal advice" in DATA["notice"]


def test_each_place_has_one_rule():
    assert len(RULES) == len(DATA["rules"])


@each_rule
def test_each_rule_says_what_it_is_and_where_that_was_read(rule):
    assert set(rule) == {"place", "name", "hours", "closed_on_holidays", "source", "url", "read", "confirmed"}
    assert re.fullmatch(r"[A-Z]{2}(-[A-Z]{2})?", rule["place"])
    assert rule["name"]
    assert rule["source"]
    assert re.fullmatch(r"https?://[^ ]+", rule["url"])
    assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", rule["read"])
    assert isinstance(rule["closed_on_holidays"], bool)
    assert isinstance(rule["confirmed"], bool)


@each_rule
def test_the_windows_of_a_day_are_in_order_and_end_on_that_day(rule):
    assert rule["hours"]
    assert set(rule["hours"]) <= set(WEEKDAYS)
    for windows in rule["hours"].values():
        clocks = [clock for window in windows for clock in (window["start"], window["end"])]
        assert clocks
        assert all(CLOCK.fullmatch(clock) for clock in clocks)
        assert clocks == sorted(set(clocks))


@each_rule
def test_where_holidays_close_they_are_known(rule, rulebook):
    assert not rule["closed_on_holidays"] or rulebook.holidays(rule["place"], 2026)


@pytest.mark.parametrize("state", STATES)
def test_a_state_is_narrower_than_the_federal_hours(state, rulebook):
    federal, narrower = rulebook.legal("US"), rulebook.legal(state)
    within = open_minutes(narrower.hours) <= open_minutes(federal.hours)
    assert within
    assert narrower.closed_on_holidays or open_minutes(narrower.hours) < open_minutes(federal.hours)


@pytest.mark.parametrize("region", AREA_CODES["US"])
def test_every_state_has_legal_hours(region, rulebook):
    rule = rulebook.legal(f"US-{region}")
    assert rule.place == (f"US-{region}" if f"US-{region}" in RULES else "US")


def test_there_are_fifty_states_and_the_capital():
    assert len(AREA_CODES["US"]) == 51
    assert {state.removeprefix("US-") for state in STATES} <= set(AREA_CODES["US"])


@pytest.mark.parametrize("province", [place for place in RULES if place.startswith("CA-")])
def test_a_province_is_within_the_hours_of_canada(province, rulebook):
    country = open_minutes(rulebook.legal("CA").hours)
    assert open_minutes(rulebook.legal(province).hours) <= country


# --- some that are known ---------------------------------------------------------------------------------


def test_the_federal_hours_are_eight_to_nine_every_day(rulebook):
    assert hours_of(rulebook, "US-NY") == [(day, 8, 21) for day in range(7)]


def test_texas_sleeps_in_on_sundays(rulebook):
    assert hours_of(rulebook, "US-TX") == [*((day, 9, 21) for day in range(MON, SUN)), (SUN, 12, 21)]


def test_rhode_island_has_office_hours_and_holidays(rulebook):
    assert hours_of(rulebook, "US-RI") == [*((day, 9, 18) for day in range(MON, SAT)), (SAT, 10, 17)]
    assert rulebook.legal("US-RI").closed_on_holidays


def test_france_has_a_lunch_break_and_weekends(rulebook):
    days = [(day, *hours) for day in range(MON, SAT) for hours in ((10, 13), (14, 20))]
    assert hours_of(rulebook, "FR") == days
    assert rulebook.legal("FR").closed_on_holidays
