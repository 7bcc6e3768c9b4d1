"""What an account has used in a month, and what the platform has cost beside it. Reads only.

Dials, outcomes, seconds and money are counted and summed over the account's own calls. What Google bills is
worked out: its bill is of all accounts together, and nothing here tells of the others.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from service.domain.account import Account
from service.domain.call import State
from service.domain.errors import Invalid
from service.domain.forecast_costs import use_of_dials
from service.domain.prices import Use, use_of_ticks
from service.domain.states import FINAL
from service.ports import Outside
from service.usecases import account_queries

LONGER_THAN_A_MONTH = timedelta(days=32)


@dataclass(frozen=True)
class Counted:
    """`calls`: that were dialled last in the month; `outcomes`: of those that are over."""

    dials: int
    calls: int
    outcomes: dict[str, int]
    talk_seconds: int
    spent: int  # millionths of the account's currency


@dataclass(frozen=True)
class WorkedOut:
    """`seconds`: of the month, since the account is there, until now."""

    seconds: float
    asleep: Use
    calling: Use


@dataclass(frozen=True)
class Usage:
    month: str
    now: datetime
    counted: Counted
    worked_out: WorkedOut


def usage_of(outside: Outside, account: Account, month: str | None) -> Usage:
    """`month`: as in 2026-03, by the account's clock; None: this one. Twelve aggregations, each one read for
    every 1,000 of the month's calls. Raises Invalid."""
    now = outside.clock.now()
    asked = month or account.month_of(now)
    begins = datetime.strptime(asked, "%Y-%m").replace(tzinfo=ZoneInfo(account.timezone))
    if begins > now:
        raise Invalid.field("month", "has not begun")
    ends = (begins + LONGER_THAN_A_MONTH).replace(day=1)
    lasts = min(ends, now).astimezone(UTC) - max(begins, account.created_at).astimezone(UTC)
    seconds = max(0.0, lasts.total_seconds())
    counted = _counted(outside, account, asked)
    return Usage(asked, now, counted, WorkedOut(seconds, use_of_ticks(seconds), use_of_dials(counted.dials)))


def _counted(outside: Outside, account: Account, month: str) -> Counted:
    dialed, store = account_queries.dialed_in(account.id, month), outside.store

    def ended_as(state: State) -> int:
        return store.count(account_queries.dialed_in_with(account.id, month, state))

    return Counted(
        dials=store.sum(dialed, "month_dials"),
        calls=store.count(dialed),
        outcomes={state.value: ended_as(state) for state in sorted(FINAL)},
        talk_seconds=store.sum(dialed, "month_seconds"),
        spent=store.sum(dialed, "month_cost"),
    )
