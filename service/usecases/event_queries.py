"""The queries for webhooks and events, as in queries.py."""

from datetime import datetime
from typing import Any

from service.domain.outbox import Event
from service.domain.webhook import EventType, Webhook
from service.ports import Condition, Query


def webhooks_of_account(account_id: str, limit: int) -> Query[Webhook]:
    """The oldest first."""
    conditions: tuple[Condition, ...] = (("account_id", "==", account_id), ("deleted", "==", False))
    return Query(Webhook, conditions, ("created_at",), limit)


def events_of_account(
    account_id: str, since: datetime, limit: int, after: tuple[Any, ...] | None
) -> Query[Event]:
    """The newest first."""
    conditions: tuple[Condition, ...] = (("account_id", "==", account_id), ("created_at", ">", since))
    return Query(Event, conditions, ("-created_at",), limit, after)


def events_of_account_of(
    account_id: str, type: EventType, since: datetime, limit: int, after: tuple[Any, ...] | None
) -> Query[Event]:
    conditions: tuple[Condition, ...] = (
        ("account_id", "==", account_id),
        ("type", "==", type),
        ("created_at", ">", since),
    )
    return Query(Event, conditions, ("-created_at",), limit, after)


def overdue_events(lane: str, now: datetime, limit: int) -> Query[Event]:
    """Those that should have been delivered by now, the longest overdue first."""
    return Query(Event, (("lane", "==", lane), ("due_at", "<=", now)), ("due_at",), limit)
