"""Twilio Programmable Voice, over its REST API of 2010-04-01.

Facts are from Twilio's OpenAPI description (github.com/twilio/twilio-oai, twilio_api_v2010) and its
documentation (www.twilio.com/docs: voice/api/call-resource, usage/webhooks, api/errors). Twilio has no
idempotency key: a create request whose answer is lost can only be looked for.
"""

import base64
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from service.domain.agent import MACHINES, Provider
from service.domain.call import State
from service.domain.campaign import Machine
from service.domain.errors import Invalid
from service.ports import Answer, CallEvent, CallOrder, Capabilities, Heard, LostOrder, NotSigned, Webhook
from service.providers.provider_api import REQUEST_SECONDS_MAX, Fault, ProviderApi, Said, object_in
from service.providers.reference import reference_in
from service.providers.twilio_signature import CONNECTION_OVERRIDES, Form, is_signed
from service.transport import Http

FIND_CALLS_MAX = 1000  # the largest page; the newest calls come first
FIND_MARGIN_SECONDS = 5  # date_created has no fractions, and Twilio's clock is not the store's

EVENTS = ("answered", "completed")  # `ringing` is left out: it decides nothing and costs a request per call

ALREADY_ENDED = 21220  # "invalid call state"
OPTED_OUT = 21610  # "unsubscribed recipient"
PASSING = frozenset({10001, 10004, 20005, 90010})  # account not active (no funds), too many calls at once

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


class Twilio:
    name = "twilio"
    capabilities = Capabilities(machines=MACHINES[Provider.TWILIO])

    def __init__(
        self,
        http: Http,
        *,
        account_sid: str,
        auth_token: str,
        public_base_url: str,
        base_url: str = "https://api.twilio.com",
        timeout_seconds: float = REQUEST_SECONDS_MAX,
        webhook_path: str = "/webhooks/twilio",
    ) -> None:
        """`public_base_url`: where Twilio reaches this service, without a slash at its end."""
        self._auth_token = auth_token
        self._webhook_url = public_base_url + webhook_path
        basic = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        headers = {
            "authorization": f"Basic {basic}",
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }
        calls_url = f"{base_url}/2010-04-01/Accounts/{account_sid}/Calls"
        self._api = ProviderApi(http, "Twilio", calls_url, headers, timeout_seconds)

    def place(self, order: CallOrder) -> Answer:
        assert order.script is not None, "Twilio has no agents of its own"
        form = [
            ("To", order.to),
            ("From", order.caller),
            ("Twiml", order.script.twiml)
            if order.script.twiml is not None
            else ("Url", order.script.url or ""),
            ("StatusCallback", self._callback_url(order)),
            ("StatusCallbackMethod", "POST"),
            *(("StatusCallbackEvent", event) for event in EVENTS),
            ("Timeout", str(order.ring_seconds)),
            ("TimeLimit", str(order.time_limit_seconds)),
            *self._machine_detection(order),
        ]
        body = urlencode(form).encode()
        return self._api.create(".json", body, id_of=lambda said: said.get("sid"), fault_of=_fault)

    def _machine_detection(self, order: CallOrder) -> Form:
        """A person hears the script at once, while it listens for a machine in order to hang up on it; a
        message is left after the tone. Source: www.twilio.com/docs/voice/answering-machine-detection."""
        match order.on_machine:
            case Machine.HANG_UP:
                return (
                    ("MachineDetection", "Enable"),
                    ("AsyncAmd", "true"),
                    ("AsyncAmdStatusCallback", self._callback_url(order)),
                    ("AsyncAmdStatusCallbackMethod", "POST"),
                )
            case Machine.LEAVE_MESSAGE:
                return (("MachineDetection", "DetectMessageEnd"),)
            case Machine.COUNT_AS_ANSWERED:
                return ()

    def look_up(self, provider_id: str) -> CallEvent | None:
        call = self._api.read("GET", f"/{provider_id}.json")
        return None if call is None else self._event(call)

    def find(self, lost: LostOrder) -> list[CallEvent]:
        """By the numbers: Twilio keeps nothing of ours. It can filter by StartTime only, and a call that
        still waits in its queue has none: so all calls between the two numbers are asked for."""
        query = urlencode({"To": lost.to, "From": lost.caller, "PageSize": FIND_CALLS_MAX})
        page = self._api.said(self._api.ask("GET", f".json?{query}"))
        earliest = lost.since - timedelta(seconds=FIND_MARGIN_SECONDS)
        try:
            dated = [(_time(call["date_created"]), call) for call in page["calls"]]
        except (KeyError, TypeError, ValueError) as error:
            raise self._api.unreadable("list of calls") from error
        later = sorted((pair for pair in dated if pair[0] >= earliest), key=lambda pair: pair[0])
        return [self._event(call) for _, call in later]

    def hang_up(self, provider_id: str) -> None:
        answer = self._api.ask("POST", f"/{provider_id}.json", urlencode({"Status": "completed"}).encode())
        if answer.status != 404 and object_in(answer).get("code") != ALREADY_ENDED:
            self._api.said(answer)  # raises, unless Twilio did it

    def parse_webhook(self, webhook: Webhook) -> Heard:
        """The address, which is signed, names the attempt."""
        form = parse_qsl(webhook.body.decode(errors="replace"), keep_blank_values=True)
        if not self.signature_is_valid(webhook.headers.get("x-twilio-signature"), webhook.url, form):
            raise NotSigned("The signature does not fit.")
        reference = reference_in("/".join(urlsplit(webhook.url).path.split("/")[-2:]))
        if reference is None:
            raise Invalid("This is not the address of a call.")
        return Heard(reference, event_in(form))

    def signature_is_valid(self, signature: str | None, url: str, form: Form) -> bool:
        """`url`: the public one, exactly as it was called, with its query."""
        return is_signed(self._auth_token, signature, url, form)

    def _callback_url(self, order: CallOrder) -> str:
        return f"{self._webhook_url}/{order.call_id}/{order.attempt}{CONNECTION_OVERRIDES}"

    def _event(self, call: Any) -> CallEvent:
        if not isinstance(call, dict) or not call.get("sid") or not call.get("status"):
            raise self._api.unreadable("call")
        machine = _is_machine(call.get("answered_by"))
        state = STATES.get(call["status"], State.DIALING)
        return CallEvent(state, call["sid"], _seconds(call.get("duration")), machine=machine)


def event_in(form: Form) -> CallEvent:
    """Raises Invalid for what is not a status callback of a call."""
    fields = dict(form)
    status, answered_by = fields.get("CallStatus", ""), fields.get("AnsweredBy", "")
    if not fields.get("CallSid") or not (status or answered_by):
        raise Invalid.field("CallStatus", "this is not a status callback")
    # What the machine detection says while the call goes on comes without a status.
    state = STATES.get(status, State.DIALING) if status else State.IN_PROGRESS
    error = fields.get("ErrorCode") and f"Twilio error {fields['ErrorCode']}"
    if state is State.FAILED and not error and fields.get("SipResponseCode"):
        error = f"SIP {fields['SipResponseCode']}"
    seconds = _seconds(fields.get("CallDuration"))
    return CallEvent(state, fields["CallSid"], seconds, error or None, _is_machine(answered_by))


def _fault(said: Said) -> Fault | None:
    """By its code: its message would name the number, and that is not for logs."""
    code = said.get("code")
    if not isinstance(code, int):
        return None
    where = f"error {code}: www.twilio.com/docs/errors/{code}"
    return Fault(where, permanent=code not in PASSING, opted_out=code == OPTED_OUT)


def _is_machine(answered_by: str | None) -> bool:
    """machine_start, machine_end_beep (or _silence, _other) or fax; else human or unknown."""
    return bool(answered_by) and str(answered_by).startswith(("machine", "fax"))


def _seconds(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _time(text: str) -> datetime:
    """RFC 2822, as in `Tue, 31 Aug 2010 20:36:28 +0000`."""
    return parsedate_to_datetime(text).astimezone(UTC)
