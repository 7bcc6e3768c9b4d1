"""`POST /webhooks/twilio/{call}/{attempt}`: Twilio says what became of an attempt."""

from flask import Blueprint
from werkzeug.exceptions import Forbidden

from service.domain.errors import NotFound
from service.entrypoints.posted import posted_webhook
from service.entrypoints.site import note, site
from service.ports import NotSigned
from service.usecases.record_event import record_event

blueprint = Blueprint("twilio_webhook", __name__)


@blueprint.post("/webhooks/twilio/<call_id>/<int:attempt>")
def twilio_status(call_id: str, attempt: int) -> tuple[str, int]:
    if not site().outside.telephony.takes_scripts:
        raise NotFound("There is no Twilio account here.")
    try:
        heard = site().outside.telephony.of(None).parse_webhook(posted_webhook())
    except NotSigned as error:
        raise Forbidden(str(error)) from error
    changed = heard is not None and record_event(site().outside, call_id, attempt, heard.event)
    note(id=call_id, attempt=attempt, result=heard.event.state.value if heard and changed else "unchanged")
    return "", 204
