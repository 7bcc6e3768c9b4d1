"""Retell's REST API. Shapes: github.com/RetellAI/retell-python-sdk, and docs.retellai.com/features."""

import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any, ClassVar

from service.domain.agent import Provider
from service.pooled_http import PooledHttp
from service.ports import Telephony, Webhook
from service.providers.retell import Retell
from tests.providers.conformance.exchange import (
    API_KEY,
    NOON,
    PUBLIC,
    Exchange,
    Line,
    Reply,
    Request,
    agent_of,
    posted,
)

URL = f"{PUBLIC}/webhooks/retell/agt_1"
KEPT = {
    "transcript": "Agent: Hello.",
    "recording_url": "https://r.example/1.wav",
    "call_cost": {"combined_cost": 1.23},
    "duration_ms": 41_500,
}


def error(status: int, message: str, **headers: str) -> Reply:
    return Reply(status, {"status": "error", "message": message}, headers)


def ended(reason: str, status: str = "ended", **more: Any) -> dict[str, Any]:
    return {"call_status": status, "disconnection_reason": reason, **more}


class RetellExchange(Exchange):
    name = "retell"
    REFUSED_NUMBER = error(400, "to_number +13125550123 is not in E.164 format")
    UNAUTHORIZED = error(401, "API key wrong is invalid")
    TOO_OFTEN = error(429, "Account rate limited", **{"Retry-After": "17"})
    LIVE: ClassVar[dict[str, Any]] = {"call_status": "ongoing"}
    OUTCOMES: ClassVar[dict[str, dict[str, Any]]] = {
        "completed": ended("user_hangup", **KEPT),
        "busy": ended("dial_busy", "not_connected"),
        "no_answer": ended("dial_no_answer", "not_connected"),
        "voicemail": ended("voicemail_reached", **KEPT),
        "failed": ended("dial_failed", "not_connected"),
    }
    OPTED_OUT: ClassVar[dict[str, Any]] = ended("user_requested_dnc", **KEPT)
    UNKNOWN_STATUS: ClassVar[dict[str, Any]] = {"call_status": "daydreaming"}
    UNKNOWN_END: ClassVar[dict[str, Any]] = ended("act_of_god", "error")

    def make(self, http: PooledHttp, url: str, timeout_seconds: float, api_key: str) -> Telephony:
        return Retell(
            http,
            agent_of(Provider.RETELL),
            {"api_key": api_key},
            webhook_url=URL,
            base_url=url,
            timeout_seconds=timeout_seconds,
        )

    def is_create(self, request: Request) -> bool:
        return (request.method, request.path) == ("POST", "/v2/create-phone-call")

    def is_authorized(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {API_KEY}"

    def create(self, request: Request) -> Reply:
        line = self.new_line(request.json, {"call_status": "registered"})
        return Reply(201, self._shape(line))

    def answer(self, request: Request) -> Reply:
        if request.path == "/v3/list-calls":
            [wanted] = request.json["filter_criteria"]["metadata"]
            assert (wanted["type"], wanted["op"]) == ("string", "eq")
            found = [
                self._shape(line)
                for line in self.lines.values()
                if line.order["metadata"].get(wanted["key"]) == wanted["value"]
            ]
            return Reply(200, {"items": found, "has_more": False})
        line = self.lines.get(request.path.rpartition("/")[2])
        if line is None:
            return error(404, "Not found")
        if request.path.startswith("/v2/stop-call/"):
            self.say(line.id, self.OUTCOMES["completed"])
            return Reply(204, b"")
        return Reply(200, self._shape(line))

    def _shape(self, line: Line) -> dict[str, Any]:
        return {"call_id": line.id, "metadata": line.order["metadata"], **line.words}

    def webhooks(self, id: str) -> list[Webhook]:
        call = self._shape(self.lines[id])
        if "disconnection_reason" not in call:
            return [self._signed({"event": "call_started", "call": call})]
        analysis = {"call_analysis": {"call_summary": "She agreed."}} if "transcript" in call else {}
        return [
            self._signed({"event": "call_ended", "call": call}),
            self._signed({"event": "call_analyzed", "call": {**call, **analysis}}),
        ]

    def _signed(self, said: Any, milliseconds: float = NOON.timestamp() * 1000) -> Webhook:
        body, at = said if isinstance(said, bytes) else json.dumps(said).encode(), str(int(milliseconds))
        digest = hmac.new(API_KEY.encode(), body + at.encode(), sha256).hexdigest()
        return posted(URL, body, {"x-retell-signature": f"v={at},d={digest}"})

    def forgeries(self, webhook: Webhook) -> Iterator[Webhook]:
        signature = webhook.headers["x-retell-signature"]
        yield replace(webhook, headers={})
        yield replace(webhook, headers={"x-retell-signature": signature[:-1] + "g"})
        yield replace(webhook, headers={"x-retell-signature": signature.replace("v=1", "v=2")})
        yield replace(webhook, body=webhook.body + b" ")
        yield self._signed(webhook.body, NOON.timestamp() * 1000 - 300_001)

    def without_reference(self, order: Any) -> Any:
        return {**order, "metadata": {}}

    def limits_of(self, request: Request) -> tuple[int, int]:
        agent = request.json["agent_override"]["agent"]
        return agent["ring_duration_ms"] // 1000, agent["max_call_duration_ms"] // 1000

    def numbers_of(self, request: Request) -> tuple[str, str]:
        return request.json["to_number"], request.json["from_number"]
