"""Once an hour: a sleeping clock is compared with what it sleeps over, the belt to the braces; and what has
expired is deleted where the store does not do it by itself."""

import logging
from datetime import datetime

from service.domain.lane import Wake
from service.ports import Outside, Stored, StoreUnavailable
from service.usecases import queries
from service.usecases.pulling import pull_clock

log = logging.getLogger(__name__)


def delete_expired(outside: Outside, now: datetime) -> None:
    """What cannot be deleted now is left to the next sweep."""
    try:
        outside.store.delete_expired(now)
    except StoreUnavailable:
        log.warning("What has expired could not be deleted.", exc_info=True)


def clock_was_late(outside: Outside, read: Stored[Wake], now: datetime) -> bool:
    """Whether it sleeps over something: in even hours a campaign that is due before it wakes is looked for,
    in odd ones a call that is in flight. Either is a fault: it is reported, and the clock is set to awake.
    Raises the store's errors."""
    wake = read.record
    found = _due_before(outside, wake) if now.hour % 2 == 0 else _in_flight(outside, wake)
    again = outside.store.get(Wake, wake.id) if found else None
    if again is None or again.version != read.version:  # somebody has made work just now, and pulled it
        return False
    if wake.at is not None and wake.at <= outside.clock.now():  # it woke while this looked
        return False
    log.error("The clock of lane %s was late: it slept until %s over %s.", wake.id, wake.at, found)
    outside.store.commit([pull_clock(wake.id)])
    return True


def _due_before(outside: Outside, wake: Wake) -> str | None:
    for stored in outside.store.find(queries.first_campaign(wake.id)):
        due_at = stored.record.next_due_at
        if due_at is not None and (wake.at is None or wake.at > due_at):
            return f"campaign {stored.record.id}, due at {due_at}"
    return None


def _in_flight(outside: Outside, wake: Wake) -> str | None:
    return next(
        (f"call {stored.record.id}" for stored in outside.store.find(queries.any_live(wake.id))), None
    )
