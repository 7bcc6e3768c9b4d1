"""Accounts: making them, and telling who calls by the key."""

from dataclasses import dataclass

from service.domain.account import Account, ApiKey
from service.domain.campaign import direct_queue
from service.domain.errors import NotFound
from service.ports import Create, Outside, Stored
from service.usecases import queries
from service.usecases.api_keys import KEY_PREFIX, draw_key, hash_key

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


def create_account(outside: Outside, new: NewAccount, label: str) -> tuple[Account, str]:
    """The account, and its first key, which is shown this once."""
    now = outside.clock.now()
    account_id = f"acc_{outside.new_token()}"
    account = Account(
        id=account_id,
        lane=outside.limits.lane_for(account_id),
        name=new.name,
        created_at=now,
        default_country=new.default_country,
        allowed_countries=new.allowed_countries,
        caller=new.caller,
        widened=new.widened,
    )
    key = draw_key(outside, account.id, label)
    outside.store.commit(
        [Create(account), Create(key.record), Create(direct_queue(account.id, account.lane, now))]
    )
    return account, key.secret


def first_account(outside: Outside) -> Account | None:
    """The oldest one."""
    stored = outside.store.find(queries.first_account())
    return stored[0].record if stored else None


def find_account(outside: Outside, account_id: str) -> Account:
    """Raises NotFound."""
    stored = outside.store.get(Account, account_id)
    if stored is None:
        raise NotFound(f"There is no account {account_id}.")
    return stored.record


def authenticate_person(outside: Outside, email: str) -> list[Admitted]:
    """In each account that has the address: once, with what gives most. The oldest first."""
    strongest: dict[str, Stored[ApiKey]] = {}
    for stored in outside.store.find(queries.keys_of_person(email, PERSON_KEYS_MAX)):
        known = strongest.get(stored.record.account_id)
        if known is None or not known.record.scope.covers(stored.record.scope):
            strongest[stored.record.account_id] = stored
    accounts = outside.store.get_many([(Account, id) for id in strongest])
    return [
        Admitted(account.record, key)
        for account, key in zip(accounts, strongest.values(), strict=True)
        if account is not None
    ]


def authenticate(outside: Outside, key: str) -> Admitted | None:
    """None for a key that is unknown or revoked."""
    if not key.startswith(KEY_PREFIX):
        return None
    stored = outside.store.get(ApiKey, hash_key(key))
    if stored is None or stored.record.revoked:
        return None
    account = outside.store.get(Account, stored.record.account_id)
    return Admitted(account.record, stored) if account else None
