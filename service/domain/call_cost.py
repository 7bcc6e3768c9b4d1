"""What an attempt of a call costs. While it is under way, the most that it can cost is held."""

from dataclasses import replace

from service.domain.call import Call
from service.domain.states import State


def settle(call: Call, cost: int) -> Call:
    """What was held for the attempt becomes what it cost."""
    change = cost - call.held
    return replace(call, spent=call.spent + change, day_spent=call.day_spent + change, held=0)


def cost_of(call: Call, outcome: State, duration_seconds: int | None) -> int:
    """Where nobody knows how long it talked, all that was held: a budget must not be overshot."""
    assert call.dialed is not None
    if duration_seconds is not None:
        return call.dialed.rate.cost(duration_seconds)
    may_have_talked = outcome in {State.COMPLETED, State.VOICEMAIL, State.UNCONFIRMED}
    return call.held if may_have_talked or call.dialed.answered_at else 0
