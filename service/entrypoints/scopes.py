"""Which scope a request needs, told by its method and its route."""

from service.domain.account import Scope

# A route of any other part is for admins until it is entered here.
EVERYDAY = frozenset(
    {
        "api_account",
        "api_agents",
        "api_calls",
        "api_campaigns",
        "api_contacts",
        "api_do_not_call",
        "api_events",
        "api_export",
        "api_forecast",
        "api_imports",
        "api_overview",
        "api_receipts",
        "api_status",
        "api_usage",
        "api_why",
    }
)
FOR_OPERATORS = frozenset({"api_accounts"})
FOR_ADMINS = frozenset({"api_account.edit", "api_agents.create", "api_agents.edit", "api_agents.retire"})
CHANGE_NOTHING = frozenset(  # although they are POSTs
    {"api_forecast.of_new", "api_forecast.what_if", "api_imports.preview"}
)
READS = frozenset({"GET", "HEAD"})


def scope_needed(method: str, endpoint: str) -> Scope:
    """`endpoint`: as Flask calls the route, the blueprint's name before the dot."""
    part = endpoint.partition(".")[0]
    if part in FOR_OPERATORS:
        return Scope.SYSTEM
    if part not in EVERYDAY or endpoint in FOR_ADMINS:
        return Scope.ADMIN
    if method in READS or endpoint in CHANGE_NOTHING:
        return Scope.READ
    return Scope.OPERATE
