"""What an account's webhooks were told, and whether they have taken it."""

from functools import partial

from service.domain import outbox
from service.domain.account import Account
from service.domain.errors import NotFound
from service.domain.outbox import KEPT, Event
from service.domain.webhook import EventType
from service.ports import Outside, Stored
from service.usecases import event_queries, prompts
from service.usecases.audit import record_change
from service.usecases.changes import change
from service.usecases.reading import Cursor, Page, page_of


def list_events(
    outside: Outside, account: Account, type: EventType | None, limit: int, after: Cursor | None
) -> Page[Event]:
    """The newest first; None: of any type."""
    since = outside.clock.now() - KEPT
    if type is None:
        query = event_queries.events_of_account(account.id, since, limit + 1, after)
    else:
        query = event_queries.events_of_account_of(account.id, type, since, limit + 1, after)
    return page_of(outside, query, limit)


def find_event(outside: Outside, account: Account, event_id: str) -> Stored[Event]:
    """Raises NotFound, also for another account's, and for one that has expired."""
    stored = outside.store.get(Event, event_id)
    is_theirs = stored is not None and stored.record.account_id == account.id
    if stored is None or not is_theirs or stored.record.expires_at <= outside.clock.now():
        raise NotFound(f"There is no event {event_id}.")
    return stored


def redeliver_event(outside: Outside, account: Account, event_id: str) -> Event:
    """To all who want it now. Raises NotFound, Busy, the store's errors."""
    read = find_event(outside, account, event_id)
    again = change(
        outside.store,
        Event,
        event_id,
        lambda event: outbox.redeliver(event, now=outside.clock.now()),
        read=read,
        record=partial(record_change, outside),
    )
    assert again is not None
    prompts.ask_for_deliveries(outside, [again])
    return again
