"""The shapes of campaigns as they are answered. They describe what views.py makes; tests hold the two
together."""

from datetime import date, datetime

from pydantic import ConfigDict, Field

from service.domain.campaign import Machine, Pace, Status, Unknown, ZoneOf
from service.entrypoints.openapi.answer import Answer, Money, Phone
from service.entrypoints.schemas_hours import WindowIn


class ScriptOut(Answer):
    twiml: str | None = None
    url: str | None = None
    record: bool = False


class Share(Answer):
    agent: str
    weight: int


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
    model_config = ConfigDict(title="Campaign")

    id: str
    name: str
    status: Status
    paused_reason: str | None = Field(
        description="Why it was paused, where no user did it: `budget_reached` or `no_caller_number`."
    )
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
    agent: str | list[Share] | None = Field(description="Who speaks in the script's stead.")
    on_machine: Machine
    on_unknown: Unknown
    awake: bool = Field(description="Some of its calls are in flight or due.")
    next_due_at: datetime | None = Field(description="When it wakes; null: awake, or nothing waits.")


class Outcomes(Answer):
    completed: int
    voicemail: int
    busy: int
    no_answer: int
    failed: int
    canceled: int
    expired: int
    unconfirmed: int


class Progress(Outcomes):
    """Counted from the calls: they add up to `total`."""

    total: int
    queued: int
    in_flight: int
    uncertain: int


class AgentResult(Outcomes):
    """Of the calls on which it has spoken, by the state that they are in."""

    agent: str
    weight: int
    total: int
    in_flight: int
    queued: int = Field(description="They wait for a further try.")


class AgentResults(Answer):
    campaign_id: str
    data: list[AgentResult]


class CampaignWithProgress(CampaignOut):
    model_config = ConfigDict(title="CampaignWithProgress")

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
