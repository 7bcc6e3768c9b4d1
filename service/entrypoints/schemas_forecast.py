"""What a forecast is asked for, checked."""

import re
from itertools import pairwise
from typing import Annotated, Any

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema, WrapValidator, model_validator
from pydantic.functional_validators import AfterValidator

from service.domain.call import State
from service.domain.forecast_odds import Spread
from service.domain.forecast_rates import Stated
from service.entrypoints.schemas import Body, ContactZone, Moment
from service.entrypoints.schemas_account import is_place
from service.entrypoints.schemas_campaign import CampaignIn

CONTACTS_MAX = 1_000_000
GROUPS_MAX = 300
SECONDS_MAX = 24 * 3600
SEED_MAX = 2**53 - 1  # JSON's readers lose none of it
QUANTILE = re.compile(r"p(100|[1-9]?[0-9])")
AMOUNT = f"must be a number of contacts from 1 to {CONTACTS_MAX:,}, or a list of groups"
SPREAD = (
    "must be the mean in seconds, such as 90, or at least two quantiles, such as "
    '{"p10": 20, "p50": 60, "p90": 200}'
)


def _place(text: str) -> str:
    if not is_place(text):
        raise ValueError("must be a country (ISO 3166) such as FR, or one with its region such as US-TX")
    return text


class GroupIn(Body):
    """Contacts in one place; what is left out is the account's country, and what is known of its zone."""

    place: Annotated[str, AfterValidator(_place)] | None = None
    timezone: ContactZone | None = None
    count: int = Field(ge=1, le=CONTACTS_MAX)


def _number_or_groups(value: Any, check: Any) -> list[GroupIn]:
    if isinstance(value, int) and not isinstance(value, bool):
        if not 1 <= value <= CONTACTS_MAX:
            raise ValueError(AMOUNT)
        return [GroupIn(count=value)]
    if not isinstance(value, list):
        raise ValueError(AMOUNT)
    groups: list[GroupIn] = check(value)
    if sum(group.count for group in groups) > CONTACTS_MAX:
        raise ValueError(f"has more than {CONTACTS_MAX:,} contacts")
    return groups


class _OrNumber:
    """Tells the JSON schema that a number will do, too."""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        number = {"type": "integer", "minimum": 1, "maximum": CONTACTS_MAX}
        return {"anyOf": [number, handler(core)]}


Contacts = Annotated[
    list[GroupIn],
    Field(min_length=1, max_length=GROUPS_MAX),
    WrapValidator(_number_or_groups),
    _OrNumber(),
]


def _seconds(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= SECONDS_MAX:
        raise ValueError(SPREAD)
    return float(value)


def _spread(value: Any) -> Spread:
    if not isinstance(value, dict):
        return Spread.of_mean(_seconds(value))
    if list(value) == ["mean"]:
        return Spread.of_mean(_seconds(value["mean"]))
    names = [QUANTILE.fullmatch(name) for name in value]
    shares = sorted((int(name[1]) / 100, _seconds(value[name[0]])) for name in names if name)
    if len(shares) != len(value) or len(shares) < 2:
        raise ValueError(SPREAD)
    if any(after < before for (_, before), (_, after) in pairwise(shares)):
        raise ValueError("has quantiles that fall: a higher one is at least as long as a lower one")
    return Spread.of_quantiles(shares)


Share = Annotated[float, Field(ge=0, le=1)]
Duration = Annotated[float, Field(ge=0, le=SECONDS_MAX)]
SECONDS_SCHEMA = {"type": "number", "minimum": 0, "maximum": SECONDS_MAX}
SPREAD_SCHEMA = {
    "anyOf": [
        SECONDS_SCHEMA,
        {
            "type": "object",
            "patternProperties": {f"^(mean|{QUANTILE.pattern})$": SECONDS_SCHEMA},
            "additionalProperties": False,
            "minProperties": 1,
        },
    ],
    "description": "The mean in seconds, or at least two quantiles",
    "examples": [90, {"p10": 20, "p50": 60, "p90": 200}],
}
SpreadIn = Annotated[Spread, PlainValidator(_spread), WithJsonSchema(SPREAD_SCHEMA)]


class AssumptionsIn(Body):
    """What is left out is measured, or guessed."""

    answer_rate: Share | None = None
    voicemail_rate: Share | None = None
    busy_rate: Share | None = None
    no_answer_rate: Share | None = None
    failed_rate: Share | None = None
    talk_seconds: SpreadIn | None = None
    ring_seconds: SpreadIn | None = None
    voicemail_seconds: Duration | None = None
    turnaround_seconds: Annotated[Duration, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> "AssumptionsIn":
        stated = self.to_stated()
        total = f"{sum(stated.rates.values()):g}"
        if stated.too_much:
            raise ValueError(f"has rates that add up to {total}: at most 1")
        if stated.too_little:
            raise ValueError(f"has rates that add up to {total}: leave one out, or make it 1")
        return self

    def to_stated(self) -> Stated:
        rates = {
            State.COMPLETED: self.answer_rate,
            State.VOICEMAIL: self.voicemail_rate,
            State.BUSY: self.busy_rate,
            State.NO_ANSWER: self.no_answer_rate,
            State.FAILED: self.failed_rate,
        }
        return Stated(
            rates={outcome: rate for outcome, rate in rates.items() if rate is not None},
            talk=self.talk_seconds,
            ring=self.ring_seconds,
            machine_seconds=self.voicemail_seconds,
            turnaround_seconds=self.turnaround_seconds,
        )


Seed = Annotated[int, Field(ge=0, le=SEED_MAX)]


class ForecastIn(CampaignIn):
    """Of a campaign that there is not."""

    model_config = ConfigDict(title="forecast")

    contacts: Contacts
    start_at: Moment | None = None
    assumptions: AssumptionsIn = AssumptionsIn()
    seed: Seed | None = None


class WhatIfIn(Body):
    """Of one that there is; `settings`: changes, as PATCH takes them."""

    model_config = ConfigDict(title="forecast")

    settings: dict[str, Any] = Field(default={})
    start_at: Moment | None = None
    assumptions: AssumptionsIn = AssumptionsIn()
    seed: Seed | None = None
