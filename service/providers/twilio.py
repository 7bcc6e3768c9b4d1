"""Twilio Programmable Voice, over its REST API of 2010-04-01.

Facts are from Twilio's OpenAPI description (github.com/twilio/twilio-oai, twilio_api_v2010) and its
documentation (www.twilio.com/docs: voice/api/call-resource, usage/webhooks, api/errors). Twilio has no
idempotency key: a create request whose answer is lost can only be looked for.
"""

import base64
import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from service.domain.call import State
from service.domain.campaign import Machine
from service.domain.errors import Invalid
from service.ports import Accepted, Ambiguous, Answer, CallEvent, CallOrder, Refused, TelephonyUnavailable
from service.providers.twilio_signature import CONNECTION_OVERRIDES, Form, is_signed
from service.transport import AnswerLost, Http, HttpResponse, NotSent

REQUEST_SECONDS_MAX = 15.0
FIND_CALLS_MAX = 1000  # the largest page; the newest calls come first
FIND_MARGIN_SECONDS = 5  # date_created has no fractions, and Twilio's clock is not the store's

EVENTS = ("answered", "completed")  # `ringing` is left out: it decides nothing and costs a request per call

ALREADY_ENDED = 21220  # "invalid call state"
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

    def __init__(
        self,
        http: Http,
        *,
        account_sid: str,
        auth_token: str,
        public_base_url: str,
        base_url: str = "https://api.twilio.com",
        timeout_seconds: float = REQUEST_SECONDS_MAX,
    ) -> None:
        """`public_base_url`: where Twilio reaches this service, without a slash at its end."""
        self._http = http
        self._auth_token = auth_token
        self._public_base_url = public_base_url
        self._calls_url = f"{base_url}/2010-04-01/Accounts/{account_sid}/Calls"
        self._timeout_seconds = timeout_seconds
        basic = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._headers = {
            "authorization": f"Basic {basic}",
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }

    def place(self, order: CallOrder) -> Answer:
        script = order.script
        form = [
            ("To", order.to),
            ("From", order.caller),
            ("Twiml", script.twiml) if script.twiml is not None else ("Url", script.url or ""),
            ("StatusCallback", self._callback_url(order)),
            ("StatusCallbackMethod", "POST"),
            *(("StatusCallbackEvent", event) for event in EVENTS),
            ("Timeout", str(order.ring_seconds)),
            ("TimeLimit", str(order.time_limit_seconds)),
            *self._machine_detection(order),
        ]
        try:
            return _answer(self._request("POST", ".json", form))
        except NotSent as error:
            return Refused(f"Twilio was not reached: {error}", permanent=False)
        except AnswerLost as error:
            return Ambiguous(f"Twilio's answer was lost: {error}")

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
        answer = self._ask("GET", f"/{provider_id}.json")
        return None if answer.status == 404 else _event(_body(answer))

    def find(self, *, to: str, caller: str, since: datetime) -> list[CallEvent]:
        """The calls at or after `since`. Twilio can filter by StartTime only, and a call that still
        waits in its queue has none: so all calls between the two numbers are asked for."""
        query = urlencode({"To": to, "From": caller, "PageSize": FIND_CALLS_MAX})
        page = _body(self._ask("GET", f".json?{query}"))
        earliest = since - timedelta(seconds=FIND_MARGIN_SECONDS)
        try:
            dated = [(_time(call["date_created"]), call) for call in page["calls"]]
        except (KeyError, TypeError, ValueError) as error:
            raise TelephonyUnavailable("Twilio's list of calls could not be read.") from error
        later = sorted((pair for pair in dated if pair[0] >= earliest), key=lambda pair: pair[0])
        return [_event(call) for _, call in later]

    def hang_up(self, provider_id: str) -> None:
        answer = self._ask("POST", f"/{provider_id}.json", [("Status", "completed")])
        if answer.status != 404 and _json(answer).get("code") != ALREADY_ENDED:
            _body(answer)  # raises, unless Twilio did it

    def signature_is_valid(self, signature: str | None, url: str, form: Form) -> bool:
        """`url`: the public one, exactly as it was called, with its query."""
        return is_signed(self._auth_token, signature, url, form)

    def parse_webhook(self, form: Form) -> CallEvent:
        """Raises Invalid for what is not a status callback of a call."""
        fields = dict(form)
        answered_by = fields.get("AnsweredBy", "")
        if not fields.get("CallSid") or not (fields.get("CallStatus") or answered_by):
            raise Invalid.field("CallStatus", "this is not a status callback")
        # What the machine detection says while the call goes on comes without a status.
        state = _state(fields["CallStatus"]) if fields.get("CallStatus") else State.IN_PROGRESS
        error = fields.get("ErrorCode") and f"Twilio error {fields['ErrorCode']}"
        if state is State.FAILED and not error and fields.get("SipResponseCode"):
            error = f"SIP {fields['SipResponseCode']}"
        seconds = _seconds(fields.get("CallDuration"))
        return CallEvent(state, fields["CallSid"], seconds, error or None, _is_machine(answered_by))

    def _callback_url(self, order: CallOrder) -> str:
        path = f"/webhooks/twilio/{order.call_id}/{order.attempt}"
        return f"{self._public_base_url}{path}{CONNECTION_OVERRIDES}"

    def _ask(self, method: str, path: str, form: Form = ()) -> HttpResponse:
        try:
            return self._request(method, path, form)
        except (NotSent, AnswerLost) as error:
            raise TelephonyUnavailable(f"Twilio did not answer: {error}") from error

    def _request(self, method: str, path: str, form: Form) -> HttpResponse:
        return self._http.request(
            method,
            f"{self._calls_url}{path}",
            headers=self._headers,
            body=urlencode(form).encode(),
            timeout_seconds=self._timeout_seconds,
        )


def _answer(answer: HttpResponse) -> Answer:
    """What a create request's answer says: did it ring, did it not, or may it?"""
    said = _json(answer)
    code, sid = said.get("code"), said.get("sid")
    if answer.status in (200, 201) and isinstance(sid, str) and sid:
        return Accepted(sid)
    if answer.status == 429:  # over the limit of requests: never processed
        return Refused("Twilio is asked too often.", permanent=False)
    if answer.status in (401, 403):  # nothing is wrong with the order; a person can put the account right
        return Refused(f"Twilio refused the account ({answer.status}, error {code}).", permanent=False)
    if 400 <= answer.status < 500 and isinstance(code, int):
        # Its message would name the number, and that is not for logs.
        return Refused(
            f"Twilio error {code}: www.twilio.com/docs/errors/{code}", permanent=code not in PASSING
        )
    return Ambiguous(f"Twilio's answer of status {answer.status} says nothing of the call.")


def _body(answer: HttpResponse) -> dict[str, Any]:
    if answer.status != 200:
        raise TelephonyUnavailable(f"Twilio answered {answer.status}, error {_json(answer).get('code')}.")
    return _json(answer)


def _json(answer: HttpResponse) -> dict[str, Any]:
    """The object in the body; empty if there is none that can be read."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _event(call: dict[str, Any]) -> CallEvent:
    if not call.get("sid") or not call.get("status"):
        raise TelephonyUnavailable("Twilio's call could not be read.")
    machine = _is_machine(call.get("answered_by"))
    return CallEvent(_state(call["status"]), call["sid"], _seconds(call.get("duration")), machine=machine)


def _is_machine(answered_by: str | None) -> bool:
    """machine_start, machine_end_beep (or _silence, _other) or fax; else human or unknown."""
    return bool(answered_by) and str(answered_by).startswith(("machine", "fax"))


def _state(status: str) -> State:
    """A status that Twilio may add one day changes nothing: the call is asked about again later."""
    return STATES.get(status, State.DIALING)


def _seconds(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _time(text: str) -> datetime:
    """RFC 2822, as in `Tue, 31 Aug 2010 20:36:28 +0000`."""
    return parsedate_to_datetime(text).astimezone(UTC)
