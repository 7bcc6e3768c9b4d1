"""What the core needs from outside: a Store, a TaskQueue, Telephony and a Clock.

Each has a real adapter and one for a single machine; the two of a pair pass the same conformance suite.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from service.domain.calling_hours import Rulebook as Rulebook
from service.domain.limits import Limits
from service.ports.costs import Meter as Meter
from service.ports.costs import Spent as Spent
from service.ports.store import IN_VALUES_MAX as IN_VALUES_MAX
from service.ports.store import Committed as Committed
from service.ports.store import CommitUnknown as CommitUnknown
from service.ports.store import Condition as Condition
from service.ports.store import Conflict as Conflict
from service.ports.store import Create as Create
from service.ports.store import Merge as Merge
from service.ports.store import Operator as Operator
from service.ports.store import Query as Query
from service.ports.store import R as R
from service.ports.store import Record as Record
from service.ports.store import Store as Store
from service.ports.store import Stored as Stored
from service.ports.store import StoreUnavailable as StoreUnavailable
from service.ports.store import Update as Update
from service.ports.store import Write as Write
from service.ports.tasks import Queue as Queue
from service.ports.tasks import QueueUnavailable as QueueUnavailable
from service.ports.tasks import Task as Task
from service.ports.tasks import TaskQueue as TaskQueue
from service.ports.telephony import Accepted as Accepted
from service.ports.telephony import Ambiguous as Ambiguous
from service.ports.telephony import Answer as Answer
from service.ports.telephony import CallEvent as CallEvent
from service.ports.telephony import CallOrder as CallOrder
from service.ports.telephony import Refused as Refused
from service.ports.telephony import Telephony as Telephony
from service.ports.telephony import TelephonyUnavailable as TelephonyUnavailable


class Clock(Protocol):
    def now(self) -> datetime:
        """The present time in UTC. It never runs backwards."""
        ...


class Books(Protocol):
    """The part of the outside in which accounts and keys are kept: nothing of it places calls."""

    @property
    def store(self) -> Store: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def new_token(self) -> Callable[[], str]: ...
    @property
    def limits(self) -> Limits: ...


@dataclass(frozen=True)
class Outside:
    """What a use case is given."""

    store: Store
    tasks: TaskQueue
    telephony: Telephony
    clock: Clock
    new_token: Callable[[], str]  # random: at least 96 bits in letters and digits
    limits: Limits
    rulebook: Rulebook
    meter: Meter
