"""`POST /webhooks/twilio/{call}/{attempt}`: Twilio says what became of an attempt."""

from flask import Blueprint, request
from werkzeug.exceptions import Forbidden

from service.entrypoints.site import note, site
from service.usecases.record_event import record_event

blueprint = Blueprint("twilio_webhook", __name__)


@blueprint.post("/webhooks/twilio/<call_id>/<int:attempt>")
def twilio_status(call_id: str, attempt: int) -> tuple[str, int]:
    """The signature covers the public address, whatever a proxy made of it."""
    url = site().public_base_url + request.full_path.removesuffix("?")
    form = list(request.form.items(multi=True))
    if not site().twilio.signature_is_valid(request.headers.get("X-Twilio-Signature"), url, form):
        raise Forbidden("The signature does not fit.")
    event = site().twilio.parse_webhook(form)
    changed = record_event(site().outside, call_id, attempt, event)
    note(id=call_id, attempt=attempt, result=event.state.value if changed else "unchanged")
    return "", 204
