"""Where a number is, as far as its digits tell: where it was given out.

Whoever has a mobile number, or has taken their number along, may be elsewhere: a contact's own time zone says
more. It rejects nothing; what is not known is None or empty. What may be in several zones has them all.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    REGION_CODE_FOR_NON_GEO_ENTITY,
    NumberParseException,
    parse,
    region_code_for_number,
)

from service.contacts.area_codes import LAID_OVER, REGIONS
from service.domain.cohort import make_cohort, zones_besides

NORTH_AMERICA = "+1"
AREA_DIGITS = len("1212")
CALLING_CODE_DIGITS_MAX = 3
CODES_KEPT_MAX = 1024  # there are at most 1000 area codes and some 230 calling codes

# Names of the phone data that the zone database has given up. Source: its file `backward`.
RENAMED = {
    "Africa/Asmera": "Africa/Asmara",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Godthab": "America/Nuuk",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Choibalsan": "Asia/Ulaanbaatar",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Atlantic/Faeroe": "Atlantic/Faroe",
    "Pacific/Enderbury": "Pacific/Kanton",
    "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Truk": "Pacific/Chuuk",
}


@dataclass(frozen=True, slots=True)
class Place:
    country: str | None = None  # ISO 3166 alpha-2
    region: str | None = None  # a state of the United States or a province of Canada, as in IL
    zones: tuple[str, ...] = ()  # IANA, sorted
    of_number: tuple[str, ...] = ()  # the number's own, where the contact is in none of them


def place_of(e164: str, timezone: str | None = None) -> Place:
    """`timezone` (IANA): the contact's own, which then is the only one that the contact may be in."""
    place = _in_north_america(e164) if e164.startswith(NORTH_AMERICA) else _elsewhere(e164)
    if timezone is None:
        return place
    return replace(place, zones=(timezone,), of_number=zones_besides((timezone,), place.zones))


def cohort(place: Place) -> str:
    """The key that it shares with all places whose calls are open and closed together with its own."""
    name = f"{place.country}-{place.region}" if place.region else place.country or ""
    return make_cohort(name, place.zones, place.of_number)


# --- North America: the area code tells the state, and the digits after it may tell the zone --------------


def _in_north_america(e164: str) -> Place:
    digits = e164[1:]
    area = _area(digits[:AREA_DIGITS])
    zones, longest = _zones_by_prefix()
    for length in range(longest, AREA_DIGITS, -1):
        if known := zones.get(digits[:length]):
            return Place(area.country, area.region, known)
    return area


@lru_cache(maxsize=CODES_KEPT_MAX)
def _area(prefix: str) -> Place:
    """A whole area, with all its zones. For digits that they do not list, the phone data name only one of
    them, and not always that of most numbers (219, 423)."""
    area_code = prefix[1:]
    country, region = REGIONS.get(area_code) or (_by_number(f"+{prefix}2345678").country, None)
    zones, _ = _zones_by_prefix()
    areas = (prefix, f"1{LAID_OVER.get(area_code, area_code)}")
    known = [zone for digits, names in zones.items() if digits.startswith(areas) for zone in names]
    return Place(country, region, _sorted(known or zones["1"]))


# --- elsewhere ------------------------------------------------------------------------------------------


def _elsewhere(e164: str) -> Place:
    beginnings = (e164[1:end] for end in range(2, 2 + CALLING_CODE_DIGITS_MAX))
    code = next((digits for digits in beginnings if digits in _calling_codes()), None)
    if code is None or not e164.startswith("+"):
        return Place()
    return _whole_country(code) or _by_number(e164)


@lru_cache(maxsize=CODES_KEPT_MAX)
def _whole_country(code: str) -> Place | None:
    """Of a calling code that is one country's in one zone: then no number needs a closer look."""
    countries = COUNTRY_CODE_TO_REGION_CODE[int(code)]
    zones, _ = _zones_by_prefix()
    known = {zone for digits, names in zones.items() if digits.startswith(code) for zone in names}
    if len(countries) > 1 or len(known) != 1 or REGION_CODE_FOR_NON_GEO_ENTITY in countries:
        return None
    return Place(countries[0], None, tuple(known))


def _by_number(e164: str) -> Place:
    from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

    try:
        number = parse(e164)
    except NumberParseException:
        return Place()
    country = region_code_for_number(number)
    zones = set(time_zones_for_number(number)) - {UNKNOWN_TIMEZONE}
    return Place(None if country == REGION_CODE_FOR_NON_GEO_ENTITY else country, None, _sorted(zones))


# --- the phone data, read when the first number comes -----------------------------------------------------


@cache
def _calling_codes() -> frozenset[str]:
    return frozenset(map(str, COUNTRY_CODE_TO_REGION_CODE))


@cache
def _zones_by_prefix() -> tuple[dict[str, tuple[str, ...]], int]:
    """By the first digits of E.164, and how many digits that are at most."""
    from phonenumbers.tzdata import TIMEZONE_DATA, TIMEZONE_LONGEST_PREFIX

    return {digits: _sorted(zones) for digits, zones in TIMEZONE_DATA.items()}, TIMEZONE_LONGEST_PREFIX


def _sorted(zones: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({RENAMED.get(zone, zone) for zone in zones}))
