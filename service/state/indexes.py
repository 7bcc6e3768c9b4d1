"""Which records are kept, and an index for each query: the fields it compares, then those it orders by.

Both stores are built from this list. `python -m service.state.indexes > deploy/firestore.indexes.json`
writes it down for Firestore.
"""

import json
from dataclasses import dataclass, field, fields
from typing import Any, cast

from service.domain.account import Account, ApiKey
from service.domain.agent import Agent
from service.domain.audit import AuditRecord
from service.domain.call import Call
from service.domain.callee import Callee
from service.domain.campaign import Campaign
from service.domain.idempotency import KeyedRequest
from service.domain.imports import ErrorReport, Import
from service.domain.lane import Lane, Wake
from service.domain.outbox import Event
from service.domain.webhook import Webhook
from service.ports import Record

RECORD_KINDS: tuple[type[Record], ...] = (
    Account,
    Agent,
    ApiKey,
    AuditRecord,
    Call,
    Callee,
    Campaign,
    ErrorReport,
    Event,
    Import,
    KeyedRequest,
    Lane,
    Wake,
    Webhook,
)

EXPIRIES: dict[type[Record], str] = {
    AuditRecord: "expires_at",
    ErrorReport: "expires_at",
    Event: "expires_at",
    Import: "expires_at",
    KeyedRequest: "expires_at",
}
"""When a record may be deleted: by Firestore's policies for a time to live, in SQLite by the hourly sweep.
Reads do not wait for that."""

NEVER_SEARCHED: frozenset[type[Record]] = frozenset({Lane})
"""Looked up by its id alone: else each pass would renew the index entries of all the receipts in it."""

COMMIT_MARK = "_commit"
"""A field that only Firestore's documents have: see service/state/firestore.py."""


@dataclass(frozen=True)
class Index:
    """A leading `-` is descending. The record's id comes last by itself, in the last field's direction.

    `counted`: no query reads its records in order, they are only counted or summed. So SQLite can do without
    the ids, at whose places a new entry would lie anywhere in the index."""

    kind: type[Record]
    fields: tuple[str, ...]
    counted: bool = field(default=False, compare=False)


# For equalities alone Firestore could join single-field indexes. It would bill what the join reads, not
# what matches, and keep two entries for each of those fields: so these queries have their indexes as well.
# The lane, account or campaign comes first: an index that grows at one end (500 writes a second) does so for
# each of them by itself.
INDEXES = (
    Index(Account, ("created_at",)),
    Index(Agent, ("account_id", "created_at")),
    Index(ApiKey, ("account_id", "created_at")),
    Index(ApiKey, ("account_id", "revoked"), counted=True),
    Index(ApiKey, ("account_id", "request")),
    Index(ApiKey, ("email", "revoked", "created_at")),
    Index(AuditRecord, ("account_id", "-created_at")),
    Index(AuditRecord, ("account_id", "operation", "-created_at")),
    Index(AuditRecord, ("account_id", "thing", "-created_at")),
    Index(AuditRecord, ("account_id", "thing", "operation", "-created_at")),
    Index(Call, ("lane", "live")),
    Index(Call, ("lane", "check_at")),
    Index(Call, ("account_id", "live"), counted=True),
    Index(Call, ("account_id", "-created_at")),
    Index(Call, ("account_id", "state", "-created_at")),
    Index(Call, ("account_id", "to", "-created_at")),
    Index(Call, ("account_id", "line", "live"), counted=True),
    Index(Call, ("to", "-created_at")),
    Index(Call, ("campaign_id", "live"), counted=True),
    Index(Call, ("campaign_id", "state")),
    Index(Call, ("campaign_id", "state", "due_at")),
    Index(Call, ("campaign_id", "state", "cohort", "due_at")),
    Index(Call, ("campaign_id", "spoken_by", "state"), counted=True),
    Index(Call, ("campaign_id", "spent"), counted=True),
    Index(Call, ("account_id", "day", "day_spent"), counted=True),
    Index(Call, ("account_id", "day_line", "day", "day_dials"), counted=True),
    Index(Call, ("account_id", "month", "state"), counted=True),
    Index(Call, ("account_id", "month", "month_dials"), counted=True),
    Index(Call, ("account_id", "month", "month_seconds"), counted=True),
    Index(Call, ("account_id", "month", "month_cost"), counted=True),
    Index(Call, ("campaign_id", "first_hour"), counted=True),
    Index(Call, ("campaign_id", "first_hour", "first_outcome"), counted=True),
    Index(Call, ("campaign_id", "created_at")),
    Index(Call, ("campaign_id", "state", "created_at")),
    Index(Callee, ("account_id", "do_not_call", "-do_not_call_since")),
    Index(Campaign, ("lane", "next_due_at")),
    Index(Campaign, ("lane", "next_due_at", "priority", "turn")),
    Index(Campaign, ("account_id", "priority", "status", "-created_at")),
    Index(Campaign, ("account_id", "next_due_at")),
    Index(ErrorReport, ("import_id",)),
    Index(Import, ("campaign_id", "-created_at")),
    Index(Event, ("account_id", "-created_at")),
    Index(Event, ("account_id", "type", "-created_at")),
    Index(Event, ("lane", "due_at")),
    Index(Webhook, ("account_id", "deleted", "created_at")),
)


def firestore_indexes() -> dict[str, Any]:
    """The indexes as `firebase deploy --only firestore:indexes` takes them. Firestore indexes each field by
    itself, and each entry of each map, unless told not to: what is searched by several does without, and so
    does what is looked up by its id."""
    composite = [index for index in INDEXES if len(index.fields) > 1]
    kinds = {index.kind for index in composite} | set(EXPIRIES) | NEVER_SEARCHED
    return {
        "indexes": [_composite(index) for index in composite],
        "fieldOverrides": [
            {"collectionGroup": kind.COLLECTION, "fieldPath": name, "indexes": []}
            | ({"ttl": True} if EXPIRIES.get(kind) == name else {})
            for kind in sorted(kinds, key=lambda kind: kind.COLLECTION)
            for name in (*(field.name for field in fields(cast(Any, kind))), COMMIT_MARK)
            if Index(kind, (name,)) not in INDEXES
        ],
    }


def _composite(index: Index) -> dict[str, Any]:
    return {
        "collectionGroup": index.kind.COLLECTION,
        "queryScope": "COLLECTION",
        "fields": [
            {
                "fieldPath": name.removeprefix("-"),
                "order": "DESCENDING" if name.startswith("-") else "ASCENDING",
            }
            for name in index.fields
        ],
    }


if __name__ == "__main__":
    print(json.dumps(firestore_indexes(), indent=2))
