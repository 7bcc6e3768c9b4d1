"""The rules that an account decides itself: as they are sent and checked, and how they are shown."""

import re
from dataclasses import replace
from typing import Annotated, Any

from phonenumbers import SUPPORTED_REGIONS
from pydantic import ConfigDict, Field, WithJsonSchema
from pydantic.functional_validators import AfterValidator, BeforeValidator

from service.domain.account import CALLS_IN_FLIGHT_MAX, Account
from service.domain.callee import DIALS_MAX
from service.domain.calling_hours import EVERYWHERE
from service.domain.errors import Invalid
from service.domain.money import MICROS, Rate, micros_of
from service.entrypoints.schemas import E164, Body, Text, ZoneName
from service.entrypoints.schemas_campaign import BUDGET_MAX
from service.entrypoints.views import money_view, time_text

CALLS_A_DAY_MAX = 100_000
GAP_MINUTES_MAX = 7 * 24 * 60  # dials are remembered for a week
PLACES_MAX = 60
DECIMALS = 6
PRICE = re.compile(rf"([0-9]{{1,5}})(?:\.([0-9]{{1,{DECIMALS}}}))?")
CURRENCY = re.compile(r"[A-Z]{3}")
PLACE = re.compile(r"([A-Z]{2})(-[A-Z0-9]{1,3})?")

LEGAL_HOURS_NOTICE = (
    "This is no legal advice: whoever widens the calling hours of a place says that the legal hours there do "
    "not bind these calls."
)


# --- what it is made of ---------------------------------------------------------------------------------


def country_code(text: str) -> str:
    if text not in SUPPORTED_REGIONS:
        raise ValueError("must be a country's two letters (ISO 3166), such as US or GB")
    return text


def _currency(text: str) -> str:
    if not CURRENCY.fullmatch(text):
        raise ValueError("must be a currency's three letters (ISO 4217), such as USD")
    return text


def is_place(text: str) -> bool:
    """A country, or one with its region."""
    found = PLACE.fullmatch(text)
    return found is not None and found[1] in SUPPORTED_REGIONS


def _place(text: str) -> str:
    if text != EVERYWHERE and not is_place(text):
        raise ValueError(
            "must be a country (ISO 3166) such as FR, one with its region such as US-TX, or * for everywhere"
        )
    return text


def _micros(price: Any) -> int:
    found = PRICE.fullmatch(price) if isinstance(price, str) else None
    if found is None:
        raise ValueError('must be a decimal number in quotes, such as "0.014", from 0 to 99999.999999')
    return int(found[1]) * MICROS + int((found[2] or "").ljust(DECIMALS, "0"))


Country = Annotated[str, AfterValidator(country_code), Field(description="ISO 3166", examples=["US"])]
CURRENCY_SCHEMA = {"type": "string", "pattern": f"^{CURRENCY.pattern}$", "examples": ["USD"]}
Currency = Annotated[str, AfterValidator(_currency), WithJsonSchema(CURRENCY_SCHEMA)]
Place = Annotated[str, AfterValidator(_place)]
PRICE_SCHEMA = {"type": "string", "pattern": f"^{PRICE.pattern}$", "examples": ["0.014"]}
Price = Annotated[int, BeforeValidator(_micros), WithJsonSchema(PRICE_SCHEMA)]


# --- what is sent ---------------------------------------------------------------------------------------
# Only what was sent is looked at, so no default is ever used. Fields have the names that the record has.


class CallerLimitsIn(Body):
    """Of each caller number; null: no limit."""

    caller_calls_in_flight_max: int | None = Field(
        default=None, ge=1, le=CALLS_IN_FLIGHT_MAX, alias="calls_in_flight"
    )
    caller_calls_a_day_max: int | None = Field(default=None, ge=1, le=CALLS_A_DAY_MAX, alias="calls_a_day")


class NumberCapsIn(Body):
    """Of each number that is called; null: no cap."""

    per_day: int | None = Field(default=None, ge=1, le=DIALS_MAX)
    per_week: int | None = Field(default=None, ge=1, le=DIALS_MAX)
    gap_minutes: int | None = Field(default=None, ge=1, le=GAP_MINUTES_MAX)


class RateIn(Body):
    currency: Currency = ""
    minute: Price = Field(default=0, alias="per_minute")
    call: Price = Field(default=0, alias="per_call")


class DayBudgetIn(Body):
    amount: int = Field(ge=1, le=BUDGET_MAX)  # minor units
    currency: Currency


class AccountChanges(Body):
    model_config = ConfigDict(title="change of an account")

    name: Text = ""
    timezone: ZoneName = ""
    default_country: Country = ""
    caller: E164 | None = Field(default=None, alias="from")
    caller_limits: CallerLimitsIn = CallerLimitsIn()
    caps: NumberCapsIn = Field(default=NumberCapsIn(), alias="number_caps")
    rate: RateIn = RateIn()
    day_budget: DayBudgetIn | None = None
    widened: list[Place] = Field(default=[], max_length=PLACES_MAX, alias="legal_hours_widened")

    def to_account(self, account: Account) -> Account:
        """The account with what was sent; all else stays. Raises Invalid."""
        plain = {"name", "timezone", "default_country", "caller"}
        rate = replace(account.rate, **self.rate.sent())
        return replace(
            account,
            **{name: value for name, value in self.sent().items() if name in plain},
            **self.caller_limits.sent(),
            caps=replace(account.caps, **self.caps.sent()),
            rate=rate,
            day_budget=self._day_budget(account, rate),
            widened=tuple(dict.fromkeys(self.widened)) if "widened" in self.sent() else account.widened,
        )

    def _day_budget(self, account: Account, rate: Rate) -> int | None:
        """In the rate's currency."""
        if "day_budget" not in self.sent():
            if account.day_budget is not None and rate.currency != account.rate.currency:
                raise Invalid.field(
                    "rate.currency",
                    f"cannot be {rate.currency} while day_budget is in {account.rate.currency}: "
                    "send day_budget in the new currency together with it, or as null",
                )
            return account.day_budget
        if self.day_budget is None:
            return None
        if self.day_budget.currency != rate.currency:
            raise Invalid.field("day_budget.currency", f"must be {rate.currency}: the account pays in it")
        return micros_of(self.day_budget.amount, rate.currency)


# --- what is shown --------------------------------------------------------------------------------------


def account_view(account: Account, calls_in_flight: int, legal_hours_version: str) -> dict[str, Any]:
    """`calls_in_flight`: how many it may have at once."""
    caps, rate, budget = account.caps, account.rate, account.day_budget
    return {
        "id": account.id,
        "name": account.name,
        "created_at": time_text(account.created_at),
        "timezone": account.timezone,
        "default_country": account.default_country,
        "allowed_countries": list(account.allowed_countries),
        "from": account.caller,
        "calls_in_flight": calls_in_flight,
        "caller_limits": {
            "calls_in_flight": account.caller_calls_in_flight_max,
            "calls_a_day": account.caller_calls_a_day_max,
        },
        "number_caps": {
            "per_day": caps.per_day,
            "per_week": caps.per_week,
            "gap_minutes": caps.gap_minutes,
        },
        "rate": {
            "currency": rate.currency,
            "per_minute": _price(rate.minute),
            "per_call": _price(rate.call),
        },
        "day_budget": None if budget is None else money_view(budget, rate.currency),
        "legal_hours_widened": list(account.widened),
        "legal_hours_notice": LEGAL_HOURS_NOTICE,
        "legal_hours_version": legal_hours_version,
    }


def _price(micros: int) -> str:
    """In units of the currency, as in "0.014"."""
    units, fraction = divmod(micros, MICROS)
    return f"{units}.{fraction:0{DECIMALS}}".rstrip("0").rstrip(".")
