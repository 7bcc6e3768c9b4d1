"""Telephone numbers as people write them, turned into E.164 or refused with a reason.

It fails closed: only types of number that cost what a call normally costs, only in countries that the account
allows. Messages can be shown to a person and logged: they name at most a number's last two digits.
"""

import re
from typing import Final
from unicodedata import category

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    REGION_CODE_FOR_NON_GEO_ENTITY,
    SUPPORTED_REGIONS,
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    format_number,
    number_type,
    parse,
    region_code_for_number,
)

from service.domain.account import Account

NUMBER_CHARACTERS_MAX = 64  # E.164 has at most 15 digits; the rest is punctuation

CALLABLE_TYPES = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.UAN,
    }
)
# Satellite (+870, +881), international networks (+882, +883), premium (+979): whatever has no country.
SHARED_CODES = frozenset(
    code
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()
    if regions == (REGION_CODE_FOR_NON_GEO_ENTITY,)
)

_TEL = re.compile(r"tel:\s*", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\+?\d+([.,]\d+)?e\+?\d+", re.IGNORECASE)
_DECIMAL = re.compile(r"(\+?\d{8,15})[.,]0")
_EXTENSION = re.compile(r"(ext(ensio)?n?\.?|x|#|;ext=)[\s:]*\d+$", re.IGNORECASE)
# "030 1234567/68", "... / +49 30 ...", "...; 030 ...": else the second's digits would go with the first's.
# A slash with fewer digits before it follows an area code.
_SECOND_NUMBER = re.compile(r"^\D*(?:\d[^\d/\\]*){9,}[/\\]\s*\d|[/\\,;|&]\s*\+|[,;|&]\s*(?:\d\D*){5}")


class Rejected(Exception):
    """A value that cannot be used, and why. The code is stable, the message is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code: Final = code
        self.message: Final = message


def parse_number(raw: str, account: Account, *, country: str | None = None) -> str:
    """The number in E.164, or Rejected. `country` (ISO 3166 alpha-2; else the account's) says how a
    national number is read."""
    text = _cleaned(raw)
    _refuse_what_is_not_one_number(text)
    number = _parsed(text, (country or account.default_country).upper())
    # What needs no metadata comes first; the type is unknown for every number that is not valid.
    if number.country_code in SHARED_CODES:
        raise Rejected("number_type", f"Satellite and shared codes (+{number.country_code}) are not called.")
    kind = number_type(number)
    if kind == PhoneNumberType.UNKNOWN:
        raise _invalid(text)
    if kind not in CALLABLE_TYPES:
        name = PhoneNumberType.to_string(kind).lower().replace("_", " ")
        raise Rejected("number_type", f"The number {_ending(text)} is of a type that is not called ({name}).")
    called = region_code_for_number(number)
    if called is None or not account.may_call(called):
        raise Rejected(
            "country_not_allowed",
            f"The number {_ending(text)} is in {called}, a country that this account may not call.",
        )
    return format_number(number, PhoneNumberFormat.E164)


def _cleaned(raw: str) -> str:
    """Without what spreadsheets, address books and web pages leave around a number."""
    if len(raw) > NUMBER_CHARACTERS_MAX:
        raise Rejected("invalid_number", f"Longer than {NUMBER_CHARACTERS_MAX} characters.")
    visible = raw if raw.isascii() else "".join(c for c in raw if category(c) != "Cf")
    text = " ".join(visible.split()).removeprefix("'")  # a spreadsheet's mark for "this is text"
    if prefix := _TEL.match(text):
        text = text[prefix.end() :]
    decimal = _DECIMAL.fullmatch(text)
    return decimal[1] if decimal else text


def _refuse_what_is_not_one_number(text: str) -> None:
    if not text:
        raise Rejected("missing_number", "There is no number.")
    if _SCIENTIFIC.fullmatch(text):
        raise Rejected(
            "scientific_notation",
            "A spreadsheet has rounded this number and its digits are lost. "
            "Format the column as text and enter the number again.",
        )
    if _EXTENSION.search(text):
        raise _extension()
    if _SECOND_NUMBER.search(text):
        raise Rejected("several_numbers", "There is more than one number. Keep one.")
    if any(map(str.isalpha, text)):
        raise Rejected("letters_in_number", "The number contains letters. Write it in digits.")


def _parsed(text: str, country: str) -> PhoneNumber:
    if not {"+", "＋"} & set(text) and country not in SUPPORTED_REGIONS:
        raise Rejected("unknown_country", "Not a country's two letters (ISO 3166), such as US or GB.")
    try:
        number = parse(text, country)
    except NumberParseException:
        raise _invalid(text) from None
    if number.extension:
        raise _extension()
    return number


def _invalid(text: str) -> Rejected:
    return Rejected(
        "invalid_number",
        f"There is no such number {_ending(text)}. Write it with + and the country code.",
    )


def _extension() -> Rejected:
    return Rejected("extension", "Extensions cannot be dialled. Give the number alone.")


def _ending(text: str) -> str:
    digits = [character for character in text if character.isdecimal()]
    return f"ending in {''.join(digits[-2:])}" if len(digits) > 2 else "(too short)"
