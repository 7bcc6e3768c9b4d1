"""`/api/account`: the account of the key, the rules that it decides itself, and what the key may do."""

from typing import Any

from flask import Blueprint, Response, request

from service.domain.account import Account
from service.entrypoints.api_key import acting, caller, key_in_use, require_key
from service.entrypoints.etags import refuse_stale, tag_of, with_tag
from service.entrypoints.schemas_account import AccountChanges, account_view
from service.entrypoints.schemas_keys import key_view
from service.entrypoints.site import site
from service.usecases.account_rules import change_rules

blueprint = Blueprint("api_account", __name__, url_prefix="/api/account")
blueprint.before_request(require_key)


@blueprint.get("")
def show() -> Response:
    return _tagged(caller())


@blueprint.patch("")
def edit() -> Response:
    """What is not sent stays as it is, also inside `caller_limits`, `number_caps` and `rate`; null takes a
    limit away. Where it may call, and how many calls it may have at once, are shown only.

    Nothing is converted when the rate's currency changes: prices that are not sent with it, the budgets of
    campaigns and what was spent keep their numbers, in the new currency. That is refused only for a budget
    of the day that is not sent with it: budgets of campaigns are for the user to look after.

    With `If-Match` only what was seen is changed. The `ETag` is of the account: calls do not change it. After
    a 503 it may be stale by one's own change: read the account, and send the change again."""
    changes = AccountChanges.model_validate_json(request.get_data())

    def amend(account: Account) -> Account:
        refuse_stale(tag_of(_view(account)))
        return changes.to_account(account)

    return _tagged(change_rules(acting("edit_account", _view), caller(), amend))


def _tagged(account: Account) -> Response:
    shown = _view(account)
    return with_tag(shown | {"key": key_view(key_in_use().record)}, tag_of(shown))


def _view(account: Account) -> dict[str, Any]:
    outside = site().outside
    return account_view(account, outside.limits.of_account(account), outside.rulebook.version)
