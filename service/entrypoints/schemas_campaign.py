"""A campaign as its user describes it, checked: it turns into settings.

What depends on the account and on the rules (currency, calendars) is checked against the context of
the validation, an `Against`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import (
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic.functional_validators import AfterValidator, BeforeValidator, WrapValidator

from service.domain.account import CALLS_IN_FLIGHT_MAX
from service.domain.campaign import (
    RETRY_MINUTES_MAX,
    RETRY_STEPS_MAX,
    CampaignSettings,
    Machine,
    Pace,
    Retry,
    Unknown,
    ZoneOf,
)
from service.domain.money import micros_of
from service.entrypoints.schemas import (
    E164,
    NUMBER_SCHEMA,
    ONE_SPEAKS,
    WEIGHT_MAX,
    AgentId,
    Body,
    Speech,
    Text,
    ZoneName,
    e164,
)
from service.entrypoints.schemas_agents import Split, shares_of
from service.entrypoints.schemas_hours import HoursIn, to_hours
from service.ports import Rulebook

CALLS_PER_MINUTE_MAX = 600
BUDGET_MAX = 100_000_000_000  # minor units: far from what a store takes for an integer
CALLERS_MAX = 100
BLACKOUT_DATES_MAX = 366
CALENDARS_MAX = 10
YEARS = (2000, 2099)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

T = TypeVar("T")


@dataclass(frozen=True)
class Against:
    """What a campaign is checked against."""

    rulebook: Rulebook
    currency: str  # the account's

    @classmethod
    def of(cls, info: ValidationInfo) -> "Against":
        assert isinstance(info.context, cls)
        return info.context


# --- days -----------------------------------------------------------------------------------------------


def _day(text: Any) -> date:
    try:
        if not DATE.fullmatch(text):
            raise ValueError
        day = date.fromisoformat(text)
    except (TypeError, ValueError):
        raise ValueError("must be a date that exists, such as 2026-03-02") from None
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise ValueError(f"must be a date from {YEARS[0]} to {YEARS[1]}")
    return day


def _known_calendar(calendar: str, info: ValidationInfo) -> str:
    if not Against.of(info).rulebook.knows_calendar(calendar):
        raise ValueError(
            "is not a calendar of public holidays that is known here, such as US, US-IL or GB-ENG"
        )
    return calendar


def _once(values: list[T]) -> list[T]:
    """What is named twice counts once."""
    return list(dict.fromkeys(values))


Day = Annotated[date, BeforeValidator(_day)]
Calendar = Annotated[str, StringConstraints(max_length=20), AfterValidator(_known_calendar)]


# --- retries and limits ---------------------------------------------------------------------------------


class RetryStepIn(Body):
    after_minutes: int = Field(ge=1, le=RETRY_MINUTES_MAX)


Ladder = Annotated[list[RetryStepIn], Field(max_length=RETRY_STEPS_MAX)]


class RetryIn(Body):
    busy: Ladder = Field(default=[])
    no_answer: Ladder = Field(default=[])
    voicemail: Ladder = Field(default=[])
    failed: Ladder = Field(default=[])

    def to_retry(self) -> Retry:
        return Retry(**{outcome: tuple(step.after_minutes for step in ladder) for outcome, ladder in self})


class BudgetIn(Body):
    amount: int = Field(ge=1, le=BUDGET_MAX)  # minor units
    currency: str

    @field_validator("currency")
    @classmethod
    def _the_accounts(cls, currency: str, info: ValidationInfo) -> str:
        paid_in = Against.of(info).currency
        if currency != paid_in:
            raise ValueError(f"must be {paid_in}: the account pays in it")
        return currency


class LimitsIn(Body):
    calls_in_flight: int | None = Field(default=None, ge=1, le=CALLS_IN_FLIGHT_MAX)
    calls_per_minute: int | None = Field(default=None, ge=1, le=CALLS_PER_MINUTE_MAX)
    budget: BudgetIn | None = None


# --- the campaign ---------------------------------------------------------------------------------------


def _one_or_several(value: Any, check: Callable[[Any], list[str]]) -> list[str]:
    if isinstance(value, str):
        return [e164(value)]
    if not isinstance(value, list):
        raise ValueError(f"must be a number such as +13125550100, or a list of 1 to {CALLERS_MAX} of them")
    return check(value)


Callers = Annotated[
    list[E164],
    Field(min_length=1, max_length=CALLERS_MAX),
    AfterValidator(_once),
    WrapValidator(_one_or_several),
    WithJsonSchema(
        {
            "anyOf": [
                NUMBER_SCHEMA,
                {"type": "array", "items": NUMBER_SCHEMA, "minItems": 1, "maxItems": CALLERS_MAX},
            ]
        }
    ),
]


class CampaignIn(Body):
    model_config = ConfigDict(title="campaign", json_schema_extra=ONE_SPEAKS)

    name: Text
    timezone: ZoneName
    hours: HoursIn | None = None
    hours_zone: ZoneOf = ZoneOf.CAMPAIGN
    start_date: Day | None = None
    end_date: Day | None = None
    blackout_dates: list[Day] = Field(default=[], max_length=BLACKOUT_DATES_MAX)
    holidays: Annotated[list[Calendar], AfterValidator(_once)] = Field(default=[], max_length=CALENDARS_MAX)
    retry: RetryIn = RetryIn()
    limits: LimitsIn = LimitsIn()
    pace: Pace = Pace.FAST
    weight: int = Field(default=1, ge=1, le=WEIGHT_MAX)
    callers: Callers | None = Field(default=None, alias="from")
    agent: AgentId | Split | None = None
    script: Speech = None
    on_machine: Machine = Machine.COUNT_AS_ANSWERED
    on_unknown: Unknown = Unknown.ASSUME_PLACED

    @field_validator("end_date")
    @classmethod
    def _not_before_the_start(cls, end: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("start_date")
        if start is not None and end is not None and end < start:
            raise ValueError("is before start_date")
        return end

    def to_settings(self) -> CampaignSettings:
        limits = self.limits
        return CampaignSettings(
            name=self.name,
            timezone=self.timezone,
            hours=None if self.hours is None else to_hours(self.hours),
            zone_of=self.hours_zone,
            first_day=self.start_date,
            last_day=self.end_date,
            blackout=tuple(sorted(set(self.blackout_dates))),
            holidays=tuple(self.holidays),
            retry=self.retry.to_retry(),
            callers=tuple(self.callers or ()),
            script=self.script.to_script() if self.script else None,
            agents=shares_of(self.agent),
            calls_in_flight_max=limits.calls_in_flight,
            calls_per_minute_max=limits.calls_per_minute,
            budget=micros_of(limits.budget.amount, limits.budget.currency) if limits.budget else None,
            pace=self.pace,
            weight=self.weight,
            on_machine=self.on_machine,
            on_unknown=self.on_unknown,
        )


class CloneIn(Body):
    model_config = ConfigDict(title="clone")

    name: Text | None = None


Changes = TypeAdapter(dict[str, Any])
"""Some of a campaign's fields; together with the others they are checked as CampaignIn."""
