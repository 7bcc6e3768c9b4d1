"""Where numbers are. They are the phone data's examples, and 555-01xx in North America."""

import subprocess
import sys
from collections import defaultdict
from zoneinfo import available_timezones

import pytest
from phonenumbers import (
    SUPPORTED_REGIONS,
    PhoneNumberFormat,
    PhoneNumberType,
    example_number_for_type,
    format_number,
)
from phonenumbers.tzdata import TIMEZONE_DATA

from service.contacts.area_codes import LAID_OVER, REGIONS
from service.contacts.places import AREA_DIGITS, RENAMED, Place, cohort, place_of
from service.domain.cohort import ZONES_MAX, make_cohort, parse_cohort, zones_of_law

CHICAGO, NEW_YORK, DENVER = "America/Chicago", "America/New_York", "America/Denver"


@pytest.mark.parametrize(
    ("number", "place"),
    [
        ("+12125550123", Place("US", "NY", (NEW_YORK,))),
        ("+13125550123", Place("US", "IL", (CHICAGO,))),
        ("+12025550123", Place("US", "DC", (NEW_YORK,))),
        ("+18085550123", Place("US", "HI", ("Pacific/Honolulu",))),
        ("+14165550123", Place("CA", "ON", ("America/Toronto",))),
        ("+13065550123", Place("CA", "SK", ("America/Regina",))),
        ("+18765550123", Place("JM", None, ("America/Jamaica",))),
        ("+441212345678", Place("GB", None, ("Europe/London",))),
        ("+918123456789", Place("IN", None, ("Asia/Kolkata",))),
        ("+4915123456789", Place("DE", None, ("Europe/Berlin",))),
        ("+61212345678", Place("AU", None, ("Australia/Sydney",))),
    ],
)
def test_a_number_is_where_it_was_given_out(number, place):
    assert place_of(number) == place


def test_the_digits_after_the_area_code_tell_the_zone():
    """Indiana has two: Evansville's clocks are Chicago's, those of Bloomington New York's."""
    assert place_of("+18124250123") == Place("US", "IN", (CHICAGO,))
    assert place_of("+13175550123") == Place("US", "IN", (NEW_YORK,))


def test_digits_that_are_not_listed_may_be_anywhere_in_the_area():
    assert place_of("+12195550123") == Place("US", "IN", (CHICAGO, NEW_YORK))
    assert place_of("+18505550123") == Place("US", "FL", (CHICAGO, NEW_YORK))
    assert place_of("+14235550123") == Place("US", "TN", (CHICAGO, NEW_YORK))


@pytest.mark.parametrize(("new", "old"), LAID_OVER.items())
def test_an_area_code_laid_over_another_has_its_zones(new, old):
    assert place_of(f"+1{new}5550123").zones == place_of(f"+1{old}5550123").zones
    assert REGIONS[new] == REGIONS[old]


def test_an_area_code_of_several_provinces_tells_none_of_them():
    assert place_of("+19025550123") == Place("CA", None, ("America/Halifax",))
    assert place_of("+18675550123").region is None


def test_a_toll_free_number_may_be_anywhere():
    place = place_of("+18005550123")
    assert (place.country, place.region) == ("US", None)
    assert len(place.zones) > ZONES_MAX


def test_a_mobile_number_may_be_anywhere_in_its_country():
    mobile = place_of("+61412345678")
    assert mobile.country == "AU"
    assert {"Australia/Perth", "Australia/Sydney"} < set(mobile.zones)


@pytest.mark.parametrize(
    "number", ["", "+", "+1", "+999123456", "+8001234", "12125550123", "none", "+870123456789"]
)
def test_of_what_it_does_not_know_it_says_nothing(number):
    place = place_of(number)
    assert place.region is None
    assert cohort(place) == ""


def test_a_number_abroad_that_is_not_valid_is_nowhere():
    assert place_of("+44123") == Place()


def test_a_contacts_own_zone_is_the_only_one_and_that_of_the_number_is_kept_beside_it():
    assert place_of("+12125550123", DENVER) == Place("US", "NY", (DENVER,), (NEW_YORK,))
    assert place_of("+12125550123", NEW_YORK) == Place("US", "NY", (NEW_YORK,))
    assert place_of("nonsense", DENVER) == Place(None, None, (DENVER,))


# --- against the phone data --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def names() -> dict[str, set[str]]:
    """What the phone data call the places of each area code: towns and states. Read in a process of its own:
    they take 100 MB."""
    script = (
        "from phonenumbers.geodata import GEOCODE_DATA as data;"
        "print(*(f\"{k} {names['en']}\" for k, names in data.items() if 'en' in names), sep='\\n')"
    )
    listed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    found: dict[str, set[str]] = defaultdict(set)
    for line in listed.splitlines():
        digits, _, name = line.partition(" ")
        if digits.startswith("1") and len(digits) >= AREA_DIGITS:
            found[digits[1:AREA_DIGITS]].add(name)
    return found


def test_an_area_code_has_the_state_of_its_towns(names):
    towns = {code: {name[-2:] for name in all_of if name[-4:-2] == ", "} for code, all_of in names.items()}
    wrong = {code: towns[code] - {region} for code, (_, region) in REGIONS.items()}
    assert {code: states for code, states in wrong.items() if states} == {"201": {"NY"}}  # of one exchange
    elsewhere = {code for code, states in towns.items() if states} - set(REGIONS)
    assert elsewhere == {"340", "867", "902"}  # 340: the Virgin Islands


def test_area_codes_that_name_one_state_have_one_region(names):
    """Then those without towns have the right one too."""
    regions: dict[str, set[str]] = defaultdict(set)
    for code, (_, region) in REGIONS.items():
        for name in names[code]:
            if "," not in name:
                regions[name].add(region)
    assert {name: several for name, several in regions.items() if len(several) > 1} == {}
    assert len(regions) > 50
    assert all(names[code] for code in REGIONS)


@pytest.mark.parametrize("area_code", ["203", "310", "417", "512", "615", "713", "905"])
def test_the_country_of_an_area_code_is_that_of_the_phone_data(area_code):
    country, _ = REGIONS[area_code]
    assert country == ("CA" if area_code == "905" else "US")


SHARED_BY_SEVERAL = {39, 47, 61, 212, 290, 358, 590}  # country codes: a landline may be any of theirs
LANDLINES = {
    country: number
    for country in sorted(SUPPORTED_REGIONS)
    if (number := example_number_for_type(country, PhoneNumberType.FIXED_LINE)) is not None
    and number.country_code not in SHARED_BY_SEVERAL
}


@pytest.mark.parametrize("country", LANDLINES)
def test_the_example_of_a_landline_is_in_its_country(country):
    place = place_of(format_number(LANDLINES[country], PhoneNumberFormat.E164))
    assert place.country == country
    assert set(place.zones) <= available_timezones() - set(RENAMED)


def test_zones_have_todays_names():
    assert set(RENAMED) <= {zone for zones in TIMEZONE_DATA.values() for zone in zones}
    assert set(RENAMED.values()) <= available_timezones()


def test_the_geocoder_is_not_loaded_and_the_zones_only_for_a_number():
    script = (
        "import sys; from service.contacts.places import place_of; late = 'phonenumbers.timezone';"
        "assert late not in sys.modules; place_of('+441212345678'); assert late in sys.modules;"
        "assert 'phonenumbers.geodata' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


# --- cohorts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "timezone", "key"),
    [
        ("+13125550123", None, "US-IL|America/Chicago"),
        ("+12195550123", None, "US-IN|America/Chicago+America/New_York"),
        ("+918123456789", None, "IN|Asia/Kolkata"),
        ("+18005550123", None, "US|"),  # more zones than say anything
        ("+13125550123", CHICAGO, "US-IL|America/Chicago"),
        ("+13125550123", NEW_YORK, "US-IL|America/New_York|America/Chicago"),
        ("+12195550123", CHICAGO, "US-IN|America/Chicago"),  # one of those in which the number may be
        ("+18005550123", CHICAGO, "US|America/Chicago"),
        ("nonsense", CHICAGO, "|America/Chicago"),
        ("nonsense", None, ""),
    ],
)
def test_a_cohort_is_a_place_and_its_zones(number, timezone, key):
    assert cohort(place_of(number, timezone)) == key


@pytest.mark.parametrize(
    ("place", "zones"),
    [
        ("US-IL", (CHICAGO,)),
        ("US-IN", (CHICAGO, NEW_YORK)),
        ("US", ()),
        ("", (CHICAGO,)),
        ("", ()),
        ("US", ("Etc/GMT+5",)),
        ("US", (CHICAGO, "Etc/GMT+5", "Etc/GMT-5", "GMT+0", "UTC")),
    ],
)
def test_a_cohort_is_read_as_it_was_written(place, zones):
    assert parse_cohort(make_cohort(place, zones)) == (place, zones)


def test_the_law_is_kept_by_the_clocks_of_the_contact_and_of_its_number():
    both = make_cohort("US-IN", ("Etc/GMT+5",), (CHICAGO, NEW_YORK))
    assert parse_cohort(both) == ("US-IN", ("Etc/GMT+5",))
    assert zones_of_law(both) == ("Etc/GMT+5", CHICAGO, NEW_YORK)
    assert zones_of_law(make_cohort("US-IL", (CHICAGO,))) == (CHICAGO,)
    assert zones_of_law("") == ()


def test_too_many_zones_are_none():
    zones = tuple(sorted(available_timezones()))
    assert parse_cohort(make_cohort("US", zones[:ZONES_MAX])) == ("US", zones[:ZONES_MAX])
    assert parse_cohort(make_cohort("US", zones[: ZONES_MAX + 1])) == ("US", ())


def test_every_zone_alone_is_read_as_it_was_written():
    assert all(parse_cohort(make_cohort("US", (zone,))) == ("US", (zone,)) for zone in available_timezones())
