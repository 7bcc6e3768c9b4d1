"""What a pass leaves behind of itself: when it ran, why, and what it did for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# They are kept in the mutex, which each pass reads: together they stay well below 16 KB.
PASSES_KEPT_MAX = 48
ACCOUNTS_KEPT_MAX = 96  # of all those passes together


@dataclass(frozen=True)
class PassReceipt:
    """One pass that did something for at least one account. Its cost is what it had spent by the commit that
    this is written in, with that commit and the tasks that it leads to."""

    at: datetime
    reason: str  # who asked for it: tick, wake, check, refill, request
    claimed: dict[str, int]  # calls, by account; none for one that had a campaign put to sleep
    next_wake: datetime | None  # as the clock's `at`
    shared: bool  # it looked at campaigns of several accounts: its cost is not one account's business
    reads: int
    writes: int
    tasks: int


def keep(receipts: Sequence[PassReceipt], new: PassReceipt) -> tuple[PassReceipt, ...]:
    """The newest first, no two of one moment; the oldest are let go, and of a pass that served more accounts
    than can be kept, those that got least."""
    at = max(new.at, receipts[0].at + timedelta(microseconds=1)) if receipts else new.at
    new = replace(new, at=at, claimed=_most(new.claimed))
    kept, room = [], ACCOUNTS_KEPT_MAX
    for receipt in (new, *receipts[: PASSES_KEPT_MAX - 1]):
        room -= len(receipt.claimed)
        if room < 0:
            break
        kept.append(receipt)
    return tuple(kept)


def _most(claimed: Mapping[str, int]) -> dict[str, int]:
    first = sorted(claimed.items(), key=lambda item: (-item[1], item[0]))
    return dict(first[:ACCOUNTS_KEPT_MAX])
