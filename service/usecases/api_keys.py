"""The keys of an account: made, looked at, revoked. A key is shown once, to whoever makes it."""

import re
from dataclasses import dataclass, replace
from hashlib import sha256

from service.domain.account import KEY_ID_PREFIX, Account, ApiKey, Scope, key_id
from service.domain.errors import Busy, Forbidden, NotFound, WrongState
from service.ports import Books, CommitUnknown, Conflict, Create, Stored, Update
from service.usecases import account_queries
from service.usecases.audit import record_change
from service.usecases.changes import CHANGE_TRIES_MAX
from service.usecases.reading import Cursor, Page, page_of

KEY_PREFIX = "rv_"
KEY_TOKENS = 3  # of at least 96 random bits each: 256 bits and more
LAST_CHARACTERS = 4  # 16 of those bits or so, which are told
HAS_ID = re.compile(rf"{KEY_ID_PREFIX}[0-9a-f]{{64}}")
CHUNK_KEYS = 100
KEYS_MAX = 100  # of one account, that hold: then it makes no more; an operator may


@dataclass(frozen=True)
class NewKey:
    secret: str  # what a client sends; of a person's, nobody is ever told
    record: ApiKey


def hash_key(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def draw_key(
    books: Books,
    account_id: str,
    label: str,
    scope: Scope = Scope.ADMIN,
    request: str | None = None,
    email: str | None = None,
) -> NewKey:
    """Nothing is stored yet. `email`: of the person that it admits."""
    secret = KEY_PREFIX + "".join(books.new_token() for _ in range(KEY_TOKENS))
    record = ApiKey(
        hash_key(secret),
        account_id,
        label,
        books.clock.now(),
        scope=scope,
        last_characters="" if email else secret[-LAST_CHARACTERS:],
        email=email,
        request=request,
    )
    return NewKey(secret, record)


def add_key(books: Books, account: Account, label: str, scope: Scope = Scope.ADMIN) -> NewKey:
    """As an operator makes it. Raises the store's errors."""
    new = draw_key(books, account.id, label, scope)
    books.store.commit([Create(new.record), *record_change(books, None, new.record)])
    return new


def make_key(
    books: Books,
    by: Stored[ApiKey],
    label: str,
    scope: Scope,
    request: str | None = None,
    email: str | None = None,
) -> NewKey:
    """As a key of the account asks for it, which must hold in the moment of the commit. `request`: the token
    of a request that may be repeated. It makes one key ever: a repetition could not tell that key, and must
    not leave a second one, so it is refused.

    Raises WrongState, Busy, the store's errors."""
    account_id = by.record.account_id
    new = draw_key(books, account_id, label, scope, request, email)
    for _ in range(CHANGE_TRIES_MAX):
        if request is not None:
            _refuse_second(books, account_id, request)
        _refuse_too_many(books, account_id)
        try:
            # The key that asks is written as it is: so of two tries of one request, and of this and its
            # revocation, one sees the other.
            asks = Update(by.record, by.version)
            books.store.commit([Create(new.record), asks, *record_change(books, None, new.record)])
            return new
        except (CommitUnknown, Conflict):
            made, asking = books.store.get_many([(ApiKey, new.record.id), (ApiKey, by.record.id)])
        if made is not None:
            return new
        if asking is None or asking.record.revoked:
            raise WrongState("The key of this request was revoked meanwhile. No key was made.")
        by = asking
    raise _kept_changing()


def _refuse_second(books: Books, account_id: str, request: str) -> None:
    for made in books.store.find(account_queries.key_of_request(account_id, request)):
        raise WrongState(
            f"This request has made the key {key_id(made.record)} before, and died before it could show it. "
            "Revoke that key, and make another with a new Idempotency-Key."
        )


def _refuse_too_many(books: Books, account_id: str) -> None:
    """Of several keys that each make one at the same moment, all may pass."""
    if books.store.count(account_queries.keys_that_hold(account_id)) >= KEYS_MAX:
        raise WrongState(f"An account has at most {KEYS_MAX} keys that hold: revoke one first.")


def find_key(books: Books, id: str, account_id: str | None = None) -> Stored[ApiKey]:
    """By what users call it. Raises NotFound, also for one of another account than this."""
    stored = books.store.get(ApiKey, id.removeprefix(KEY_ID_PREFIX)) if HAS_ID.fullmatch(id) else None
    if stored is None or account_id not in (None, stored.record.account_id):
        raise NotFound(f"There is no key {id}.")
    return stored


def list_keys(books: Books, account: Account, limit: int, after: Cursor | None) -> Page[ApiKey]:
    """The oldest first; also those that are revoked."""
    return page_of(books, account_queries.keys_of_account(account.id, limit + 1, after), limit)


def revoke_key(books: Books, id: str, by: ApiKey | None = None) -> None:
    """Harmless when repeated. Asked for `by` a key of the account, it spares those that can do more than that
    one, and the last that can make keys; an operator (None) may revoke any.

    Raises NotFound, Forbidden, WrongState, Busy, StoreUnavailable."""
    for _ in range(CHANGE_TRIES_MAX):
        stored = find_key(books, id, by.account_id if by else None)
        if by is not None and not by.scope.covers(stored.record.scope):
            raise Forbidden(f"{id} is of scope {stored.record.scope}; the scope of yours is {by.scope}.")
        if stored.record.revoked:
            return
        revoked = replace(stored.record, revoked=True)
        writes = [Update(revoked, stored.version), *record_change(books, stored.record, revoked)]
        if by is not None and stored.record.holds(Scope.ADMIN):
            other = _other_admin(books, stored.record)
            if other is None:
                raise WrongState(
                    f"{id} is the account's last key of scope admin: make another one first, and revoke this "
                    "one with it."
                )
            writes.append(Update(other.record, other.version))  # as it is: it must hold when this one ends
        try:
            books.store.commit(writes)
            return
        except (CommitUnknown, Conflict):
            continue
    raise _kept_changing()


def rotate_key(books: Books, id: str) -> NewKey:
    """One with the same label and scope in its stead, in one commit. Raises NotFound, WrongState, Busy,
    StoreUnavailable."""
    new = None
    for _ in range(CHANGE_TRIES_MAX):
        stored = find_key(books, id)
        old = stored.record
        if old.email is not None:
            raise WrongState(f"{id} admits a person who signs in: there is no key to rotate.")
        new = new or draw_key(books, old.account_id, old.label, old.scope)
        if old.revoked:
            if books.store.get(ApiKey, new.record.id):  # its answer was lost
                return new
            raise WrongState(f"{id} is revoked: make a new one.")
        revoked = replace(old, revoked=True)
        records = [*record_change(books, None, new.record), *record_change(books, old, revoked)]
        try:
            books.store.commit([Create(new.record), Update(revoked, stored.version), *records])
            return new
        except (CommitUnknown, Conflict):
            continue
    raise _kept_changing()


def _other_admin(books: Books, key: ApiKey) -> Stored[ApiKey] | None:
    """Another key of the account that holds and can make keys."""
    after = None
    while True:
        found = books.store.find(account_queries.keys_of_account(key.account_id, CHUNK_KEYS, after))
        for stored in found:
            if stored.record.id != key.id and stored.record.holds(Scope.ADMIN):
                return stored
        if len(found) < CHUNK_KEYS:
            return None
        after = (found[-1].record.created_at, found[-1].record.id)


def _kept_changing() -> Busy:
    return Busy("The account's keys kept changing. Nothing was changed: try again.")
