"""What Twilio says of a call: statuses, error codes, and the forms of its callbacks.

Sources: www.twilio.com/docs: voice/api/call-resource, voice/api/recording, api/errors.
"""

from collections.abc import Mapping

from service.domain.call import Conversation, State
from service.domain.errors import Invalid
from service.ports import CallEvent
from service.providers.provider_api import Fault, Said
from service.providers.reference import conversation, whole_seconds
from service.providers.twilio_signature import Form

STATES = {
    "queued": State.DIALING,
    "initiated": State.DIALING,
    "ringing": State.RINGING,
    "in-progress": State.IN_PROGRESS,
    "completed": State.COMPLETED,
    "busy": State.BUSY,
    "failed": State.FAILED,
    "no-answer": State.NO_ANSWER,
    "canceled": State.CANCELED,
}

ALREADY_ENDED = 21220
OPTED_OUT = 21610
_LATER = {  # what can pass, or a person can put right at Twilio
    10001: "the account is not active",
    10004: "too many calls at once",
    20005: "the account is not active",
    20429: "asked too often",
    90010: "the account is not active",
}
_NEVER = {
    13223: "no valid number",
    13224: "no valid number, or one that Twilio does not call",
    13225: "a number that Twilio does not call",
    13226: "no valid country code",
    13227: "the account may not call there",
    21201: "no number to call",
    21203: "the account may not call abroad",
    21205: "no valid address of a script",
    21210: "the caller number is not verified",
    21211: "no valid number",
    21212: "no valid caller number",
    21214: "the number cannot be reached",
    21215: "the account may not call there",
    21216: "the account may not call this number",
    21217: "the number does not seem to be valid",
    21219: "a trial account calls verified numbers alone",
}
ERRORS: Mapping[str, Mapping[int, str]] = {  # by what becomes of the order; a code that is new is for ever
    "refused for now": _LATER,
    "refused for ever": _NEVER,
    "refused for ever, and put on the do-not-call list": {OPTED_OUT: "whoever has the number wants no calls"},
}
_MEANINGS = {code: meaning for codes in ERRORS.values() for code, meaning in codes.items()}


def fault_in(said: Said) -> Fault | None:
    """By its code: its message would name the number, and that is not for logs."""
    code = said.get("code")
    if not isinstance(code, int):
        return None
    where = f"error {code}{_meaning(code)}: www.twilio.com/docs/errors/{code}"
    return Fault(where, permanent=code not in _LATER, opted_out=code == OPTED_OUT)


def event_in(form: Form) -> CallEvent:
    """Of a callback. Raises Invalid for what says nothing of a call."""
    fields = dict(form)
    status, answered_by = fields.get("CallStatus", ""), fields.get("AnsweredBy", "")
    recording = fields.get("RecordingStatus", "")
    if not fields.get("CallSid") or not (status or answered_by or recording):
        raise Invalid.field("CallStatus", "this is not a status callback")
    # What machine detection says while the call goes on comes without a status, and so do recordings.
    state = State.IN_PROGRESS if answered_by else State.DIALING
    if status:
        state = STATES.get(status, State.DIALING)
    return CallEvent(
        state,
        fields["CallSid"],
        whole_seconds(fields.get("CallDuration")),
        _error(state, fields),
        is_machine(answered_by),
        conversation(recording_url=fields.get("RecordingUrl")) if recording in ("", "completed") else None,
    )


def event_of(call: Said) -> CallEvent:
    """Of a call as the API shows it."""
    state = STATES.get(call["status"], State.DIALING)
    machine = is_machine(call.get("answered_by"))
    return CallEvent(state, call["sid"], whole_seconds(call.get("duration")), None, machine, _bill(call))


def is_machine(answered_by: str | None) -> bool:
    """machine_start, machine_end_beep (or _silence, _other) or fax; else human or unknown."""
    return bool(answered_by) and str(answered_by).startswith(("machine", "fax"))


def _error(state: State, fields: Mapping[str, str]) -> str | None:
    code = fields.get("ErrorCode")
    if code:
        return f"Twilio error {code}{_meaning(int(code)) if code.isdecimal() else ''}"
    sip = fields.get("SipResponseCode")
    return f"SIP {sip}" if state is State.FAILED and sip else None


def _meaning(code: int) -> str:
    return f" ({_MEANINGS[code]})" if code in _MEANINGS else ""


def _bill(call: Said) -> Conversation | None:
    """Twilio knows it some minutes after the end, and shows it below nought."""
    try:
        return conversation(price=-float(call["price"]), currency=str(call["price_unit"]).upper())
    except (KeyError, TypeError, ValueError):
        return None
