"""What a pass leaves behind of itself: when it ran, why, and what it did for whom."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.domain.documents import decode, encode

# They are kept in the mutex, which each pass reads and writes: as texts, for it looks into none but the last.
PASSES_KEPT_MAX = 48
CHARACTERS_KEPT_MAX = 14 * 1024  # of all those passes together: the mutex stays below 16 KB
ACCOUNTS_KEPT_MAX = 96  # of one pass


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


def written(receipt: PassReceipt) -> str:
    return json.dumps(encode(receipt), default=datetime.isoformat, separators=(",", ":"))


def receipt_in(text: str) -> PassReceipt:
    return decode(PassReceipt, json.loads(text))


def keep(texts: Sequence[str], new: PassReceipt) -> tuple[str, ...]:
    """The newest first, no two of one moment; the oldest are let go, and of a pass that served more accounts
    than can be kept, those that got least."""
    at = max(new.at, receipt_in(texts[0]).at + timedelta(microseconds=1)) if texts else new.at
    newest = written(replace(new, at=at, claimed=_most(new.claimed)))
    kept, room = [], CHARACTERS_KEPT_MAX
    for text in (newest, *texts[: PASSES_KEPT_MAX - 1]):
        room -= len(text)
        if room < 0:
            break
        kept.append(text)
    return tuple(kept)


def _most(claimed: Mapping[str, int]) -> dict[str, int]:
    first = sorted(claimed.items(), key=lambda item: (-item[1], item[0]))
    return dict(first[:ACCOUNTS_KEPT_MAX])
