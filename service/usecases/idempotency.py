"""A request with an `Idempotency-Key`: taken before its work, ended after it.

Whoever dies in between leaves it taken. The next request with the key takes it over after
TAKEN_OVER_AFTER_SECONDS and does the work again, with the token of the first try: what was made then is met
again and not made twice, even by a try that was only slow and is still at it.
"""

import logging

from service.domain import idempotency
from service.domain.account import Account
from service.domain.errors import Busy
from service.domain.idempotency import KeyedRequest
from service.ports import (
    CommitUnknown,
    Conflict,
    Create,
    Outside,
    Stored,
    StoreUnavailable,
    Update,
    Write,
)

TAKE_TRIES_MAX = 4
END_TRIES_MAX = 2

log = logging.getLogger(__name__)


def take_key(outside: Outside, account: Account, key: str, request: str) -> Stored[KeyedRequest]:
    """Taken for this request, or finished: then its answer is the request's answer. `request`: its hash.

    Raises IdempotencyMismatch, IdempotencyInProgress, Busy, StoreUnavailable."""
    now = outside.clock.now()
    fresh = taken = idempotency.begin(account.id, key, request, outside.new_token(), now)
    write: Write = Create(fresh)
    for _ in range(TAKE_TRIES_MAX):
        try:
            return Stored(taken, outside.store.commit([write]).versions[0])
        except (Conflict, CommitUnknown):
            known = outside.store.get(KeyedRequest, fresh.id)
        if known is None:
            taken, write = fresh, Create(fresh)
            continue
        if known.record.owner == fresh.owner:  # it has landed, only the answer was lost
            return known
        decided = idempotency.take(known.record, fresh, now)
        if decided is None:
            return known
        taken, write = decided, Update(decided, known.version)
    raise Busy("The Idempotency-Key could not be taken. Nothing was changed: try again.")


def end_key(outside: Outside, taken: Stored[KeyedRequest], status: int, body: str | None) -> None:
    """With the answer; `body` None is not kept. Where that cannot be stored the answer is as true as before,
    and the key stays taken until it is taken over."""
    ended = idempotency.end(taken.record, status, body, outside.clock.now())
    for _ in range(END_TRIES_MAX):
        try:
            outside.store.commit([Update(ended, taken.version)])
            return
        except Conflict:  # taken over, or ended by the try before
            return
        except (CommitUnknown, StoreUnavailable):
            continue
    log.warning("The answer %s of %s may not be kept: the store did not answer.", status, ended.id)
