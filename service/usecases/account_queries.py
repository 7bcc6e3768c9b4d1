"""The queries for what an account has beside its campaigns and calls, as in queries.py."""

from typing import Any

from service.domain.account import Account, ApiKey
from service.domain.agent import Agent
from service.domain.audit import AuditRecord
from service.domain.call import Call, State
from service.domain.callee import Callee
from service.domain.imports import ErrorReport, Import
from service.ports import Condition, Query


def first_account() -> Query[Account]:
    return Query(Account, (), ("created_at",), 1)


def accounts(limit: int, after: tuple[Any, ...] | None) -> Query[Account]:
    """The oldest first."""
    return Query(Account, (), ("created_at",), limit, after)


def keys_of_account(account_id: str, limit: int, after: tuple[Any, ...] | None) -> Query[ApiKey]:
    """The oldest first; also those that are revoked."""
    return Query(ApiKey, (("account_id", "==", account_id),), ("created_at",), limit, after)


def keys_that_hold(account_id: str) -> Query[ApiKey]:
    return Query(ApiKey, (("account_id", "==", account_id), ("revoked", "==", False)))


def keys_of_person(email: str, limit: int) -> Query[ApiKey]:
    """Those that hold, of whatever account."""
    return Query(ApiKey, (("email", "==", email), ("revoked", "==", False)), ("created_at",), limit)


def key_of_request(account_id: str, token: str) -> Query[ApiKey]:
    return Query(ApiKey, (("account_id", "==", account_id), ("request", "==", token)), (), 1)


def audit_of_account(
    account_id: str,
    limit: int,
    after: tuple[Any, ...] | None,
    thing: str | None = None,
    operation: str | None = None,
) -> Query[AuditRecord]:
    """The newest first. None: any."""
    asked = (("account_id", account_id), ("thing", thing), ("operation", operation))
    conditions: tuple[Condition, ...] = tuple(
        (name, "==", value) for name, value in asked if value is not None
    )
    return Query(AuditRecord, conditions, ("-created_at",), limit, after)


def dialed_in(account_id: str, month: str) -> Query[Call]:
    """Calls that were last dialled in that month."""
    return Query(Call, (("account_id", "==", account_id), ("month", "==", month)))


def dialed_in_with(account_id: str, month: str, state: State) -> Query[Call]:
    return Query(Call, (("account_id", "==", account_id), ("month", "==", month), ("state", "==", state)))


def do_not_call_list(account_id: str, limit: int, after: tuple[Any, ...] | None) -> Query[Callee]:
    """What was put on it last comes first."""
    return Query(
        Callee,
        (("account_id", "==", account_id), ("do_not_call", "==", True)),
        ("-do_not_call_since",),
        limit,
        after,
    )


def imports_of_campaign(campaign_id: str, limit: int, after: tuple[Any, ...] | None) -> Query[Import]:
    """The newest first."""
    return Query(Import, (("campaign_id", "==", campaign_id),), ("-created_at",), limit, after)


def error_reports(import_id: str, limit: int, after: tuple[Any, ...] | None) -> Query[ErrorReport]:
    """In the order of their ids: of parts and rows."""
    return Query(ErrorReport, (("import_id", "==", import_id),), (), limit, after)


def agents_of_account(account_id: str, limit: int, after: tuple[Any, ...] | None) -> Query[Agent]:
    """The oldest first; also those that are retired."""
    return Query(Agent, (("account_id", "==", account_id),), ("created_at",), limit, after)
