"""All operations of the API: campaigns first, then calls, numbers, the account and the service."""

from service.entrypoints.openapi.answer import Page
from service.entrypoints.openapi.answers import (
    BarredNumber,
    NumbersImported,
)
from service.entrypoints.openapi.answers_calls import CallOut, QueuedCall, WhyNotNow
from service.entrypoints.openapi.operation import PAGING, PHONE_EXAMPLE, Operation, Parameter
from service.entrypoints.openapi.operations_account import ACCOUNT, ACCOUNTS, AUDIT, KEYS
from service.entrypoints.openapi.operations_agents import OPERATIONS as AGENTS
from service.entrypoints.openapi.operations_campaigns import CALL_FILTERS
from service.entrypoints.openapi.operations_campaigns import OPERATIONS as CAMPAIGNS
from service.entrypoints.openapi.operations_imports import OPERATIONS as IMPORTS
from service.entrypoints.openapi.operations_usage import OVERVIEW, USAGE
from service.entrypoints.openapi.operations_webhooks import EVENTS, WEBHOOKS
from service.entrypoints.openapi.table_file import COLUMNS, table_file
from service.entrypoints.schemas import CallbackIn, CallIn
from service.entrypoints.schemas_do_not_call import NumberIn

CALL = "/api/calls/{call_id}"

CALLS = (
    Operation(
        "POST",
        "/api/calls",
        "create_call",
        "calls",
        "A direct call. 201: it has a slot and is being dialled. 202: it waits.",
        {201: CallOut, 202: QueuedCall},
        CallIn,
        {"to": PHONE_EXAMPLE, "script": {"twiml": "<Response><Say>Hello.</Say></Response>"}},
        makes="call_id",
        also=("/api/calls/initiate",),
    ),
    Operation(
        "GET",
        "/api/calls",
        "list_calls",
        "calls",
        "The account's calls, the newest first.",
        {200: Page[CallOut]},
        query=(*PAGING, *CALL_FILTERS),
        tagged=True,
        notes="`phone` goes with neither `state` nor `outcome` here.",
    ),
    Operation("GET", CALL, "get_call", "calls", "A call with all its attempts.", {200: CallOut}, tagged=True),
    Operation("POST", f"{CALL}/cancel", "cancel_call", "calls", "Cancels it.", {200: CallOut}),
    Operation(
        "POST",
        f"{CALL}/callback",
        "call_back",
        "calls",
        "The contact asked for a call at another time. 201: it has ended, and a new one is made.",
        {200: CallOut, 201: CallOut},
        CallbackIn,
        {"at": "2026-03-03T15:00:00-06:00"},
    ),
    Operation(
        "GET",
        f"{CALL}/why",
        "explain_call",
        "calls",
        "Why not now: the first rule that blocks it, the others, and when it may ring.",
        {200: WhyNotNow},
    ),
)

NUMBERS = (
    Operation(
        "GET",
        "/api/do-not-call",
        "list_do_not_call",
        "do-not-call",
        "The numbers that the account does not call.",
        {200: Page[BarredNumber]},
        query=(
            *PAGING,
            Parameter("phone", {"type": "string", "examples": [PHONE_EXAMPLE]}, "This number alone."),
        ),
    ),
    Operation(
        "POST",
        "/api/do-not-call",
        "bar_number",
        "do-not-call",
        "A number is not called from now on. 201: it could be called until now. 200: it could not.",
        {200: BarredNumber, 201: BarredNumber},
        NumberIn,
        {"phone": PHONE_EXAMPLE, "reason": "asked on the telephone"},
    ),
    Operation(
        "DELETE", "/api/do-not-call/{phone}", "unbar_number", "do-not-call", "Takes it off.", {204: None}
    ),
    Operation(
        "POST",
        "/api/do-not-call/import",
        "import_do_not_call",
        "do-not-call",
        "Adds the numbers of a file: CSV, XLSX or JSON.",
        {201: NumbersImported},
        table_file(
            f"phone,reason\n{PHONE_EXAMPLE},asked by letter\n",
            [{"phone": PHONE_EXAMPLE, "reason": "asked by letter"}],
        ),
        query=(COLUMNS,),
    ),
)

OPERATIONS = (
    *CAMPAIGNS,
    *OVERVIEW,
    *IMPORTS,
    *CALLS,
    *NUMBERS,
    *AGENTS,
    *ACCOUNT,
    *USAGE,
    *KEYS,
    *AUDIT,
    *WEBHOOKS,
    *EVENTS,
    *ACCOUNTS,
)
