"""Campaigns: what can be asked of them and done with them."""

from typing import Any

from service.domain.campaign import Status
from service.entrypoints.call_filters import OUTCOMES, STATES
from service.entrypoints.openapi.answer import Page
from service.entrypoints.openapi.answers_calls import CallOut, ContactOut
from service.entrypoints.openapi.answers_campaigns import (
    AgentResults,
    CampaignOut,
    CampaignWithProgress,
    WaitingSummary,
)
from service.entrypoints.openapi.answers_forecast import ForecastOut
from service.entrypoints.openapi.operation import (
    CSV,
    JSON_LINES,
    PAGING,
    PHONE_EXAMPLE,
    File,
    Operation,
    Parameter,
)
from service.entrypoints.schemas_campaign import CampaignIn, CloneIn
from service.entrypoints.schemas_forecast import SEED_MAX, ForecastIn, WhatIfIn

NINE_TO_FIVE = [{"start": "09:00", "end": "17:00"}]
SETTINGS: dict[str, Any] = {
    "name": "Reminders",
    "timezone": "America/Chicago",
    "hours": {"mon": NINE_TO_FIVE, "tue": NINE_TO_FIVE},
    "retry": {"busy": [{"after_minutes": 15}], "no_answer": [{"after_minutes": 120}]},
    "limits": {"calls_in_flight": 5},
    "script": {"twiml": "<Response><Say>Hello {name}, see you on {day}.</Say></Response>"},
}

MOMENT = {"type": "string", "format": "date-time"}
WITH_PHONE = Parameter("phone", {"type": "string", "examples": [PHONE_EXAMPLE]}, "Calls to this number.")
CALL_FILTERS = (
    Parameter("state", {"type": "string", "enum": list(STATES)}, "Calls in this state."),
    Parameter(
        "outcome",
        {"type": "string", "enum": list(OUTCOMES)},
        "Calls that ended so. Not together with `state`.",
    ),
    WITH_PHONE,
    Parameter("created_after", MOMENT, "From this moment on."),
    Parameter("created_before", MOMENT, "Before this moment."),
)
ONE = "/api/campaigns/{campaign_id}"
TAG = "campaigns"
SEED = Parameter(
    "seed",
    {"type": "integer", "minimum": 0, "maximum": SEED_MAX},
    "Of an earlier forecast: repeats its dice.",
)


NEEDS = (
    "409 where it could call nobody: neither it nor its account has a number to call from, or its `end_date` "
    "or `hours` leave no moment to call any of its contacts."
)


def _step(name: str, summary: str, notes: str = "") -> Operation:
    return Operation(
        "POST",
        f"{ONE}/{name}",
        f"{name}_campaign",
        TAG,
        f"{summary} Harmless when repeated.",
        {200: CampaignOut},
        notes=notes,
    )


OPERATIONS = (
    Operation(
        "POST",
        "/api/campaigns",
        "create_campaign",
        TAG,
        "Makes a draft: nothing rings before it is started.",
        {201: CampaignOut},
        CampaignIn,
        SETTINGS,
        makes="campaign_id",
        also=("/api/campaigns/create",),
    ),
    Operation(
        "GET",
        "/api/campaigns",
        "list_campaigns",
        TAG,
        "The newest first.",
        {200: Page[CampaignOut]},
        query=(
            *PAGING,
            Parameter("status", {"type": "string", "enum": list(Status)}, "Not said: all but the archived."),
        ),
        tagged=True,
    ),
    Operation(
        "GET",
        ONE,
        "get_campaign",
        TAG,
        "One campaign with its progress.",
        {200: CampaignWithProgress},
        tagged=True,
        notes="Its `ETag` has two parts: one of what a user can edit and the status, which `If-Match` looks "
        "at, and one of all that is shown, which also changes with the campaign's calls.",
    ),
    Operation(
        "PATCH",
        ONE,
        "edit_campaign",
        TAG,
        "Edits it, running or not.",
        {200: CampaignOut},
        CampaignIn,
        {"limits": {"calls_in_flight": 10}},
        partial=True,
        tagged=True,
        notes="What is not sent stays as it is, also inside `limits` and `retry`; all else is replaced "
        "whole. With `If-Match` only what was seen is changed. An edit that would leave a running one nobody "
        "to call is refused.",
    ),
    _step("start", "Starts it.", NEEDS),
    _step("pause", "No new call begins."),
    _step("resume", "Goes on after a pause.", NEEDS),
    _step("cancel", "Ends it: what still waits is canceled."),
    _step("archive", "Puts a finished or canceled one away: it is not listed any more."),
    Operation(
        "POST",
        f"{ONE}/clone",
        "clone_campaign",
        TAG,
        "A new draft with the same settings, and no contacts.",
        {201: CampaignOut},
        CloneIn,
        {"name": "Reminders, second round"},
        body_required=False,
        makes="campaign_id",
    ),
    Operation(
        "GET",
        f"{ONE}/contacts",
        "list_contacts",
        TAG,
        "Whom it calls, in the order of the import.",
        {200: Page[ContactOut]},
        query=(*PAGING, WITH_PHONE),
    ),
    Operation(
        "DELETE",
        f"{ONE}/contacts/{{phone}}",
        "remove_contact",
        TAG,
        "Takes a contact out: it is not called, or not again. Harmless when repeated.",
        {204: None},
        notes="Its call stays, as `canceled`, so importing the number again adds nothing. While it is on the "
        "line: 409.",
    ),
    Operation(
        "GET",
        f"{ONE}/calls",
        "list_campaign_calls",
        TAG,
        "Its calls, in the order of the import.",
        {200: Page[CallOut]},
        query=(*PAGING, *CALL_FILTERS),
        tagged=True,
    ),
    Operation(
        "GET",
        f"{ONE}/export",
        "export_campaign",
        TAG,
        "All of its calls as one file.",
        {200: File.of(CSV, JSON_LINES)},
        query=(
            Parameter("format", {"type": "string", "enum": ["csv", "jsonl"]}, "`csv` if not said."),
            Parameter(
                "attempts",
                {"type": "string", "enum": ["false", "true"], "default": "false"},
                "Each call with its attempts. Needs `format=jsonl`.",
            ),
        ),
    ),
    Operation(
        "GET",
        f"{ONE}/agents",
        "compare_agents",
        TAG,
        "How the calls of each of its agents went, with counts.",
        {200: AgentResults},
        notes='A campaign is split where `agent` is a list: `[{"agent": ..., "weight": 2}, ...]`.',
    ),
    Operation(
        "GET",
        f"{ONE}/waiting",
        "summarize_waiting",
        TAG,
        "What waits, summed up by the rule that decides.",
        {200: WaitingSummary},
        tagged=True,
    ),
    Operation(
        "POST",
        "/api/campaigns/forecast",
        "forecast_new_campaign",
        TAG,
        "When a campaign that there is not would be over, and what it would cost.",
        {200: ForecastOut},
        ForecastIn,
        SETTINGS | {"contacts": 1000, "seed": 1},
    ),
    Operation(
        "GET",
        f"{ONE}/forecast",
        "forecast_campaign",
        TAG,
        "When it will be over, and what it will cost.",
        {200: ForecastOut},
        query=(SEED,),
    ),
    Operation(
        "POST",
        f"{ONE}/forecast",
        "forecast_what_if",
        TAG,
        "As it would be with other settings or assumptions. Nothing is changed.",
        {200: ForecastOut},
        WhatIfIn,
        {"settings": {"limits": {"calls_in_flight": 20}}, "assumptions": {"answer_rate": 0.4}, "seed": 1},
        body_required=False,
    ),
)
