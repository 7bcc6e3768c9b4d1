"""`/api/campaigns/{id}/export`: all calls of a campaign as one file, written while it is read."""

import re
from collections import Counter
from collections.abc import Iterator

from flask import Blueprint, Response

from service.domain.campaign import Campaign
from service.domain.errors import Invalid
from service.entrypoints.api_key import caller, require_key
from service.entrypoints.export_rows import csv_chunks, json_chunks
from service.entrypoints.paging import asked_choice, refuse_unknown
from service.entrypoints.site import Site, site
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
    return Response(_with_receipt(chunks, site()), headers=headers, content_type=TYPES[form])


def _file_name(campaign: Campaign) -> str:
    """Letters, digits, - and _ alone: nothing that a header or a file system takes for something else."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", campaign.settings.name)[:NAME_CHARACTERS_MAX].strip("-")
    return f"{name or 'campaign'}-{re.sub(r'[^A-Za-z0-9_-]', '', campaign.id)}"


def _with_receipt(chunks: Iterator[bytes], site: Site) -> Iterator[bytes]:
    """The request's own receipt is written before its body is. What ends the body early is raised, so that
    the connection breaks: the server then leaves out the last chunk, and clients see that it is not whole."""
    spent: Counter[str] = Counter()
    result = "broken_off"
    try:
        while result != "complete":
            with site.meter.measure() as cost:
                chunk = next(chunks, None)
            spent.update(vars(cost))
            if chunk is None:
                result = "complete"
            else:
                yield chunk
    finally:
        rounded = {name: round(value, 2) for name, value in spent.items()}
        site.on_receipt({"kind": "request", "reason": "export", "result": result, **rounded})
