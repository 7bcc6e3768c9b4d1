import subprocess
import sys
from datetime import date

import pytest

from service.domain.calling_hours import Rulebook as Promise
from service.domain.legal import LegalRule
from service.rules.rulebook import Rulebook, UnknownCalendar


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return Rulebook()


def loaded_after(code: str) -> set[str]:
    """The top modules that a new process has loaded after this code."""
    script = f"import sys; {code}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_it_is_what_the_core_asks_for(rulebook):
    promise: Promise = rulebook
    assert promise.legal("US") is not None


def test_a_place_without_a_rule_of_its_own_has_its_countrys(rulebook):
    assert rulebook.legal("US-NY") == rulebook.legal("US")
    assert rulebook.legal("DE-BY") == rulebook.legal("DE")
    assert rulebook.legal("US-TX") != rulebook.legal("US")


@pytest.mark.parametrize("place", ["", "-", "XX", "XX-YY", "us", "USA", "US,TX", "*", "AQ"])
def test_of_a_place_that_it_does_not_know_it_says_nothing(place, rulebook):
    assert rulebook.legal(place) is None


def test_a_rule_can_be_a_key(rulebook):
    rule = rulebook.legal("US")
    assert isinstance(rule, LegalRule)
    assert {rule: 1}[Rulebook().legal("US")] == 1


@pytest.mark.parametrize(
    ("calendar", "day"),
    [
        ("US", "2026-11-26"),  # Thanksgiving
        ("US", "2026-07-03"),  # the Fourth, a Saturday, is kept on the Friday
        ("US", "2026-07-04"),
        ("US-IL", "2026-02-12"),  # Lincoln's birthday
        ("US-UT", "2026-07-24"),  # Pioneer Day
        ("US-LA", "2026-02-17"),  # Mardi Gras
        ("US-RI", "2026-08-10"),  # Victory Day
        ("GB-ENG", "2026-12-28"),  # Boxing Day, a Saturday, is kept on the Monday
        ("GB-SCT", "2026-11-30"),  # St Andrew's Day
        ("DE-BY", "2026-01-06"),
        ("FR", "2026-07-14"),
        ("CA-BC", "2026-08-03"),
        ("IN", "2026-08-15"),
    ],
)
def test_holidays(calendar, day, rulebook):
    assert date.fromisoformat(day) in rulebook.holidays(calendar, 2026)


def test_a_calendar_has_its_own_years_and_parts_only(rulebook):
    assert all(day.year == 2027 for day in rulebook.holidays("US", 2027))
    assert date(2026, 2, 12) not in rulebook.holidays("US", 2026)
    assert date(2026, 11, 24) not in rulebook.holidays("US", 2026)


def test_a_year_of_a_calendar_is_made_once(rulebook):
    assert rulebook.holidays("GB", 2026) is Rulebook().holidays("GB", 2026)


@pytest.mark.parametrize("calendar", ["US", "US-IL", "GB-ENG", "DE-BY", "FR", "IN", "AU-NSW"])
def test_a_calendar_that_it_knows(calendar, rulebook):
    assert rulebook.knows_calendar(calendar)


@pytest.mark.parametrize(
    "calendar", ["", "US-ZZ", "XX", "us", "USA", "US-Illinois", "US-", "GB-ENG-X", "../US"]
)
def test_a_calendar_that_it_does_not_know(calendar, rulebook):
    assert not rulebook.knows_calendar(calendar)
    with pytest.raises(UnknownCalendar):
        rulebook.holidays(calendar, 2026)


def test_the_legal_hours_need_no_holidays():
    assert "holidays" not in loaded_after(
        "from service.rules.rulebook import Rulebook; assert Rulebook().legal('US-AL').closed_on_holidays"
    )


def test_holidays_are_loaded_when_they_are_asked_for():
    assert "holidays" in loaded_after(
        "from service.rules.rulebook import Rulebook; assert Rulebook().holidays('US', 2026)"
    )
