"""`/api/accounts`: all accounts, for whoever operates the service: keys of scope `system` alone."""

from typing import Any

from flask import Blueprint, Response, request

from service.entrypoints.api_key import acting, require_key
from service.entrypoints.idempotency import answer_shown_once, new_thing_token
from service.entrypoints.paging import asked_cursor, asked_limit, page_view
from service.entrypoints.schemas_accounts import AccountIn, AccountLimitsIn, operators_view
from service.entrypoints.site import site
from service.usecases.account_rules import change_rules
from service.usecases.accounts import create_account, find_account, list_accounts

blueprint = Blueprint("api_accounts", __name__, url_prefix="/api/accounts")
blueprint.before_request(require_key)


@blueprint.get("")
def list_all() -> dict[str, Any]:
    """The oldest first."""
    return page_view(list_accounts(site().outside, asked_limit(), asked_cursor()), operators_view)


@blueprint.post("")
def make() -> Response:
    """The one answer that shows the account's first key, which is of scope `admin`: it is kept nowhere."""
    body = AccountIn.model_validate_json(request.get_data())
    outside = acting("create_account", operators_view)
    account, key = create_account(outside, body.to_new(), token=new_thing_token())
    return answer_shown_once(operators_view(account) | {"key": key})


@blueprint.get("/<account_id>")
def show(account_id: str) -> dict[str, Any]:
    return operators_view(find_account(site().outside, account_id))


@blueprint.patch("/<account_id>")
def limit(account_id: str) -> dict[str, Any]:
    """They hold from the next claim on; calls in flight stay."""
    changes = AccountLimitsIn.model_validate_json(request.get_data())
    account = find_account(site().outside, account_id)
    return operators_view(change_rules(acting("limit_account", operators_view), account, changes.to_account))
