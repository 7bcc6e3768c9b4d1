"""`/api/campaigns/forecast`, `/api/campaigns/{id}/forecast`: when it will be over, and what it will cost."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, request
from pydantic import ValidationError

from service.contacts.regions import zones_in
from service.domain.campaign import CampaignSettings
from service.domain.cohort import make_cohort, zones_besides
from service.domain.errors import Detail, Invalid, Problem
from service.entrypoints.api_campaigns import amended
from service.entrypoints.api_key import caller, require_key
from service.entrypoints.forecast_view import forecast_view
from service.entrypoints.problems import problem_of
from service.entrypoints.schemas_campaign import Against
from service.entrypoints.schemas_forecast import SEED_MAX, ForecastIn, GroupIn, WhatIfIn
from service.entrypoints.site import site
from service.usecases.forecast import Asked, forecast_campaign, forecast_new

blueprint = Blueprint("api_forecast", __name__, url_prefix="/api/campaigns")
blueprint.before_request(require_key)

SEED_DIGITS_MAX = len(str(SEED_MAX))


@blueprint.post("/forecast")
def of_new() -> dict[str, Any]:
    """Of a campaign that there is not."""
    against = Against(site().outside.rulebook, caller().rate.currency)
    body = ForecastIn.model_validate_json(request.get_data(), context=against)
    contacts = _by_cohort(body.contacts, body.timezone)
    forecast = forecast_new(site().outside, caller(), body.to_settings(), contacts, _asked(body))
    return forecast_view(forecast, caller().rate.currency)


@blueprint.get("/<campaign_id>/forecast")
def of_campaign(campaign_id: str) -> dict[str, Any]:
    forecast = forecast_campaign(site().outside, caller(), campaign_id, None, Asked(seed=_asked_seed()))
    return forecast_view(forecast, caller().rate.currency)


@blueprint.post("/<campaign_id>/forecast")
def what_if(campaign_id: str) -> dict[str, Any]:
    """As it would be with other settings or assumptions. Nothing is changed."""
    body = WhatIfIn.model_validate_json(request.get_data() or b"{}")

    def amend(settings: CampaignSettings) -> CampaignSettings:
        try:
            return amended(settings, body.settings)
        except ValidationError as error:
            raise _inside(problem_of(error), "settings") from error

    forecast = forecast_campaign(
        site().outside, caller(), campaign_id, amend if body.settings else None, _asked(body)
    )
    return forecast_view(forecast, caller().rate.currency)


def _asked(body: ForecastIn | WhatIfIn) -> Asked:
    return Asked(body.start_at, body.assumptions.to_stated(), body.seed)


def _asked_seed() -> int | None:
    text = request.args.get("seed")
    if text is None:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= SEED_DIGITS_MAX
    if not is_number or int(text) > SEED_MAX:
        raise Invalid.field("seed", f"must be a number from 0 to {SEED_MAX}")
    return int(text)


def _by_cohort(groups: Iterable[GroupIn], timezone: str) -> Counter[str]:
    """Of a place whose zone is neither said nor known: the campaign's."""
    found: Counter[str] = Counter()
    for group in groups:
        place = group.place or caller().default_country
        own = zones_in(place)
        zones = (group.timezone,) if group.timezone else own or (timezone,)
        found[make_cohort(place, zones, zones_besides(zones, own))] += group.count
    return found


def _inside(problem: Problem, field: str) -> Problem:
    """What is wrong with a field of a field."""
    details = [Detail(f"{field}.{d.field}", d.code, d.message) for d in problem.details]
    return Problem(f"{field}.{problem.message}", *details)
