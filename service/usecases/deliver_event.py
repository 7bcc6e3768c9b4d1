"""The handler of one event's task: all who have not taken it are sent it once more; what came of it is kept.

Receivers get each event at least once. A task that is delivered again after its round was committed finds the
next one and sends nothing; one whose handler died before may send it twice, with the same id.
"""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from service.domain import outbox
from service.domain.documents import EPOCH
from service.domain.outbox import Delivery, Event
from service.domain.webhook import WEBHOOKS_MAX, Webhook
from service.ports import Conflict, Courier, Outside, Update
from service.usecases import event_queries, prompts

ROUND_SECONDS_MAX = 60  # no delivery begins after it; the next round goes on


class Result(StrEnum):
    DELIVERED = "delivered"  # all who want it have taken it
    AGAIN = "again"  # somebody has not: the next round has its task
    GIVEN_UP = "given_up"  # somebody has not, and the ladder is over
    STALE = "stale"  # another task, or a user, got there first


def deliver_event(
    outside: Outside, courier: Courier, event_id: str, round: int, body_of: Callable[[Event], bytes]
) -> Result:
    """`body_of`: what is sent. Raises the store's errors: then the task is delivered again."""
    read = outside.store.get(Event, event_id)
    if read is None or read.record.round != round or read.record.due_at is None:
        return Result.STALE
    event = read.record
    deliveries, left, untried = _deliver(outside, courier, event, body_of(event))
    after = outbox.after_round(event, deliveries, left, untried, outside.clock.now())
    try:
        outside.store.commit([Update(after, read.version)])
    except Conflict:
        return Result.STALE
    if after.due_at is not None:
        prompts.ask_for_deliveries(outside, [after])
        return Result.AGAIN
    return Result.GIVEN_UP if left else Result.DELIVERED


def _deliver(
    outside: Outside, courier: Courier, event: Event, body: bytes
) -> tuple[list[Delivery], tuple[str, ...], bool]:
    """What came of it, who has not taken it, and whether one of those was not tried."""
    deliveries, left, untried, began = [], [], False, outside.clock.now()
    for webhook in _receivers(outside, event):
        now = outside.clock.now()
        if now - began > timedelta(seconds=ROUND_SECONDS_MAX):
            left.append(webhook.id)
            untried = True
            continue
        carried = courier.carry(webhook, body, now)
        deliveries.append(Delivery(now, webhook.id, carried.status, carried.error, carried.milliseconds))
        if carried.error is not None:
            left.append(webhook.id)
            untried = untried or not carried.tried
    return deliveries, tuple(left), untried


def _receivers(outside: Outside, event: Event) -> list[Webhook]:
    """Those that want it now, of those that have not taken it; who was tried the longest ago comes first, so
    that those that hang do not take every round's time from the same others."""
    found = outside.store.find(event_queries.webhooks_of_account(event.account_id, WEBHOOKS_MAX))
    wanting = [stored.record for stored in found if stored.record.wants(event.type)]
    tried_at = {delivery.webhook_id: delivery.at for delivery in event.deliveries}
    wanting.sort(key=lambda webhook: tried_at.get(webhook.id, EPOCH))
    return [webhook for webhook in wanting if event.open is None or webhook.id in event.open]
