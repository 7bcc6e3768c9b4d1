"""What a call bears of its dials so that they can be counted and summed: the stores know no attempts."""

from dataclasses import replace

from service.domain.call import Call


def stamped(call: Call) -> Call:
    """With the hour and the month of its last dial, and the sums of its dials of that month. All of it comes
    of the attempts, so it cannot drift from them. A call that is dialled again in another month is of that
    one alone: sums of a month that is over lose its part."""
    if not call.attempts:
        return replace(call, hour=None, month="", month_dials=0, month_seconds=0, month_cost=0)
    last = call.attempts[-1]
    of_month = [attempt for attempt in call.attempts if attempt.month == last.month]
    return replace(
        call,
        hour=last.hour,
        month=last.month,
        month_dials=len(of_month),
        month_seconds=sum(attempt.duration_seconds or 0 for attempt in of_month),
        month_cost=sum(attempt.cost or 0 for attempt in of_month),
    )
