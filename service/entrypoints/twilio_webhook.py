"""`POST /webhooks/twilio/{call}/{attempt}`: Twilio says what became of an attempt."""

from flask import Blueprint

from service.entrypoints.site import note, site
from service.entrypoints.twilio_form import signed_form
from service.usecases.record_event import record_event

blueprint = Blueprint("twilio_webhook", __name__)


@blueprint.post("/webhooks/twilio/<call_id>/<int:attempt>")
def twilio_status(call_id: str, attempt: int) -> tuple[str, int]:
    event = site().twilio.parse_webhook(signed_form())
    changed = record_event(site().outside, call_id, attempt, event)
    note(id=call_id, attempt=attempt, result=event.state.value if changed else "unchanged")
    return "", 204
