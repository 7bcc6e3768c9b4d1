"""The keys of an account: made, looked at, revoked. A key is shown once, to whoever makes it."""

from dataclasses import dataclass, replace
from hashlib import sha256

from service.domain.account import Account, ApiKey, Scope
from service.domain.errors import Busy, NotFound, WrongState
from service.ports import CommitUnknown, Conflict, Create, Outside, Stored, Update
from service.usecases import queries
from service.usecases.changes import CHANGE_TRIES_MAX
from service.usecases.reading import Cursor, Page, page_of

KEY_PREFIX = "rv_"
KEY_TOKENS = 3  # of at least 96 random bits each: 256 bits and more
LAST_CHARACTERS = 4  # 16 of those bits or so, which are told
ID_PREFIX = "key_"
CHUNK_KEYS = 100


@dataclass(frozen=True)
class NewKey:
    secret: str  # what a client sends; of a person's, nobody is ever told
    record: ApiKey


def hash_key(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def key_id(key: ApiKey) -> str:
    """What users call it."""
    return ID_PREFIX + key.id


def draw_key(
    outside: Outside,
    account_id: str,
    label: str,
    scope: Scope = Scope.ADMIN,
    request: str | None = None,
    email: str | None = None,
) -> NewKey:
    """Nothing is stored yet. `email`: of the person that it admits."""
    secret = KEY_PREFIX + "".join(outside.new_token() for _ in range(KEY_TOKENS))
    record = ApiKey(
        hash_key(secret),
        account_id,
        label,
        outside.clock.now(),
        scope=scope,
        last_characters="" if email else secret[-LAST_CHARACTERS:],
        email=email,
        request=request,
    )
    return NewKey(secret, record)


def add_key(outside: Outside, account: Account, label: str, scope: Scope = Scope.ADMIN) -> NewKey:
    """As an operator makes it. Raises the store's errors."""
    new = draw_key(outside, account.id, label, scope)
    outside.store.commit([Create(new.record)])
    return new


def make_key(
    outside: Outside,
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
    new = draw_key(outside, account_id, label, scope, request, email)
    for _ in range(CHANGE_TRIES_MAX):
        if request is not None:
            _refuse_second(outside, account_id, request)
        try:
            # The key that asks is written as it is: so of two tries of one request, and of this and its
            # revocation, one sees the other.
            outside.store.commit([Create(new.record), Update(by.record, by.version)])
            return new
        except (CommitUnknown, Conflict):
            made, asking = outside.store.get_many([(ApiKey, new.record.id), (ApiKey, by.record.id)])
        if made is not None:
            return new
        if asking is None or asking.record.revoked:
            raise WrongState("The key of this request was revoked meanwhile. No key was made.")
        by = asking
    raise _kept_changing()


def _refuse_second(outside: Outside, account_id: str, request: str) -> None:
    for made in outside.store.find(queries.key_of_request(account_id, request)):
        raise WrongState(
            f"This request has made the key {key_id(made.record)} before, and died before it could show it. "
            "Revoke that key, and make another with a new Idempotency-Key."
        )


def find_key(outside: Outside, account: Account, id: str) -> Stored[ApiKey]:
    """By what users call it. Raises NotFound, also for another account's."""
    stored = outside.store.get(ApiKey, id.removeprefix(ID_PREFIX)) if id.startswith(ID_PREFIX) else None
    if stored is None or stored.record.account_id != account.id:
        raise NotFound(f"There is no key {id}.")
    return stored


def list_keys(outside: Outside, account: Account, limit: int, after: Cursor | None) -> Page[ApiKey]:
    """The oldest first; also those that are revoked."""
    return page_of(outside, queries.keys_of_account(account.id, limit + 1, after), limit)


def revoke_key(outside: Outside, account: Account, id: str) -> None:
    """Harmless when repeated. The account keeps a key that can make keys.

    Raises NotFound, WrongState, Busy, StoreUnavailable."""
    for _ in range(CHANGE_TRIES_MAX):
        stored = find_key(outside, account, id)
        if stored.record.revoked:
            return
        writes = [Update(replace(stored.record, revoked=True), stored.version)]
        if stored.record.holds(Scope.ADMIN):
            other = _other_admin(outside, stored.record)
            if other is None:
                raise WrongState(
                    f"{id} is the account's last key of scope admin: make another one first, and revoke this "
                    "one with it."
                )
            writes.append(Update(other.record, other.version))  # as it is: it must hold when this one ends
        try:
            outside.store.commit(writes)
            return
        except (CommitUnknown, Conflict):
            continue
    raise _kept_changing()


def _other_admin(outside: Outside, key: ApiKey) -> Stored[ApiKey] | None:
    """Another key of the account that holds and can make keys."""
    after = None
    while True:
        found = outside.store.find(queries.keys_of_account(key.account_id, CHUNK_KEYS, after))
        for stored in found:
            if stored.record.id != key.id and stored.record.holds(Scope.ADMIN):
                return stored
        if len(found) < CHUNK_KEYS:
            return None
        after = (found[-1].record.created_at, found[-1].record.id)


def _kept_changing() -> Busy:
    return Busy("The account's keys kept changing. Nothing was changed: try again.")
