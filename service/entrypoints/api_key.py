"""Who calls the REST API, by the key in `Authorization: Bearer rv_...`; and whether it is good for this."""

from flask import g, request

from service.domain.account import Account, ApiKey
from service.domain.errors import NotFound
from service.entrypoints.problems import Forbidden, Unauthenticated
from service.entrypoints.scopes import scope_needed
from service.entrypoints.site import site
from service.ports import Stored
from service.usecases.accounts import authenticate


def require_key() -> None:
    """Before each request of the API."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    admitted = authenticate(site().outside, key.strip()) if scheme.lower() == "bearer" else None
    if admitted is None:
        raise Unauthenticated("Send a valid API key: `Authorization: Bearer rv_...`.")
    needed, scope = scope_needed(request.method, request.endpoint or ""), admitted.key.record.scope
    if not scope.covers(needed):
        _refuse_others(admitted.account)
        raise Forbidden(f"This needs a key of scope {needed}; the scope of yours is {scope}.")
    g.account, g.key = admitted.account, admitted.key


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
