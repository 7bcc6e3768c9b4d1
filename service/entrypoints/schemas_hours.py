"""Calling hours as a user describes them, checked."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema, model_validator
from pydantic.functional_validators import AfterValidator

from service.domain.hours import DAY_MINUTES, WEEKDAYS, Hours, Window
from service.entrypoints.schemas import Body

WINDOWS_PER_DAY_MAX = 10
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


def _clock(text: str) -> str:
    if not CLOCK.fullmatch(text):
        raise ValueError("must be a time of day such as 09:00, up to 24:00")
    return text


CLOCK_SCHEMA = {"type": "string", "pattern": f"^({CLOCK.pattern})$", "examples": ["09:00"]}
ClockTime = Annotated[str, AfterValidator(_clock), WithJsonSchema(CLOCK_SCHEMA)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


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


Week = dict[Weekday, Annotated[list[WindowIn], Field(max_length=WINDOWS_PER_DAY_MAX)]]


def _fit_together(week: Week) -> Week:
    """On the week as a circle of minutes."""
    spans = sorted(
        (w.weekday * DAY_MINUTES + w.start, (w.end - w.start) % DAY_MINUTES or DAY_MINUTES)
        for w in _windows(week)
    )
    if not spans:
        raise ValueError("has no window: the campaign could never call")
    minutes = 7 * DAY_MINUTES
    for (start, length), (following, _) in zip(spans, [*spans[1:], *spans[:1]], strict=True):
        gap = (following - start) % minutes or (minutes if len(spans) == 1 else 0)
        if length > gap:
            raise ValueError("has windows that overlap")
    return week


def to_hours(week: Week) -> Hours:
    return Hours(tuple(_windows(week)))


def _windows(week: Week) -> Iterator[Window]:
    return (
        Window(WEEKDAYS.index(day), _minutes(window.start), _minutes(window.end))
        for day, windows in week.items()
        for window in windows
    )


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


HoursIn = Annotated[Week, AfterValidator(_fit_together)]
