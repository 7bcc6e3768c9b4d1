"""List prices in US dollars and free tiers, as data: United States, single region.

Sources: cloud.google.com/firestore/pricing, /run/pricing, /tasks/pricing, /scheduler/pricing; read 2026-11.
A price is what one pays beyond the free tiers, which one billing account has once for all that it runs.
"""

from dataclasses import dataclass
from typing import Literal

READ_IN = "2026-11"
CURRENCY = "USD"
READ = 0.03 / 100_000
WRITE = 0.09 / 100_000
TASK_OPERATION = 0.40 / 1_000_000
REQUEST = 0.40 / 1_000_000
VCPU_SECOND = 0.000024  # request-based billing
GIB_SECOND = 0.0000025
ALWAYS_VCPU_SECOND = 0.000018  # instance-based billing, which is cheaper for what never sleeps
ALWAYS_GIB_SECOND = 0.000002
SCHEDULER_JOB_MONTH = 0.10
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
    """What was used; tasks are counted as created, each is billed once more when it is delivered."""

    reads: int = 0
    writes: int = 0
    tasks: int = 0
    requests: int = 0
    instance_seconds: float = 0.0

    def __add__(self, other: "Use") -> "Use":
        return Use(
            self.reads + other.reads,
            self.writes + other.writes,
            self.tasks + other.tasks,
            self.requests + other.requests,
            self.instance_seconds + other.instance_seconds,
        )


@dataclass(frozen=True)
class FreeTier:
    amount: int
    every: Literal["day", "month"]
    source: str

    def within(self, days: float) -> float:
        """How much of it there is in so many days."""
        return self.amount * (days if self.every == "day" else 1)


_SOURCE = "https://cloud.google.com/{}/pricing"
FREE_TIERS = {
    "reads": FreeTier(50_000, "day", _SOURCE.format("firestore")),
    "writes": FreeTier(20_000, "day", _SOURCE.format("firestore")),
    "task_operations": FreeTier(1_000_000, "month", _SOURCE.format("tasks")),
    "requests": FreeTier(2_000_000, "month", _SOURCE.format("run")),
    "vcpu_seconds": FreeTier(180_000, "month", _SOURCE.format("run")),
    "gib_seconds": FreeTier(360_000, "month", _SOURCE.format("run")),
    "scheduler_jobs": FreeTier(3, "month", _SOURCE.format("scheduler")),
}


def dollars(use: Use) -> float:
    return (
        use.reads * READ
        + use.writes * WRITE
        + 2 * use.tasks * TASK_OPERATION
        + use.requests * REQUEST
        + use.instance_seconds * (VCPU * VCPU_SECOND + GIB * GIB_SECOND)
    )


def billed(use: Use) -> dict[str, float]:
    """How much of each free tier it takes, with the scheduler's one job."""
    return {
        "reads": use.reads,
        "writes": use.writes,
        "task_operations": 2 * use.tasks,
        "requests": use.requests,
        "vcpu_seconds": use.instance_seconds * VCPU,
        "gib_seconds": use.instance_seconds * GIB,
        "scheduler_jobs": 1,
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
    return polls * READ + seconds * (VCPU * ALWAYS_VCPU_SECOND + GIB * ALWAYS_GIB_SECOND)
