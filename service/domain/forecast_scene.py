"""What a forecast begins with, and what one run of it comes to."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from service.domain.account import Account
from service.domain.campaign import Campaign
from service.domain.forecast_lines import Ladder, Lot
from service.domain.limits import Limits
from service.domain.states import State

Callers = tuple[str, ...]  # a pool of caller numbers


@dataclass(frozen=True)
class Line:
    """A campaign with what waits in it."""

    campaign: Campaign
    lots: tuple[Lot, ...]
    callers: Callers = ()  # that its calls may show
    spent: int = 0  # of its budget, in millionths

    @property
    def calls(self) -> int:
        return sum(lot.calls for lot in self.lots)

    @cached_property
    def ladder(self) -> Ladder:
        return Ladder(self.campaign)


@dataclass(frozen=True)
class Scene:
    """A lane. Of its campaigns the first is asked about; the others want slots, too."""

    start: datetime
    lines: tuple[Line, ...]
    accounts: Mapping[str, Account]  # of all of them
    limits: Limits
    present_turn: float = 0.0
    day_spent: Mapping[str, int] = field(default_factory=dict)  # by account, on the day of the start
    day_dials: Mapping[tuple[str, Callers], int] = field(
        default_factory=dict
    )  # by account and caller numbers
    midnights: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # by account, where one counts


@dataclass
class Run:
    """What became of the first campaign."""

    finish: float | None = None  # seconds from the start; None: it does not come to an end
    stopped_by: str | None = None  # why it does not
    attempts: int = 0
    simulated: int = 0  # attempts of all campaigns that were really gone through
    talk_seconds: float = 0.0
    cost: int = 0  # millionths
    ended: Counter[State] = field(default_factory=Counter)  # contacts, by their last outcome
    unreached: Counter[str] = field(default_factory=Counter)  # contacts that nobody calls any more, by reason
    hours: Counter[int] = field(default_factory=Counter)  # attempts, by hours from the start's own hour
