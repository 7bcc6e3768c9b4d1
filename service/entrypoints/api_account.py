"""`/api/account`: the account of the key, and the rules that it decides itself."""

from typing import Any

from flask import Blueprint, request

from service.domain.account import Account
from service.entrypoints.api_key import caller, require_key
from service.entrypoints.schemas_account import AccountChanges, account_view
from service.entrypoints.site import site
from service.usecases.account_rules import change_rules

blueprint = Blueprint("api_account", __name__, url_prefix="/api/account")
blueprint.before_request(require_key)


@blueprint.get("")
def show() -> dict[str, Any]:
    return _view(caller())


@blueprint.patch("")
def edit() -> dict[str, Any]:
    """What is not sent stays as it is, also inside `caller_limits`, `number_caps` and `rate`; null takes a
    limit away. Where it may call, and how many calls it may have at once, are shown only.

    Nothing is converted when the rate's currency changes: prices that are not sent with it, the budgets of
    campaigns and what was spent keep their numbers, in the new currency. That is refused only for a budget
    of the day that is not sent with it: budgets of campaigns are for the user to look after."""
    changes = AccountChanges.model_validate_json(request.get_data())
    return _view(change_rules(site().outside, caller(), changes.to_account))


def _view(account: Account) -> dict[str, Any]:
    outside = site().outside
    return account_view(account, outside.limits.of_account(account), outside.rulebook.version)
