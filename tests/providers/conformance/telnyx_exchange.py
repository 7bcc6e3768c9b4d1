"""Telnyx's Call Control API, v2. Shapes: github.com/team-telnyx/telnyx-python, and developers.telnyx.com."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.domain.agent import Provider
from service.pooled_http import PooledHttp
from service.ports import Telephony, Webhook
from service.providers.telnyx import Telnyx
from tests.providers.conformance.exchange import (
    API_KEY,
    NOON,
    PUBLIC,
    RECORDING_URL,
    Exchange,
    Line,
    Reply,
    Request,
    agent_of,
    posted,
)

KEY = Ed25519PrivateKey.generate()
PUBLIC_KEY = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
URL = f"{PUBLIC}/webhooks/telnyx/agt_1"
BEGAN, ENDED = "2026-03-02T18:00:00.000000Z", "2026-03-02T18:00:41.500000Z"


def error(status: int, code: str, title: str, **headers: str) -> Reply:
    said = {"errors": [{"code": code, "title": title, "detail": "Not +13125550123."}]}
    return Reply(status, said, headers)


def ended(cause: str, sip: str) -> dict[str, Any]:
    return {"is_alive": False, "hangup_cause": cause, "sip_hangup_cause": sip, "end_time": ENDED}


class TelnyxExchange(Exchange):
    name = "telnyx"
    REFUSED_NUMBER = error(422, "10016", "Phone number must be in +E164 format, not +13125550123")
    UNAUTHORIZED = error(401, "10009", "Authentication failed for wrong")
    TOO_OFTEN = error(429, "10011", "Too many requests", **{"Retry-After": "17"})
    LIVE: ClassVar[dict[str, Any]] = {"is_alive": True}
    OUTCOMES: ClassVar[dict[str, dict[str, Any]]] = {
        "completed": ended("normal_clearing", "200"),
        "busy": ended("user_busy", "486"),
        "no_answer": ended("timeout", "487"),
        "voicemail": {**ended("normal_clearing", "200"), "result": "machine"},
        "failed": ended("not_found", "404"),
        "canceled": ended("originator_cancel", "487"),
    }
    UNKNOWN_STATUS: ClassVar[dict[str, Any]] = {"event_type": "call.hologram.started"}
    UNKNOWN_END: ClassVar[dict[str, Any]] = ended("act_of_god", "699")

    def make(self, http: PooledHttp, url: str, timeout_seconds: float, api_key: str) -> Telephony:
        return Telnyx(
            http,
            agent_of(Provider.TELNYX),
            {"api_key": api_key, "public_key": PUBLIC_KEY},
            webhook_url=URL,
            base_url=f"{url}/v2",
            timeout_seconds=timeout_seconds,
        )

    def is_create(self, request: Request) -> bool:
        return (request.method, request.path) == ("POST", "/v2/calls")

    def is_authorized(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {API_KEY}"

    def create(self, request: Request) -> Reply:
        line = self.new_line(request.json, {"is_alive": False})
        return Reply(200, {"data": self._shape(line)})

    def id_of(self, number: int) -> str:
        return f"v3:{number}/x-_"

    def answer(self, request: Request) -> Reply:
        if request.path == "/v2/connections/connection-1/active_calls":
            on_the_line = [line for line in self.lines.values() if "end_time" not in line.words]
            return Reply(200, {"data": [self._shape(line) for line in on_the_line]})
        id, _, action = request.path.removeprefix("/v2/calls/").replace("%3A", ":").partition("/actions/")
        line = self.lines.get(id.replace("%2F", "/"))
        if line is None:
            return error(404, "10005", "Resource not found")
        if action and "end_time" in line.words:
            return error(422, "90018", "Call has already ended")
        if action:
            self.say(line.id, self.OUTCOMES["completed"])
            return Reply(200, {"data": {"result": "ok"}})
        return Reply(200, {"data": self._shape(line)})

    def _shape(self, line: Line) -> dict[str, Any]:
        return {
            "call_control_id": line.id,
            "client_state": line.order.get("client_state"),
            "is_alive": line.words["is_alive"],
            "call_duration": 42,
            "end_time": line.words.get("end_time"),
        }

    def webhooks(self, id: str) -> list[Webhook]:
        words = self.lines[id].words
        if "hangup_cause" not in words:
            kind = words.get("event_type") or ("call.answered" if words["is_alive"] else "call.initiated")
            return [self._signed(id, kind, {})]
        machine = [self._signed(id, "call.machine.detection.ended", {"result": words.get("result", "human")})]
        bill = {"total_cost": "0.0123", "cost_parts": [{"currency": "EUR", "cost": "0.0123"}]}
        turns = [("assistant", "Hello."), ("user", "Hello, Ada."), ("tool", "{}"), ("assistant", None)]
        kept = {
            "call.cost": bill,
            "call.conversation.ended": {"messages": [{"role": who, "content": said} for who, said in turns]},
            "call.conversation_insights.generated": {
                "results": [{"result": {"score": 7}}, {"result": "She agreed."}]
            },
            "call.recording.saved": {"recording_urls": {"wav": RECORDING_URL}, "call_control_id": None},
        }
        if self.lines[id].order.get("record") != "record-from-answer":
            del kept["call.recording.saved"]
        return [
            *(machine if "result" in words else []),
            self._signed(id, "call.hangup", {**words, "start_time": BEGAN}),
            *(self._signed(id, kind, payload) for kind, payload in kept.items()),
        ]

    def _signed(self, id: str, kind: str, payload: dict[str, Any]) -> Webhook:
        said = {"call_control_id": id, "client_state": self.lines[id].order.get("client_state"), **payload}
        body = json.dumps({"data": {"event_type": kind, "occurred_at": ENDED, "payload": said}}).encode()
        return self._at(body, int(NOON.timestamp()))

    def _at(self, body: bytes, seconds: int) -> Webhook:
        signature = base64.b64encode(KEY.sign(f"{seconds}|".encode() + body)).decode()
        headers = {"telnyx-timestamp": str(seconds), "telnyx-signature-ed25519": signature}
        return posted(URL, body, headers)

    def forgeries(self, webhook: Webhook) -> Iterator[Webhook]:
        yield replace(webhook, headers={})
        yield replace(webhook, headers={**webhook.headers, "telnyx-signature-ed25519": "AAAA"})
        yield replace(webhook, headers={**webhook.headers, "telnyx-timestamp": "1"})
        yield replace(webhook, body=webhook.body.replace(b"call", b"ball"))
        yield self._at(webhook.body, int(NOON.timestamp()) - 301)

    def without_reference(self, order: Any) -> Any:
        return {**order, "client_state": "c29tZWJvZHk="}

    def limits_of(self, request: Request) -> tuple[int, int]:
        return request.json["timeout_secs"], request.json["time_limit_secs"]

    def numbers_of(self, request: Request) -> tuple[str, str]:
        return request.json["to"], request.json["from"]
