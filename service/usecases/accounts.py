"""Accounts: making them, and telling who calls by the key."""

from dataclasses import dataclass

from service.domain.account import Account, ApiKey
from service.domain.campaign import direct_queue
from service.domain.errors import NotFound, WrongState
from service.ports import Books, CommitUnknown, Conflict, Create, Stored
from service.usecases import account_queries
from service.usecases.api_keys import KEY_PREFIX, draw_key, hash_key
from service.usecases.audit import record_change
from service.usecases.reading import Cursor, Page, page_of

FIRST_KEY = "first key"
PERSON_KEYS_MAX = 50  # of one e-mail address, in all accounts


@dataclass(frozen=True)
class NewAccount:
    """What an account begins with."""

    name: str
    default_country: str
    allowed_countries: tuple[str, ...]
    caller: str | None = None
    widened: tuple[str, ...] = ()


@dataclass(frozen=True)
class Admitted:
    """Who calls, and the key that says so."""

    account: Account
    key: Stored[ApiKey]


def create_account(
    books: Books, new: NewAccount, label: str = FIRST_KEY, token: str | None = None
) -> tuple[Account, str]:
    """The account, and its first key, which is shown this once. `token` names the account: repeated with the
    same one, the first key could not be told any more, so it is refused.

    Raises WrongState, the store's errors."""
    now = books.clock.now()
    account_id = f"acc_{token or books.new_token()}"
    account = Account(
        id=account_id,
        lane=books.limits.lane_for(account_id),
        name=new.name,
        created_at=now,
        default_country=new.default_country,
        allowed_countries=new.allowed_countries,
        caller=new.caller,
        widened=new.widened,
    )
    key = draw_key(books, account.id, label)
    queue = direct_queue(account.id, account.lane, now)
    try:
        made = [Create(account), Create(key.record), Create(queue)]
        books.store.commit([*made, *record_change(books, None, account)])
    except (CommitUnknown, Conflict):
        present, first = books.store.get_many([(Account, account.id), (ApiKey, key.record.id)])
        if present is None:
            raise
        if first is None:
            raise WrongState(
                f"This request has made the account {account.id} before, and died before it could show its "
                f"key. Make another: `admin new-key --account {account.id}`."
            ) from None
    return account, key.secret


def first_account(books: Books) -> Account | None:
    """The oldest one."""
    stored = books.store.find(account_queries.first_account())
    return stored[0].record if stored else None


def list_accounts(books: Books, limit: int, after: Cursor | None) -> Page[Account]:
    """The oldest first."""
    return page_of(books, account_queries.accounts(limit + 1, after), limit)


def find_account(books: Books, account_id: str) -> Account:
    """Raises NotFound."""
    stored = books.store.get(Account, account_id)
    if stored is None:
        raise NotFound(f"There is no account {account_id}.")
    return stored.record


def authenticate_person(books: Books, email: str) -> list[Admitted]:
    """In each account that has the address: once, with what gives most. The oldest first."""
    strongest: dict[str, Stored[ApiKey]] = {}
    for stored in books.store.find(account_queries.keys_of_person(email, PERSON_KEYS_MAX)):
        known = strongest.get(stored.record.account_id)
        if known is None or not known.record.scope.covers(stored.record.scope):
            strongest[stored.record.account_id] = stored
    accounts = books.store.get_many([(Account, id) for id in strongest])
    return [
        Admitted(account.record, key)
        for account, key in zip(accounts, strongest.values(), strict=True)
        if account is not None
    ]


def authenticate(books: Books, key: str) -> Admitted | None:
    """None for a key that is unknown or revoked."""
    if not key.startswith(KEY_PREFIX):
        return None
    stored = books.store.get(ApiKey, hash_key(key))
    if stored is None or stored.record.revoked:
        return None
    account = books.store.get(Account, stored.record.account_id)
    return Admitted(account.record, stored) if account else None
