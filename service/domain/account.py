"""An account: who pays, what it may do, and its share of the lane."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from zoneinfo import ZoneInfo

from service.domain.caps import Caps
from service.domain.lane import DEFAULT_LANE
from service.domain.money import Rate
from service.domain.webhook import EventType

ANY_COUNTRY = "*"
CALLS_IN_FLIGHT_MAX = 10_000  # the largest limit of calls in flight
WEIGHTS = (0.001, 1000.0)  # the smallest and the largest
KEY_ID_PREFIX = "key_"


@dataclass(frozen=True)
class Account:
    COLLECTION: ClassVar[str] = "accounts"

    id: str
    name: str
    created_at: datetime
    lane: str = DEFAULT_LANE
    calls_in_flight_max: int | None = None  # None: the system's default per account
    caller_calls_in_flight_max: int | None = None  # of each of its caller numbers; None: no limit
    weight: float = 1.0  # its share of the slots, beside other accounts
    turn: float = 0.0  # moved forward by 1/weight with each claim
    pace: float = 0.0  # that of the campaign that was served last; one that comes back starts here
    weighs: bool = False  # a campaign of it that was served had another weight than 1
    tail: float = 0.0  # the last place that one of its campaigns got in the lane's order
    default_country: str = "US"  # how a national number is read (ISO 3166 alpha-2)
    allowed_countries: tuple[str, ...] = ()  # where it may call; ANY_COUNTRY allows all
    caller: str | None = None  # the number shown when neither call nor campaign names one
    caller_calls_a_day_max: int | None = None  # of each of its caller numbers; None: no limit
    timezone: str = "UTC"  # IANA: where its day begins, for what is counted by the day
    caps: Caps = field(default_factory=Caps)  # how often one number is called
    rate: Rate = field(default_factory=Rate)  # what a call costs it
    day_budget: int | None = None  # in millionths of the rate's currency; None: no limit
    widened: tuple[str, ...] = ()  # where no legal hours bind its calls, as it says: see calling_hours
    notify: tuple[EventType, ...] = ()  # what its webhooks want to be told: the account is not asked for them

    def day_of(self, now: datetime) -> str:
        """Its local day, as in 2026-03-02."""
        return now.astimezone(ZoneInfo(self.timezone)).date().isoformat()

    def month_of(self, now: datetime) -> str:
        """As in 2026-03."""
        return self.day_of(now)[:7]

    def may_call(self, country: str) -> bool:
        return ANY_COUNTRY in self.allowed_countries or country in self.allowed_countries


class Scope(StrEnum):
    """What a key is good for: each has all that those before it have."""

    READ = "read"
    OPERATE = "operate"  # campaigns, calls, lists of numbers
    ADMIN = "admin"  # the account's own rules, and its keys
    SYSTEM = "system"  # all accounts, and what each may have at once; only an operator makes such a key

    def covers(self, needed: "Scope") -> bool:
        order = list(Scope)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True)
class ApiKey:
    """The id is the SHA-256 of the key; the key itself is shown once and kept nowhere. One with an `email`
    has no such key: it admits the person who signs in with that verified address."""

    COLLECTION: ClassVar[str] = "api_keys"

    id: str
    account_id: str
    label: str
    created_at: datetime
    revoked: bool = False
    scope: Scope = Scope.ADMIN  # as all were before there were scopes
    last_characters: str = ""  # of the key, by which a person knows it again
    email: str | None = None  # in small letters
    request: str | None = None  # the token of the request with an Idempotency-Key that made it

    def holds(self, needed: Scope) -> bool:
        return not self.revoked and self.scope.covers(needed)


def key_id(key: ApiKey) -> str:
    """What users call it."""
    return KEY_ID_PREFIX + key.id
