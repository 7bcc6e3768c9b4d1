"""Retell AI: its agents speak, over its REST API (v2; lists: v3).

Facts are from Retell's API description, as in its libraries (github.com/RetellAI/retell-python-sdk), and from
docs.retellai.com: features/webhook-overview, features/secure-webhook, reliability/debug-call-disconnect. A
second request with the same `idempotency_key` makes no other call for an hour. Each create request has its
own, and nothing here relies on it, because nothing here sends one twice: what an order became is found by the
reference that stands in its call's metadata.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from service.domain.agent import Agent
from service.domain.call import State
from service.ports import (
    Answer,
    CallEvent,
    CallOrder,
    Capabilities,
    Heard,
    LostOrder,
    Reference,
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
    within,
)
from service.providers.reference import FIELD, conversation, reference_in, reference_text, whole_seconds
from service.providers.retell_reasons import REASONS, USER_REQUESTED_DNC
from service.providers.retell_signature import check_signature
from service.transport import Http

DEDUPE_SECONDS = 3600
FIND_CALLS_MAX = 50
RING_MS = (5_000, 300_000)  # what Retell takes
TALK_MS = (60_000, 7_200_000)
EVENTS = ("call_started", "call_ended", "call_analyzed")  # the others decide nothing
ENDED = frozenset({"ended", "not_connected", "error"})

STATES = {
    "registered": State.DIALING,
    "ongoing": State.IN_PROGRESS,
    "ended": State.COMPLETED,  # these three where no reason is given
    "not_connected": State.NO_ANSWER,
    "error": State.FAILED,
}


class Retell:
    name = "retell"
    capabilities = Capabilities(
        finds_by_reference=True, dedupe_seconds=DEDUPE_SECONDS, recordings=True, transcripts=True
    )

    def __init__(
        self,
        http: Http,
        agent: Agent,
        credentials: Mapping[str, str],
        *,
        webhook_url: str,
        base_url: str = "https://api.retellai.com",
        timeout_seconds: float = REQUEST_SECONDS_MAX,
    ) -> None:
        """Credentials: `api_key`, the one with Retell's webhook badge: it signs.
        Raises KeyError, ValueError."""
        self._agent = agent
        self._api_key = key = credentials["api_key"]
        self._webhook_url = webhook_url
        self._api = ProviderApi(http, "Retell", base_url, json_headers(key), timeout_seconds)

    def place(self, order: CallOrder) -> Answer:
        body = {
            "from_number": order.caller,
            "to_number": order.to,
            "override_agent_id": self._agent.assistant,
            "idempotency_key": order.key,
            "metadata": {FIELD: reference_text(order.reference)},
            "retell_llm_dynamic_variables": dict(order.variables),
            "agent_override": {
                "agent": {
                    "ring_duration_ms": _between(order.ring_seconds * 1000, *RING_MS),
                    "max_call_duration_ms": _between(order.time_limit_seconds * 1000, *TALK_MS),
                    "webhook_url": self._webhook_url,
                    "webhook_events": list(EVENTS),
                }
            },
        }
        sent = json.dumps(body).encode()
        path = "/v2/create-phone-call"
        return self._api.create(path, sent, id_of=lambda said: said.get("call_id"), fault_of=_fault)

    def look_up(self, provider_id: str) -> CallEvent | None:
        call = self._api.read("GET", f"/v2/get-call/{quote(provider_id, safe='')}")
        return None if call is None else self._event(call)

    def find(self, lost: LostOrder) -> list[CallEvent]:
        ours = {"key": FIELD, "type": "string", "op": "eq", "value": reference_text(lost.reference)}
        asked = {"filter_criteria": {"metadata": [ours]}, "limit": FIND_CALLS_MAX, "sort_order": "ascending"}
        said = self._api.said(self._api.ask("POST", "/v3/list-calls", json.dumps(asked).encode()))
        calls = within(said, "items")
        if not isinstance(calls, list):
            raise self._api.unreadable("list of calls")
        return [self._event(call) for call in calls if _reference_of(call) == lost.reference]

    def hang_up(self, provider_id: str) -> None:
        path = quote(provider_id, safe="")
        call = self._api.read("GET", f"/v2/get-call/{path}")
        if call is not None and text_within(call, "call_status") not in ENDED:
            self._api.said(self._api.ask("POST", f"/v2/stop-call/{path}", b"{}"))

    def parse_webhook(self, webhook: Webhook) -> Heard | None:
        check_signature(self._api_key, webhook)
        said = json_in(webhook)
        call = within(said, "call")
        reference = _reference_of(call)
        if within(said, "event") not in EVENTS or reference is None:
            return None
        return Heard(reference, self._event(call))

    def _event(self, call: Any) -> CallEvent:
        """Raises TelephonyUnavailable."""
        id, status = within(call, "call_id"), within(call, "call_status")
        if not isinstance(id, str) or not id or not isinstance(status, str):
            raise self._api.unreadable("call")
        if status not in ENDED:
            return CallEvent(STATES.get(status, State.DIALING), id)
        reason = text_within(call, "disconnection_reason")
        state = REASONS.get(reason, State.FAILED) if reason else STATES[status]
        kept = conversation(
            transcript=call.get("transcript"),
            summary=within(call, "call_analysis", "call_summary"),
            recording_url=call.get("recording_url"),
            price=within(call, "call_cost", "combined_cost"),
            per_unit=100,
        )
        talked = whole_seconds(call.get("duration_ms"), 1000)
        seconds = 0 if talked is None and status == "not_connected" else talked
        error = f"Retell: {reason[:100]}" if state is State.FAILED else None
        opted_out = reason == USER_REQUESTED_DNC
        return CallEvent(state, id, seconds, error, state is State.VOICEMAIL, kept, opted_out)


def _between(value: int, least: int, most: int) -> int:
    return min(max(value, least), most)


def _fault(said: Said) -> Fault | None:
    return spoken_fault(said["message"]) if said.get("message") else None


def _reference_of(call: Any) -> Reference | None:
    return reference_in(within(call, "metadata", FIELD))
