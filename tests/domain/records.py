"""Calls and campaigns to start from."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from service.domain.call import Attempt, Call, State
from service.domain.calls import FINAL, LIVE, claim, dial
from service.domain.campaign import Campaign, CampaignSettings, Status

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
RING_SECONDS = 30
TIME_LIMIT_SECONDS = 600


def after(**duration: float) -> datetime:
    return NOON + timedelta(**duration)


def waiting(**changes: Any) -> Call:
    return replace(Call("call_1", "acc_1", "cmp_1", "main", "+13125550100", NOON, NOON), **changes)


def attempt(number: int = 1, **changes: Any) -> Attempt:
    lease_ends_at = after(seconds=RING_SECONDS + TIME_LIMIT_SECONDS + 180)
    made = Attempt(number, NOON, "token", "+13125550199", "scripted", lease_ends_at)
    return replace(made, **changes)


def dialing(**changes: Any) -> Call:
    """Its create request may have been sent; the provider has not answered."""
    return replace(dial(claim(waiting(), now=NOON), attempt(), ring_seconds=RING_SECONDS), **changes)


def in_state(state: State) -> Call:
    """A call in this state, with what goes with it."""
    if state is State.QUEUED:
        return waiting()
    if state is State.CLAIMED:
        return claim(waiting(), now=NOON)
    placed = dialing(attempts=(attempt(provider_id="CA1"),), state=state, live=state in LIVE)
    return replace(placed, check_at=None, finished_at=NOON) if state in FINAL else placed


def running(**settings: Any) -> Campaign:
    return Campaign(
        "cmp_1", "acc_1", "main", NOON, CampaignSettings("Spring", **settings), status=Status.RUNNING
    )
