"""Who calls the REST API: the account of the key in `Authorization: Bearer rv_...`."""

from flask import g, request

from service.domain.account import Account
from service.entrypoints.problems import Unauthenticated
from service.entrypoints.site import site
from service.usecases.accounts import authenticate


def require_key() -> None:
    """Before each request of the API."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    account = authenticate(site().outside, key.strip()) if scheme.lower() == "bearer" else None
    if account is None:
        raise Unauthenticated("Send a valid API key: `Authorization: Bearer rv_...`.")
    g.account = account


def caller() -> Account:
    """The account that calls."""
    account: Account = g.account
    return account
