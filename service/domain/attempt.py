"""One dial of a call, and what its callee hears."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from service.domain.money import Rate
from service.domain.states import State


@dataclass(frozen=True)
class Script:
    """What the callee hears: exactly one of the first two. `{name}` and other variables are filled in."""

    twiml: str | None = None
    url: str | None = None
    record: bool = False


@dataclass(frozen=True)
class Conversation:
    """What the provider has kept of a call, and its bill for it."""

    transcript: str | None = None
    summary: str | None = None
    recording_url: str | None = None
    charged: int | None = None  # millionths of `currency`
    currency: str = ""

    @property
    def without_words(self) -> "Conversation":
        return replace(self, transcript=None, summary=None)


@dataclass(frozen=True)
class Attempt:
    """One dial: at most one create request at the provider."""

    number: int
    dialed_at: datetime
    owner: str  # random; only who wrote it may send the create request
    caller: str
    provider: str
    lease_ends_at: datetime  # by the limits that were sent with the request it is over by then
    rate: Rate = field(default_factory=Rate)
    rules_version: str = ""  # of the legal hours that it was checked against
    hour: int | None = None  # 0 to 23: when it was dialled, by its campaign's clock
    month: str = ""  # when it was dialled, by its account's clock, as in 2026-03
    provider_id: str | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: State | None = None
    duration_seconds: int | None = None
    machine: bool = False  # the provider heard a machine
    cost: int | None = None  # in millionths of the account's currency
    agent_id: str | None = None  # who spoke; None: the script, through the provider in the settings
    conversation: Conversation | None = None
    error: str | None = None

    @property
    def has_words(self) -> bool:
        said = self.conversation
        return said is not None and bool(said.transcript or said.summary)
