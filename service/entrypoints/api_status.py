"""`GET /api/status`: whether the account is asleep or awake, until when and why. `GET /healthz`: for the
platform."""

from flask import Blueprint, Response

from service.entrypoints.api_key import caller, require_key
from service.entrypoints.etags import tag_of, with_tag
from service.entrypoints.site import site
from service.entrypoints.views import time_text
from service.usecases.reading import status_of

blueprint = Blueprint("api_status", __name__)


@blueprint.get("/api/status")
def status() -> Response:
    """Its `ETag` is of all but `now`: of two answers that are the same, the second one's time is not told."""
    require_key()
    now = status_of(site().outside, caller())
    awake = now.next_wake is not None and now.next_wake <= now.now
    shown = {
        "awake": awake,
        "next_wake": None if awake else time_text(now.next_wake),
        "reason": now.reason,
        "calls_in_flight": now.calls_in_flight,
    }
    return with_tag({"now": time_text(now.now)} | shown, tag_of(shown), weak=True)


@blueprint.get("/healthz")
def healthz() -> dict[str, bool]:
    return {"ok": True}
