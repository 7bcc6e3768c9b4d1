"""All operations of the API: campaigns first, then calls, numbers, the account and the service."""

from service.domain.pass_receipt import PASSES_KEPT_MAX
from service.entrypoints.openapi.answer import Page
from service.entrypoints.openapi.answers import (
    AccountOut,
    BarredNumber,
    KeyOut,
    NewAccountOut,
    NewKeyOut,
    NumbersImported,
    OperatorsAccount,
    PassReceiptOut,
    ServiceStatus,
)
from service.entrypoints.openapi.answers_calls import CallOut, QueuedCall, WhyNotNow
from service.entrypoints.openapi.operation import PAGING, PHONE_EXAMPLE, Operation, Parameter
from service.entrypoints.openapi.operations_campaigns import CALL_FILTERS
from service.entrypoints.openapi.operations_campaigns import OPERATIONS as CAMPAIGNS
from service.entrypoints.openapi.operations_imports import OPERATIONS as IMPORTS
from service.entrypoints.openapi.table_file import COLUMNS, table_file
from service.entrypoints.schemas import CallbackIn, CallIn
from service.entrypoints.schemas_account import AccountChanges
from service.entrypoints.schemas_accounts import AccountIn, AccountLimitsIn
from service.entrypoints.schemas_do_not_call import NumberIn
from service.entrypoints.schemas_keys import KeyIn
from service.usecases.api_keys import KEYS_MAX

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

ACCOUNT = (
    Operation(
        "GET",
        "/api/account",
        "get_account",
        "account",
        "The account of the key.",
        {200: AccountOut},
        tagged=True,
    ),
    Operation(
        "PATCH",
        "/api/account",
        "edit_account",
        "account",
        "Changes the rules that it decides itself.",
        {200: AccountOut},
        AccountChanges,
        {"number_caps": {"per_day": 2}, "day_budget": {"amount": 5000, "currency": "USD"}},
        partial=True,
        tagged=True,
        notes="What is not sent stays as it is, also inside `caller_limits`, `number_caps` and `rate`; null "
        "takes a limit away.",
    ),
    Operation(
        "GET",
        "/api/receipts",
        "list_receipts",
        "account",
        "When the service woke for the account, why, and what it did. The newest first.",
        {200: Page[PassReceiptOut]},
        query=PAGING,
        notes=f"The last passes that did something for it, of the last {PASSES_KEPT_MAX} at most that did "
        "something for anybody.",
    ),
    Operation(
        "GET",
        "/api/status",
        "get_status",
        "account",
        "Asleep or awake, until when, and why.",
        {200: ServiceStatus},
    ),
)

KEYS = (
    Operation(
        "GET",
        "/api/keys",
        "list_keys",
        "keys",
        "The account's keys, the oldest first; also those that are revoked.",
        {200: Page[KeyOut]},
        query=PAGING,
        notes="Keys of scope `read` only look, those of scope `operate` also change things, those of scope "
        "`admin` also make and revoke keys and change the account's rules.",
    ),
    Operation(
        "POST",
        "/api/keys",
        "create_key",
        "keys",
        "Makes a key, which is shown this once; or, with `email`, admits a person who signs in.",
        {201: NewKeyOut},
        KeyIn,
        {"label": "nightly export", "scope": "read"},
        makes="key_id",
        notes=f"At most {KEYS_MAX} keys hold at once: else 409.",
    ),
    Operation(
        "DELETE",
        "/api/keys/{key_id}",
        "revoke_key",
        "keys",
        "Revokes it. Harmless when repeated.",
        {204: None},
        notes="Not the last one of scope `admin` (409), and none that can do more than the key in use (403).",
    ),
)

ONE_ACCOUNT = "/api/accounts/{account_id}"
ACCOUNTS = (
    Operation(
        "GET",
        "/api/accounts",
        "list_accounts",
        "accounts",
        "All.",
        {200: Page[OperatorsAccount]},
        query=PAGING,
    ),
    Operation(
        "POST",
        "/api/accounts",
        "create_account",
        "accounts",
        "Makes an account and its first key, which is shown this once.",
        {201: NewAccountOut},
        AccountIn,
        {"name": "Acme", "default_country": "US", "allowed_countries": ["US", "CA"]},
        notes="All accounts are for keys of scope `system`, which an operator makes on the command line.",
        makes="account_id",
    ),
    Operation("GET", ONE_ACCOUNT, "show_account", "accounts", "One of all.", {200: OperatorsAccount}),
    Operation(
        "PATCH",
        ONE_ACCOUNT,
        "limit_account",
        "accounts",
        "Changes what it may have at once. What is not sent stays; null takes a limit away.",
        {200: OperatorsAccount},
        AccountLimitsIn,
        {"calls_in_flight_max": 20, "weight": 2},
        partial=True,
    ),
)

OPERATIONS = (*CAMPAIGNS, *IMPORTS, *CALLS, *NUMBERS, *ACCOUNT, *KEYS, *ACCOUNTS)
