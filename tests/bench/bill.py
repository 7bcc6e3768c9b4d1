"""What work costs at list price, and how much of the free tiers it takes."""

import math
from collections import Counter
from dataclasses import dataclass

from service.domain import prices
from service.domain.prices import Use, dollars

DAYS = 30


def billed_seconds(seconds: float) -> float:
    """Of one request that has the instance to itself: rounded up to 100 ms."""
    steps = math.ceil(round(seconds / prices.BILLED_SECONDS_MIN, 6))
    return max(1, steps) * prices.BILLED_SECONDS_MIN


def month_dollars(use: Use) -> float:
    """At list price, with the scheduler's one job."""
    return dollars(use) + prices.SCHEDULER_JOB_MONTH


def dollars_of_requests(spent: Counter[str], handler_seconds: float = 0.0) -> float:
    """Each request as if it had the instance to itself for 100 ms, and handlers for as long as is said: those
    that overlap share it and cost less."""
    seconds = spent["requests"] * prices.BILLED_SECONDS_MIN
    seconds += spent["handlers"] * max(0.0, handler_seconds - prices.BILLED_SECONDS_MIN)
    return dollars(Use(spent["reads"], spent["writes"], spent["task_operations"], spent["requests"], seconds))


@dataclass(frozen=True)
class Shares:
    """Parts of the free tiers that a month takes, 1.0 being all; days are taken to be alike."""

    by_name: dict[str, float]

    @property
    def largest(self) -> float:
        return max(self.by_name.values())

    @property
    def is_free(self) -> bool:
        return self.largest <= 1.0


def shares(use: Use) -> Shares:
    tiers = prices.FREE_TIERS
    return Shares({name: amount / tiers[name].within(DAYS) for name, amount in prices.billed(use).items()})
