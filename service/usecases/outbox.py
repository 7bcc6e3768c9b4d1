"""What is told to an account's webhooks is written in the commit of what it tells, and sent after it.

So a process that dies in between leaves an event that is due, and the hourly sweep asks for its delivery.
There is one event for each step, because the commit lands only if the step is one from what was read. Where
an account has no webhooks, nothing is read or written for them: what they want is stamped on a call by the
pass that claims it, which has the account at hand.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from service.domain.account import Account
from service.domain.call import Call
from service.domain.campaign import Campaign
from service.domain.lane import Wake
from service.domain.outbox import Event, event_of_call, event_of_campaign, told_of_call, told_of_campaign
from service.ports import Create, Outside, Stored, StoreUnavailable, Write
from service.usecases import event_queries, prompts
from service.usecases.changes import CHANGE_TRIES_MAX, Recorder, change

OVERDUE_MINUTES = 5  # a task that is late is waited for so long
SWEPT_MAX = 100  # events of a lane that one sweep asks for, each of up to 1 MiB; the next goes on

log = logging.getLogger(__name__)


def told(account: Account | None, call: Call) -> Call:
    """The call as its account wants it told, for steps of calls that wait: no pass has claimed them."""
    return replace(call, notify=account.notify if account else ())


def of_call(outside: Outside, before: Call, after: Call) -> list[Event]:
    """What the step tells. Nothing is stored yet."""
    type = told_of_call(before, after)
    if type is None or type not in after.notify:
        return []
    return [event_of_call(_new_id(outside), type, after, now=outside.clock.now())]


def of_campaign(outside: Outside, account: Account | None, before: Campaign, after: Campaign) -> list[Event]:
    """As of_call."""
    type = told_of_campaign(before, after)
    if type is None or account is None or type not in account.notify:
        return []
    return [event_of_campaign(_new_id(outside), type, after, now=outside.clock.now())]


def creates(events: Sequence[Event]) -> list[Write]:
    return [Create(event) for event in events]


def change_call(
    outside: Outside,
    call_id: str,
    decide: Callable[[Call], Call | None],
    *also: Write,
    read: Stored[Call] | None = None,
    tries: int = CHANGE_TRIES_MAX,
    record: Recorder[Call] = lambda _before, _after: (),
) -> Call | None:
    """As `change`, and tells of it."""
    events: list[Event] = []

    def tell(before: Call, after: Call) -> list[Write]:
        events[:] = of_call(outside, before, after)
        return [*creates(events), *record(before, after)]

    moved = change(outside.store, Call, call_id, decide, *also, read=read, tries=tries, record=tell)
    if moved is not None:
        prompts.ask_for_deliveries(outside, events)
    return moved


def sweep_events(outside: Outside, wake: Wake, now: datetime) -> None:
    """Asks again for what should have been delivered: its task was never created, or its queue has lost it.
    One read where there is nothing, and none in a lane that never had a webhook. What cannot be read now is
    left to the next sweep: no call waits for it."""
    if not wake.has_webhooks:
        return
    overdue = event_queries.overdue_events(wake.id, now - timedelta(minutes=OVERDUE_MINUTES), SWEPT_MAX)
    try:
        found = [stored.record for stored in outside.store.find(overdue)]
    except StoreUnavailable:
        log.warning("Events of the lane %s could not be looked for.", wake.id, exc_info=True)
        return
    prompts.ask_for_deliveries(outside, found, once_more=now.isoformat())


def _new_id(outside: Outside) -> str:
    return f"evt_{outside.new_token()}"
