"""When a contact may be called: the campaign's rules and those of the law, together."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from service.domain.account import Account
from service.domain.calling_hours import EVERYWHERE, is_known, next_beginning, timetable_of
from service.domain.campaign import CampaignSettings, ZoneOf
from service.domain.hours import Hours, Window
from service.domain.legal import LegalRule
from service.domain.openings import Openings, may_ring_from, openings_of
from service.domain.timetable import Timetable
from tests.domain.records import running

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
ACCOUNT = Account("acc_1", "one", NOON)
CHICAGO, NEW_YORK = "US-IL|America/Chicago", "US-NY|America/New_York"
INDIANA = "US-IN|America/Chicago+America/New_York"


def every_day(start: int, end: int) -> Hours:
    return Hours(tuple(Window(weekday, start * 60, end * 60) for weekday in range(7)))


class TwoStates:
    """A rulebook: eight to nine in the United States, and not on the second of March in New York."""

    version = "test"

    def legal(self, place: str) -> LegalRule | None:
        if not place.startswith("US"):
            return None
        return LegalRule(place, every_day(8, 21), place == "US-NY", "a law", "2026-11")

    def holidays(self, calendar: str, year: int) -> frozenset[date]:
        days = {"US-NY": (3, 2), "US": (7, 4)}
        return frozenset({date(year, *days[calendar])}) if calendar in days else frozenset()


RULES = TwoStates()


def hours_of(cohort: str = CHICAGO, account: Account = ACCOUNT, **settings: Any) -> Timetable:
    return timetable_of(replace(CampaignSettings("one"), **settings), account, cohort, RULES, NOON)


def at(hour: float, day: int = 2) -> datetime:
    """In UTC; Chicago is six hours behind, New York five."""
    return datetime(2026, 3, day, tzinfo=UTC) + timedelta(hours=hour)


def test_without_hours_of_its_own_a_campaign_keeps_to_the_legal_ones() -> None:
    assert hours_of().next_opening(NOON) == at(14)
    assert hours_of().closes_at(at(15)) == at(27)


def test_both_must_be_open() -> None:
    early = hours_of(hours=every_day(6, 10), timezone="America/Chicago")
    assert list(early.spans(at(0), at(24))) == [(at(14), at(16))]


def test_hours_are_on_the_campaign_s_clock_or_on_the_contact_s() -> None:
    own = hours_of(NEW_YORK, hours=every_day(9, 17), timezone="America/Chicago")
    assert own.next_opening(at(0, 3)) == at(15, 3)
    contact_s = hours_of(NEW_YORK, hours=every_day(9, 17), timezone="America/Chicago", zone_of=ZoneOf.CONTACT)
    assert contact_s.next_opening(at(0, 3)) == at(14, 3)


def test_a_contact_whose_zone_is_not_known_has_the_campaign_s() -> None:
    everywhere = replace(ACCOUNT, widened=(EVERYWHERE,))
    unknown = hours_of(
        "", everywhere, hours=every_day(9, 17), timezone="America/Chicago", zone_of=ZoneOf.CONTACT
    )
    assert unknown.next_opening(NOON) == at(15)


def test_a_contact_that_may_be_in_two_zones_is_called_when_both_are_open() -> None:
    assert list(hours_of(INDIANA).spans(at(5), at(29))) == [(at(14), at(26))]


MOVED = "US-IL|Asia/Tokyo|America/Chicago"


def test_who_is_said_to_be_elsewhere_is_called_when_the_law_allows_it_by_both_clocks() -> None:
    """From eight in Tokyo until nine in the evening in Illinois."""
    assert list(hours_of(MOVED).spans(at(12), at(36))) == [(at(23), at(27))]


def test_days_without_calls_are_those_of_the_wall_clock_that_the_hours_are_on() -> None:
    closed = hours_of(blackout=(date(2026, 3, 2),), timezone="America/Chicago")
    assert closed.next_opening(NOON) == at(14, 3)


def test_public_holidays_are_days_without_calls_in_every_year() -> None:
    calendar = hours_of(holidays=("US",), timezone="America/Chicago")
    for year in (2026, 2027):
        assert not calendar.is_open(datetime(year, 7, 4, 18, tzinfo=UTC))
        assert calendar.is_open(datetime(year, 7, 5, 18, tzinfo=UTC))


def test_a_law_that_forbids_holidays_is_kept_without_being_asked_for() -> None:
    assert hours_of(NEW_YORK).next_opening(NOON) == at(13, 3)


def test_first_and_last_day_are_both_called_on() -> None:
    week = hours_of(first_day=date(2026, 3, 4), last_day=date(2026, 3, 5), timezone="America/Chicago")
    assert week.next_opening(NOON) == at(14, 4)
    assert week.next_opening(at(27, 5)) is None


@pytest.mark.parametrize("cohort", ["", "FR|Europe/Paris", "US-IL|", "|America/Chicago"])
def test_a_place_of_which_no_law_is_known_is_never_open(cohort: str) -> None:
    assert hours_of(cohort).next_opening(NOON) is None
    assert not is_known(ACCOUNT, cohort, RULES)


@pytest.mark.parametrize("widened", [EVERYWHERE, "US", "US-IL"])
def test_an_account_may_say_that_the_law_of_a_place_does_not_bind_its_calls(widened: str) -> None:
    account = replace(ACCOUNT, widened=(widened,))
    assert hours_of(CHICAGO, account).is_open(NOON)
    assert is_known(account, CHICAGO, RULES)


def test_what_is_widened_in_one_state_is_not_in_another() -> None:
    account = replace(ACCOUNT, widened=("US-NY",))
    assert not hours_of(CHICAGO, account).is_open(NOON)


def test_nothing_begins_in_the_last_seconds_before_a_window_closes() -> None:
    """The clock may be that much behind."""
    closing = at(27)
    assert next_beginning(hours_of(), closing - timedelta(seconds=6)) == closing - timedelta(seconds=6)
    assert next_beginning(hours_of(), closing - timedelta(seconds=5)) == at(14, 3)


def test_cohorts_are_told_apart_by_when_they_open() -> None:
    campaign = replace(running(), cohorts=(CHICAGO, NEW_YORK, INDIANA, "FR|Europe/Paris"))
    openings = openings_of(campaign, ACCOUNT, RULES, at(15))
    assert openings == Openings((CHICAGO, INDIANA), ((at(13, 3), (NEW_YORK,)),), ("FR|Europe/Paris",))
    assert openings.next_at == at(13, 3)


def test_of_one_cohort_it_is_known_when_a_later_call_may_ring() -> None:
    campaign = running()
    evening = at(28)
    assert may_ring_from(campaign, ACCOUNT, (CHICAGO,), RULES, evening) == at(14, 3)
    assert may_ring_from(campaign, ACCOUNT, (CHICAGO, NEW_YORK), RULES, evening) == evening
