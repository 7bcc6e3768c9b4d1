"""`/api/campaigns/{id}/contacts` and `/api/imports`: contacts from files, all at once or part by part."""

import re
from typing import Any

from flask import Blueprint, Response

from service.contacts.columns import NoPhoneColumn
from service.contacts.contact_file import ROWS_MAX
from service.contacts.contact_list import ContactList, open_contacts
from service.contacts.formats import is_json, open_table
from service.domain.campaign import Campaign
from service.domain.errors import Invalid
from service.domain.imports import Import
from service.entrypoints.api_key import acting, caller, require_key
from service.entrypoints.etags import tag_of, with_tag
from service.entrypoints.idempotency import new_thing_token
from service.entrypoints.import_views import import_view, phoneless_view, preview_view, report_chunks
from service.entrypoints.paging import asked_cursor, asked_limit, page_view, refuse_unknown
from service.entrypoints.sent_file import COLUMNS, SentFile, sent_file
from service.entrypoints.site import site
from service.entrypoints.streamed import with_receipt
from service.usecases.campaigns import find_campaign
from service.usecases.import_contacts import import_part
from service.usecases.imports import (
    ONLY_PART,
    begin_import,
    errors_of,
    find_filling,
    find_import,
    list_imports,
)
from service.usecases.speakers import expected_variables

blueprint = Blueprint("api_imports", __name__, url_prefix="/api")
blueprint.before_request(require_key)


@blueprint.post("/campaigns/<campaign_id>/contacts")
def add_contacts(campaign_id: str) -> tuple[dict[str, Any], int]:
    """A whole import in one request."""
    campaign = find_campaign(site().outside, caller(), campaign_id)
    file = _opened(campaign.record, _sent())
    outside = acting("add_contacts")
    filling = begin_import(outside, caller(), campaign, new_thing_token(), file)
    return _view(import_part(outside, filling, ONLY_PART, file)), 201


@blueprint.post("/campaigns/<campaign_id>/contacts/preview")
def preview(campaign_id: str) -> dict[str, Any]:
    """Stores nothing. Without a column for the numbers all rows are rejected, and the columns are shown, so
    that the user can say which it is; JSON is a program's, which has to name it."""
    campaign = find_campaign(site().outside, caller(), campaign_id).record
    sent = _sent()
    try:
        return preview_view(_opened(campaign, sent))
    except NoPhoneColumn as lacking:
        if is_json(sent.data):
            raise
        return phoneless_view(open_table(sent.data, caller(), ROWS_MAX), lacking)


@blueprint.post("/campaigns/<campaign_id>/imports")
def begin(campaign_id: str) -> tuple[dict[str, Any], int]:
    """Without parts, so that its id is known before rows are sent."""
    campaign = find_campaign(site().outside, caller(), campaign_id)
    begun = begin_import(acting("begin_import"), caller(), campaign, new_thing_token())
    return _view(begun.record.record), 201


@blueprint.get("/campaigns/<campaign_id>/imports")
def list_of_campaign(campaign_id: str) -> dict[str, Any]:
    refuse_unknown("limit", "cursor")
    page = list_imports(site().outside, caller(), campaign_id, asked_limit(), asked_cursor())
    return page_view(page, _view)


@blueprint.put("/imports/<import_id>/parts/<number>")
def add_part(import_id: str, number: str) -> dict[str, Any]:
    """Sent again it goes on where it stopped."""
    filling = find_filling(site().outside, caller(), import_id)
    file = _opened(filling.campaign.record, _sent())
    return _view(import_part(acting("add_part"), filling, _part_number(number), file))


@blueprint.get("/imports/<import_id>")
def show(import_id: str) -> Response:
    """How far it is, also while its requests are under way."""
    shown = _view(find_import(site().outside, caller(), import_id).record)
    return with_tag(shown, tag_of(shown))


@blueprint.get("/imports/<import_id>/errors")
def report(import_id: str) -> Response:
    """All rows that were rejected, as CSV."""
    record = find_import(site().outside, caller(), import_id).record
    chunks = report_chunks(errors_of(site().outside, record))
    headers = {"Content-Disposition": f'attachment; filename="errors-{record.id}.csv"'}
    body = with_receipt(chunks, site(), "import_errors")
    return Response(body, headers=headers, content_type="text/csv; charset=utf-8")


def _part_number(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,2}", text):
        raise Invalid.field("number", "must be a number from 1 to 999")
    return int(text)


def _sent() -> SentFile:
    """Raises Invalid."""
    refuse_unknown(COLUMNS)
    return sent_file()


def _opened(campaign: Campaign, sent: SentFile) -> ContactList:
    """Raises Invalid."""
    return open_contacts(
        sent.data,
        caller(),
        site().outside.rulebook,
        timezone=campaign.settings.timezone,
        chosen=sent.columns,
        expects=expected_variables(site().outside, campaign.settings),
    )


def _view(record: Import) -> dict[str, Any]:
    return import_view(record, site().public_base_url)
