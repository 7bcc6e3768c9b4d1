"""When a contact may be called: the campaign's windows and days, and the legal hours where the contact is."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from service.domain.account import Account
from service.domain.campaign import CampaignSettings, ZoneOf
from service.domain.cohort import parse_cohort, zones_of_law
from service.domain.hours import Hours
from service.domain.legal import LegalRule
from service.domain.timetable import Part, Timetable

EVERYWHERE = "*"
CLOCK_BEHIND_SECONDS_MAX = 5  # see FirestoreStore: an older answer is not used
YEARS_AHEAD = 2  # whose holidays are looked up, and the year before
ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # from which a year is looked at


class Rulebook(Protocol):
    """Legal hours and public holidays, by place."""

    @property
    def version(self) -> str: ...

    def legal(self, place: str) -> LegalRule | None:
        """`place`: a country, or a country and its region, as in US-IL. None: nothing is known of it."""
        ...

    def holidays(self, calendar: str, year: int) -> frozenset[date]: ...

    def knows_calendar(self, calendar: str) -> bool: ...

    def __hash__(self) -> int: ...


def next_beginning(timetable: Timetable, now: datetime) -> datetime | None:
    """`now`, if it is open and stays so for as long as the clock may be behind; else when it opens next."""
    latest = now + timedelta(seconds=CLOCK_BEHIND_SECONDS_MAX)
    opening = timetable.next_opening(now)
    return opening if opening != now or timetable.is_open(latest) else timetable.next_opening(latest)


def timetable_of(
    settings: CampaignSettings, account: Account, cohort: str, rulebook: Rulebook, now: datetime
) -> Timetable:
    """For the contacts of one cohort. A place of which no law is known is never open, unless the account says
    that the legal hours do not bind its calls there (`widened`: countries, regions as US-TX, EVERYWHERE)."""
    return _timetable(settings, account.widened, cohort, rulebook, now.year)


@lru_cache(maxsize=4096)
def _timetable(
    settings: CampaignSettings, widened: tuple[str, ...], cohort: str, rulebook: Rulebook, year: int
) -> Timetable:
    place, zones = parse_cohort(cohort)
    years = range(year - 1, year + YEARS_AHEAD + 1)
    parts = [
        *_campaign_parts(settings, zones, rulebook, years),
        *_legal_parts(widened, place, zones_of_law(cohort), rulebook, years),
    ]
    return Timetable(tuple(parts))


def _campaign_parts(
    settings: CampaignSettings, zones: tuple[str, ...], rulebook: Rulebook, years: range
) -> Iterator[Part]:
    if settings.first_day or settings.last_day:
        yield Part("dates", settings.timezone, first_day=settings.first_day, last_day=settings.last_day)
    of_contact = settings.zone_of is ZoneOf.CONTACT and bool(zones)
    holidays = _holidays(settings.holidays, rulebook, years)
    for zone in zones if of_contact else (settings.timezone,):
        if settings.blackout:
            yield Part("blackout", zone, closed_on=frozenset(settings.blackout))
        if holidays:
            yield Part("holiday", zone, closed_on=holidays)
        if settings.hours is not None:
            yield Part("hours", zone, settings.hours)


def _legal_parts(
    widened: tuple[str, ...], place: str, zones: tuple[str, ...], rulebook: Rulebook, years: range
) -> Iterator[Part]:
    if not _is_bound(place, widened):
        return
    rule = rulebook.legal(place)
    if rule is None or not zones:
        yield Part.never("legal_hours")
        return
    closed_on = _holidays((rule.place,), rulebook, years) if rule.closed_on_holidays else frozenset()
    for zone in zones:
        yield Part("legal_hours", zone, rule.hours, closed_on=closed_on)


def _holidays(calendars: tuple[str, ...], rulebook: Rulebook, years: range) -> frozenset[date]:
    return frozenset(
        day for calendar in calendars for year in years for day in rulebook.holidays(calendar, year)
    )


def is_known(account: Account, cohort: str, rulebook: Rulebook) -> bool:
    """Whether its contacts may ever be called by the law."""
    place, _ = parse_cohort(cohort)
    if not _is_bound(place, account.widened):
        return True
    rule, zones = rulebook.legal(place), zones_of_law(cohort)
    return rule is not None and bool(zones) and _meet(rule.hours, zones)


@lru_cache(maxsize=4096)
def _meet(hours: Hours, zones: tuple[str, ...]) -> bool:
    """Clocks that are far apart may never be in the same hours at once."""
    parts = tuple(Part("legal_hours", zone, hours) for zone in zones)
    return Timetable(parts).next_opening(ANY_DAY) is not None


def _is_bound(place: str, widened: tuple[str, ...]) -> bool:
    """The account has not said that the law there does not bind its calls."""
    country = place.partition("-")[0]
    return not {EVERYWHERE, place, country} & set(widened)
