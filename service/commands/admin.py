"""Accounts and their keys, where there is no key yet: on the store alone."""

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from service.commands.admin_arguments import NONE
from service.domain.account import ANY_COUNTRY, Account, ApiKey, Scope, key_id
from service.domain.audit import Act, By
from service.domain.errors import Invalid, NotFound, Problem
from service.entrypoints.schemas import TEXT_CHARACTERS_MAX, e164
from service.entrypoints.schemas_account import country_code
from service.entrypoints.schemas_accounts import operators_view
from service.entrypoints.schemas_keys import LABEL_CHARACTERS_MAX, key_view
from service.entrypoints.views import time_text
from service.ports import Books, CommitUnknown, Conflict, StoreUnavailable
from service.settings import Settings
from service.usecases.account_rules import store_rules
from service.usecases.accounts import NewAccount, create_account, find_account, first_account, list_accounts
from service.usecases.api_keys import add_key, list_keys, revoke_key, rotate_key
from service.usecases.reading import Cursor, Page, T
from service.wiring import open_books

PAGE = 200
ID = re.compile(r"acc_[0-9A-Za-z]{1,100}")

BY = By("admin command")
RECORDED_AS = {
    "new-account": "create_account",
    "limits": "limit_account",
    "new-key": "create_key",
    "revoke-key": "revoke_key",
    "rotate-key": "rotate_key",
}

Lines = Iterable[str]


def admin(asked: argparse.Namespace, settings: Settings) -> int:
    """0; or 1, and in one line why it could not be done. Raises BadSetting."""
    try:
        books = open_books(settings, Act(RECORDED_AS.get(asked.action, asked.action), BY, _shown))
        try:
            for line in ACTIONS[asked.action](books, asked):
                print(line)
        finally:
            books.close()
    except Problem as problem:
        return _failed(problem.message)
    except CommitUnknown:
        return _failed("The store's answer was lost: it may be done or not. Look before you try again.")
    except (Conflict, StoreUnavailable) as error:
        return _failed(f"The store did not take it; nothing was changed. {_in_one_line(error)}")
    return 0


def _shown(thing: Account | ApiKey) -> dict[str, Any]:
    return key_view(thing) if isinstance(thing, ApiKey) else operators_view(thing)


def _failed(why: str) -> int:
    print(why, file=sys.stderr)
    return 1


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())


# --- accounts -------------------------------------------------------------------------------------------


def _new_account(books: Books, asked: argparse.Namespace) -> Lines:
    new = NewAccount(
        name=_text("NAME", asked.name, TEXT_CHARACTERS_MAX),
        default_country=_checked("--country", country_code, asked.country),
        allowed_countries=_countries(asked.may_call),
        caller=asked.caller and _checked("--caller", e164, asked.caller),
    )
    account, key = create_account(books, new)
    return [f"account  {account.id}", f"key      {key}  (shown this once)"]


def _accounts(books: Books, _: argparse.Namespace) -> Lines:
    for account in _all(lambda after: list_accounts(books, PAGE, after)):
        yield "  ".join(
            [account.id, str(time_text(account.created_at)), account.lane, _may_call(account), account.name]
        )


def _limits(books: Books, asked: argparse.Namespace) -> Lines:
    account = _named(books, asked.account)
    changes: dict[str, Any] = {
        name: None if value == NONE else value
        for name, value in (
            ("calls_in_flight_max", asked.calls_in_flight),
            ("caller_calls_in_flight_max", asked.caller_calls_in_flight),
            ("weight", asked.weight),
        )
        if value is not None
    }
    if changes:
        account = store_rules(books, account, lambda present: replace(present, **changes))
    own = account.calls_in_flight_max
    return [
        f"calls in flight                 {'the default of the system' if own is None else own}",
        f"of each of its caller numbers   {account.caller_calls_in_flight_max or 'no limit'}",
        f"weight                          {account.weight:g}",
    ]


def _may_call(account: Account) -> str:
    return ",".join(account.allowed_countries) or "nobody"


def _countries(text: str) -> tuple[str, ...]:
    if text == ANY_COUNTRY:
        return (ANY_COUNTRY,)
    codes = [_checked("--may-call", country_code, code.strip()) for code in text.split(",")]
    return tuple(dict.fromkeys(codes))


def _checked(option: str, check: Callable[[str], str], text: str) -> str:
    try:
        return check(text)
    except ValueError as error:
        raise Invalid(f"{option}: {text!r} {error}") from error


def _text(name: str, text: str, longest: int) -> str:
    if not 1 <= len(text.strip()) <= longest:
        raise Invalid(f"{name}: must have 1 to {longest} characters")
    return text.strip()


# --- keys -----------------------------------------------------------------------------------------------


def _new_key(books: Books, asked: argparse.Namespace) -> Lines:
    account = _account(books, asked.account)
    label = _text("--label", asked.label, LABEL_CHARACTERS_MAX)
    return [add_key(books, account, label, Scope(asked.scope)).secret]


def _keys(books: Books, asked: argparse.Namespace) -> Lines:
    account = _account(books, asked.account)
    for key in _all(lambda after: list_keys(books, account, PAGE, after)):
        yield "  ".join([key_id(key), str(time_text(key.created_at)), _standing(key), key.label])


def _revoke_key(books: Books, asked: argparse.Namespace) -> Lines:
    revoke_key(books, asked.key)
    return ["revoked"]


def _rotate_key(books: Books, asked: argparse.Namespace) -> Lines:
    return [rotate_key(books, asked.key).secret]


def _standing(key: ApiKey) -> str:
    last = f"...{key.last_characters}" if key.last_characters else "-"
    return f"{key.scope:7}  {last:7}  {'revoked' if key.revoked else 'valid':7}"


def _account(books: Books, id: str | None) -> Account:
    """The first one, unless another is named. Raises NotFound."""
    account = first_account(books) if id is None else _named(books, id)
    if account is None:
        raise NotFound("There is no account yet: `python -m service`, or `admin new-account`, makes it.")
    return account


def _named(books: Books, id: str) -> Account:
    """Raises NotFound, also for what Firestore would not take for an id."""
    if not ID.fullmatch(id):
        raise NotFound(f"There is no account {id!r}.")
    return find_account(books, id)


def _all(page_after: Callable[[Cursor | None], Page[T]]) -> Iterator[T]:
    page = page_after(None)
    yield from page.items
    while page.cursor:
        page = page_after(page.cursor)
        yield from page.items


ACTIONS: dict[str, Callable[[Books, argparse.Namespace], Lines]] = {
    "new-account": _new_account,
    "accounts": _accounts,
    "limits": _limits,
    "new-key": _new_key,
    "keys": _keys,
    "revoke-key": _revoke_key,
    "rotate-key": _rotate_key,
}
