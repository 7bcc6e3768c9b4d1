"""A month in which nobody is called: 2,880 ticks over campaigns that sleep, in virtual time."""

import resource
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.domain.call import Call, Script
from service.domain.campaign import Campaign, CampaignSettings, Status
from service.domain.lane import DEFAULT_LANE
from service.domain.prices import COLD_START_SECONDS, MONTH_SECONDS, TICKS_A_MONTH, Use
from service.entrypoints.site import Receipt
from service.local.time_lapse import TimeLapse
from service.ports import Create, Write
from service.usecases.accounts import authenticate
from service.usecases.pulling import pull_clock
from tests.bench.bill import billed_seconds, month_dollars, shares
from tests.bench.line import Measured, Size, main

START = datetime(2026, 3, 2, tzinfo=UTC)
OPENS_AFTER = timedelta(days=40)  # more than the month, so that none wakes in it
WRITES_AT_ONCE = 400
START_UP_SECONDS_MAX = 60
CAMPAIGNS: dict[Size, tuple[int, ...]] = {
    "small": (1,),
    "usual": (1, 100, 10_000),
    "large": (1, 100, 10_000, 100_000),
}
TICKS: dict[Size, int] = {"small": 8, "usual": TICKS_A_MONTH, "large": TICKS_A_MONTH}
DOLLARS_MAX = 0.15

# All that an instance loads in the cloud before its first answer.
LOADED = (
    "gunicorn.app.wsgiapp",
    "service.wiring",
    "service.state.firestore",
    "service.state.firestore_client",
    "google.cloud.tasks_v2",
    "service.dispatch.cloud_tasks",
)


def measure(size: Size) -> Measured:
    figures = {f"{count:,} asleep": _month(count, TICKS[size]) for count in CAMPAIGNS[size]}
    start_up = _start_up_cpu_seconds()
    for of_one in figures.values():
        ticks, cpu_s = round(of_one["ticks"]), of_one["cpu_ms_a_tick"] / 1000
        measured = Use(round(of_one["reads"]), 0, 0, ticks, ticks * billed_seconds(start_up + cpu_s))
        of_one["start_up_cpu_s_here"] = start_up
        of_one["list_price_with_that_usd"] = round(month_dollars(measured), 4)
    months = list(figures.values())
    claims = {
        "1 read a tick, and 1 more at the sweep of each hour": all(
            of_one["reads"] == of_one["ticks"] + of_one["ticks"] // 4 for of_one in months
        ),
        "0 writes and 0 tasks": all(of_one["writes"] == of_one["tasks"] == 0 for of_one in months),
        f"a month at list price <= {DOLLARS_MAX} $, each tick a start of {COLD_START_SECONDS:.0f} s": all(
            of_one["list_price_usd"] <= DOLLARS_MAX for of_one in months
        ),
        "a month within the free tiers: 0 $": all(of_one["largest_free_share"] <= 1 for of_one in months),
        "the same reads, writes and price whatever the number of campaigns": len(
            {(of_one["reads"], of_one["writes"], of_one["list_price_usd"]) for of_one in months}
        )
        == 1,
    }
    return Measured(figures, claims)


def _month(campaigns: int, ticks: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        spent: Counter[str] = Counter()
        world = TimeLapse.begin(Path(folder), START, seed=1, on_receipt=lambda each: _add(spent, each))
        _put_to_sleep(world, campaigns)
        world.run_until(START + timedelta(minutes=30))  # the first tick finds nothing due, and sleeps
        spent.clear()
        world.run_until(world.clock.now() + timedelta(seconds=ticks * MONTH_SECONDS / TICKS_A_MONTH))
    assert spent["requests"] == ticks, spent
    cpu_ms = spent["cpu_milliseconds"] / ticks
    use = Use(
        reads=round(spent["reads"]),
        writes=round(spent["writes"]),
        tasks=round(spent["tasks"]),
        requests=ticks,
        instance_seconds=ticks * billed_seconds(COLD_START_SECONDS + cpu_ms / 1000),
    )
    taken = shares(use)
    return {
        "ticks": ticks,
        "reads": use.reads,
        "writes": use.writes,
        "tasks": use.tasks,
        "cpu_ms_a_tick": round(cpu_ms, 2),
        "billed_s_a_tick": round(use.instance_seconds / ticks, 1),
        "list_price_usd": round(month_dollars(use), 4),
        "of_which_instance_usd": round(month_dollars(use) - month_dollars(_without_instance(use)), 4),
        "largest_free_share": round(taken.largest, 4),
        "reads_free_share": round(taken.by_name["reads"], 4),
        "vcpu_free_share": round(taken.by_name["vcpu_seconds"], 4),
    }


def _add(spent: Counter[str], receipt: Receipt) -> None:
    spent["requests"] += 1
    for name in ("reads", "writes", "tasks", "cpu_milliseconds"):
        spent[name] += receipt[name]


def _without_instance(use: Use) -> Use:
    return Use(use.reads, use.writes, use.tasks, use.requests)


def _put_to_sleep(world: TimeLapse, count: int) -> None:
    """Campaigns that were started, each with a contact, and whose first day comes after the month."""
    outside = world.service.outside
    admitted = authenticate(outside, world.key)
    assert admitted is not None
    account = admitted.account
    opens = START + OPENS_AFTER
    chosen = CampaignSettings("Asleep", script=Script(twiml="<Response/>"), first_day=opens.date())
    writes: list[Write] = [pull_clock(DEFAULT_LANE)]
    for n in range(count):
        asleep = Campaign(
            f"cmp_{n}", account.id, DEFAULT_LANE, START, chosen, status=Status.RUNNING, next_due_at=opens,
            cohorts=("",),
        )  # fmt: skip
        waits = Call(f"call_{n}", account.id, asleep.id, DEFAULT_LANE, f"+1312{5550000 + n}", START, START)
        writes += [Create(asleep), Create(waits)]
    for first in range(0, len(writes), WRITES_AT_ONCE):
        outside.store.commit(writes[first : first + WRITES_AT_ONCE])


def _start_up_cpu_seconds() -> float:
    """Of this machine: what loading the service as in the cloud takes, to compare the assumption with."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = f"import {', '.join(LOADED)}"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=START_UP_SECONDS_MAX)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2)


if __name__ == "__main__":
    main("idle_month", measure)
