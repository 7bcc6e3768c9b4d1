"""Asking for a pass soon, and tasks for claimed calls.

Requests for a pass are hints: they make the service prompt, never correct. They may be lost or repeated.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from service.domain.call import Call
from service.domain.callee import callee_id
from service.domain.outbox import Event
from service.ports import Outside, Queue, QueueUnavailable, Task

PASS_PATH = "/queue/process"
CALL_PATH = "/tasks/call"
EVENT_PATH = "/tasks/event"

log = logging.getLogger(__name__)


def ask_for_refill(outside: Outside, lane: str, committed_at: datetime) -> None:
    """A slot was freed. All that are freed within one second of the store's time ask for one pass,
    which starts after all of them."""
    end_of_second = committed_at.replace(microsecond=0) + timedelta(seconds=1)
    _ask(outside, lane, "refill", end_of_second)


def ask_for_wake(outside: Outside, lane: str, at: datetime) -> None:
    """Something becomes due at an exact moment."""
    _ask(outside, lane, "wake", at)


def ask_for_check(outside: Outside, lane: str, at: datetime) -> None:
    """A call must be looked at sooner than the next tick would."""
    _ask(outside, lane, "check", at)


def _ask(outside: Outside, lane: str, reason: str, at: datetime) -> None:
    name = _hash("pass", reason, lane, at.isoformat())
    try:
        outside.tasks.create([Task(Queue.PASSES, name, PASS_PATH, {"lane": lane, "reason": reason}, at)])
    except QueueUnavailable:
        log.warning("A request for a pass was lost; the next tick makes up for it.", exc_info=True)


def send_to_handlers(outside: Outside, calls: Iterable[Call]) -> None:
    """One task for each claimed call. One that is not created is noticed by a later pass."""
    tasks = [
        Task(
            Queue.CALLS,
            _hash("call", call.id, call.attempt, call.dispatch),
            CALL_PATH,
            call_task_body(call),
            call.dial_at,
        )
        for call in calls
    ]
    if not tasks:
        return
    try:
        outside.tasks.create(tasks)
    except QueueUnavailable:
        log.warning("Tasks of claimed calls may be missing; a later pass makes them again.", exc_info=True)


def ask_for_deliveries(outside: Outside, events: Iterable[Event], once_more: str = "") -> None:
    """One task for each event's next round. One that is not created is found by a sweep, which asks
    `once_more`: by another name, because the first may be used up."""
    tasks = [
        Task(
            Queue.EVENTS,
            _hash("event", event.id, event.round, once_more),
            EVENT_PATH,
            {"event": event.id, "round": event.round},
            event.due_at,
        )
        for event in events
    ]
    if not tasks:
        return
    try:
        outside.tasks.create(tasks)
    except QueueUnavailable:
        log.warning("Tasks of events may be missing; a sweep makes them again.", exc_info=True)


def call_task_body(call: Call) -> dict[str, str | int]:
    """What the handler reads, so that all of it takes one request."""
    return {
        "call": call.id,
        "campaign": call.campaign_id,
        "account": call.account_id,
        "callee": callee_id(call.account_id, call.to),
        "attempt": call.attempt,
    }


def _hash(*parts: object) -> str:
    return sha256("/".join(map(str, parts)).encode()).hexdigest()[:40]
