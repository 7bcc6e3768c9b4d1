"""What the core needs from outside: a Store, a TaskQueue, Telephony, a Courier and a Clock.

Each but the Courier has a real adapter and one for a single machine; the two of a pair pass the same
conformance suite. The Courier is one for both: it sends to addresses that users give.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from service.domain.audit import BY_ITSELF, Act
from service.domain.calling_hours import Rulebook as Rulebook
from service.domain.limits import Limits
from service.ports.costs import Meter as Meter
from service.ports.costs import Spent as Spent
from service.ports.courier import Carried as Carried
from service.ports.courier import Courier as Courier
from service.ports.store import COMMIT_BYTES_MAX as COMMIT_BYTES_MAX
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
from service.ports.store import is_id as is_id
from service.ports.tasks import Queue as Queue
from service.ports.tasks import QueueUnavailable as QueueUnavailable
from service.ports.tasks import Task as Task
from service.ports.tasks import TaskQueue as TaskQueue
from service.ports.telephony import Accepted as Accepted
from service.ports.telephony import Ambiguous as Ambiguous
from service.ports.telephony import Answer as Answer
from service.ports.telephony import CallEvent as CallEvent
from service.ports.telephony import CallOrder as CallOrder
from service.ports.telephony import Capabilities as Capabilities
from service.ports.telephony import Heard as Heard
from service.ports.telephony import LostOrder as LostOrder
from service.ports.telephony import NotSigned as NotSigned
from service.ports.telephony import Reference as Reference
from service.ports.telephony import Refused as Refused
from service.ports.telephony import Telephones as Telephones
from service.ports.telephony import Telephony as Telephony
from service.ports.telephony import TelephonyUnavailable as TelephonyUnavailable
from service.ports.telephony import Webhook as Webhook


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
    @property
    def act(self) -> Act: ...


@dataclass(frozen=True)
class Outside:
    """What a use case is given."""

    store: Store
    tasks: TaskQueue
    telephony: Telephones
    clock: Clock
    new_token: Callable[[], str]  # random: at least 96 bits in letters and digits
    limits: Limits
    rulebook: Rulebook
    meter: Meter
    act: Act = BY_ITSELF  # what is recorded of whoever changes something
