"""Twilio's REST API of 2010-04-01. Shapes: github.com/twilio/twilio-oai, twilio_api_v2010."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlencode

from service.pooled_http import PooledHttp
from service.ports import Telephony, Webhook
from service.providers.twilio import Twilio
from service.providers.twilio_signature import sign
from tests.providers.conformance.exchange import (
    API_KEY,
    PUBLIC,
    RECORDING_URL,
    Exchange,
    Line,
    Reply,
    Request,
    posted,
)

ACCOUNT = "AC1"
CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls"
APPLICATION = "AP" + "1f" * 16
APPLICATIONS = f"/2010-04-01/Accounts/{ACCOUNT}/Applications"
CREATED = "Mon, 02 Mar 2026 18:00:00 +0000"


def error(status: int, code: int, **headers: str) -> Reply:
    message = "The phone number +13125550123 is not valid."
    return Reply(status, {"code": code, "message": message, "status": status}, headers)


class TwilioExchange(Exchange):
    name = "twilio"
    posts_of_others = False  # only of calls that asked for it
    REFUSED_NUMBER = error(400, 21211)
    UNAUTHORIZED = error(401, 20003)
    TOO_OFTEN = error(429, 20429, **{"Retry-After": "17"})
    LIVE: ClassVar[dict[str, Any]] = {"status": "in-progress"}
    OUTCOMES: ClassVar[dict[str, dict[str, Any]]] = {
        "completed": {"status": "completed", "duration": "42"},
        "busy": {"status": "busy", "duration": "0"},
        "no_answer": {"status": "no-answer", "duration": "0"},
        "voicemail": {"status": "completed", "duration": "42", "answered_by": "machine_end_beep"},
        "failed": {"status": "failed", "duration": "0"},
        "canceled": {"status": "canceled", "duration": "0"},
    }
    UNKNOWN_STATUS: ClassVar[dict[str, Any]] = {"status": "on-hold"}

    def __init__(self) -> None:
        super().__init__()
        self.applications: dict[str, dict[str, Any]] = {}  # as Twilio describes them, by their SIDs

    def make(self, http: PooledHttp, url: str, timeout_seconds: float, api_key: str) -> Telephony:
        return Twilio(
            http,
            account_sid=ACCOUNT,
            auth_token=api_key,
            webhook_url=f"{PUBLIC}/webhooks/twilio",
            application_sid=APPLICATION,
            base_url=url,
            timeout_seconds=timeout_seconds,
        )

    def is_create(self, request: Request) -> bool:
        return (request.method, request.path) == ("POST", f"{CALLS}.json")

    def is_authorized(self, request: Request) -> bool:
        basic = base64.b64encode(f"{ACCOUNT}:{API_KEY}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {basic}"

    def create(self, request: Request) -> Reply:
        line = self.new_line(request.form, {"status": "queued", "duration": None, "answered_by": None})
        return Reply(201, self._shape(line))

    def answer(self, request: Request) -> Reply:
        if request.path.startswith(APPLICATIONS):
            sid = request.path.removeprefix(f"{APPLICATIONS}/").removesuffix(".json")
            return Reply(200, self.applications[sid]) if sid in self.applications else error(404, 20404)
        if request.path == f"{CALLS}.json":
            asked = (request.query["To"], request.query["From"])
            found = [line for line in self.lines.values() if (line.order["To"], line.order["From"]) == asked]
            return Reply(200, {"calls": [self._shape(line) for line in reversed(found)]})
        line = self.lines.get(request.path.removeprefix(f"{CALLS}/").removesuffix(".json"))
        if line is None:
            return error(404, 20404)
        if request.method == "POST":
            if line.words["status"] not in ("queued", "in-progress"):
                return error(400, 21220)
            self.say(line.id, self.OUTCOMES["completed"])
        return Reply(200, self._shape(line))

    def _shape(self, line: Line) -> dict[str, Any]:
        return {"sid": line.id, "date_created": CREATED, **line.words}

    def webhooks(self, id: str) -> list[Webhook]:
        line = self.lines[id]
        form = {"CallSid": id, "CallStatus": line.words["status"]}
        form |= {"CallDuration": line.words["duration"]} if line.words["duration"] else {}
        form |= {"AnsweredBy": line.words["answered_by"]} if line.words["answered_by"] else {}
        said = [self._signed(line.order["StatusCallback"], form)]
        if line.order.get("Record") == "true" and line.words["duration"]:
            recording = {"RecordingUrl": RECORDING_URL, "RecordingStatus": "completed", "CallSid": id}
            said.append(self._signed(line.order["RecordingStatusCallback"], recording))
        return said

    def _signed(self, url: str, form: dict[str, str]) -> Webhook:
        signature = sign(API_KEY, url, list(form.items()))
        return posted(url.partition("#")[0], urlencode(form).encode(), {"x-twilio-signature": signature})

    def forgeries(self, webhook: Webhook) -> Iterator[Webhook]:
        yield replace(webhook, headers={})
        yield replace(webhook, headers={"x-twilio-signature": "x" * 28})
        yield replace(webhook, body=webhook.body + b"&CallDuration=1")
        yield replace(webhook, url=webhook.url.replace("call_1", "call_2"))

    def limits_of(self, request: Request) -> tuple[int, int]:
        return int(request.form["Timeout"]), int(request.form["TimeLimit"])

    def numbers_of(self, request: Request) -> tuple[str, str]:
        return request.form["To"], request.form["From"]
