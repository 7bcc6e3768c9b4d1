"""`/api/accounts`: all accounts, for whoever operates the service: keys of scope `system` alone."""

from typing import Any

from flask import Blueprint, Response, request

from service.domain.account import Account
from service.entrypoints.api_key import acting, require_key
from service.entrypoints.etags import refuse_stale, tag_of, with_tag
from service.entrypoints.idempotency import answer_shown_once, new_thing_token
from service.entrypoints.paging import asked_cursor, asked_limit, page_view, refuse_unknown
from service.entrypoints.schemas_accounts import AccountIn, AccountLimitsIn, operators_view
from service.entrypoints.site import site
from service.usecases.account_rules import change_rules
from service.usecases.accounts import create_account, find_account, list_accounts

blueprint = Blueprint("api_accounts", __name__, url_prefix="/api/accounts")
blueprint.before_request(require_key)


@blueprint.get("")
def list_all() -> dict[str, Any]:
    """The oldest first."""
    refuse_unknown("limit", "cursor")
    return page_view(list_accounts(site().outside, asked_limit(), asked_cursor()), operators_view)


@blueprint.post("")
def make() -> Response:
    """The one answer that shows the account's first key, which is of scope `admin`: it is kept nowhere."""
    body = AccountIn.model_validate_json(request.get_data())
    outside = acting("create_account", operators_view)
    account, key = create_account(outside, body.to_new(), token=new_thing_token())
    return answer_shown_once(operators_view(account) | {"key": key})


@blueprint.get("/<account_id>")
def show(account_id: str) -> Response:
    """Its `ETag` is of all that is shown."""
    return _tagged(find_account(site().outside, account_id))


@blueprint.patch("/<account_id>")
def limit(account_id: str) -> Response:
    """They hold from the next claim on; calls in flight stay. With `If-Match` only what was seen changes."""
    changes = AccountLimitsIn.model_validate_json(request.get_data())
    account = find_account(site().outside, account_id)

    def amend(present: Account) -> Account:
        refuse_stale(tag_of(operators_view(present)))
        return changes.to_account(present)

    return _tagged(change_rules(acting("limit_account", operators_view), account, amend))


def _tagged(account: Account) -> Response:
    shown = operators_view(account)
    return with_tag(shown, tag_of(shown))
