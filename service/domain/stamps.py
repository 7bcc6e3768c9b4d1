"""What a call bears of its dials so that they can be counted and summed: the stores know no attempts."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from service.domain.call import Call


def hour_in(zone: str, now: datetime) -> int:
    """0 to 23."""
    return now.astimezone(ZoneInfo(zone)).hour


def stamped(call: Call) -> Call:
    """With the hour and the outcome of its first dial, the month of its last one, and the sums of its dials
    of that month. All of it comes of the attempts, so it cannot drift from them.

    The first dial, because everybody has one: the last dials of an hour would be those that were answered, as
    who was not is dialled again later. A call that is dialled again in another month is of that one alone:
    sums of a month that is over lose its part."""
    first = call.attempts[0] if call.attempts else None
    month = call.attempts[-1].month if call.attempts else ""
    of_month = [attempt for attempt in call.attempts if attempt.month == month]
    return replace(
        call,
        first_hour=first.hour if first else None,
        first_outcome=first.outcome if first else None,
        month=month,
        month_dials=len(of_month),
        month_seconds=sum(attempt.duration_seconds or 0 for attempt in of_month),
        month_cost=sum(attempt.cost or 0 for attempt in of_month),
    )
