"""`GET /api/status`: whether the account is asleep or awake, until when and why. `GET /healthz`: for the
platform."""

from typing import Any

from flask import Blueprint

from service.entrypoints.api_key import caller, require_key
from service.entrypoints.site import site
from service.entrypoints.views import time_text
from service.usecases.reading import status_of

blueprint = Blueprint("api_status", __name__)


@blueprint.get("/api/status")
def status() -> dict[str, Any]:
    require_key()
    now = status_of(site().outside, caller())
    awake = now.next_wake is not None and now.next_wake <= now.now
    return {
        "now": time_text(now.now),
        "awake": awake,
        "next_wake": None if awake else time_text(now.next_wake),
        "reason": now.reason,
        "calls_in_flight": now.calls_in_flight,
    }


@blueprint.get("/healthz")
def healthz() -> dict[str, bool]:
    return {"ok": True}
