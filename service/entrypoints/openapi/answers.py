"""The shapes of answers. They describe what views.py makes; tests hold the two together."""

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from service.domain.campaign import Machine, Pace, Status, Unknown, ZoneOf
from service.domain.states import FINAL, State
from service.entrypoints.schemas_hours import WindowIn

T = TypeVar("T")
Phone = Annotated[str, Field(description="E.164", examples=["+13125550142"])]
Outcome = Annotated[State, WithJsonSchema({"enum": [state for state in State if state in FINAL]})]


class Answer(BaseModel):
    """Nothing is answered that is not described."""

    model_config = ConfigDict(extra="forbid")


class Page(Answer, Generic[T]):
    data: list[T]
    next_cursor: str | None = Field(description="For `?cursor=` of the next page; null: there is none.")


class ErrorDetail(Answer):
    field: str
    code: str
    message: str


class ErrorBody(Answer):
    code: str = Field(description="Stable.", examples=["invalid"])
    message: str = Field(description="Can be shown to a person.")
    details: list[ErrorDetail]
    request_id: str


class Error(Answer):
    error: ErrorBody


class Money(Answer):
    amount: int = Field(description="In minor units, such as cents.")
    currency: str = Field(description="ISO 4217", examples=["USD"])


class ScriptOut(Answer):
    twiml: str | None = None
    url: str | None = None


# --- campaigns ------------------------------------------------------------------------------------------


class RetryStep(Answer):
    after_minutes: int


class RetryLadders(Answer):
    busy: list[RetryStep]
    no_answer: list[RetryStep]
    voicemail: list[RetryStep]
    failed: list[RetryStep]


class CampaignLimits(Answer):
    calls_in_flight: int | None
    calls_per_minute: int | None
    budget: Money | None


class CampaignOut(Answer):
    model_config = ConfigDict(extra="forbid", title="Campaign")

    id: str
    name: str
    status: Status
    paused_reason: str | None = Field(description="Why it was paused, where no user did it.")
    created_at: datetime
    timezone: str
    hours: dict[str, list[WindowIn]] | None
    hours_zone: ZoneOf
    start_date: date | None
    end_date: date | None
    blackout_dates: list[date]
    holidays: list[str]
    retry: RetryLadders
    limits: CampaignLimits
    pace: Pace
    weight: int
    callers: list[Phone] | None = Field(alias="from")
    script: ScriptOut | None
    on_machine: Machine
    on_unknown: Unknown
    awake: bool = Field(description="Some of its calls are in flight or due.")
    next_due_at: datetime | None = Field(description="When it wakes; null: awake, or nothing waits.")


class Progress(Answer):
    """Counted from the calls: they add up to `total`."""

    total: int
    queued: int
    in_flight: int
    uncertain: int
    completed: int
    voicemail: int
    busy: int
    no_answer: int
    failed: int
    canceled: int
    expired: int
    unconfirmed: int


class CampaignWithProgress(CampaignOut):
    model_config = ConfigDict(extra="forbid", title="CampaignWithProgress")

    progress: Progress


class Waiting(Answer):
    rule: str = Field(description="The first rule that keeps these calls waiting.")
    count: int
    until: datetime | None
    timezone: str | None


class WaitingSummary(Answer):
    campaign_id: str
    total: int
    waiting: list[Waiting]


# --- calls ----------------------------------------------------------------------------------------------


class AttemptOut(Answer):
    model_config = ConfigDict(extra="forbid", title="Attempt")

    number: int
    dialed_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    caller: Phone | None = Field(alias="from")
    provider: str | None
    provider_id: str | None
    answered_by: Literal["machine"] | None
    duration_seconds: int | None
    cost: Money | None
    rules_version: str | None = Field(description="Of the legal hours that it was checked against.")
    error: str | None


class CallOut(Answer):
    model_config = ConfigDict(extra="forbid", title="Call")

    id: str
    campaign_id: str | None = Field(description="null: a direct call")
    to: Phone
    caller: Phone | None = Field(alias="from")
    name: str | None
    variables: dict[str, str]
    external_id: str | None
    state: State
    due_at: datetime | None
    callback_at: datetime | None
    attempt: int
    attempts: list[AttemptOut]
    outcome: Outcome | None = Field(description="The state that it ended in.")
    cost: Money | None
    created_at: datetime
    finished_at: datetime | None


class QueuedCall(CallOut):
    model_config = ConfigDict(extra="forbid", title="QueuedCall")

    position: int
    reason: str = Field(description="Why it is not dialled at once.")


class Block(Answer):
    rule: str
    message: str
    until: datetime | None


class WhyNotNow(Answer):
    call_id: str
    blocked_by: Block | None = Field(description="The first rule that keeps it waiting; null: none does.")
    also: list[Block]
    may_ring_at: datetime | None


# --- numbers, the account, the service -------------------------------------------------------------------


class BarredNumber(Answer):
    phone: Phone
    reason: str | None
    expires_at: datetime | None
    by: list[str]
    active: bool = Field(description="It bars the number now.")
    created_at: datetime | None


class Rejection(Answer):
    line: int = Field(description="Where the row begins in the file, from 1.")
    column: str | None
    value: str
    code: str
    message: str


class NumbersImported(Answer):
    rows_total: int
    created: int
    duplicates: int
    rejected: int
    errors: list[Rejection]


class ContactsImported(NumbersImported):
    campaign_id: str


class CallerLimits(Answer):
    calls_in_flight: int | None
    calls_a_day: int | None


class NumberCaps(Answer):
    per_day: int | None
    per_week: int | None
    gap_minutes: int | None


class RateOut(Answer):
    model_config = ConfigDict(extra="forbid", title="Rate")

    currency: str
    per_minute: str = Field(description="In units of the currency.", examples=["0.014"])
    per_call: str


class AccountOut(Answer):
    model_config = ConfigDict(extra="forbid", title="Account")

    id: str
    name: str
    created_at: datetime
    timezone: str
    default_country: str
    allowed_countries: list[str]
    caller: Phone | None = Field(alias="from")
    calls_in_flight: int = Field(description="How many it may have at once.")
    caller_limits: CallerLimits
    number_caps: NumberCaps
    rate: RateOut
    day_budget: Money | None
    legal_hours_widened: list[str]
    legal_hours_notice: str
    legal_hours_version: str


class ServiceStatus(Answer):
    now: datetime
    awake: bool
    next_wake: datetime | None
    reason: str
    calls_in_flight: int


class NotKept(Answer):
    """Instead of the first answer, where that was too large or secret to be kept."""

    answer: dict[str, Any]
