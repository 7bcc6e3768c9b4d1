"""`/api/keys`: the account's keys."""

from typing import Any

from flask import Blueprint, Response, request

from service.domain.account import Scope
from service.entrypoints.api_key import acting, caller, key_in_use, require_key
from service.entrypoints.idempotency import answer_shown_once, new_thing_token
from service.entrypoints.paging import asked_cursor, asked_limit, page_view, refuse_unknown
from service.entrypoints.schemas_keys import KeyIn, key_view
from service.entrypoints.site import site
from service.usecases.api_keys import list_keys, make_key, revoke_key

blueprint = Blueprint("api_keys", __name__, url_prefix="/api/keys")
blueprint.before_request(require_key)


@blueprint.get("")
def list_all() -> dict[str, Any]:
    """The oldest first; also those that are revoked."""
    refuse_unknown("limit", "cursor")
    return page_view(list_keys(site().outside, caller(), asked_limit(), asked_cursor()), key_view)


@blueprint.post("")
def make() -> Response:
    """The one answer that shows the key: it is kept nowhere, also not for an `Idempotency-Key`. Of a person
    there is none to show."""
    body = KeyIn.model_validate_json(request.get_data())
    scope, asked = Scope(body.scope), new_thing_token()
    outside = acting("create_key", key_view)
    new = make_key(outside, key_in_use(), body.label, scope, asked, body.email)
    return answer_shown_once(key_view(new.record) | {"key": None if body.email else new.secret})


@blueprint.delete("/<id>")
def revoke(id: str) -> tuple[str, int]:
    revoke_key(acting("revoke_key", key_view), id, key_in_use().record)
    return "", 204
