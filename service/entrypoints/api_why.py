"""Why not now? `/api/calls/{id}/why` and `/api/campaigns/{id}/waiting`."""

from typing import Any

from flask import Blueprint, Response

from service.entrypoints.api_key import caller, require_key
from service.entrypoints.etags import tagged
from service.entrypoints.site import site
from service.entrypoints.views import time_text, waiting_view
from service.usecases.explain import explain_call, summarize_waiting

blueprint = Blueprint("api_why", __name__, url_prefix="/api")
blueprint.before_request(require_key)


@blueprint.get("/calls/<call_id>/why")
def why(call_id: str) -> dict[str, Any]:
    """The first rule that keeps it waiting, all others that would, and when it may ring."""
    answer = explain_call(site().outside, caller(), call_id)
    blocks = [
        {"rule": block.rule, "message": block.message, "until": time_text(block.until)}
        for block in answer.blocks
    ]
    return {
        "call_id": call_id,
        "blocked_by": blocks[0] if blocks else None,
        "also": blocks[1:],
        "may_ring_at": time_text(answer.may_ring_at),
    }


@blueprint.get("/campaigns/<campaign_id>/waiting")
def waiting(campaign_id: str) -> Response:
    parts = summarize_waiting(site().outside, caller(), campaign_id)
    return tagged(waiting_view(campaign_id, parts))
