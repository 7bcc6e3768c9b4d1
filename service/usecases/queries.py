"""Queries of campaigns and calls; the stores' indexes are made for exactly these, those of accounts
(account_queries.py) and those of events (event_queries.py)."""

from datetime import datetime
from typing import Any

from service.domain.call import Call, State
from service.domain.campaign import Campaign, Priority, Status
from service.domain.lane import AWAKE
from service.ports import Condition, Query


def live_in_lane(lane: str) -> Query[Call]:
    return Query(Call, (("lane", "==", lane), ("live", "==", True)))


def live_of_account(account_id: str) -> Query[Call]:
    return Query(Call, (("account_id", "==", account_id), ("live", "==", True)))


def live_of_campaign(campaign_id: str) -> Query[Call]:
    return Query(Call, (("campaign_id", "==", campaign_id), ("live", "==", True)))


def live_of_line(account_id: str, line: str) -> Query[Call]:
    """Those that one of the account's caller numbers has on the line."""
    return Query(Call, (("account_id", "==", account_id), ("line", "==", line), ("live", "==", True)))


def calls_to(number: str, limit: int) -> Query[Call]:
    """Of all accounts, the latest first."""
    return Query(Call, (("to", "==", number),), ("-created_at",), limit)


def to_look_after(lane: str, now: datetime, limit: int) -> Query[Call]:
    """Live calls whose check is due, the longest overdue first."""
    return Query(Call, (("lane", "==", lane), ("check_at", "<=", now)), ("check_at",), limit)


def awake_campaigns(lane: str, limit: int, after: tuple[Any, ...] | None = None) -> Query[Campaign]:
    """In the order in which they are served: direct calls first, then by turn."""
    awake: tuple[Condition, ...] = (("lane", "==", lane), ("next_due_at", "==", AWAKE))
    return Query(Campaign, awake, ("priority", "turn"), limit, after)


def sleeping_campaigns(lane: str, limit: int, since: datetime = AWAKE) -> Query[Campaign]:
    """Those that wake later than `since`; the next to wake first."""
    return Query(Campaign, (("lane", "==", lane), ("next_due_at", ">", since)), ("next_due_at",), limit)


def due_campaigns(lane: str, now: datetime, limit: int, after: tuple[Any, ...] | None) -> Query[Campaign]:
    """Those of the sleeping ones whose time has come."""
    asleep = sleeping_campaigns(lane, limit)
    return Query(Campaign, (*asleep.where, ("next_due_at", "<=", now)), ("next_due_at",), limit, after)


def first_campaign(lane: str) -> Query[Campaign]:
    """The one that is due first, awake or asleep."""
    return Query(Campaign, (("lane", "==", lane), ("next_due_at", ">=", AWAKE)), ("next_due_at",), 1)


def any_live(lane: str) -> Query[Call]:
    return Query(Call, live_in_lane(lane).where, (), 1)


def waiting_calls(campaign_id: str, limit: int) -> Query[Call]:
    """The earliest due first."""
    return Query(
        Call, (("campaign_id", "==", campaign_id), ("state", "==", State.QUEUED)), ("due_at",), limit
    )


def waiting_in(campaign_id: str, cohorts: tuple[str, ...], limit: int) -> Query[Call]:
    """Those of some cohorts, the earliest due first."""
    conditions: tuple[Condition, ...] = (
        ("campaign_id", "==", campaign_id),
        ("state", "==", State.QUEUED),
        ("cohort", "in", cohorts),
    )
    return Query(Call, conditions, ("due_at",), limit)


def due_in(
    campaign_id: str,
    cohorts: tuple[str, ...],
    now: datetime,
    limit: int = 1,
    after: tuple[Any, ...] | None = None,
) -> Query[Call]:
    """What waits in some cohorts and is due, the earliest first."""
    waiting = waiting_in(campaign_id, cohorts, limit)
    return Query(Call, (*waiting.where, ("due_at", "<=", now)), ("due_at",), limit, after)


def next_due_in(campaign_id: str, cohorts: tuple[str, ...], now: datetime) -> Query[Call]:
    """What is due first of all that is not due yet."""
    waiting = waiting_in(campaign_id, cohorts, 1)
    return Query(Call, (*waiting.where, ("due_at", ">", now)), ("due_at",), 1)


def of_campaign(campaign_id: str) -> Query[Call]:
    return Query(Call, (("campaign_id", "==", campaign_id),))


def of_account_on(account_id: str, day: str) -> Query[Call]:
    """Calls that were last claimed on that day."""
    return Query(Call, (("account_id", "==", account_id), ("day", "==", day)))


def of_line_on(account_id: str, line: str, day: str) -> Query[Call]:
    """Of one of the account's caller numbers."""
    return Query(Call, (("account_id", "==", account_id), ("day_line", "==", line), ("day", "==", day)))


def waiting_until(campaign_id: str, due_at: datetime) -> Query[Call]:
    """What waits and is due by then."""
    conditions: tuple[Condition, ...] = (
        ("campaign_id", "==", campaign_id),
        ("state", "==", State.QUEUED),
        ("due_at", "<=", due_at),
    )
    return Query(Call, conditions)


def calls_in_state(campaign_id: str, state: State) -> Query[Call]:
    return Query(Call, (("campaign_id", "==", campaign_id), ("state", "==", state)))


def calls_of_campaign(
    campaign_id: str, limit: int, after: tuple[Any, ...] | None, created: tuple[Condition, ...] = ()
) -> Query[Call]:
    """In the order in which they were imported. `created`: bounds of `created_at`, as in what follows."""
    return Query(Call, (("campaign_id", "==", campaign_id), *created), ("created_at",), limit, after)


def calls_of_campaign_in(
    campaign_id: str,
    state: State,
    limit: int,
    after: tuple[Any, ...] | None,
    created: tuple[Condition, ...] = (),
) -> Query[Call]:
    in_state = calls_in_state(campaign_id, state)
    return Query(Call, (*in_state.where, *created), ("created_at",), limit, after)


def calls_of_account(
    account_id: str, limit: int, after: tuple[Any, ...] | None, created: tuple[Condition, ...] = ()
) -> Query[Call]:
    """Of its campaigns and direct ones; the newest first."""
    return Query(Call, (("account_id", "==", account_id), *created), ("-created_at",), limit, after)


def calls_of_account_in(
    account_id: str,
    state: State,
    limit: int,
    after: tuple[Any, ...] | None,
    created: tuple[Condition, ...] = (),
) -> Query[Call]:
    conditions: tuple[Condition, ...] = (("account_id", "==", account_id), ("state", "==", state))
    return Query(Call, (*conditions, *created), ("-created_at",), limit, after)


def calls_of_account_to(
    account_id: str,
    number: str,
    limit: int,
    after: tuple[Any, ...] | None,
    created: tuple[Condition, ...] = (),
) -> Query[Call]:
    conditions: tuple[Condition, ...] = (("account_id", "==", account_id), ("to", "==", number))
    return Query(Call, (*conditions, *created), ("-created_at",), limit, after)


def calls_of_agent(campaign_id: str, agent_id: str, state: State) -> Query[Call]:
    return Query(
        Call, (("campaign_id", "==", campaign_id), ("spoken_by", "==", agent_id), ("state", "==", state))
    )


def dialed_at(campaign_id: str, hour: int) -> Query[Call]:
    """Calls that were first dialled in this hour of the day."""
    return Query(Call, (("campaign_id", "==", campaign_id), ("first_hour", "==", hour)))


def dialed_at_with(campaign_id: str, hour: int, outcome: State) -> Query[Call]:
    """Those whose first dial ended so."""
    at = dialed_at(campaign_id, hour)
    return Query(Call, (*at.where, ("first_outcome", "==", outcome)))


LISTED = tuple(status for status in Status if status is not Status.ARCHIVED)


def campaigns_of_account(
    account_id: str, limit: int, after: tuple[Any, ...] | None, statuses: tuple[Status, ...] = LISTED
) -> Query[Campaign]:
    """In some statuses, the newest first; without the account's direct queue."""
    return Query(
        Campaign,
        (
            ("account_id", "==", account_id),
            ("priority", "==", Priority.CAMPAIGN),
            ("status", "in", statuses),
        ),
        ("-created_at",),
        limit,
        after,
    )


def campaigns_with_work(account_id: str, limit: int, after: tuple[Any, ...] | None) -> Query[Campaign]:
    """Those that are awake, then those that sleep, the next to wake first; its direct queue as well."""
    return Query(
        Campaign,
        (("account_id", "==", account_id), ("next_due_at", ">=", AWAKE)),
        ("next_due_at",),
        limit,
        after,
    )
