"""`/api/campaigns/{id}/export`: all calls of a campaign as one file, written while it is read."""

import re

from flask import Blueprint, Response

from service.domain.campaign import Campaign
from service.domain.errors import Invalid
from service.entrypoints.api_key import caller, require_key
from service.entrypoints.export_rows import csv_chunks, json_chunks
from service.entrypoints.paging import asked_choice, refuse_unknown
from service.entrypoints.site import site
from service.entrypoints.streamed import with_receipt
from service.usecases.export import export_calls

blueprint = Blueprint("api_export", __name__, url_prefix="/api/campaigns")
blueprint.before_request(require_key)

TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
NAME_CHARACTERS_MAX = 60


@blueprint.get("/<campaign_id>/export")
def export(campaign_id: str) -> Response:
    refuse_unknown("format", "attempts")
    form = asked_choice("format", tuple(TYPES)) or "csv"
    attempts = asked_choice("attempts", ("false", "true")) == "true"
    if attempts and form != "jsonl":
        raise Invalid.field("attempts", "needs format=jsonl: a row of CSV holds one call")
    exported = export_calls(site().outside, caller(), campaign_id)
    chunks = json_chunks(exported, attempts=attempts) if form == "jsonl" else csv_chunks(exported)
    name = f"{_file_name(exported.campaign)}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(with_receipt(chunks, site(), "export"), headers=headers, content_type=TYPES[form])


def _file_name(campaign: Campaign) -> str:
    """Letters, digits, - and _ alone: nothing that a header or a file system takes for something else."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", campaign.settings.name)[:NAME_CHARACTERS_MAX].strip("-")
    return f"{name or 'campaign'}-{re.sub(r'[^A-Za-z0-9_-]', '', campaign.id)}"
