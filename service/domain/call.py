"""One call to one person, with its attempts. How it moves from state to state: calls.py."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from service.domain.attempt import Attempt as Attempt
from service.domain.attempt import Conversation as Conversation
from service.domain.attempt import Script as Script
from service.domain.states import FINAL
from service.domain.states import State as State
from service.domain.webhook import EventType


@dataclass(frozen=True)
class Call:
    COLLECTION: ClassVar[str] = "calls"

    id: str
    account_id: str
    campaign_id: str
    lane: str
    to: str  # E.164
    created_at: datetime
    due_at: datetime
    name: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    external_id: str | None = None
    caller: str | None = None  # its own; else the campaign's, else the account's
    line: str | None = None  # claimed: the caller number whose slot it holds
    script: Script | None = None  # its own, or its own agent; else the campaign's
    agent_id: str | None = None
    spoken_by: str | None = None  # the agent of its last dial: a campaign's agents are told apart by it
    state: State = State.QUEUED
    live: bool = False  # holds a slot: its state is one of LIVE
    check_at: datetime | None = None  # live: when a pass must look at it
    attempt: int = 1  # the attempt that it is at, or waits for
    dispatch: int = 0  # tasks made for it: each gets a name of its own
    rescues: int = 0  # claimed: tasks made in the stead of one that got lost, or broke
    called_off: bool = False  # on the line when its user canceled it: there is no further attempt
    place_tries: int = 0  # dials that certainly did not reach the provider, or were not processed
    refusals: int = 0  # of these, refusals of this very order
    trouble: str | None = None  # why its latest dial was none, until the next one
    attempts: tuple[Attempt, ...] = ()
    finished_at: datetime | None = None
    cohort: str = ""  # where its contact is: see cohort.py
    callback_at: datetime | None = None  # asked for by the contact: it beats the ladder
    dial_at: datetime | None = None  # claimed: not before then, so that the campaign keeps its pace
    spent: int = 0  # millionths: what its attempts cost, and what the one that is claimed can cost at most
    held: int = 0  # of `spent`, what is held for the present attempt
    day: str = ""  # the account's day of its last claim
    day_spent: int = 0  # of `spent`, what belongs to attempts of that day
    day_line: str = ""  # the caller number of that day: it is kept for the day
    day_dials: int = 0  # attempts of that day
    notify: tuple[EventType, ...] = ()  # what its account's webhooks wanted to be told at its last claim
    first_hour: int | None = None  # of its first dial; this and what follows: see stamps.py
    first_outcome: State | None = None
    month: str = ""  # of its last dial
    month_dials: int = 0
    month_seconds: int = 0  # talked
    month_cost: int = 0  # millionths, of attempts that are over

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    @property
    def cost(self) -> int:
        """What its attempts that are over have cost, in millionths."""
        return self.spent - self.held

    @property
    def dialed(self) -> Attempt | None:
        """The present attempt's dial, once it has begun."""
        last = self.attempts[-1] if self.attempts else None
        return last if last and last.number == self.attempt else None


def imported_call_id(campaign_id: str, number: str) -> str:
    """One call for each number of a campaign."""
    return f"call_{sha256(f'{campaign_id}/{number}'.encode()).hexdigest()[:24]}"
