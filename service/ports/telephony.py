"""Whoever places the calls. What each adapter promises is asked of all in tests/providers/conformance.

**place** sends one create request, at most, and says what is known of it by where it failed. What it has to
read for that it reads before, in a few seconds; without it, it refuses for now:
- *accepted*, with the provider's id: it rings, or will;
- *refused*: nothing rings. Either no byte of the request left (nobody listens, no such host), or the provider
  said no in its own words. Permanent: it will never take this order. Not permanent: it is asked too often,
  the account or the agent has to be put right, or it was not reached; the same order may be sent later, as
  often as it takes. Counted: it speaks of the order itself, in words that do not say "never";
- *ambiguous*: the request left, and there is no answer, or none that the provider would give (a 5xx, a page
  of some proxy, a success without an id). It may ring, so it is never sent again.

**look_up** asks for one call by the provider's id, **find** for those that an order of unknown fate may have
become: by our own reference where the provider keeps one (`capabilities.finds_by_reference`), else by the two
numbers. **hang_up** ends a call, and is harmless for one that has ended. **parse_webhook** checks who sent
it, then says it in our words. What these cannot learn now is `TelephonyUnavailable`: ask again later. What a
provider keeps of a call (`CallEvent.conversation`) may come long after its end, and without its id.

A status that a provider adds one day is *nothing new* (`State.DIALING`), never an end: the call is asked
about later. A reason that it adds for an end is a failure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from service.domain.agent import Agent
from service.domain.call import Script
from service.domain.campaign import Machine
from service.domain.events import CallEvent as CallEvent


@dataclass(frozen=True)
class Reference:
    """Ours, of one attempt: it goes out with the order and comes back with what is said of it."""

    call_id: str
    attempt: int


@dataclass(frozen=True)
class CallOrder:
    """One create request."""

    call_id: str
    attempt: int
    to: str  # E.164
    caller: str  # E.164
    script: Script | None  # variables already filled in; None: the provider's agent speaks
    ring_seconds: int
    time_limit_seconds: int
    on_machine: Machine = Machine.COUNT_AS_ANSWERED
    record: bool = False  # where the provider can be asked to
    key: str = ""  # random, of this create request alone: an attempt that was refused gets another one
    variables: Mapping[str, str] = field(default_factory=dict)  # what the provider's agent is told

    @property
    def reference(self) -> Reference:
        return Reference(self.call_id, self.attempt)


@dataclass(frozen=True)
class LostOrder:
    """One whose fate is not known."""

    reference: Reference
    to: str
    caller: str
    since: datetime  # it did not leave before


@dataclass(frozen=True)
class Accepted:
    provider_id: str


@dataclass(frozen=True)
class Refused:
    """The provider answered no: nothing rings. Permanent: this order will never be taken."""

    reason: str  # without the number: it is shown and logged
    permanent: bool
    retry_after_seconds: int | None = None  # what the provider asked for
    opted_out: bool = False  # whoever has the number wants no calls
    counted: bool = False  # it may pass, but is about this very order: so many of them end its call


@dataclass(frozen=True)
class Ambiguous:
    """The request may have been processed. It must not be sent again."""

    reason: str


Answer = Accepted | Refused | Ambiguous


@dataclass(frozen=True)
class Capabilities:
    """What a provider can do, so that nobody relies on what it cannot."""

    finds_by_reference: bool = False  # an order of unknown fate is found without a doubt whose it is
    dedupe_seconds: int = 0  # how long it ignores a second request with the same key; 0: it has no such key
    takes_limits: bool = True  # it ends a call at the ring and time limits that are sent with the order
    ends_live_calls: bool = True  # else it stops only what has not been answered
    tells_outcomes: bool = True  # when it is asked; else only its webhooks say how a call has ended
    machines: frozenset[Machine] = frozenset({Machine.COUNT_AS_ANSWERED})  # what can be asked of it
    recordings: bool = False  # it gives the address of its recording
    transcripts: bool = False


@dataclass(frozen=True)
class Webhook:
    """What a provider posted, as it came."""

    url: str  # the public one, exactly as it was called, with its query
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    received_at: datetime | None = None  # known once the store was asked; for those who sign the time


@dataclass(frozen=True)
class Heard:
    reference: Reference
    event: CallEvent


class NotSigned(Exception):
    """A webhook that the provider has not sent, or not now."""


class TelephonyUnavailable(Exception):
    """The provider could not be asked, or did not answer. Ask again later."""


class Telephony(Protocol):
    name: str
    capabilities: Capabilities

    def place(self, order: CallOrder) -> Answer:
        """Sends exactly one create request, and never a second one by itself."""
        ...

    def look_up(self, provider_id: str) -> CallEvent | None:
        """What the provider says now; None: it knows no such call. Raises TelephonyUnavailable."""
        ...

    def find(self, lost: LostOrder) -> list[CallEvent]:
        """The calls that it may have become, the earliest first. Without `finds_by_reference` they are those
        between its numbers: they need not be ours, or of the attempt that is asked about. Raises
        TelephonyUnavailable."""
        ...

    def hang_up(self, provider_id: str) -> None:
        """Ends a live call; harmless for one that has ended. Raises TelephonyUnavailable."""
        ...

    def parse_webhook(self, webhook: Webhook) -> Heard | None:
        """None: it is the provider's, and says nothing of a call of ours. Raises NotSigned; Invalid for what
        cannot be read; TelephonyUnavailable where the provider has to be asked."""
        ...


class Telephones(Protocol):
    """Every provider through which calls are placed; each is loaded when it is first needed."""

    @property
    def takes_scripts(self) -> bool:
        """Whether there is a provider in the settings: scripts go through it. Agents bring their own."""
        ...

    def of(self, agent: Agent | None) -> Telephony:
        """The agent's provider, with its credentials; None: the one in the settings. Raises
        TelephonyUnavailable: its secret cannot be read, or there is none in the settings."""
        ...
