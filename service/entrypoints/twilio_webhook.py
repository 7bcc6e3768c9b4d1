"""`POST /webhooks/twilio/{call}/{attempt}`: Twilio says what became of an attempt."""

from flask import Blueprint
from werkzeug.exceptions import Forbidden

from service.entrypoints.posted import posted_webhook
from service.entrypoints.site import note, site
from service.ports import NotSigned
from service.usecases.record_event import record_event

blueprint = Blueprint("twilio_webhook", __name__)


@blueprint.post("/webhooks/twilio/<call_id>/<int:attempt>")
def twilio_status(call_id: str, attempt: int) -> tuple[str, int]:
    try:
        event = site().twilio.parse_webhook(posted_webhook()).event
    except NotSigned as error:
        raise Forbidden(str(error)) from error
    changed = record_event(site().outside, call_id, attempt, event)
    note(id=call_id, attempt=attempt, result=event.state.value if changed else "unchanged")
    return "", 204
