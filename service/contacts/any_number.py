"""Numbers that need not be ones to call: an account may bar what it could not dial."""

import re
from dataclasses import replace

from service.contacts.numbers import Rejected, parse_number
from service.domain.account import ANY_COUNTRY, Account

E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def parse_any_number(raw: str, account: Account, *, country: str | None = None) -> str:
    """As parse_number, wherever it is: also in a country that the account may not call."""
    return parse_number(raw, replace(account, allowed_countries=(ANY_COUNTRY,)), country=country)


def parse_known_number(raw: str, account: Account) -> str:
    """One that is known from elsewhere: in E.164 it is taken although no numbering plan has it."""
    try:
        return parse_any_number(raw, account)
    except Rejected:
        if E164.fullmatch(raw):
            return raw
        raise
