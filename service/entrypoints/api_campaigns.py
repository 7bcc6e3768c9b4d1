"""`/api/campaigns`: make, edit, clone, start, pause, resume, cancel, archive, watch."""

import json
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from service.domain.campaign import Campaign, CampaignSettings, Status
from service.entrypoints.api_key import acting, caller, require_key
from service.entrypoints.call_filters import asked_calls_of_campaign
from service.entrypoints.etags import refuse_stale, tag_of, tagged, with_tag
from service.entrypoints.idempotency import new_thing_token
from service.entrypoints.paging import asked_choice, asked_cursor, asked_limit, page_view, refuse_unknown
from service.entrypoints.schemas import TEXT_CHARACTERS_MAX
from service.entrypoints.schemas_campaign import Against, CampaignIn, Changes, CloneIn
from service.entrypoints.site import site
from service.entrypoints.views import call_view, campaign_record, campaign_view, settings_view
from service.ports import Outside
from service.usecases.campaigns import create_campaign, edit_campaign, find_campaign, take_step
from service.usecases.reading import list_calls, list_campaigns, progress_of, results_of_agents

blueprint = Blueprint("api_campaigns", __name__, url_prefix="/api/campaigns")
blueprint.before_request(require_key)

MERGED = ("limits", "retry")  # objects whose members do not depend on each other


@blueprint.post("")
@blueprint.post("/create")
def create() -> tuple[dict[str, Any], int]:
    settings = _checked(request.get_data())
    return _view(create_campaign(_acting("create_campaign"), caller(), settings, new_thing_token())), 201


@blueprint.get("")
def list_all() -> Response:
    """Archived ones only where they are asked for."""
    refuse_unknown("limit", "cursor", "status")
    status = asked_choice("status", tuple(Status))
    page = list_campaigns(site().outside, caller(), asked_limit(), asked_cursor(), status)
    return tagged(page_view(page, _view))


@blueprint.get("/<other_than(create, forecast):campaign_id>")
def show(campaign_id: str) -> Response:
    """Its `ETag` has two parts: one of what a user can edit and the status, which `If-Match` looks at, and
    one of all that is shown, which also changes with the campaign's calls."""
    campaign = find_campaign(site().outside, caller(), campaign_id).record
    shown = _view(campaign) | {"progress": progress_of(site().outside, campaign_id)}
    return with_tag(shown, f"{_edit_tag(campaign)}.{tag_of(shown)}")


@blueprint.patch("/<other_than(create, forecast):campaign_id>")
def edit(campaign_id: str) -> Response:
    """What is not sent stays as it is, also inside `limits` and `retry`; all else is replaced whole.
    Numbers that it had from its agents go with them.

    With `If-Match` only what was seen is changed: the settings and the status must be as they were. What
    passes move (its turn, its pace, when it is next due) and its calls do not count. The answer's `ETag` has
    that part alone, and is as good for the next `If-Match`."""
    changes = Changes.validate_json(request.get_data())

    def amend(campaign: Campaign) -> CampaignSettings:
        refuse_stale(_edit_tag(campaign))
        return amended(campaign.settings, changes)

    outside = _acting("edit_campaign")
    edited = edit_campaign(outside, caller(), campaign_id, amend, names_numbers="from" in changes)
    return with_tag(_view(edited), _edit_tag(edited))


@blueprint.get("/<campaign_id>/calls")
def show_calls(campaign_id: str) -> Response:
    wanted = asked_calls_of_campaign()
    page = list_calls(site().outside, caller(), campaign_id, asked_limit(), asked_cursor(), wanted)
    return tagged(page_view(page, call_view))


@blueprint.post("/<campaign_id>/<any(start, pause, resume, cancel, archive):step>")
def step(campaign_id: str, step: str) -> dict[str, Any]:
    return _view(take_step(_acting(f"{step}_campaign"), caller(), campaign_id, step))


@blueprint.get("/<campaign_id>/agents")
def show_agents(campaign_id: str) -> dict[str, Any]:
    """Which of its agents does better, with counts."""
    campaign = find_campaign(site().outside, caller(), campaign_id).record
    return {"campaign_id": campaign_id, "data": results_of_agents(site().outside, campaign)}


@blueprint.post("/<campaign_id>/clone")
def clone(campaign_id: str) -> tuple[dict[str, Any], int]:
    """A new draft with the same settings and no contacts."""
    asked = CloneIn.model_validate_json(request.get_data() or b"{}")
    settings = find_campaign(site().outside, caller(), campaign_id).record.settings
    name = asked.name or f"Copy of {settings.name}"[:TEXT_CHARACTERS_MAX].rstrip()
    outside = _acting("clone_campaign")
    copy = create_campaign(outside, caller(), replace(settings, name=name), new_thing_token())
    return _view(copy), 201


def amended(settings: CampaignSettings, changes: dict[str, Any]) -> CampaignSettings:
    """What is not among the changes stays as it is. Raises ValidationError."""
    return _checked(json.dumps(_merged(settings_view(settings, caller().rate.currency), changes)))


def _checked(body: bytes | str) -> CampaignSettings:
    against = Against(site().outside.rulebook, caller().rate.currency)
    return CampaignIn.model_validate_json(body, context=against).to_settings()


def _merged(shown: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    inside = {name: shown[name] | changes[name] for name in MERGED if isinstance(changes.get(name), dict)}
    return shown | changes | inside


def _edit_tag(campaign: Campaign) -> str:
    settings = settings_view(campaign.settings, caller().rate.currency)
    return tag_of([campaign.id, campaign.status, settings])


def _acting(operation: str) -> Outside:
    currency = caller().rate.currency
    return acting(operation, lambda campaign: campaign_record(campaign, currency))


def _view(campaign: Campaign) -> dict[str, Any]:
    return campaign_view(campaign, caller().rate.currency)
