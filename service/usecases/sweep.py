"""The belt to the braces: once an hour a sleeping clock is compared with what it sleeps over."""

import logging
from datetime import datetime

from service.domain.lane import Wake
from service.ports import Outside
from service.usecases import queries
from service.usecases.pulling import pull_clock

SWEEP_FROM_MINUTE = 45  # the tick in the last quarter of each hour sweeps: two reads more

log = logging.getLogger(__name__)


def is_sweep_time(reason: str, now: datetime) -> bool:
    return reason == "tick" and now.minute >= SWEEP_FROM_MINUTE


def clock_was_late(outside: Outside, wake: Wake) -> bool:
    """Whether a campaign is due before the clock wakes, or a call is in flight while it sleeps. Either is a
    fault: it is reported, and the clock is set to awake. Raises the store's errors."""
    first = outside.store.find(queries.first_campaign(wake.id))
    live = outside.store.find(queries.any_live(wake.id))
    due_at = first[0].record.next_due_at if first else None
    late = due_at is not None and (wake.at is None or wake.at > due_at)
    if not late and not live:
        return False
    log.error(
        "The clock of lane %s was late: it slept until %s, a campaign was due at %s, calls in flight: %d.",
        *(wake.id, wake.at, due_at, len(live)),
    )
    outside.store.commit([pull_clock(wake.id)])
    return True
