"""What one more call costs, in virtual time: the difference of two campaigns, divided by their calls."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from service.domain.prices import BILLED_SECONDS_MIN, Use, dollars
from service.local.telephone_calls import FateOf
from tests.bench.campaign_run import (
    RETRIES_OF_BUSY,
    answered_after_two_retries,
    answered_at_once,
    cost_of_campaign,
)
from tests.bench.line import Figures, Measured, Size, main

IN_FLIGHT: dict[Size, tuple[int, ...]] = {"small": (1,), "usual": (1, 10, 100), "large": (1, 10, 100)}
FEWER_CALLS: dict[Size, int] = {"small": 2, "usual": 10, "large": 10}
PASSES: dict[Size, int] = {"small": 3, "usual": 3, "large": 20}  # so many times the slots are filled
ALONE_SECONDS = 0.5  # assumed, not measured: a handler that waits so long for the provider's answer

# The budgets of deploy/ARCHITECTURE.md, "What a call costs"; in passes of 100 with the share of each pass.
BUDGET_OF_ONE = {"reads": 16, "writes": 8, "task_operations": 5}
BUDGET_OF_100 = {"reads": 8, "writes": 5.03, "task_operations": 3.01}
DOLLARS_OF_1000_MAX = 0.02


def measure(size: Size) -> Measured:
    figures: Figures = {}
    for slots in IN_FLIGHT[size]:
        fewer, more = _calls(size, slots)
        name = f"{slots} in flight"
        figures[f"{name}, answered at once"] = _each(fewer, more, slots, answered_at_once)
        retried = _each(fewer, more, slots, answered_after_two_retries, **RETRIES_OF_BUSY)
        figures[f"{name}, at the third attempt"] = retried
    return Measured(figures, _claims(figures))


def _calls(size: Size, slots: int) -> tuple[int, int]:
    fewer = max(FEWER_CALLS[size], slots)
    return fewer, fewer * PASSES[size]


def _each(fewer: int, more: int, slots: int, fate: FateOf, **settings: Any) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        costs = [cost_of_campaign(Path(folder) / str(n), n, slots, fate, **settings) for n in (fewer, more)]
    further = Counter(costs[1])
    further.subtract(costs[0])
    calls = more - fewer
    each = {
        name: round(further[name] / calls, 3) for name in ("reads", "writes", "task_operations", "requests")
    }
    each["cpu_ms"] = round(further["cpu_milliseconds"] / calls, 2)
    each["usd_of_1000"] = round(_dollars(further, 0.0) / calls * 1000, 4)
    each["usd_of_1000_slow_provider"] = round(_dollars(further, ALONE_SECONDS) / calls * 1000, 4)
    return each


def _dollars(spent: Counter[str], handler_seconds: float) -> float:
    """Each request as if it had the instance to itself: those that overlap share it and cost less."""
    seconds = spent["requests"] * BILLED_SECONDS_MIN
    seconds += spent["handlers"] * max(0.0, handler_seconds - BILLED_SECONDS_MIN)
    use = Use(spent["reads"], spent["writes"], spent["tasks"], spent["requests"], seconds)
    return dollars(use)


def _claims(figures: Figures) -> dict[str, bool]:
    claims = {}
    for slots, budget in ((1, BUDGET_OF_ONE), (100, BUDGET_OF_100)):
        each = figures.get(f"{slots} in flight, answered at once")
        if each:
            limits = ", ".join(f"{name} <= {most}" for name, most in budget.items())
            within = all(each[name] <= most for name, most in budget.items())
            claims[f"{slots} in flight, answered at once: {limits}"] = within
    of_100 = figures.get("100 in flight, answered at once")
    if of_100:
        claims[f"in passes of 100: 1,000 calls <= {DOLLARS_OF_1000_MAX} $"] = (
            of_100["usd_of_1000"] <= DOLLARS_OF_1000_MAX
        )
    return claims


if __name__ == "__main__":
    main("call_cost", measure)
