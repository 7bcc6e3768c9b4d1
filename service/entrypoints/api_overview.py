"""`/api/campaigns/{id}/overview`: all that a page about it shows at first, in one request; and `hours`."""

from typing import Any

from flask import Blueprint, Response

from service.entrypoints.api_key import caller, require_key
from service.entrypoints.etags import tagged
from service.entrypoints.paging import asked_limit, page_view, refuse_unknown
from service.entrypoints.site import site
from service.entrypoints.views import call_view, campaign_view, waiting_view
from service.usecases.overview import hours_of, overview_of

blueprint = Blueprint("api_overview", __name__, url_prefix="/api/campaigns/<campaign_id>")
blueprint.before_request(require_key)


@blueprint.get("/overview")
def overview(campaign_id: str) -> Response:
    """The key, the account and the campaign are read once, where three requests would read each of them three
    times. `next_cursor` is for the list of its calls."""
    refuse_unknown("limit")
    found = overview_of(site().outside, caller(), campaign_id, asked_limit())
    campaign = campaign_view(found.campaign, caller().rate.currency)
    return tagged(
        {
            "campaign": campaign | {"progress": found.progress},
            "waiting": waiting_view(campaign_id, found.waiting),
            "calls": page_view(found.calls, call_view),
        }
    )


@blueprint.get("/hours")
def hours(campaign_id: str) -> dict[str, Any]:
    """By the campaign's clock. Of each call its first dial: those after it are not counted."""
    return {
        "campaign_id": campaign_id,
        "data": [vars(hour) for hour in hours_of(site().outside, caller(), campaign_id)],
    }
