"""Bodies of the REST API, checked; each turns into what a use case takes. Unknown fields are refused."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)
from pydantic.functional_validators import AfterValidator

from service.contacts.numbers import Rejected
from service.contacts.times import parse_timezone
from service.domain.call import Script
from service.domain.campaign import RETRY_MINUTES_MAX, RETRY_STEPS_MAX, CampaignSettings, Retry, Unknown
from service.domain.hours import DAY_MINUTES, WEEKDAYS, Hours, Window

CALLS_IN_FLIGHT_MAX = 10_000
WINDOWS_PER_DAY_MAX = 10
WEIGHT_MAX = 100
VARIABLES_MAX = 50
VARIABLE_NAME_CHARACTERS_MAX = 100
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
NOT_BEFORE_MAX = datetime(2100, 1, 1, tzinfo=UTC)

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
E164 = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Body(BaseModel):
    """Strict: a number in quotes is not a number."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _clock(text: str) -> str:
    if not CLOCK.fullmatch(text):
        raise ValueError("must be a time of day such as 09:00, up to 24:00")
    return text


def _zone(name: str) -> str:
    try:
        return parse_timezone(name)
    except Rejected as rejected:
        raise ValueError(rejected.message) from rejected


def _variable_name(name: str) -> str:
    """Firestore keeps names with two underscores around them for itself."""
    if not 1 <= len(name) <= VARIABLE_NAME_CHARACTERS_MAX or (name[:2] == name[-2:] == "__"):
        raise ValueError(
            f"a variable's name has 1 to {VARIABLE_NAME_CHARACTERS_MAX} characters, not __ around it"
        )
    return name


def _storable(moment: datetime) -> datetime:
    """In UTC."""
    try:
        in_utc = moment.astimezone(UTC)
    except OverflowError:
        in_utc = NOT_BEFORE_MAX
    if in_utc >= NOT_BEFORE_MAX:
        raise ValueError(f"must be before {NOT_BEFORE_MAX.year}")
    return in_utc


ClockTime = Annotated[str, AfterValidator(_clock)]
ZoneName = Annotated[str, AfterValidator(_zone)]
VariableName = Annotated[str, AfterValidator(_variable_name)]
Moment = Annotated[AwareDatetime, AfterValidator(_storable)]


class WindowIn(Body):
    start: ClockTime
    end: ClockTime
    overnight: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> "WindowIn":
        if self.start == self.end:
            raise ValueError("start and end are the same: a full day is 00:00 to 24:00")
        if (self.end < self.start) != self.overnight:
            raise ValueError('end is before start exactly when the window says "overnight": true')
        return self


class ScriptIn(Body):
    twiml: Annotated[str, StringConstraints(min_length=1, max_length=4000)] | None = None
    url: Annotated[str, StringConstraints(pattern=r"^https://", max_length=2000)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "ScriptIn":
        if (self.twiml is None) == (self.url is None):
            raise ValueError("needs exactly one of twiml and url")
        return self

    def to_script(self) -> Script:
        return Script(self.twiml, self.url)


class RetryStepIn(Body):
    after_minutes: int = Field(ge=1, le=RETRY_MINUTES_MAX)


Ladder = Annotated[list[RetryStepIn], Field(max_length=RETRY_STEPS_MAX)]


class RetryIn(Body):
    busy: Ladder = []
    no_answer: Ladder = []
    voicemail: Ladder = []
    failed: Ladder = []

    def to_retry(self) -> Retry:
        return Retry(**{outcome: tuple(step.after_minutes for step in ladder) for outcome, ladder in self})


class LimitsIn(Body):
    calls_in_flight: int | None = Field(default=None, ge=1, le=CALLS_IN_FLIGHT_MAX)


class CampaignIn(Body):
    """A campaign as its user describes it."""

    name: Text
    timezone: ZoneName
    hours: dict[Weekday, Annotated[list[WindowIn], Field(max_length=WINDOWS_PER_DAY_MAX)]] | None = None
    retry: RetryIn = RetryIn()
    limits: LimitsIn = LimitsIn()
    weight: int = Field(default=1, ge=1, le=WEIGHT_MAX)
    caller: E164 | None = Field(default=None, alias="from")
    script: ScriptIn
    on_unknown: Unknown = Unknown.ASSUME_PLACED

    @model_validator(mode="after")
    def _hours_fit_together(self) -> "CampaignIn":
        if self.hours is not None and not any(self.hours.values()):
            raise ValueError("hours has no window: the campaign could never call")
        _refuse_overlaps(self._windows())
        return self

    def _windows(self) -> list[Window]:
        return [
            Window(WEEKDAYS.index(day), _minutes(window.start), _minutes(window.end))
            for day, windows in (self.hours or {}).items()
            for window in windows
        ]

    def to_settings(self) -> CampaignSettings:
        return CampaignSettings(
            name=self.name,
            timezone=self.timezone,
            hours=None if self.hours is None else Hours(tuple(self._windows())),
            retry=self.retry.to_retry(),
            caller=self.caller,
            script=self.script.to_script(),
            calls_in_flight_max=self.limits.calls_in_flight,
            weight=self.weight,
            on_unknown=self.on_unknown,
        )


Changes = TypeAdapter(dict[str, Any])
"""Some of a campaign's fields; together with the others they are checked as CampaignIn."""


class CallIn(Body):
    """A direct call."""

    to: Text
    script: ScriptIn
    caller: E164 | None = Field(default=None, alias="from")
    name: Annotated[str, StringConstraints(max_length=200)] | None = None
    variables: dict[VariableName, Annotated[str, StringConstraints(max_length=1000)]] = Field(
        default={}, max_length=VARIABLES_MAX
    )
    not_before: Moment | None = None


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _refuse_overlaps(windows: list[Window]) -> None:
    """On the week as a circle of minutes."""
    week = 7 * DAY_MINUTES
    spans = sorted(
        (w.weekday * DAY_MINUTES + w.start, (w.end - w.start) % DAY_MINUTES or DAY_MINUTES) for w in windows
    )
    for (start, length), (following, _) in zip(spans, [*spans[1:], *spans[:1]], strict=True):
        gap = (following - start) % week or (week if len(spans) == 1 else 0)
        if length > gap:
            raise ValueError("hours has windows that overlap")
