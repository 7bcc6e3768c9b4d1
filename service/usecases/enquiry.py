"""What the provider knows of a dial whose fate is not known here."""

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from service.domain import calls
from service.domain.call import Attempt, Call, State
from service.domain.events import CallEvent
from service.ports import LostOrder, Outside, Reference, TelephonyUnavailable
from service.usecases import queries
from service.usecases.speakers import telephony_of

SAME_NUMBER_MAX = 50  # calls to one number that are looked at, to tell whose a provider's call is
RIVAL_SECONDS = 60  # a dial that began this much before another may reach the provider after it
UNANSWERED_MAX = 3  # questions without an answer, then nothing more of the agent's is asked in this pass

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Learned:
    """What the provider says of a dial."""

    event: CallEvent | None = None
    asked: bool = True  # or it was left for a later look, which alone may give the call up
    may_be_on_the_line: bool = False  # a call of the provider's is its own, or another dial's in doubt
    error: str = "The provider knows no such call."

    @property
    def on_the_line(self) -> bool:
        """It is not said to be over: it may yet ring."""
        return self.event is not None and self.event.state not in calls.FINAL

    @property
    def goes_on(self) -> bool:
        """It is said to ring or to talk. That it was accepted is no sign of life: it can be so for ever."""
        return self.event is not None and self.event.state in {State.RINGING, State.IN_PROGRESS}


@dataclass
class Enquiry:
    """One pass's questions. A provider that hangs must not keep the pass from the other calls."""

    outside: Outside
    # By provider and agent: it may be the agent's secret that is gone, and not the provider.
    unanswered: Counter[tuple[str, str | None]] = field(default_factory=Counter)

    def about(self, call: Call) -> Learned:
        """Of the call's present dial. Raises the store's errors."""
        assert call.dialed is not None
        asked = (call.dialed.provider, call.dialed.agent_id)
        if self.unanswered[asked] >= UNANSWERED_MAX:
            return Learned(asked=False, error="The provider did not answer other questions.")
        try:
            if not call.dialed.provider_id:
                return self._find(call, call.dialed)
            return Learned(telephony_of(self.outside, call.dialed).look_up(call.dialed.provider_id))
        except TelephonyUnavailable as unavailable:
            self.unanswered[asked] += 1
            return Learned(error=f"The provider could not be asked: {unavailable}")

    def hang_up(self, call: Call, provider_id: str) -> None:
        assert call.dialed is not None
        try:
            telephony_of(self.outside, call.dialed).hang_up(provider_id)
        except TelephonyUnavailable:
            log.warning("An overdue call could not be ended; the next look tries again.", exc_info=True)

    def _find(self, call: Call, dialed: Attempt) -> Learned:
        """By the numbers, which other calls may share: what another one holds, or may hold, is not taken."""
        telephony = telephony_of(self.outside, dialed)
        reference = Reference(call.id, dialed.number)
        found = telephony.find(LostOrder(reference, call.to, dialed.caller, dialed.dialed_at))
        if not found:
            return Learned()
        if telephony.capabilities.finds_by_reference:
            return Learned(found[0])
        # Read after the provider was asked: whoever dialled what it knows of is among them.
        others = self.outside.store.find(queries.calls_to(call.to, SAME_NUMBER_MAX))
        attempts = [a for other in others for a in other.record.attempts if a.owner != dialed.owner]
        held = {attempt.provider_id for attempt in attempts}
        free = [event for event in found if event.provider_id not in held]
        if not free:
            return Learned()
        all_seen = len(others) < SAME_NUMBER_MAX
        if len(free) == 1 and all_seen and not any(_rivals(attempt, dialed) for attempt in attempts):
            return Learned(free[0])
        error = "The provider's call may be another dial's to this number."
        return Learned(may_be_on_the_line=True, error=error)


def _rivals(other: Attempt, dialed: Attempt) -> bool:
    """Whether a provider's call that nobody holds could be the other's as well."""
    since = dialed.dialed_at - timedelta(seconds=RIVAL_SECONDS)
    return other.provider_id is None and other.caller == dialed.caller and other.dialed_at >= since
