"""Vapi's REST API. Shapes: github.com/VapiAI/server-sdk-python, and docs.vapi.ai/server-url/events."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from service.domain.agent import Provider
from service.pooled_http import PooledHttp
from service.ports import Telephony, Webhook
from service.providers.vapi import Vapi
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

URL = f"{PUBLIC}/webhooks/vapi/agt_1"
TALK = {"startedAt": "2026-03-02T18:00:10.000Z", "endedAt": "2026-03-02T18:00:51.500Z", "cost": 0.0123}
KEPT = {
    "artifact": {"transcript": "AI: Hello.", "recordingUrl": "https://r.example/1.wav"},
    "analysis": {"summary": "She agreed."},
}


def error(status: int, message: object, **headers: str) -> Reply:
    return Reply(status, {"message": message, "error": "No", "statusCode": status}, headers)


class VapiExchange(Exchange):
    name = "vapi"
    REFUSED_NUMBER = error(400, ["customer.number must be a valid phone number, not +1 (312) 555-0123"])
    UNAUTHORIZED = error(401, "Invalid key wrong")
    TOO_OFTEN = error(429, "Too many requests", **{"Retry-After": "17"})
    LIVE: ClassVar[dict[str, Any]] = {"status": "in-progress"}
    OUTCOMES: ClassVar[dict[str, dict[str, Any]]] = {
        "completed": {"status": "ended", "endedReason": "customer-ended-call", **TALK, **KEPT},
        "busy": {"status": "ended", "endedReason": "customer-busy"},
        "no_answer": {"status": "ended", "endedReason": "customer-did-not-answer"},
        "voicemail": {"status": "ended", "endedReason": "voicemail", **TALK},
        "failed": {"status": "ended", "endedReason": "call.start.error-get-phone-number"},
        "canceled": {"status": "ended", "endedReason": "manually-canceled"},
    }
    UNKNOWN_STATUS: ClassVar[dict[str, Any]] = {"status": "daydreaming"}
    UNKNOWN_END: ClassVar[dict[str, Any]] = {
        "status": "ended",
        "endedReason": "pipeline-error-some-model-failed",
    }

    def make(self, http: PooledHttp, url: str, timeout_seconds: float, api_key: str) -> Telephony:
        return Vapi(
            http,
            agent_of(Provider.VAPI),
            {"api_key": api_key, "webhook_secret": WEBHOOK_SECRET},
            webhook_url=URL,
            base_url=url,
            timeout_seconds=timeout_seconds,
        )

    def is_create(self, request: Request) -> bool:
        return (request.method, request.path) == ("POST", "/call")

    def is_authorized(self, request: Request) -> bool:
        bearer = request.headers.get("authorization")
        return bearer == f"Bearer {API_KEY}" or (bearer is None and request.path.startswith("/control/"))

    def create(self, request: Request) -> Reply:
        line = self.new_line(request.json, {"status": "queued"})
        return Reply(201, self._shape(line))

    def answer(self, request: Request) -> Reply:
        if request.path == "/call":
            assert request.query["assistantId"] == "assistant-1"
            return Reply(200, [self._shape(line) for line in self.lines.values()])
        line = self.lines.get(request.path.rpartition("/")[2])
        if line is None:
            return error(404, "Not found")
        if request.path.startswith("/control/"):
            assert request.json == {"type": "end-call"}
            self.say(line.id, self.OUTCOMES["completed"])
        return Reply(200, self._shape(line))

    def _shape(self, line: Line) -> dict[str, Any]:
        monitor = {"controlUrl": f"{self.url}/control/{line.id}"}
        return {"id": line.id, "monitor": monitor, **line.order, **line.words}

    def webhooks(self, id: str) -> list[Webhook]:
        line = self.lines[id]
        call = {"id": id, **line.order, "status": line.words["status"]}
        update = {"type": "status-update", "status": line.words["status"], "call": call}
        said = [update]
        if line.words["status"] == "ended":
            said.append({"type": "end-of-call-report", "call": call, **line.words})
        return [posted(URL, {"message": one}, {"x-vapi-secret": WEBHOOK_SECRET}) for one in said]

    def forgeries(self, webhook: Webhook) -> Iterator[Webhook]:
        yield replace(webhook, headers={})
        yield replace(webhook, headers={"x-vapi-secret": WEBHOOK_SECRET[:-1]})
        yield replace(webhook, headers={"x-vapi-secret": "ÿ"})

    def without_reference(self, order: Any) -> Any:
        return {**order, "assistantOverrides": {}}

    def limits_of(self, request: Request) -> tuple[int, int]:
        overrides = request.json["assistantOverrides"]
        return overrides["transportConfigurations"][0]["timeout"], overrides["maxDurationSeconds"]

    def numbers_of(self, request: Request) -> tuple[str, str]:
        callers = {"line-1": "+13125550100"}
        return request.json["customer"]["number"], callers[request.json["phoneNumberId"]]
