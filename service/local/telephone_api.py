"""The part of Twilio's REST API that the service uses, in Twilio's words: names, shapes, errors.

Shapes are from github.com/twilio/twilio-oai (twilio_api_v2010), codes from www.twilio.com/docs/api/errors.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Flask, request

from service.local.telephone_calls import PhoneCall

if TYPE_CHECKING:
    from service.local.telephone_network import TelephoneNetwork

API_VERSION = "2010-04-01"
PAGE_SIZE, PAGE_SIZE_MAX = 50, 1000
RING_SECONDS_DEFAULT, TALK_SECONDS_DEFAULT = 60, 14400
FILTERS = {"To", "From", "PageSize", "Page"}
E164 = re.compile(r"\+[1-9]\d{6,14}")

Answer = tuple[dict[str, Any], int]


def build_api(network: TelephoneNetwork, *, account_sid: str, auth_token: str) -> Flask:
    app = Flask(__name__)
    api = _Api(network, account_sid)
    path = f"/{API_VERSION}/Accounts/{account_sid}/Calls"
    app.add_url_rule(f"{path}.json", view_func=api.create, methods=["POST"])
    app.add_url_rule(f"{path}.json", view_func=api.list_calls, methods=["GET"])
    app.add_url_rule(f"{path}/<sid>.json", view_func=api.fetch, methods=["GET"])
    app.add_url_rule(f"{path}/<sid>.json", view_func=api.hang_up, methods=["POST"])
    app.register_error_handler(404, lambda _: _not_found())

    @app.before_request
    def authenticate() -> Answer | None:
        given = request.authorization
        known = given and (given.username, given.password) == (account_sid, auth_token)
        return None if known else _error(401, 20003, "Authenticate")

    return app


class _Api:
    def __init__(self, network: TelephoneNetwork, account_sid: str) -> None:
        self._network = network
        self._account_sid = account_sid

    def create(self) -> Answer:
        form = request.form
        fault = _fault(form)
        if fault:
            return _error(400, *fault)
        call = self._network.create(
            to=form["To"],
            caller=form["From"],
            ring_seconds_max=form.get("Timeout", RING_SECONDS_DEFAULT, type=int),
            talk_seconds_max=form.get("TimeLimit", TALK_SECONDS_DEFAULT, type=int),
            callback_url=form.get("StatusCallback"),
            callback_events=tuple(form.getlist("StatusCallbackEvent")) or ("completed",),
            recording_callback_url=form.get("RecordingStatusCallback")
            if form.get("Record") == "true"
            else None,
            recordings_url=f"{request.url_root}{API_VERSION}/Accounts/{self._account_sid}/Recordings",
        )
        return self._shape(call), 201

    def list_calls(self) -> Answer:
        asked = request.args
        unknown = set(asked) - FILTERS
        if unknown:  # leaving a filter out would answer with calls that were not asked for
            return _error(400, 20001, f"Not known here: {', '.join(sorted(unknown))}")
        size = min(max(asked.get("PageSize", PAGE_SIZE, type=int), 1), PAGE_SIZE_MAX)
        start = size * asked.get("Page", 0, type=int)
        found = self._network.newest(
            to=asked.get("To"), caller=asked.get("From"), limit=size + 1, offset=start
        )
        shapes = [self._shape(call) for call in found[:size]]
        return {"calls": shapes, **_paging(start, size, len(found))}, 200

    def fetch(self, sid: str) -> Answer:
        call = self._network.get(sid)
        return (self._shape(call), 200) if call else _not_found()

    def hang_up(self, sid: str) -> Answer:
        if request.form.get("Status") != "completed":
            return _error(400, 20001, "Only Status=completed is known here.")
        if self._network.get(sid) is None:
            return _not_found()
        call = self._network.hang_up(sid)
        return (self._shape(call), 200) if call else _error(400, 21220, "Invalid call state")

    def _shape(self, call: PhoneCall) -> dict[str, Any]:
        return {
            "sid": call.sid,
            "account_sid": self._account_sid,
            "api_version": API_VERSION,
            "to": call.to,
            "from": call.caller,
            "status": call.status,
            "direction": "outbound-api",
            "date_created": _rfc2822(call.created_at),
            "start_time": _rfc2822(call.rang_at),
            "end_time": _rfc2822(call.ended_at),
            "duration": str(call.duration_seconds) if call.status == "completed" else None,
            "answered_by": None,
            "parent_call_sid": None,
            "price": None,
            "price_unit": "USD",
            "queue_time": "0",
            "uri": f"/{API_VERSION}/Accounts/{self._account_sid}/Calls/{call.sid}.json",
        }


def _fault(form: Any) -> tuple[int, str] | None:
    """What is wrong with a create request."""
    if not E164.fullmatch(form.get("To", "")):
        return 21211, f"The phone number you are attempting to call, {form.get('To')}, is not valid."
    if not E164.fullmatch(form.get("From", "")):
        return 21212, f"The source phone number provided, {form.get('From')}, is not valid."
    if not form.get("Url") and not form.get("Twiml"):
        return 21205, "Url parameter is required."
    return None


def _error(status: int, code: int, message: str) -> Answer:
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": message, "more_info": more_info, "status": status}, status


def _not_found() -> Answer:
    return _error(404, 20404, f"The requested resource {request.path} was not found")


def _paging(start: int, size: int, found: int) -> dict[str, Any]:
    """`found`: one more than the page holds if there is a next page."""
    asked = {name: value for name, value in request.args.items() if name not in ("Page", "PageSize")}
    page = start // size

    def uri(number: int) -> str:
        return f"{request.path}?{urlencode({**asked, 'PageSize': size, 'Page': number})}"

    return {
        "page": page,
        "page_size": size,
        "start": start,
        "end": start + min(found, size) - 1,
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if found > size else None,
        "previous_page_uri": uri(page - 1) if page else None,
    }


def _rfc2822(moment: datetime | None) -> str | None:
    return format_datetime(moment) if moment else None
