"""What one more call costs, in virtual time: the difference of two campaigns, divided by their calls."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from service.local.telephone_calls import FateOf
from tests.bench.bill import dollars_of_requests
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

# The budgets of deploy/ARCHITECTURE.md, "What a call costs". In passes of 100 a pass's own writes (the mutex,
# the campaign, the account) and the delivery of the refill that asks for it are told apart.
BUDGET_OF_ONE = {"reads": 16, "writes": 8, "task_operations": 5}
BUDGET_OF_100 = {"reads": 8, "writes": 5, "task_operations": 3}
OF_A_PASS_OF_100 = {"writes": 3, "task_operations": 1}
DOLLARS_OF_1000_MAX = 0.02


def measure(size: Size) -> Measured:
    figures: Figures = {}
    for slots in IN_FLIGHT[size]:
        fewer, more = _calls(size, slots)
        name = f"{slots} in flight"
        figures[f"{name}, answered at once"] = _each(fewer, more, slots, answered_at_once)
        retried = _each(fewer, more, slots, answered_after_two_retries, **RETRIES_OF_BUSY)
        figures[f"{name}, at the third attempt"] = retried
    return Measured(figures, claims(figures))


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
        name: round(further[name] / calls, 5) for name in ("reads", "writes", "task_operations", "requests")
    }
    each["cpu_ms"] = round(further["cpu_milliseconds"] / calls, 2)
    each["usd_of_1000"] = round(dollars_of_requests(further) / calls * 1000, 4)
    each["usd_of_1000_slow_provider"] = round(dollars_of_requests(further, ALONE_SECONDS) / calls * 1000, 4)
    return each


def claims(figures: Figures) -> dict[str, bool]:
    held = {}
    for slots, budget, of_a_pass in ((1, BUDGET_OF_ONE, {}), (100, BUDGET_OF_100, OF_A_PASS_OF_100)):
        each = figures.get(f"{slots} in flight, answered at once")
        if each:
            held[f"{slots} in flight, answered at once: {_told(budget, of_a_pass)}"] = all(
                each[name] <= most + of_a_pass.get(name, 0) / slots for name, most in budget.items()
            )
    of_100 = figures.get("100 in flight, answered at once")
    if of_100:
        held[f"in passes of 100: 1,000 calls <= {DOLLARS_OF_1000_MAX} $"] = (
            of_100["usd_of_1000"] <= DOLLARS_OF_1000_MAX
        )
    return held


def _told(budget: dict[str, int], of_a_pass: dict[str, int]) -> str:
    more = {name: f" and {of_each} of each pass" for name, of_each in of_a_pass.items()}
    return ", ".join(f"{name} <= {most}{more.get(name, '')}" for name, most in budget.items())


if __name__ == "__main__":
    main("call_cost", measure)
