"""`/api/calls`: direct calls; all calls of the account, and any by its id."""

from typing import Any

from flask import Blueprint, Response, request

from service.contacts.numbers import Rejected, parse_number
from service.contacts.places import cohort, place_of
from service.contacts.rows import CLOCKS_APART, PLACE_UNKNOWN
from service.domain.calling_hours import is_known
from service.domain.errors import Invalid
from service.entrypoints.api_key import acting, caller, require_key
from service.entrypoints.call_filters import asked_calls_of_account
from service.entrypoints.etags import tagged
from service.entrypoints.idempotency import new_thing_token
from service.entrypoints.paging import asked_cursor, asked_limit, page_view
from service.entrypoints.schemas import CallbackIn, CallIn
from service.entrypoints.site import site
from service.entrypoints.views import call_record, call_view
from service.usecases.callback import call_back
from service.usecases.direct_calls import DirectCall, cancel_call, create_call
from service.usecases.reading import find_call, list_account_calls

blueprint = Blueprint("api_calls", __name__, url_prefix="/api/calls")
blueprint.before_request(require_key)

ZONE_UNKNOWN = "This number does not tell its time zone, so its calling hours are not known. Send `timezone`."


@blueprint.post("")
@blueprint.post("/initiate")
def create() -> tuple[dict[str, Any], int]:
    """201: it has a slot and is being dialled. 202: it waits."""
    body = CallIn.model_validate_json(request.get_data())
    placed = create_call(acting("create_call", call_record), caller(), _wanted(body), new_thing_token())
    if placed.position is None:
        return call_view(placed.call), 201
    return call_view(placed.call) | {"position": placed.position, "reason": placed.reason}, 202


@blueprint.get("")
def list_all() -> Response:
    wanted = asked_calls_of_account()
    page = list_account_calls(site().outside, caller(), asked_limit(), asked_cursor(), wanted)
    return tagged(page_view(page, call_view))


@blueprint.get("/<other_than(initiate):call_id>")
def show(call_id: str) -> Response:
    """Its `ETag` is of all that is shown."""
    return tagged(call_view(find_call(site().outside, caller(), call_id).record))


@blueprint.post("/<call_id>/cancel")
def cancel(call_id: str) -> dict[str, Any]:
    return call_view(cancel_call(acting("cancel_call", call_record), caller(), call_id))


@blueprint.post("/<call_id>/callback")
def callback(call_id: str) -> tuple[dict[str, Any], int]:
    """200: this call is made then. 201: it has ended, and a new one is."""
    body = CallbackIn.model_validate_json(request.get_data())
    call = call_back(acting("call_back", call_record), caller(), call_id, body.at, new_thing_token())
    return call_view(call), 200 if call.id == call_id else 201


def _wanted(body: CallIn) -> DirectCall:
    try:
        to = parse_number(body.to, caller())
    except Rejected as rejected:
        raise Invalid.field("to", rejected.message, rejected.code) from rejected
    return DirectCall(
        to=to,
        script=body.script.to_script() if body.script else None,
        agent_id=body.agent,
        caller=body.caller,
        name=body.name,
        variables=body.variables,
        not_before=body.not_before,
        cohort=_known_place(to, body.timezone),
    )


def _known_place(to: str, timezone: str | None) -> str:
    """Where no calling hours are known, it could never be called."""
    known = cohort(place_of(to, timezone))
    if _is_known(known):
        return known
    if timezone is not None and _is_known(cohort(place_of(to))):
        raise Invalid.field("timezone", CLOCKS_APART, "invalid_timezone")
    lacks_zone = timezone is None and _is_known(cohort(place_of(to, "UTC")))
    raise Invalid.field("to", ZONE_UNKNOWN if lacks_zone else PLACE_UNKNOWN, "place_unknown")


def _is_known(place: str) -> bool:
    return is_known(caller(), place, site().outside.rulebook)
