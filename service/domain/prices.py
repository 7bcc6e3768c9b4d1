"""List prices in US dollars and free tiers, as data: United States, single region.

A price is what one pays beyond the free tiers, which one billing account has once for all that it runs.

In no bill that is worked out of them, since nobody counts it here: what Firestore keeps and deletes; logs,
metrics and images; network egress; what the telephony provider takes; taxes.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

CURRENCY = "USD"
BILLED_SECONDS_MIN = 0.1  # each request is rounded up to 100 ms

VCPU, GIB = 1.0, 0.5  # of an instance: deploy/gcp_resources.sh

MONTH_SECONDS = 30 * 24 * 3600
TICK_SECONDS = 900
SWEEP_SECONDS = 3600  # one read more each
TICKS_A_MONTH = MONTH_SECONDS // TICK_SECONDS
SWEEPS_A_MONTH = MONTH_SECONDS // SWEEP_SECONDS
COLD_START_SECONDS = 2.0  # assumed for every tick: start-up and shutdown are billed
POLL_SECONDS = 10  # of a server that never sleeps and looks for work by itself


@dataclass(frozen=True)
class Use:
    """What was used. An operation of a task is a request to create it, refused or not, and each delivery."""

    reads: int = 0
    writes: int = 0
    task_operations: int = 0
    requests: int = 0
    instance_seconds: float = 0.0

    def __add__(self, other: "Use") -> "Use":
        return Use(
            self.reads + other.reads,
            self.writes + other.writes,
            self.task_operations + other.task_operations,
            self.requests + other.requests,
            self.instance_seconds + other.instance_seconds,
        )


@dataclass(frozen=True)
class Price:
    dollars: float
    per: int
    source: str
    read_on: date

    @property
    def of_one(self) -> float:
        return self.dollars / self.per


@dataclass(frozen=True)
class FreeTier:
    amount: int
    every: Literal["day", "month"]
    source: str
    read_on: date

    def within(self, days: float) -> float:
        """How much of it there is in so many days."""
        return self.amount * (days if self.every == "day" else 1)


_FIRESTORE = "https://cloud.google.com/firestore/pricing"
_TASKS = "https://cloud.google.com/tasks/pricing"
_RUN = "https://cloud.google.com/run/pricing"
_SCHEDULER = "https://cloud.google.com/scheduler/pricing"

PRICES = {
    "reads": Price(0.03, 100_000, _FIRESTORE, date(2026, 11, 24)),
    "writes": Price(0.09, 100_000, _FIRESTORE, date(2026, 11, 24)),
    "task_operations": Price(0.40, 1_000_000, _TASKS, date(2026, 11, 24)),
    "requests": Price(0.40, 1_000_000, _RUN, date(2026, 11, 24)),
    "vcpu_seconds": Price(0.000024, 1, _RUN, date(2026, 11, 24)),  # request-based billing
    "gib_seconds": Price(0.0000025, 1, _RUN, date(2026, 11, 24)),
    "scheduler_jobs": Price(0.10, 1, _SCHEDULER, date(2026, 11, 24)),  # a month
    # Instance-based billing, which is cheaper for what never sleeps:
    "always_vcpu_seconds": Price(0.000018, 1, _RUN, date(2026, 11, 27)),
    "always_gib_seconds": Price(0.000002, 1, _RUN, date(2026, 11, 27)),
}
SCHEDULER_JOB_MONTH = PRICES["scheduler_jobs"].of_one

FREE_TIERS = {
    "reads": FreeTier(50_000, "day", _FIRESTORE, date(2026, 11, 27)),
    "writes": FreeTier(20_000, "day", _FIRESTORE, date(2026, 11, 27)),
    "task_operations": FreeTier(1_000_000, "month", _TASKS, date(2026, 11, 27)),
    "requests": FreeTier(2_000_000, "month", _RUN, date(2026, 11, 27)),
    "vcpu_seconds": FreeTier(180_000, "month", _RUN, date(2026, 11, 27)),
    "gib_seconds": FreeTier(360_000, "month", _RUN, date(2026, 11, 27)),
    "scheduler_jobs": FreeTier(3, "month", _SCHEDULER, date(2026, 11, 27)),
}
_READ_ON = [price.read_on for price in PRICES.values()] + [tier.read_on for tier in FREE_TIERS.values()]
READ_IN = f"{min(_READ_ON):%Y-%m}"  # the oldest of them


def dollars(use: Use) -> float:
    """Without the scheduler's job, which is paid by the month."""
    return sum(amount * PRICES[name].of_one for name, amount in _counted(use).items())


def billed(use: Use) -> dict[str, float]:
    """How much of each free tier it takes, with the scheduler's one job."""
    return _counted(use) | {"scheduler_jobs": 1}


def _counted(use: Use) -> dict[str, float]:
    return {
        "reads": use.reads,
        "writes": use.writes,
        "task_operations": use.task_operations,
        "requests": use.requests,
        "vcpu_seconds": use.instance_seconds * VCPU,
        "gib_seconds": use.instance_seconds * GIB,
    }


def use_of_ticks(seconds: float) -> Use:
    """Of so long a time in which nothing is to be done: each tick finds no instance and starts one."""
    ticks, sweeps = int(seconds // TICK_SECONDS), int(seconds // SWEEP_SECONDS)
    return Use(reads=ticks + sweeps, requests=ticks, instance_seconds=ticks * COLD_START_SECONDS)


def scheduler_dollars(seconds: float) -> float:
    """Its part of the month."""
    return SCHEDULER_JOB_MONTH * seconds / MONTH_SECONDS


def never_sleeping_dollars(seconds: float) -> float:
    """One instance that is there all the time, and reads a document every ten seconds."""
    polls = int(seconds // POLL_SECONDS)
    of_a_second = VCPU * PRICES["always_vcpu_seconds"].of_one + GIB * PRICES["always_gib_seconds"].of_one
    return polls * PRICES["reads"].of_one + seconds * of_a_second
