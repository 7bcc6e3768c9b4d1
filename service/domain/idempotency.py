"""A request with an `Idempotency-Key`: carried out once, and its answer given again to whoever repeats it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import ClassVar

from service.domain.errors import IdempotencyInProgress, IdempotencyMismatch

KEPT = timedelta(hours=24)  # from the answer on
TAKEN_OVER_AFTER_SECONDS = 600  # twice what the platform lets a request take: see deploy/gcp.sh
ANSWER_BYTES_MAX = 256 * 1024  # of a document's 1 MiB; a longer answer is kept by its status alone
TOO_MANY_REQUESTS = 429
SERVER_ERRORS = 500  # and above


class KeyState(StrEnum):
    STARTED = "started"  # its request is under way and ends it; if that died: the next one, after a while
    GIVEN_BACK = "given_back"  # it ended without an answer that is kept; the next request takes it
    FINISHED = "finished"  # its answer is given again until it expires


@dataclass(frozen=True)
class KeyedRequest:
    """`token` names what the request makes: it is drawn once, before the work, and every try has it."""

    COLLECTION: ClassVar[str] = "idempotency"

    id: str
    account_id: str
    request: str  # hash of the method, the path and the body
    token: str
    owner: str  # the token of the try that holds it
    created_at: datetime
    taken_at: datetime
    expires_at: datetime  # Firestore deletes it some time after that; it counts as absent at once
    state: KeyState = KeyState.STARTED
    status: int | None = None  # finished: of the answer
    body: str | None = None  # finished: of the answer; None: it was not kept


def keyed_request_id(account_id: str, key: str) -> str:
    """One record for each key of an account."""
    return f"idem_{sha256(f'{account_id}/{key}'.encode()).hexdigest()[:40]}"


def hash_request(method: str, path: str, body: bytes) -> str:
    """`path` with its query."""
    return sha256(f"{method}\n{path}\n{sha256(body).hexdigest()}".encode()).hexdigest()


def begin(account_id: str, key: str, request: str, token: str, now: datetime) -> KeyedRequest:
    """The first request with this key."""
    return KeyedRequest(
        id=keyed_request_id(account_id, key),
        account_id=account_id,
        request=request,
        token=token,
        owner=token,
        created_at=now,
        taken_at=now,
        expires_at=now + KEPT,
    )


def take(known: KeyedRequest, fresh: KeyedRequest, now: datetime) -> KeyedRequest | None:
    """What becomes of a key that is known already, for the request that would have begun it as `fresh`; None:
    it is finished, and its answer is the request's answer.

    Raises IdempotencyMismatch, IdempotencyInProgress."""
    if known.expires_at <= now:
        return fresh
    if known.request != fresh.request:
        raise IdempotencyMismatch("Idempotency-Key: it was used for another request. Use a new key.")
    if known.state is KeyState.FINISHED:
        return None
    if known.state is KeyState.STARTED and now < known.taken_at + timedelta(seconds=TAKEN_OVER_AFTER_SECONDS):
        raise IdempotencyInProgress("A request with this Idempotency-Key is under way. Try again.")
    return replace(known, state=KeyState.STARTED, owner=fresh.token, taken_at=now, expires_at=now + KEPT)


def end(taken: KeyedRequest, status: int, body: str | None, now: datetime) -> KeyedRequest:
    """Finished; or given back, if the answer says no more than to try again. `body`: None is not kept."""
    if status >= SERVER_ERRORS or status == TOO_MANY_REQUESTS:
        return replace(taken, state=KeyState.GIVEN_BACK, expires_at=now + KEPT)
    kept = body if body is not None and len(body.encode()) <= ANSWER_BYTES_MAX else None
    return replace(taken, state=KeyState.FINISHED, status=status, body=kept, expires_at=now + KEPT)
