"""Legal calling hours and public holidays, read when they are first asked for: most instances never ask."""

import json
import re
from collections.abc import Iterator
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.domain.hours import WEEKDAYS, Hours, Window
from service.domain.legal import LegalRule

if TYPE_CHECKING:
    from holidays import HolidayBase

LEGAL_HOURS = Path(__file__).with_name("legal_hours.json")
CALENDAR_YEARS_KEPT_MAX = 1024
CALENDARS_KEPT_MAX = 1024  # known ones and others

_CALENDAR = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


class UnknownCalendar(ValueError):
    """No public holidays are known by that name: a country as in GB, or a part of one as in GB-ENG."""


class Rulebook:
    """Compared as itself. An unknown place has no legal hours: whoever asks takes that for closed."""

    @property
    def version(self) -> str:
        """The date of the legal hours. Each change of them has a new one."""
        return str(self._data["version"])

    def legal(self, place: str) -> LegalRule | None:
        """The rule of the place, else that of its country: US-NY has none of its own."""
        return self._rules.get(place) or self._rules.get(place.partition("-")[0])

    def holidays(self, calendar: str, year: int) -> frozenset[date]:
        """The public holidays, on their own days and on those on which they are kept instead.
        Raises UnknownCalendar."""
        if not self.knows_calendar(calendar):
            raise UnknownCalendar(f"No public holidays are known for {calendar}.")
        return _holidays(calendar, year)

    def knows_calendar(self, calendar: str) -> bool:
        return _is_calendar(calendar)

    @cached_property
    def _data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(LEGAL_HOURS.read_text("utf-8"))
        return data

    @cached_property
    def _rules(self) -> dict[str, LegalRule]:
        return {rule["place"]: _rule(rule) for rule in self._data["rules"]}


def _rule(rule: dict[str, Any]) -> LegalRule:
    return LegalRule(
        place=rule["place"],
        hours=Hours(tuple(_windows(rule["hours"]))),
        closed_on_holidays=rule["closed_on_holidays"],
        source=rule["source"],
        read=rule["read"],
        confirmed=rule["confirmed"],
    )


def _windows(hours: dict[str, list[dict[str, str]]]) -> Iterator[Window]:
    for day, windows in hours.items():
        for window in windows:
            yield Window(WEEKDAYS.index(day), _minutes(window["start"]), _minutes(window["end"]))


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


@lru_cache(maxsize=CALENDARS_KEPT_MAX)
def _is_calendar(calendar: str) -> bool:
    if not _CALENDAR.fullmatch(calendar):
        return False
    try:
        _calendar(calendar)
    except NotImplementedError:
        return False
    return True


@lru_cache(maxsize=CALENDAR_YEARS_KEPT_MAX)
def _holidays(calendar: str, year: int) -> frozenset[date]:
    return frozenset(_calendar(calendar, year))


def _calendar(calendar: str, *years: int) -> "HolidayBase":
    """Raises NotImplementedError for a country or part that the library does not have."""
    from holidays import country_holidays  # 0.1 s and 20 MB, which most instances do without

    country, _, part = calendar.partition("-")
    return country_holidays(country, subdiv=part or None, years=years)
