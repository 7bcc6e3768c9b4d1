"""What was changed, when and by whom: a record that lands in the same commit as the change itself."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from service.domain.account import Account, ApiKey, key_id
from service.domain.agent import Agent
from service.domain.call import Call
from service.domain.callee import Callee
from service.domain.campaign import Campaign
from service.domain.documents import encode
from service.domain.outbox import Event
from service.domain.webhook import Webhook

KEPT = timedelta(days=400)  # a year, and time to look back on it
ID_PREFIX = "aud_"

Shown = dict[str, Any]  # what JSON can say


class Kind(StrEnum):
    """What a thing is."""

    ACCOUNT = "account"
    AGENT = "agent"
    CALL = "call"
    CAMPAIGN = "campaign"
    EVENT = "event"
    DO_NOT_CALL = "do_not_call"  # the account's whole list, named by the account's id
    KEY = "key"
    NUMBER = "number"  # one of that list, named by itself
    WEBHOOK = "webhook"


@dataclass(frozen=True)
class Thing:
    """`id`: as the API calls it."""

    account_id: str
    kind: Kind
    id: str


@dataclass(frozen=True)
class By:
    """Who does something; without a key, the label alone says it."""

    label: str
    key_id: str | None = None
    email: str | None = None  # of the person who signed in
    account_id: str | None = None  # whose key it is


@dataclass(frozen=True)
class Act:
    """What somebody does. `operation`: as the API's document calls it; `shown`: what the record tells of a
    thing before and after, never a secret."""

    operation: str
    by: By
    shown: Callable[[Any], Shown] = encode
    request_id: str | None = None


@dataclass(frozen=True)
class AuditRecord:
    """`before` and `after`: JSON, the fields that differ."""

    COLLECTION: ClassVar[str] = "audit"

    id: str
    account_id: str
    created_at: datetime
    operation: str
    kind: Kind
    thing: str  # its id
    by: By
    before: str
    after: str
    expires_at: datetime  # Firestore deletes it some time after that
    request_id: str | None = None


BY_ITSELF = Act("set_up", By("the service itself"))  # no request, no command: the account of a demo
OPERATOR = By("operator")


Audited = Account | Agent | ApiKey | Call | Callee | Campaign | Event | Webhook


def thing_of(record: Audited) -> Thing:
    match record:
        case Account():
            return Thing(record.id, Kind.ACCOUNT, record.id)
        case Agent():
            return Thing(record.account_id, Kind.AGENT, record.id)
        case ApiKey():
            return Thing(record.account_id, Kind.KEY, key_id(record))
        case Call():
            return Thing(record.account_id, Kind.CALL, record.id)
        case Callee():
            return Thing(record.account_id, Kind.NUMBER, record.number)
        case Campaign():
            return Thing(record.account_id, Kind.CAMPAIGN, record.id)
        case Event():
            return Thing(record.account_id, Kind.EVENT, record.id)
        case Webhook():
            return Thing(record.account_id, Kind.WEBHOOK, record.id)


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Shown, Shown]:
    """The fields that differ, as they were and as they are; of objects, the members. None is as good as no
    field: what is new has no nulls."""
    was: Shown = {}
    now_is: Shown = {}
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            old, new = changed(old, new)
        if name in before:
            was[name] = old
        if name in after:
            now_is[name] = new
    return was, now_is


def who_is_told(by: By, account_id: str) -> dict[str, By]:
    """By account: who has done it. To an account, those of another one are the operator, and no more; their
    own account is told who they are."""
    if by.account_id in (None, account_id):
        return {account_id: by}
    return {account_id: OPERATOR, str(by.account_id): by}


def record(id: str, act: Act, thing: Thing, before: Shown, after: Shown, now: datetime) -> AuditRecord:
    """For the account of the thing."""
    return AuditRecord(
        id=ID_PREFIX + id,
        account_id=thing.account_id,
        created_at=now,
        operation=act.operation,
        kind=thing.kind,
        thing=thing.id,
        by=act.by,
        before=_json(before),
        after=_json(after),
        expires_at=now + KEPT,
        request_id=act.request_id,
    )


def _json(shown: Shown) -> str:
    return json.dumps(shown, ensure_ascii=False, default=str)
