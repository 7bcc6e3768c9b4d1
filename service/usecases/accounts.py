"""Accounts and their keys: making them, and telling who calls by the key."""

from dataclasses import dataclass
from hashlib import sha256

from service.domain.account import Account, ApiKey
from service.domain.campaign import direct_queue
from service.domain.errors import NotFound
from service.ports import Create, Outside
from service.usecases import queries

KEY_PREFIX = "rv_"
KEY_TOKENS = 3  # of at least 96 random bits each: 256 bits and more


@dataclass(frozen=True)
class NewAccount:
    """What an account begins with."""

    name: str
    default_country: str
    allowed_countries: tuple[str, ...]
    caller: str | None = None
    widened: tuple[str, ...] = ()


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
    key, record = _new_key(outside, account, label)
    outside.store.commit(
        [Create(account), Create(record), Create(direct_queue(account.id, account.lane, now))]
    )
    return account, key


def add_key(outside: Outside, account: Account, label: str) -> str:
    """Another key of the account, which is shown this once."""
    key, record = _new_key(outside, account, label)
    outside.store.commit([Create(record)])
    return key


def _new_key(outside: Outside, account: Account, label: str) -> tuple[str, ApiKey]:
    key = KEY_PREFIX + "".join(outside.new_token() for _ in range(KEY_TOKENS))
    return key, ApiKey(hash_key(key), account.id, label, outside.clock.now())


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


def authenticate(outside: Outside, key: str) -> Account | None:
    """The account whose key it is; None for an unknown or revoked one."""
    if not key.startswith(KEY_PREFIX):
        return None
    stored = outside.store.get(ApiKey, hash_key(key))
    if stored is None or stored.record.revoked:
        return None
    account = outside.store.get(Account, stored.record.account_id)
    return account.record if account else None


def hash_key(key: str) -> str:
    return sha256(key.encode()).hexdigest()
