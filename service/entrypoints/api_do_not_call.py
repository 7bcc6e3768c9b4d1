"""`/api/do-not-call`: the numbers that the account does not call."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, request

from service.contacts.any_number import parse_known_number
from service.contacts.do_not_call_file import read_do_not_call
from service.contacts.numbers import Rejected
from service.domain.errors import NotFound
from service.entrypoints.api_key import acting, caller, require_key
from service.entrypoints.call_filters import asked_phone
from service.entrypoints.paging import asked_cursor, asked_limit, page_view, refuse_unknown
from service.entrypoints.schemas_do_not_call import NumberIn, number_view
from service.entrypoints.sent_file import COLUMNS, sent_file
from service.entrypoints.site import site
from service.ports import Outside
from service.usecases.do_not_call import add_number, add_numbers, find_number, list_numbers, remove_number
from service.usecases.reading import Page

ERRORS_SHOWN_MAX = 100

blueprint = Blueprint("api_do_not_call", __name__, url_prefix="/api/do-not-call")
blueprint.before_request(require_key)


@blueprint.get("")
def list_all() -> dict[str, Any]:
    """With `?phone=` the one number, or none."""
    refuse_unknown("limit", "cursor", "phone")
    outside, now = site().outside, site().outside.clock.now()
    if "phone" in request.args:
        found = find_number(outside, caller(), asked_phone())
        page = Page([found] if found else [], None)
    else:
        page = list_numbers(outside, caller(), asked_limit(), asked_cursor())
    return page_view(page, lambda callee: number_view(callee, now))


@blueprint.post("")
def add() -> tuple[dict[str, Any], int]:
    """201: it could be called until now. 200: it could not."""
    body = NumberIn.model_validate_json(request.get_data())
    added = add_number(_acting("bar_number"), caller(), body.to_bar(caller()))
    return number_view(added.callee, site().outside.clock.now()), 201 if added.is_new else 200


@blueprint.delete("/<other_than(import):phone>")
def remove(phone: str) -> tuple[str, int]:
    try:
        number = parse_known_number(phone, caller())
    except Rejected as rejected:
        raise NotFound("This number is not on the list.") from rejected
    remove_number(_acting("unbar_number"), caller(), number)
    return "", 204


@blueprint.post("/import")
def add_file() -> tuple[dict[str, Any], int]:
    """Each row of the file is counted: as created, as rejected, or as a duplicate of what was on the list or
    stood in the file before."""
    outside = _acting("import_do_not_call")
    refuse_unknown(COLUMNS)
    sent = sent_file()
    file = read_do_not_call(sent.data, caller(), outside.clock.now(), chosen=sent.columns)
    imported = add_numbers(outside, caller(), file.numbers)
    return {
        "rows_total": file.rows_total,
        "created": imported.created,
        "duplicates": imported.present,
        "rejected": len(file.rejections),
        "errors": [asdict(rejection) for rejection in file.rejections[:ERRORS_SHOWN_MAX]],
    }, 201


def _acting(operation: str) -> Outside:
    now = site().outside.clock.now()
    return acting(operation, lambda callee: number_view(callee, now) if callee.do_not_call else {})
