"""Who calls the REST API, by what `Authorization: Bearer ...` shows, and whether that is good for this: a key
(`rv_...`), or the ID token of a person who has an e-mail address among the account's keys."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import g, request

from service.domain.account import Account, ApiKey, key_id
from service.domain.audit import Act, By
from service.domain.documents import encode
from service.domain.errors import Detail, Forbidden, NotFound
from service.entrypoints.people import looks_signed
from service.entrypoints.problems import RateLimited, Unauthenticated, request_id
from service.entrypoints.scopes import scope_needed
from service.entrypoints.site import note, site
from service.ports import Outside, Stored
from service.usecases.accounts import Admitted, authenticate, authenticate_person

ACCOUNT_HEADER = "Reveille-Account"


def require_key() -> None:
    """Before each request of the API."""
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    admitted = _admitted(shown.strip()) if scheme.lower() == "bearer" else None
    if admitted is None:
        raise Unauthenticated("Send a valid API key: `Authorization: Bearer rv_...`.")
    g.allowance = site().limiter.take(admitted.key.record.id, site().outside.clock.now())
    if not g.allowance.is_allowed:
        wait = g.allowance.retry_after_seconds
        raise RateLimited(f"Too many requests with this key. Try again in {wait} s.")
    needed, scope = scope_needed(request.method, request.endpoint or ""), admitted.key.record.scope
    if not scope.covers(needed):
        _refuse_others(admitted.account)
        raise Forbidden(f"This needs a key of scope {needed}; the scope of yours is {scope}.")
    g.account, g.key = admitted.account, admitted.key


def _admitted(shown: str) -> Admitted | None:
    if not looks_signed(shown):
        return authenticate(site().outside, shown)
    email = site().people.email_of(shown)
    admitted = authenticate_person(site().outside, email)
    if not admitted:
        raise Forbidden("This e-mail address is not one of any account's.")
    wanted = request.headers.get(ACCOUNT_HEADER)
    if wanted is None and len(admitted) > 1:
        accounts = [each.account.id for each in admitted]
        message = f"Say which of your accounts you mean, in a header {ACCOUNT_HEADER}: {', '.join(accounts)}."
        raise Forbidden(message, *(Detail(ACCOUNT_HEADER, "account_needed", id) for id in accounts))
    mine = next((each for each in admitted if wanted in (None, each.account.id)), None)
    if mine is None:
        raise Forbidden(f"{ACCOUNT_HEADER}: this is not one of your accounts.")
    return mine


def _refuse_others(account: Account) -> None:
    """Whether there is another account is not told to a key that may not look at it."""
    asked = (request.view_args or {}).get("account_id", account.id)
    if asked != account.id:
        raise NotFound(f"There is no account {asked}.")


def caller() -> Account:
    """The account that calls."""
    account: Account = g.account
    return account


def key_in_use() -> Stored[ApiKey]:
    """The key that was sent."""
    key: Stored[ApiKey] = g.key
    return key


def acting(operation: str, shown: Callable[[Any], dict[str, Any]] = encode) -> Outside:
    """The outside for a use case that changes something: its record says that the key of this request did it.
    `operation`: as in the API's document; `shown`: what the record tells of a thing before and after."""
    key = key_in_use().record
    by = By(key.label, key_id(key), key.email, key.account_id)
    note(request_id=request_id())  # so that the record leads to the receipt
    return replace(site().outside, act=Act(operation, by, shown, request_id()))
