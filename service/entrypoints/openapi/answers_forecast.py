"""The shape of a forecast. p10, p50, p90: at most so much in one run of ten, in half, in nine of ten."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from service.entrypoints.openapi.answer import Answer, Money


class BandOut(Answer):
    model_config = ConfigDict(title="Band")

    p10: float | None
    p50: float | None
    p90: float | None


class MoneyBand(Answer):
    p10: Money
    p50: Money
    p90: Money


class Reason(Answer):
    reason: str
    message: str


class NeverFinished(Reason):
    share: float = Field(description="Of the runs, from 0 to 1.")


class Finish(Answer):
    p10: datetime | None
    p50: datetime | None
    p90: datetime | None
    never: NeverFinished | None


class Hour(Answer):
    start: datetime
    calls: float


class Cost(Answer):
    telephony: MoneyBand
    cloud: MoneyBand


class PlaceOut(Answer):
    model_config = ConfigDict(title="Place")

    place: str | None
    timezones: list[str]


class NeverCalled(Reason):
    p10: float | None
    p50: float | None
    p90: float | None
    closed_by: list[str] | None = None
    places: list[PlaceOut] | None = None


class ForecastContacts(Answer):
    total: int
    outcomes: dict[str, BandOut]
    never_called: list[NeverCalled]


class Assumption(Answer):
    source: Literal["stated", "measured", "default"]
    measured_over: int | None
    guess_share: float


class AssumedValue(Assumption):
    value: float


class AssumedSpread(Assumption):
    mean: float
    p10: float
    p50: float
    p90: float


class AssumptionsOut(Answer):
    model_config = ConfigDict(title="Assumptions")

    answer_rate: AssumedValue
    voicemail_rate: AssumedValue
    busy_rate: AssumedValue
    no_answer_rate: AssumedValue
    failed_rate: AssumedValue
    talk_seconds: AssumedSpread
    ring_seconds: AssumedSpread
    voicemail_seconds: AssumedValue
    turnaround_seconds: AssumedValue


class ForecastOut(Answer):
    model_config = ConfigDict(title="Forecast")

    campaign_id: str | None
    start_at: datetime
    finish: Finish
    calls_per_hour: list[Hour]
    calls: BandOut
    talk_minutes: BandOut
    cost: Cost
    contacts: ForecastContacts
    calls_in_flight: int
    shared_with: int
    assumptions: AssumptionsOut
    runs: int
    sampled: bool
    each_call_stands_for: int
    seed: int
