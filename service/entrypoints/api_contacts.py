"""`/api/campaigns/{id}/contacts`: whom a campaign calls; and one of them taken out of it."""

from typing import Any

from flask import Blueprint, request

from service.contacts.any_number import parse_known_number
from service.contacts.numbers import Rejected
from service.domain.errors import NotFound
from service.entrypoints.api_key import acting, caller, require_key
from service.entrypoints.call_filters import asked_phone
from service.entrypoints.paging import asked_cursor, asked_limit, page_view, refuse_unknown
from service.entrypoints.site import site
from service.entrypoints.views import call_record, contact_view
from service.usecases.call_filter import CallFilter
from service.usecases.reading import list_calls
from service.usecases.remove_contact import remove_contact

blueprint = Blueprint("api_contacts", __name__, url_prefix="/api/campaigns/<campaign_id>/contacts")
blueprint.before_request(require_key)


@blueprint.get("")
def list_all(campaign_id: str) -> dict[str, Any]:
    """In the order of the import; with `?phone=` the one, or none."""
    refuse_unknown("limit", "cursor", "phone")
    wanted = CallFilter(to=asked_phone() if "phone" in request.args else None)
    page = list_calls(site().outside, caller(), campaign_id, asked_limit(), asked_cursor(), wanted)
    return page_view(page, contact_view)


@blueprint.delete("/<other_than(preview):phone>")
def remove(campaign_id: str, phone: str) -> tuple[str, int]:
    try:
        number = parse_known_number(phone, caller())
    except Rejected as rejected:
        raise NotFound("This number is not one of the campaign's contacts.") from rejected
    remove_contact(acting("remove_contact", call_record), caller(), campaign_id, number)
    return "", 204
