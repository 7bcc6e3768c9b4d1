"""Bodies of all accounts, as their operator makes and limits them, and how each is shown to them."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.functional_validators import AfterValidator

from service.domain.account import ANY_COUNTRY, CALLS_IN_FLIGHT_MAX, WEIGHTS, Account
from service.entrypoints.schemas import E164, Body, Text
from service.entrypoints.schemas_account import Country, country_code
from service.entrypoints.views import time_text
from service.usecases.accounts import NewAccount

COUNTRIES_MAX = 300  # more than there are


def _country_or_any(text: str) -> str:
    return text if text == ANY_COUNTRY else country_code(text)


AtOnce = Annotated[int, Field(ge=1, le=CALLS_IN_FLIGHT_MAX)]
CountryOrAny = Annotated[str, AfterValidator(_country_or_any)]


class AccountIn(Body):
    """An account to make."""

    model_config = ConfigDict(title="account")

    name: Text
    default_country: Country
    allowed_countries: list[CountryOrAny] = Field(min_length=1, max_length=COUNTRIES_MAX)
    caller: E164 | None = Field(default=None, alias="from")

    def to_new(self) -> NewAccount:
        countries = tuple(dict.fromkeys(self.allowed_countries))
        return NewAccount(self.name, self.default_country, countries, self.caller)


class AccountLimitsIn(Body):
    """What is not sent stays; null takes a limit away."""

    model_config = ConfigDict(title="change of an account's limits")

    calls_in_flight_max: AtOnce | None = None
    caller_calls_in_flight_max: AtOnce | None = None
    weight: float = Field(default=1.0, ge=WEIGHTS[0], le=WEIGHTS[1])

    def to_account(self, account: Account) -> Account:
        return replace(account, **self.sent())


def operators_view(account: Account) -> dict[str, Any]:
    """`calls_in_flight_max`: its own; null: the system's default."""
    return {
        "id": account.id,
        "name": account.name,
        "created_at": time_text(account.created_at),
        "lane": account.lane,
        "default_country": account.default_country,
        "allowed_countries": list(account.allowed_countries),
        "from": account.caller,
        "calls_in_flight_max": account.calls_in_flight_max,
        "caller_calls_in_flight_max": account.caller_calls_in_flight_max,
        "weight": account.weight,
    }
