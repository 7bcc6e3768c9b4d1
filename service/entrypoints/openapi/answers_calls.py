"""The shapes of calls as they are answered."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, WithJsonSchema

from service.domain.states import State
from service.entrypoints.call_filters import OUTCOMES
from service.entrypoints.openapi.answer import Answer, Money, Phone

Outcome = Annotated[State, WithJsonSchema({"enum": list(OUTCOMES)})]


class AttemptOut(Answer):
    model_config = ConfigDict(title="Attempt")

    number: int
    dialed_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    caller: Phone | None = Field(alias="from")
    provider: str | None
    provider_id: str | None
    agent: str | None = Field(description="Who spoke; null: the script.")
    answered_by: Literal["machine"] | None
    duration_seconds: int | None
    cost: Money | None
    provider_cost: Money | None = Field(description="The provider's own bill, in its currency.")
    recording_url: str | None
    transcript: str | None
    summary: str | None
    rules_version: str | None = Field(description="Of the legal hours that it was checked against.")
    error: str | None


class CallOut(Answer):
    model_config = ConfigDict(title="Call")

    id: str
    campaign_id: str | None = Field(description="null: a direct call")
    to: Phone
    caller: Phone | None = Field(alias="from")
    name: str | None
    variables: dict[str, str]
    external_id: str | None
    agent: str | None = Field(description="Its own; null: the campaign's, or a script.")
    state: State
    due_at: datetime | None
    callback_at: datetime | None
    attempt: int
    trouble: str | None = Field(
        description="Why it could not be dialled when it was last tried: it is tried again, at `due_at`."
    )
    attempts: list[AttemptOut]
    outcome: Outcome | None = Field(description="The state that it ended in.")
    cost: Money | None
    created_at: datetime
    finished_at: datetime | None


class ContactOut(Answer):
    model_config = ConfigDict(title="Contact")

    call_id: str
    phone: Phone
    name: str | None
    variables: dict[str, str]
    external_id: str | None
    timezone: str | None = Field(description="As it was imported; null: the number tells.")
    state: State = Field(description="Of its call.")
    due_at: datetime | None = Field(description="When it is called, at the earliest.")
    created_at: datetime


class QueuedCall(CallOut):
    model_config = ConfigDict(title="QueuedCall")

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
