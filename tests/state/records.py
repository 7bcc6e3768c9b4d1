"""Records and queries to test with."""

import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any

from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.campaign import Campaign, CampaignSettings, Priority
from service.domain.lane import AWAKE
from service.domain.webhook import EventType
from service.ports import Condition, Query
from service.usecases import account_queries, event_queries, queries

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ODD_NAMES = ("a.b", "`q`", "with space", " ", "naïve", "名前", "\\", '"', "'", "__x", "$.a", "a/b", "0")
PLAIN_VALUES: dict[Any, Any] = {
    bool: True,
    int: 0,
    float: 0.1 + 0.2,
    str: 'Zoë "🎈"\n\u0000',
    datetime: NOON.replace(microsecond=7),
    date: NOON.date(),
    dict[str, str]: {name: f"value of {name}" for name in ODD_NAMES},
    dict[str, int]: dict.fromkeys(ODD_NAMES, 2**40),
}


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


SPAN: tuple[Condition, ...] = (("created_at", ">=", minutes(-9)), ("created_at", "<", minutes(9)))


def call(id: str, **changes: Any) -> Call:
    given = {
        "account_id": "acc_1",
        "campaign_id": "cmp_1",
        "lane": "main",
        "to": "+15550100",
        "created_at": NOON,
        "due_at": NOON,
    }
    return Call(id, **(given | changes))


def campaign(id: str, **changes: Any) -> Campaign:
    given = {
        "account_id": "acc_1",
        "lane": "main",
        "created_at": NOON,
        "settings": CampaignSettings("Spring"),
    }
    return Campaign(id, **(given | changes))


def filled(hint: Any) -> Any:
    """A value for a type hint, awkward ones by preference: records have no field at its default."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in PLAIN_VALUES:
        return PLAIN_VALUES[hint]
    if origin in (types.UnionType, typing.Union):
        return filled(arguments[0])
    if origin is tuple:
        return (filled(arguments[0]), filled(arguments[0]))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[-1]
    assert is_dataclass(hint), hint
    hints = typing.get_type_hints(hint)
    return hint(**{field.name: filled(hints[field.name]) for field in fields(hint)} | _id(hint))


def bare(kind: Any) -> Any:
    """A record with nothing but what it must have, None wherever that will do."""
    hints = typing.get_type_hints(kind)
    needed = [field.name for field in fields(kind) if field.default is field.default_factory is MISSING]
    values = {
        name: None if type(None) in typing.get_args(hints[name]) else filled(hints[name]) for name in needed
    }
    return kind(**values | _id(kind))


def _id(kind: Any) -> dict[str, str]:
    return {"id": "an_Id-1"} if "id" in typing.get_type_hints(kind) else {}


def every_query() -> dict[str, Query[Any]]:
    """Each query of the service that finds records, with arguments; behind a comma: which, where its
    conditions vary."""
    return {
        "any_live": queries.any_live("main"),
        "first_campaign": queries.first_campaign("main"),
        "calls_to": queries.calls_to("+15550100", 50),
        "to_look_after": queries.to_look_after("main", NOON, 100),
        "awake_campaigns": queries.awake_campaigns("main", 100),
        "sleeping_campaigns": queries.sleeping_campaigns("main", 100),
        "due_campaigns": queries.due_campaigns("main", minutes(9), 100, None),
        "waiting_calls": queries.waiting_calls("cmp_1", 100),
        "waiting_in": queries.waiting_in("cmp_1", ("", "Chicago"), 100),
        "due_in": queries.due_in("cmp_1", ("", "Chicago"), minutes(9)),
        "next_due_in": queries.next_due_in("cmp_1", ("", "Chicago"), NOON),
        "calls_in_state": queries.calls_in_state("cmp_1", State.BUSY),
        "first_account": account_queries.first_account(),
        "accounts": account_queries.accounts(100, None),
        "keys_of_account": account_queries.keys_of_account("acc_1", 100, None),
        "audit_of_account": account_queries.audit_of_account("acc_1", 100, None),
        "audit_of_account, thing": account_queries.audit_of_account("acc_1", 100, None, "cmp_1"),
        "audit_of_account, operation": account_queries.audit_of_account(
            "acc_1", 100, None, None, "edit_campaign"
        ),
        "audit_of_account, both": account_queries.audit_of_account(
            "acc_1", 100, None, "cmp_1", "edit_campaign"
        ),
        "keys_of_person": account_queries.keys_of_person("ada@example.com", 50),
        "key_of_request": account_queries.key_of_request("acc_1", "0123456789ab"),
        "agents_of_account": account_queries.agents_of_account("acc_1", 100, None),
        "calls_of_campaign": queries.calls_of_campaign("cmp_1", 100, None),
        "calls_of_campaign_in": queries.calls_of_campaign_in("cmp_1", State.BUSY, 100, None, SPAN),
        "calls_of_account": queries.calls_of_account("acc_1", 100, None, SPAN),
        "calls_of_account_in": queries.calls_of_account_in("acc_1", State.QUEUED, 100, None, SPAN[:1]),
        "calls_of_account_to": queries.calls_of_account_to("acc_1", "+15550100", 100, None),
        "campaigns_of_account": queries.campaigns_of_account("acc_1", 100, None),
        "campaigns_with_work": queries.campaigns_with_work("acc_1", 100, None),
        "do_not_call_list": account_queries.do_not_call_list("acc_1", 100, None),
        "imports_of_campaign": account_queries.imports_of_campaign("cmp_1", 100, None),
        "error_reports": account_queries.error_reports("imp_1", 20, None),
        "webhooks_of_account": event_queries.webhooks_of_account("acc_1", 100),
        "events_of_account": event_queries.events_of_account("acc_1", minutes(-9), 100, None),
        "events_of_account_of": event_queries.events_of_account_of(
            "acc_1", EventType.CALL_FINISHED, minutes(-9), 100, None
        ),
        "overdue_events": event_queries.overdue_events("main", NOON, 100),
    }


def every_count() -> dict[str, Query[Any]]:
    """Each query of the service whose records are only counted."""
    return {
        "live_in_lane": queries.live_in_lane("main"),
        "live_of_account": queries.live_of_account("acc_1"),
        "live_of_line": queries.live_of_line("acc_1", "+15550199"),
        "live_of_campaign": queries.live_of_campaign("cmp_1"),
        "waiting_until": queries.waiting_until("cmp_1", NOON),
        "keys_that_hold": account_queries.keys_that_hold("acc_1"),
        "calls_of_agent": queries.calls_of_agent("cmp_1", "agt_1", State.BUSY),
        "dialed_at": queries.dialed_at("cmp_1", 9),
        "dialed_at_with": queries.dialed_at_with("cmp_1", 9, State.BUSY),
        "dialed_in_with": account_queries.dialed_in_with("acc_1", "2026-03", State.QUEUED),
    }


def every_sum() -> dict[str, tuple[Query[Any], str]]:
    """Each sum of the service, by the name of its query: what it is over, and the field. Behind a comma:
    which, where there are several."""
    return {
        "of_campaign": (queries.of_campaign("cmp_1"), "spent"),
        "of_account_on": (queries.of_account_on("acc_1", "2026-03-04"), "day_spent"),
        "of_line_on": (queries.of_line_on("acc_1", "+15550199", "2026-03-04"), "day_dials"),
        "dialed_in, dials": (account_queries.dialed_in("acc_1", "2026-03"), "month_dials"),
        "dialed_in, seconds": (account_queries.dialed_in("acc_1", "2026-03"), "month_seconds"),
        "dialed_in, cost": (account_queries.dialed_in("acc_1", "2026-03"), "month_cost"),
    }


def all_sorts_of_in() -> dict[str, Query[Any]]:
    """Queries with an `in`, as the service might make them; the indexes that there are serve them."""
    mine: Condition = ("campaign_id", "==", "cmp_1")
    either: Condition = ("state", "in", (State.QUEUED, State.BUSY, State.EXPIRED))
    main: Condition = ("lane", "==", "main")
    return {
        "in no order": Query(Call, (mine, either)),
        "in order": Query(Call, (mine, either), ("due_at",)),
        "backwards": Query(Call, (mine, either), ("-due_at",)),
        "within a range": Query(Call, (mine, either, ("due_at", "<=", NOON))),
        "within a range, in order": Query(Call, (mine, either, ("due_at", ">", AWAKE)), ("due_at",)),
        "named first": Query(Call, (either, mine), ("due_at",)),
        "one value": Query(Call, (mine, ("state", "in", (State.BUSY,))), ("due_at",)),
        "one value twice": Query(Call, (mine, ("state", "in", (State.BUSY, State.BUSY))), ("due_at",)),
        "flags": Query(Call, (main, ("live", "in", (True, False)))),
        "times": Query(Campaign, (main, ("next_due_at", "in", (AWAKE, NOON))), ("priority", "turn")),
        "numbers": Query(
            Campaign,
            (("account_id", "==", "acc_1"), ("priority", "in", tuple(Priority)), ("status", "==", "draft")),
            ("-created_at",),
        ),
    }


def all_sorts_of_sums() -> dict[str, tuple[Query[Any], str]]:
    mine: Condition = ("campaign_id", "==", "cmp_1")
    either: Condition = ("state", "in", (State.QUEUED, State.BUSY))
    return {
        "all": (Query(Call, ()), "attempt"),
        "one": (Query(Call, (mine,)), "attempt"),
        "either": (Query(Call, (mine, either)), "attempt"),
        "range": (Query(Call, (mine, either, ("due_at", "<=", NOON))), "attempt"),
        "of itself": (Query(Call, (mine, ("attempt", ">", 1))), "attempt"),
        "ordered": (Query(Call, (mine,), ("due_at",), 3), "attempt"),
        "some are None": (Query(Account, (("lane", "==", "main"),)), "calls_in_flight_max"),
    }
