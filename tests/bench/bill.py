"""What work costs at list price, and how much of the free tiers it takes."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.domain import prices
from service.domain.prices import Use, dollars

DATA: dict[str, Any] = json.loads((Path(__file__).parent / "prices.json").read_text())
VCPU, GIB = DATA["instance"]["vcpu"], DATA["instance"]["gib"]
DAYS = 30


def billed_seconds(seconds: float) -> float:
    """Of one request that has the instance to itself: rounded up to 100 ms."""
    steps = math.ceil(round(seconds / prices.BILLED_SECONDS_MIN, 6))
    return max(1, steps) * prices.BILLED_SECONDS_MIN


def month_dollars(use: Use) -> float:
    """At list price, with the scheduler's one job."""
    return dollars(use, vcpu=VCPU, gib=GIB) + prices.SCHEDULER_JOB_MONTH


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
    used = {
        "reads": use.reads,
        "writes": use.writes,
        "task_operations": 2 * use.tasks,
        "requests": use.requests,
        "vcpu_seconds": use.instance_seconds * VCPU,
        "gib_seconds": use.instance_seconds * GIB,
        "scheduler_jobs": 1,
    }
    return Shares({name: amount / _free_in_a_month(name) for name, amount in used.items()})


def _free_in_a_month(name: str) -> float:
    tier = DATA["free_tiers"][name]
    return float(tier["amount"] * (DAYS if tier["every"] == "day" else 1))
