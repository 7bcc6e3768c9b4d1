"""What a tick may say, and what it is told: the same from the front as from the whole application."""

from datetime import UTC, datetime
from typing import Any

WORD = r"^[a-z0-9_-]{1,40}$"  # a lane, a reason


def time_text(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the millisecond."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def tick_answer(
    processed: bool, reason: str, next_wake: datetime | None, awake: bool, milliseconds: int
) -> dict[str, Any]:
    """In camelCase, unlike the API's answers: `/queue/process` is specified with these names."""
    return {
        "success": True,
        "processed": processed,
        "reason": reason,
        "nextWake": None if awake else time_text(next_wake),
        "awake": awake,
        "executionTime": milliseconds,
        "dbQueried": processed,
    }


def tick_facts(processed: bool, lane: str | None, reason: str, result: str, claimed: int) -> dict[str, Any]:
    """For the tick's receipt."""
    kind = "pass" if processed else "tick"
    return {"kind": kind, "lane": lane, "reason": reason, "result": result, "claimed": claimed}
