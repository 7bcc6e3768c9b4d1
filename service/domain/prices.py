"""List prices in US dollars, as data: United States, single region.

Source: cloud.google.com/firestore/pricing, /run/pricing, /tasks/pricing, /scheduler/pricing; read 2026-11.
The free tiers are left out: a figure here is what one pays beyond them.
"""

from dataclasses import dataclass

READ = 0.03 / 100_000
WRITE = 0.09 / 100_000
TASK_OPERATION = 0.40 / 1_000_000
REQUEST = 0.40 / 1_000_000
VCPU_SECOND = 0.000024  # request-based billing
GIB_SECOND = 0.0000025
SCHEDULER_JOB_MONTH = 0.10
BILLED_SECONDS_MIN = 0.1  # each request is rounded up to 100 ms

MONTH_SECONDS = 30 * 24 * 3600
TICKS_A_MONTH = MONTH_SECONDS // 900
SWEEPS_A_MONTH = MONTH_SECONDS // 3600  # one read more each


@dataclass(frozen=True)
class Use:
    """What was used; tasks are counted as created, each is billed once more when it is delivered."""

    reads: int = 0
    writes: int = 0
    tasks: int = 0
    requests: int = 0
    instance_seconds: float = 0.0


def dollars(use: Use, *, vcpu: float = 1.0, gib: float = 0.5) -> float:
    return (
        use.reads * READ
        + use.writes * WRITE
        + 2 * use.tasks * TASK_OPERATION
        + use.requests * REQUEST
        + use.instance_seconds * (vcpu * VCPU_SECOND + gib * GIB_SECOND)
    )
