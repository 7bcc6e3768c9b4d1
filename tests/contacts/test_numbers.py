"""How telephone numbers are read, and which are refused."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.contacts.numbers import Rejected, parse_number
from service.domain.account import ANY_COUNTRY


@pytest.mark.parametrize(
    "raw",
    [
        "+14155550100",
        "415-555-0100",
        "(415) 555-0100",
        "1 415 555 0100",
        "415/555/0100",
        "+1 415 555/0100",
        "tel:+1-415-555-0100",
        "TEL: 415 555 0100",
        "'+14155550100",
        '="+14155550100"',
        "14155550100.0",
        "14155550100,0",
        "  +1\u00a0415\u00a0555\u00a00100\n",
        "\u202a+1 (415)\u200b 555\u20110100\u202c",
        "٤١٥٥٥٥٠١٠٠",
        "＋１４１５５５５０１００",
    ],
)
def test_a_number_is_read_however_it_is_written(raw, account):
    assert parse_number(raw, account) == "+14155550100"


def test_a_national_number_is_read_as_the_accounts_country_writes_it(account):
    london = replace(account, default_country="GB")
    assert parse_number("020 7946 0018", london) == "+442079460018"


def test_a_rows_own_country_goes_before_the_accounts(account):
    assert parse_number("0151 23456789", account, country="de") == "+4915123456789"


def test_a_slash_after_an_area_code_is_part_of_the_number(account):
    assert parse_number("0049 3322/123456", account, country="DE") == "+493322123456"


def test_an_international_number_needs_no_country(account):
    assert parse_number("+44 (0)20 7946 0018", account, country="Utopia") == "+442079460018"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "missing_number"),
        (" \u200b ", "missing_number"),
        ("911", "invalid_number"),
        ("+1 415 555", "invalid_number"),
        ("+1 555 555 0100", "invalid_number"),
        ("+999 123 456 789", "invalid_number"),
        ("+1 415 555 0100²", "invalid_number"),
        ("-", "invalid_number"),
        ("0" * 65, "invalid_number"),
        ("1-800-FLOWERS", "letters_in_number"),
        ("+1 415 555 0100 (mobile)", "letters_in_number"),
        ("n/a", "letters_in_number"),
        ("415 555 0100 x5", "extension"),
        ("415 555 0100 ext. 12", "extension"),
        ("415 555 0100 Extension: 12", "extension"),
        ("415 555 0100#5", "extension"),
        ("tel:+1-415-555-0100;ext=5", "extension"),
        ("415 555 0100,,5", "extension"),
        ("4.1555E+10", "scientific_notation"),
        ("4,1555e+10", "scientific_notation"),
        ("1E10", "scientific_notation"),
        ("415 555 0100 / 0101", "several_numbers"),
        ("415 555 0100 / +1 415 555 0101", "several_numbers"),
        ("415 555 0100; 415 555 0101", "several_numbers"),
        ("+49 30 123456/57", "several_numbers"),
        ("+1 900 555 1234", "number_type"),  # premium rate
        ("+44 76 4000 0000", "number_type"),  # pager
        ("+44 70 1234 5678", "number_type"),  # personal number, priced as its owner likes
        ("+49 180 1 234567", "number_type"),  # shared cost
        ("+870 773 111 632", "number_type"),  # satellite
        ("+881 6 3151 0000", "number_type"),
        ("+882 16 2100 0000", "number_type"),
        ("+883 5100 012345", "number_type"),
        ("+979 123456789", "number_type"),
        ("+1 876 926 1234", "country_not_allowed"),
    ],
)
def test_a_number_that_may_not_be_called_is_refused_with_the_reason(raw, code, account):
    with pytest.raises(Rejected) as rejected:
        parse_number(raw, account)
    assert rejected.value.code == code
    assert all(len(digits) <= 2 for digits in re.findall(r"\d+", _without_codes(rejected.value.message)))


def _without_codes(message: str) -> str:
    return re.sub(r"\(\+\d+\)|Longer than \d+", "", message)


def test_the_country_that_is_not_allowed_is_named(account):
    with pytest.raises(Rejected, match="ending in 34 is in JM"):
        parse_number("+1 876 926 1234", account)


def test_by_default_no_country_is_allowed(account):
    with pytest.raises(Rejected) as rejected:
        parse_number("+14155550100", replace(account, allowed_countries=()))
    assert rejected.value.code == "country_not_allowed"


def test_an_account_that_may_call_anywhere_still_may_not_call_satellites(account):
    anywhere = replace(account, allowed_countries=(ANY_COUNTRY,))
    assert parse_number("+1 876 926 1234", anywhere) == "+18769261234"
    with pytest.raises(Rejected, match=r"\+881"):
        parse_number("+881 6 3151 0000", anywhere)


def test_a_national_number_with_an_unknown_country_is_refused(account):
    with pytest.raises(Rejected) as rejected:
        parse_number("415 555 0100", account, country="Utopia")
    assert rejected.value.code == "unknown_country"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.text("+0123456789 ()-/.,;xeE'\u200b\u00a0", max_size=25))
def test_whatever_is_written_comes_out_as_e164_or_as_a_reason(account, raw):
    try:
        number = parse_number(raw, account)
    except Rejected:
        return
    assert re.fullmatch(r"\+[1-9]\d{6,14}", number)
    assert parse_number(number, account) == number
