"""`/api/events`: what the account's webhooks were told, and whether they have taken it."""

from typing import Any

from flask import Blueprint

from service.domain.webhook import EventType
from service.entrypoints.api_key import acting, caller, require_key
from service.entrypoints.paging import asked_choice, asked_cursor, asked_limit, page_view, refuse_unknown
from service.entrypoints.schemas_webhooks import event_view
from service.entrypoints.site import site
from service.usecases.event_log import find_event, list_events, redeliver_event

blueprint = Blueprint("api_events", __name__, url_prefix="/api/events")
blueprint.before_request(require_key)


@blueprint.get("")
def list_all() -> dict[str, Any]:
    refuse_unknown("limit", "cursor", "type")
    type = asked_choice("type", tuple(EventType))
    return page_view(list_events(site().outside, caller(), type, asked_limit(), asked_cursor()), event_view)


@blueprint.get("/<event_id>")
def show(event_id: str) -> dict[str, Any]:
    return event_view(find_event(site().outside, caller(), event_id).record)


@blueprint.post("/<event_id>/redeliver")
def redeliver(event_id: str) -> tuple[dict[str, Any], int]:
    """202: it is sent soon; the event's deliveries tell."""
    return event_view(redeliver_event(acting("redeliver_event", event_view), caller(), event_id)), 202
