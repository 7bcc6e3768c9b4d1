"""A month in which nobody is called: 2,880 ticks over campaigns that sleep, in virtual time.

What a tick takes that finds no instance is measured in processes of their own, over a store of as many
campaigns.
"""

import statistics
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.domain.call import Call, Script
from service.domain.campaign import Campaign, CampaignSettings, Status
from service.domain.lane import DEFAULT_LANE
from service.domain.prices import (
    BILLED_SECONDS_MIN,
    COLD_START_SECONDS,
    TICK_SECONDS,
    TICKS_A_MONTH,
    Use,
    never_sleeping_dollars,
)
from service.entrypoints.site import Receipt
from service.local.time_lapse import TimeLapse
from service.ports import Create, Outside, Write
from service.settings import Settings
from service.usecases.accounts import NewAccount, create_account
from service.usecases.pulling import pull_clock
from service.usecases.run_pass import run_pass
from service.wiring import build
from tests.bench.bill import billed_seconds, month_dollars, shares
from tests.bench.cold_start import URL, Case, cases, here
from tests.bench.cold_start import measure as measure_in_turn
from tests.bench.line import Figures, Measured, Size, main
from tests.support.fresh_process import settings_of

START = datetime(2026, 3, 2, tzinfo=UTC)
OPENS_AFTER = timedelta(days=40)  # more than the month, so that none wakes in it
WRITES_AT_ONCE = 400
CAMPAIGNS: dict[Size, tuple[int, ...]] = {
    "small": (1,),
    "usual": (1, 100, 10_000),
    "large": (1, 100, 10_000, 100_000),
}
TICKS: dict[Size, int] = {"small": 8, "usual": TICKS_A_MONTH, "large": TICKS_A_MONTH}
COLD_TICKS: dict[Size, int] = {"small": 1, "usual": 9, "large": 15}  # measured, of which the median counts
DOLLARS_MAX = 0.15
COLD_MORE_MAX = 1.1  # times what one campaign takes
SWEEPING = """
from service.domain import lane
lane.is_sweep_time = lambda reason, now: True  # whatever the time is here
from service.wsgi import app
"""


def measure(size: Size) -> Measured:
    counts = CAMPAIGNS[size]
    cold = _cold(counts, COLD_TICKS[size])
    figures = {f"{count:,} asleep": _month(count, TICKS[size]) | cold[count] for count in counts}
    for of_one in figures.values():
        of_one |= _price(of_one)
    return Measured(figures, _claims(figures))


def _claims(figures: Figures) -> dict[str, bool]:
    months = list(figures.values())
    first = months[0]
    return {
        "1 read a tick, and 1 more at the sweep of each hour": all(
            of_one["reads"] == of_one["ticks"] + of_one["ticks"] // 4 for of_one in months
        ),
        "0 writes and 0 tasks": all(of_one["writes"] == of_one["tasks"] == 0 for of_one in months),
        f"a month at list price <= {DOLLARS_MAX} $, each tick and each sweep billed the CPU seconds of a "
        "process that starts for it and ends, and nothing that it waits for": all(
            of_one["list_price_usd"] <= DOLLARS_MAX for of_one in months
        ),
        f"a month within the free tiers: 0 $, at {COLD_START_SECONDS:.0f} s a tick": all(
            of_one["largest_free_share"] <= 1 for of_one in months
        ),
        "the same reads and writes whatever the number of campaigns": len(
            {(of_one["reads"], of_one["writes"]) for of_one in months}
        )
        == 1,
        f"CPU of a cold tick, and of a cold sweep, <= {COLD_MORE_MAX} x that with 1 asleep": all(
            of_one[name] <= first[name] * COLD_MORE_MAX
            for of_one in months
            for name in ("cold_tick_cpu_s", "cold_sweep_cpu_s")
        ),
    }


def _month(campaigns: int, ticks: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        spent: Counter[str] = Counter()
        world = TimeLapse.begin(Path(folder), START, seed=1, on_receipt=lambda each: _add(spent, each))
        _put_to_sleep(world.service.outside, campaigns)
        world.run_until(START + timedelta(minutes=30))  # the first tick finds nothing due, and sleeps
        spent.clear()
        world.run_until(world.clock.now() + timedelta(seconds=ticks * TICK_SECONDS))
    assert spent["requests"] == ticks, spent
    return {
        "ticks": ticks,
        "reads": round(spent["reads"]),
        "writes": round(spent["writes"]),
        "tasks": round(spent["tasks"]),
        "warm_cpu_ms_a_tick": round(spent["cpu_milliseconds"] / ticks, 2),
    }


def cold_cpu_seconds(rounds: int) -> tuple[float, float]:
    """Of a tick, and of one that sweeps, with one campaign asleep."""
    (of_one,) = _cold((1,), rounds).values()
    return of_one["cold_tick_cpu_s"], of_one["cold_sweep_cpu_s"]


def _cold(counts: tuple[int, ...], rounds: int) -> dict[int, dict[str, float]]:
    """Of a tick and of one that sweeps, from the start of gunicorn to its end, over each store in turn."""
    with tempfile.TemporaryDirectory() as folder:
        of = {count: _cold_cases(Path(folder) / str(count), count) for count in counts}
        measure_in_turn([case for each in of.values() for case in each.values()], rounds)
    return {count: _medians(each) for count, each in of.items()}


def _cold_cases(folder: Path, campaigns: int) -> dict[str, Case]:
    store = {"REVEILLE_STORE": f"sqlite:{folder / 'reveille.db'}"}
    tick, _ = cases(folder, here, **store)
    (folder / "sweeping.py").write_text(SWEEPING)
    service = build(Settings.read(settings_of(folder, PUBLIC_BASE_URL=URL, **store)))
    _put_to_sleep(service.outside, campaigns)
    run_pass(service.outside, DEFAULT_LANE, "wake")
    service.close()
    return {"tick": tick, "sweep": replace(tick, app="sweeping:app", milliseconds=[], cpu_seconds=[])}


def _medians(of: Mapping[str, Case]) -> dict[str, float]:
    """`wall`: from exec to the answer, without the end."""
    cpu = {f"cold_{name}_cpu_s": round(statistics.median(case.cpu_seconds), 3) for name, case in of.items()}
    wall = {
        f"cold_{name}_wall_s": round(statistics.median(case.milliseconds) / 1000, 3)
        for name, case in of.items()
    }
    return cpu | wall


def _price(month: dict[str, float]) -> dict[str, float]:
    """Each tick a start, as long as its CPU was measured here; and, to be on the safe side, as is assumed."""
    sweeps = month["reads"] - month["ticks"]
    seconds = (month["ticks"] - sweeps) * billed_seconds(month["cold_tick_cpu_s"])
    seconds += sweeps * billed_seconds(month["cold_sweep_cpu_s"])
    assumed = _use(month, month["ticks"] * COLD_START_SECONDS)
    taken, at_list_price = shares(assumed), month_dollars(assumed)
    never_sleeping = never_sleeping_dollars(month["ticks"] * TICK_SECONDS)
    at = f"at_{COLD_START_SECONDS:.0f}_s"
    return {
        "list_price_usd": round(month_dollars(_use(month, seconds)), 4),
        "billed_s_a_tick_allowed": _allowed(month),
        f"list_price_{at}_usd": round(at_list_price, 4),
        "never_sleeping_usd": round(never_sleeping, 2),
        f"never_sleeping_by_{at}": round(never_sleeping / at_list_price),
        "largest_free_share": round(taken.largest, 4),
        "reads_free_share": round(taken.by_name["reads"], 4),
        f"vcpu_free_share_{at}": round(taken.by_name["vcpu_seconds"], 4),
    }


def _allowed(month: dict[str, float]) -> float:
    """So long may a tick take, waiting included, for the month to stay within the limit."""
    steps = 1
    while month_dollars(_use(month, month["ticks"] * (steps + 1) * BILLED_SECONDS_MIN)) <= DOLLARS_MAX:
        steps += 1
    return round(steps * BILLED_SECONDS_MIN, 1)


def _use(month: dict[str, float], instance_seconds: float) -> Use:
    return Use(
        reads=round(month["reads"]),
        writes=round(month["writes"]),
        task_operations=2 * round(month["tasks"]),  # each created and delivered
        requests=round(month["ticks"]),
        instance_seconds=instance_seconds,
    )


def _add(spent: Counter[str], receipt: Receipt) -> None:
    spent["requests"] += 1
    for name in ("reads", "writes", "tasks", "cpu_milliseconds"):
        spent[name] += receipt[name]


def _put_to_sleep(outside: Outside, count: int) -> None:
    """Campaigns that were started, each with a contact, and whose first day comes after the month."""
    now = outside.clock.now()
    account, _ = create_account(outside, NewAccount("Asleep", "US", ("*",)), "bench")
    opens = now + OPENS_AFTER
    chosen = CampaignSettings("Asleep", script=Script(twiml="<Response/>"), first_day=opens.date())
    writes: list[Write] = [pull_clock(DEFAULT_LANE)]
    for n in range(count):
        asleep = Campaign(
            f"cmp_{n}", account.id, DEFAULT_LANE, now, chosen, status=Status.RUNNING, next_due_at=opens,
            cohorts=("",),
        )  # fmt: skip
        waits = Call(f"call_{n}", account.id, asleep.id, DEFAULT_LANE, f"+1312{5550000 + n}", now, now)
        writes += [Create(asleep), Create(waits)]
    for first in range(0, len(writes), WRITES_AT_ONCE):
        outside.store.commit(writes[first : first + WRITES_AT_ONCE])


if __name__ == "__main__":
    main("idle_month", measure)
