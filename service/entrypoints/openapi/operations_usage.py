"""What was used and what it cost; and a campaign at a glance."""

from service.entrypoints.api_usage import MONTH, MONTH_PATTERN
from service.entrypoints.openapi.answers_usage import CampaignOverview, HoursOfDay, UsageOut
from service.entrypoints.openapi.operation import LIMIT, Operation, Parameter

OF_CAMPAIGN = "/api/campaigns/{campaign_id}"

OVERVIEW = (
    Operation(
        "GET",
        f"{OF_CAMPAIGN}/overview",
        "get_overview",
        "campaigns",
        "One campaign with its progress, what waits, and its first calls: three requests in one.",
        {200: CampaignOverview},
        query=(LIMIT,),
        tagged=True,
        notes="`next_cursor` is for the list of the campaign's calls.",
    ),
    Operation(
        "GET",
        f"{OF_CAMPAIGN}/hours",
        "get_hours",
        "campaigns",
        "How many calls were dialled and answered, for each hour of the day.",
        {200: HoursOfDay},
        notes="Of each call its first dial counts, so that an hour has its calls whatever became of them "
        "later; an answer is one that ended as `completed`.",
    ),
)

USAGE = (
    Operation(
        "GET",
        "/api/usage",
        "get_usage",
        "account",
        "What the account used in a month, and what the platform cost.",
        {200: UsageOut},
        query=(
            Parameter(
                MONTH,
                {"type": "string", "pattern": f"^{MONTH_PATTERN}$"},
                "Such as 2026-03. Default: this one.",
            ),
        ),
        notes="It says which figures are counted and which are worked out. A month that has not begun: 422.",
    ),
)
