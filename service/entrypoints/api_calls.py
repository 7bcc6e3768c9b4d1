"""`/api/calls`: direct calls, and any call by its id."""

from typing import Any

from flask import Blueprint, request

from service.contacts.numbers import Rejected, parse_number
from service.domain.errors import Invalid
from service.entrypoints.api_key import caller, require_key
from service.entrypoints.schemas import CallIn
from service.entrypoints.site import site
from service.entrypoints.views import call_view
from service.usecases.direct_calls import DirectCall, cancel_call, create_call, find_call

blueprint = Blueprint("api_calls", __name__, url_prefix="/api/calls")
blueprint.before_request(require_key)


@blueprint.post("")
@blueprint.post("/initiate")
def create() -> tuple[dict[str, Any], int]:
    """201: it has a slot and is being dialled. 202: it waits."""
    body = CallIn.model_validate_json(request.get_data())
    placed = create_call(site().outside, caller(), _wanted(body))
    if placed.position is None:
        return call_view(placed.call), 201
    return call_view(placed.call) | {"position": placed.position, "reason": placed.reason}, 202


@blueprint.get("/<call_id>")
def show(call_id: str) -> dict[str, Any]:
    return call_view(find_call(site().outside, caller(), call_id).record)


@blueprint.post("/<call_id>/cancel")
def cancel(call_id: str) -> dict[str, Any]:
    return call_view(cancel_call(site().outside, caller(), call_id))


def _wanted(body: CallIn) -> DirectCall:
    try:
        to = parse_number(body.to, caller())
    except Rejected as rejected:
        raise Invalid.field("to", rejected.message, rejected.code) from rejected
    return DirectCall(
        to=to,
        script=body.script.to_script(),
        caller=body.caller,
        name=body.name,
        variables=body.variables,
        not_before=body.not_before,
    )
