"""The shapes of what is answered of numbers, files, the account, its keys and the service."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from service.domain.account import Scope
from service.domain.audit import Kind
from service.entrypoints.openapi.answer import Answer, Money, Phone


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


class CallerLimits(Answer):
    calls_in_flight: int | None
    calls_a_day: int | None


class NumberCaps(Answer):
    per_day: int | None
    per_week: int | None
    gap_minutes: int | None


class RateOut(Answer):
    model_config = ConfigDict(title="Rate")

    currency: str
    per_minute: str = Field(description="In units of the currency.", examples=["0.014"])
    per_call: str


class KeyOut(Answer):
    model_config = ConfigDict(title="Key")

    id: str
    label: str
    scope: Scope
    email: str | None = Field(description="Whom it admits after signing in, instead of a key.")
    last_characters: str | None
    created_at: datetime
    revoked: bool


class AccountOut(Answer):
    model_config = ConfigDict(title="Account")

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
    key: KeyOut = Field(description="The one that was sent.")


class OperatorsAccount(Answer):
    """As whoever operates the service sees it."""

    id: str
    name: str
    created_at: datetime
    default_country: str
    allowed_countries: list[str]
    caller: Phone | None = Field(alias="from")
    lane: str
    calls_in_flight_max: int | None = Field(description="Its own; null: the system's default.")
    caller_calls_in_flight_max: int | None
    weight: float


class NewAccountOut(OperatorsAccount):
    model_config = ConfigDict(title="NewAccount")

    key: str = Field(description="Its first key, shown this once.", examples=["rv_..."])


class NewKeyOut(KeyOut):
    model_config = ConfigDict(title="NewKey")

    key: str | None = Field(description="Shown this once; null for a person.", examples=["rv_..."])


class PassReceiptOut(Answer):
    model_config = ConfigDict(title="PassReceipt")

    at: datetime
    reason: str = Field(
        description="Who asked for it: the scheduler's `tick`, an exact `wake` task, the `check` of a call, "
        "a `refill` because a slot was freed, or a `request` to the API.",
        examples=["wake"],
    )
    claimed: int = Field(description="The account's calls that it gave a slot; 0: it put campaigns to sleep.")
    awake: bool = Field(description="Afterwards.")
    next_wake: datetime | None = Field(description="Asleep until then; null: awake, or until there is work.")
    reads: int | None = Field(description="What it cost; null: it looked at other accounts' campaigns too.")
    writes: int | None
    tasks: int | None


class AuditedThing(Answer):
    kind: Kind
    id: str = Field(description="Of a number: itself; of the whole do-not-call list: the account's.")


class AuditBy(Answer):
    label: str = Field(description="Of the key; or who else it was, such as `admin command`.")
    key_id: str | None
    email: str | None = Field(description="Of the person who signed in.")


class AuditOut(Answer):
    model_config = ConfigDict(title="AuditRecord")

    id: str
    created_at: datetime
    operation: str = Field(examples=["edit_campaign"])
    thing: AuditedThing
    by: AuditBy
    before: dict[str, Any] = Field(description="The fields that differ; empty for what is new.")
    after: dict[str, Any] = Field(description="The fields that differ; of an import, its counts.")
    request_id: str | None


class ServiceStatus(Answer):
    now: datetime
    awake: bool
    next_wake: datetime | None
    reason: str
    calls_in_flight: int
