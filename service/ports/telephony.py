"""Telephony: whoever places the calls."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from service.domain.call import Script
from service.domain.campaign import Machine
from service.domain.events import CallEvent as CallEvent


@dataclass(frozen=True)
class CallOrder:
    """One create request."""

    call_id: str
    attempt: int
    to: str  # E.164
    caller: str  # E.164
    script: Script  # variables already filled in
    ring_seconds: int
    time_limit_seconds: int
    on_machine: Machine = Machine.COUNT_AS_ANSWERED


@dataclass(frozen=True)
class Accepted:
    provider_id: str


@dataclass(frozen=True)
class Refused:
    """The provider answered no: nothing rings. Permanent: this order will never be taken."""

    reason: str
    permanent: bool


@dataclass(frozen=True)
class Ambiguous:
    """The request may have been processed. It must not be sent again."""

    reason: str


Answer = Accepted | Refused | Ambiguous


class TelephonyUnavailable(Exception):
    """The provider could not be asked, or did not answer. Ask again later."""


class Telephony(Protocol):
    name: str

    def place(self, order: CallOrder) -> Answer:
        """Sends exactly one create request, and never a second one by itself."""
        ...

    def look_up(self, provider_id: str) -> CallEvent | None:
        """What the provider says now; None: it knows no such call. Raises TelephonyUnavailable."""
        ...

    def find(self, *, to: str, caller: str, since: datetime) -> list[CallEvent]:
        """The calls that were placed with these numbers at or after `since`, the earliest first. They need
        not be ours, or of the attempt that is asked about. Raises TelephonyUnavailable."""
        ...

    def hang_up(self, provider_id: str) -> None:
        """Ends a live call; harmless for one that has ended. Raises TelephonyUnavailable."""
        ...
