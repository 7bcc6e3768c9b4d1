"""Vapi: its assistants speak, over its REST API.

Facts are from Vapi's API description, as in its libraries (github.com/VapiAI/server-sdk-python), and from
docs.vapi.ai: server-url/events, server-url/server-authentication, calls/call-features. It has no idempotency
key; what an order became is found by the reference that stands in its call's metadata. Each order says where
Vapi posts to, with the shared secret as a header.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from service.domain.agent import Agent
from service.domain.call import State
from service.ports import (
    Answer,
    CallEvent,
    CallOrder,
    Capabilities,
    Heard,
    LostOrder,
    NotSigned,
    Reference,
    Refused,
    TelephonyUnavailable,
    Webhook,
)
from service.providers.provider_api import (
    REQUEST_SECONDS_MAX,
    Fault,
    ProviderApi,
    Said,
    json_headers,
    json_in,
    spoken_fault,
    text_within,
    webhook_secret,
    within,
)
from service.providers.reference import FIELD, conversation, reference_in, reference_text, whole_seconds
from service.providers.vapi_reasons import REASONS
from service.transport import Http

FIND_CALLS_MAX = 1000
FIND_MARGIN_SECONDS = 5  # Vapi's clock is not the store's
NAME_CHARACTERS_MAX = 40
SECRET_HEADER = "x-vapi-secret"
MESSAGES = ("status-update", "end-of-call-report")  # the others decide nothing

STATES = {  # `ended` says nothing by itself: how, and for how long, stands in the report
    "scheduled": State.DIALING,
    "queued": State.DIALING,
    "ringing": State.RINGING,
    "in-progress": State.IN_PROGRESS,
    "forwarding": State.IN_PROGRESS,
    "ended": State.DIALING,
    "not-found": State.DIALING,
    "deletion-failed": State.DIALING,
}


class Vapi:
    name = "vapi"
    capabilities = Capabilities(finds_by_reference=True, recordings=True, transcripts=True)

    def __init__(
        self,
        http: Http,
        agent: Agent,
        credentials: Mapping[str, str],
        *,
        webhook_url: str,
        base_url: str = "https://api.vapi.ai",
        timeout_seconds: float = REQUEST_SECONDS_MAX,
    ) -> None:
        """Credentials: `api_key`, and `webhook_secret`, of one's own choice. Raises KeyError, ValueError."""
        self._agent = agent
        self._secret = webhook_secret(credentials)
        self._webhook_url = webhook_url
        self._api = ProviderApi(http, "Vapi", base_url, json_headers(credentials["api_key"]), timeout_seconds)

    def place(self, order: CallOrder) -> Answer:
        line_id = self._agent.line_ids.get(order.caller)
        if line_id is None:
            return Refused("The agent does not say which number at Vapi the caller number is.", False)
        text = reference_text(order.reference)
        body = {
            "assistantId": self._agent.assistant,
            "phoneNumberId": line_id,
            "customer": {"number": order.to},
            "name": text[-NAME_CHARACTERS_MAX:],
            "assistantOverrides": {
                "variableValues": dict(order.variables),
                "metadata": {FIELD: text},
                "maxDurationSeconds": order.time_limit_seconds,
                "transportConfigurations": [{"provider": "twilio", "timeout": order.ring_seconds}],
                "serverMessages": list(MESSAGES),
                "server": {"url": self._webhook_url, "headers": {SECRET_HEADER: self._secret}},
            },
        }
        sent = json.dumps(body).encode()
        return self._api.create("/call", sent, id_of=lambda said: said.get("id"), fault_of=_fault)

    def look_up(self, provider_id: str) -> CallEvent | None:
        call = self._api.read("GET", f"/call/{quote(provider_id, safe='')}")
        return None if call is None else self._event(call)

    def find(self, lost: LostOrder) -> list[CallEvent]:
        earliest = lost.since - timedelta(seconds=FIND_MARGIN_SECONDS)
        asked = {"assistantId": self._agent.assistant, "createdAtGe": earliest.isoformat()}
        calls = self._api.read("GET", f"/call?{urlencode({**asked, 'limit': FIND_CALLS_MAX})}")
        if not isinstance(calls, list):
            raise self._api.unreadable("list of calls")
        return [self._event(call) for call in calls if _reference_of(call) == lost.reference]

    def hang_up(self, provider_id: str) -> None:
        """By the address that Vapi gives for each call: DELETE /call would delete what is known of it."""
        call = self._api.read("GET", f"/call/{quote(provider_id, safe='')}")
        if call is None or within(call, "status") == "ended":
            return
        url = text_within(call, "monitor", "controlUrl")
        if not self._is_vapi(url):
            raise TelephonyUnavailable("Vapi says nowhere how to end the call.")
        control = ProviderApi(
            self._api.http, "Vapi", url, {"content-type": "application/json"}, self._api.timeout_seconds
        )
        control.said(control.ask("POST", "", b'{"type": "end-call"}'))

    def _is_vapi(self, url: str) -> bool:
        """What a provider says is not posted to just anybody."""
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return False
        own = urlsplit(self._api.base_url).hostname
        return host == own or (host.endswith(".vapi.ai") and url.startswith("https:"))

    def parse_webhook(self, webhook: Webhook) -> Heard | None:
        given = webhook.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            raise NotSigned("The secret does not fit.")
        message = within(json_in(webhook), "message")
        kind, call = within(message, "type"), within(message, "call")
        reference = _reference_of(call)
        id = text_within(call, "id")
        if kind not in MESSAGES or reference is None or not id:
            return None
        if kind == "status-update":
            return Heard(reference, CallEvent(STATES.get(text_within(message, "status"), State.DIALING), id))
        return Heard(reference, self._event({**call, **message, "id": id, "status": "ended"}))

    def _event(self, call: Any) -> CallEvent:
        """Raises TelephonyUnavailable."""
        id, status = within(call, "id"), within(call, "status")
        if not isinstance(id, str) or not id or not isinstance(status, str):
            raise self._api.unreadable("call")
        reason = text_within(call, "endedReason")
        if status != "ended" or not reason:
            return CallEvent(STATES.get(status, State.DIALING), id)
        state = REASONS.get(reason, State.FAILED)
        kept = conversation(
            transcript=within(call, "artifact", "transcript"),
            summary=within(call, "analysis", "summary"),
            recording_url=within(call, "artifact", "recordingUrl"),
            price=call.get("cost"),
        )
        error = f"Vapi: {reason[:100]}" if state is State.FAILED else None
        return CallEvent(state, id, _duration(call), error, state is State.VOICEMAIL, kept)


def _duration(call: Said) -> int | None:
    try:
        began, ended = (datetime.fromisoformat(call[name]) for name in ("startedAt", "endedAt"))
    except (KeyError, TypeError, ValueError):
        return None if call.get("startedAt") else 0  # one that never began has talked for no time
    return whole_seconds((ended - began).total_seconds())


def _fault(said: Said) -> Fault | None:
    return spoken_fault(said["message"]) if said.get("message") and said.get("statusCode") else None


def _reference_of(call: Any) -> Reference | None:
    return reference_in(within(call, "assistantOverrides", "metadata", FIELD))
