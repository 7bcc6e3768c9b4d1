"""Bolna's REST API. Shapes: github.com/bolna-ai/skills, references/openapi.yml, and www.bolna.ai/docs."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from service.domain.agent import Provider
from service.pooled_http import PooledHttp
from service.ports import Telephony, Webhook
from service.providers.bolna import Bolna
from tests.providers.conformance.exchange import (
    API_KEY,
    PUBLIC,
    WEBHOOK_SECRET,
    Exchange,
    Line,
    Reply,
    Request,
    agent_of,
    posted,
)

URL = f"{PUBLIC}/webhooks/bolna/agt_1"
TALK = {
    "conversation_duration": 41.5,
    "total_cost": 1.23,
    "transcript": "assistant: Hello.",
    "summary": "She agreed.",
}
RECORDING = {"recording_url": "https://r.example/1.wav"}


def error(status: int, message: str, **headers: str) -> Reply:
    return Reply(status, {"error": status, "message": message}, headers)


class BolnaExchange(Exchange):
    name = "bolna"
    is_believed = False
    REFUSED_NUMBER = error(400, "recipient_phone_number +13125550123 is invalid")
    UNAUTHORIZED = error(401, "Access denied for wrong")
    TOO_OFTEN = error(429, "Too many requests", **{"Retry-After": "17"})
    LIVE: ClassVar[dict[str, Any]] = {"status": "in-progress"}
    OUTCOMES: ClassVar[dict[str, dict[str, Any]]] = {
        "completed": {"status": "completed", **TALK},
        "busy": {"status": "busy"},
        "no_answer": {"status": "no-answer"},
        "voicemail": {"status": "completed", "answered_by_voice_mail": True, **TALK},
        "failed": {"status": "failed", "error_message": "no route"},
        "canceled": {"status": "stopped"},
    }
    UNKNOWN_STATUS: ClassVar[dict[str, Any]] = {"status": "daydreaming"}

    def make(self, http: PooledHttp, url: str, timeout_seconds: float, api_key: str) -> Telephony:
        return Bolna(
            http,
            agent_of(Provider.BOLNA),
            {"api_key": api_key, "webhook_secret": WEBHOOK_SECRET},
            webhook_url=URL,
            base_url=url,
            timeout_seconds=timeout_seconds,
        )

    def is_create(self, request: Request) -> bool:
        return (request.method, request.path) == ("POST", "/call")

    def is_authorized(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {API_KEY}"

    def create(self, request: Request) -> Reply:
        line = self.new_line(request.json, {"status": "queued"})
        return Reply(200, {"message": "done", "status": "queued", "execution_id": line.id})

    def answer(self, request: Request) -> Reply:
        if request.path == "/v2/agent/assistant-1/executions":
            listed = [self._short(line) for line in reversed(self.lines.values())]
            return Reply(200, {"data": listed, "has_more": False})
        line = self.lines.get(request.path.split("/")[2])
        if line is None:
            return error(404, "Not found")
        if request.path.endswith("/stop"):
            if line.words["status"] not in ("queued", "ringing"):
                return error(400, "It cannot be stopped")
            self.say(line.id, self.OUTCOMES["canceled"])
            return Reply(200, {"message": "done", "status": "stopped", "execution_id": line.id})
        return Reply(200, self._shape(line))

    def _short(self, line: Line) -> dict[str, Any]:
        numbers = {"to_number": line.order["recipient_phone_number"]}
        return {"id": line.id, "created_at": "2026-03-02T18:00:00Z", "telephony_data": numbers}

    def _shape(self, line: Line) -> dict[str, Any]:
        recipient = {"recipient_data": line.order["user_data"]}
        whole = {"id": line.id, "agent_id": line.order["agent_id"], "context_details": recipient}
        recorded = {"telephony_data": RECORDING} if "transcript" in line.words else {}
        return {**whole, **recorded, **line.words}

    def webhooks(self, id: str) -> list[Webhook]:
        """What it says is not believed, so it may as well be wrong."""
        return [posted(f"{URL}/{WEBHOOK_SECRET}", {"id": id, "status": "whatever"}, {})]

    def forgeries(self, webhook: Webhook) -> Iterator[Webhook]:
        yield replace(webhook, url=URL)
        yield replace(webhook, url=webhook.url[:-1])
        yield replace(webhook, url=f"{URL}/ÿ")

    def without_reference(self, order: Any) -> Any:
        return {**order, "user_data": {}}

    def limits_of(self, request: Request) -> tuple[int, int] | None:
        assert not {"timeout", "max_duration"} & set(request.json)
        return None

    def numbers_of(self, request: Request) -> tuple[str, str]:
        return request.json["recipient_phone_number"], request.json["from_phone_number"]
