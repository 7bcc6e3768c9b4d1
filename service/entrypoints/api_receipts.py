"""`GET /api/receipts`: when the service woke for the account, why, what it did and what that cost."""

from flask import Blueprint, Response

from service.entrypoints.api_key import caller, require_key
from service.entrypoints.etags import tagged
from service.entrypoints.paging import asked_cursor, asked_limit, page_view, refuse_unknown
from service.entrypoints.site import site
from service.entrypoints.views import receipt_view
from service.usecases.reading import list_passes

blueprint = Blueprint("api_receipts", __name__, url_prefix="/api/receipts")
blueprint.before_request(require_key)


@blueprint.get("")
def list_all() -> Response:
    """The newest first."""
    refuse_unknown("limit", "cursor")
    page = list_passes(site().outside, caller(), asked_limit(), asked_cursor())
    return tagged(page_view(page, lambda receipt: receipt_view(receipt, caller().id)))
