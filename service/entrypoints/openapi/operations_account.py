"""The account's rules, its keys and what was changed; and all accounts, for operators."""

from service.domain.audit import KEPT
from service.domain.pass_receipt import PASSES_KEPT_MAX
from service.entrypoints.openapi.answer import Page
from service.entrypoints.openapi.answers import (
    AccountOut,
    AuditOut,
    KeyOut,
    NewAccountOut,
    NewKeyOut,
    OperatorsAccount,
    PassReceiptOut,
    ServiceStatus,
)
from service.entrypoints.openapi.operation import PAGING, Operation, Parameter
from service.entrypoints.paging import PARAMETER_CHARACTERS_MAX
from service.entrypoints.schemas_account import AccountChanges
from service.entrypoints.schemas_accounts import AccountIn, AccountLimitsIn
from service.entrypoints.schemas_keys import KeyIn
from service.usecases.api_keys import KEYS_MAX

AUDIT_TEXT = {"type": "string", "minLength": 1, "maxLength": PARAMETER_CHARACTERS_MAX}

ACCOUNT = (
    Operation(
        "GET",
        "/api/account",
        "get_account",
        "account",
        "The account of the key, and the key.",
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
        tagged=True,
        notes=f"The last passes that did something for it, of the last {PASSES_KEPT_MAX} at most that did "
        "something for anybody.",
    ),
    Operation(
        "GET",
        "/api/status",
        "get_status",
        "account",
        "Whether the account is asleep or awake, until when, and why; of its own campaigns and calls alone.",
        {200: ServiceStatus},
        tagged=True,
        notes="Its `ETag` is of all but `now`.",
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
        notes="What each scope may is told at the top of this document.",
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
        shown_once=True,
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

AUDIT = (
    Operation(
        "GET",
        "/api/audit",
        "list_audit",
        "audit",
        "What was changed in the account, when and by whom; the newest first.",
        {200: Page[AuditOut]},
        query=(
            *PAGING,
            Parameter("thing", AUDIT_TEXT, "The id of what was changed."),
            Parameter("operation", AUDIT_TEXT, "As in this document, such as `edit_campaign`."),
        ),
        notes=f"Kept for {KEPT.days} days. Calls' own history is in the calls.",
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
        shown_once=True,
    ),
    Operation(
        "GET", ONE_ACCOUNT, "show_account", "accounts", "One of all.", {200: OperatorsAccount}, tagged=True
    ),
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
        tagged=True,
    ),
)
