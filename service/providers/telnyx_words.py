"""What Telnyx says of a call: events, reasons for an end, and what it keeps.

Sources: Telnyx's API description, as in its libraries (github.com/team-telnyx/telnyx-python), and
developers.telnyx.com/api-reference/callbacks.
"""

from datetime import datetime

from service.domain.call import Conversation, State
from service.ports import CallEvent
from service.providers.provider_api import Said, objects_in, text_within, within
from service.providers.reference import conversation, whole_seconds

HANGUP = "call.hangup"  # it goes by its reason
STATES = {  # its other events; what is not here says nothing of a call
    "call.initiated": State.DIALING,
    "call.answered": State.IN_PROGRESS,
    "call.machine.detection.ended": State.IN_PROGRESS,
    "call.machine.premium.detection.ended": State.IN_PROGRESS,
    "call.conversation.ended": State.DIALING,
    "call.conversation_insights.generated": State.DIALING,
    "call.recording.saved": State.DIALING,
    "call.cost": State.DIALING,
}
REASONS = {
    "normal_clearing": State.COMPLETED,
    "time_limit": State.COMPLETED,
    "user_busy": State.BUSY,
    "call_rejected": State.BUSY,  # by the callee: as other providers call it
    "timeout": State.NO_ANSWER,
    "no_answer": State.NO_ANSWER,
    "originator_cancel": State.CANCELED,
    "not_found": State.FAILED,
    "unspecified": State.FAILED,
}
IS_MACHINE = frozenset({"machine", "fax_detected"})
SPEAKERS = ("assistant", "user")  # the others' words are not spoken


def event_in(data: Said) -> CallEvent | None:
    """None: it says nothing of a call. Of a recording Telnyx does not say which call's it is, only whose."""
    kind, payload = text_within(data, "event_type"), within(data, "payload")
    provider_id = text_within(payload, "call_control_id")
    if not provider_id and kind != "call.recording.saved":
        return None
    if kind == HANGUP:
        return _ended(provider_id, payload, data.get("occurred_at"))
    if kind not in STATES:
        return None
    machine = text_within(payload, "result") in IS_MACHINE
    return CallEvent(STATES[kind], provider_id, machine=machine, conversation=_kept(payload))


def _ended(id: str, payload: Said, occurred_at: object) -> CallEvent:
    """Telnyx says when the call began, not when it was answered: the duration is an upper bound."""
    state = REASONS.get(str(payload.get("hangup_cause")), State.FAILED)
    error = f"SIP {str(payload.get('sip_hangup_cause'))[:100]}" if state is State.FAILED else None
    try:
        passed = datetime.fromisoformat(str(occurred_at)) - datetime.fromisoformat(str(payload["start_time"]))
        seconds = whole_seconds(passed.total_seconds()) if state is State.COMPLETED else 0
    except (KeyError, TypeError, ValueError):
        seconds = None
    return CallEvent(state, id, seconds, error)


def _kept(payload: Said) -> Conversation | None:
    return conversation(
        transcript=_transcript(payload),
        summary=_insight(payload),
        recording_url=_recording_url(payload),
        price=payload.get("total_cost"),
        currency=next((part.get("currency") for part in objects_in(payload.get("cost_parts"))), None)
        or "USD",
    )


def _transcript(payload: Said) -> str:
    said = [(within(turn, "role"), within(turn, "content")) for turn in objects_in(payload.get("messages"))]
    return "\n".join(f"{role}: {words}" for role, words in said if role in SPEAKERS and words)


def _insight(payload: Said) -> str | None:
    """The first that is text: an insight can be an object of one's own making."""
    results = [text_within(result, "result") for result in objects_in(payload.get("results"))]
    return next(filter(None, results), None)


def _recording_url(payload: Said) -> object:
    """One that lasts, where Telnyx gives the account such; else one that is good for ten minutes."""
    addresses = [
        within(payload, kind, form)
        for kind in ("public_recording_urls", "recording_urls")
        for form in ("mp3", "wav")
    ]
    return next((address for address in addresses if address), None)
