"""A month in which nobody is called: 2,880 ticks over campaigns that sleep, in virtual time."""

import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.domain.call import Call, Script
from service.domain.campaign import Campaign, CampaignSettings, Status
from service.domain.lane import DEFAULT_LANE
from service.domain.prices import BILLED_SECONDS_MIN, COLD_START_SECONDS, MONTH_SECONDS, TICKS_A_MONTH, Use
from service.entrypoints.site import Receipt
from service.local.time_lapse import TimeLapse
from service.ports import Create, Write
from service.usecases.accounts import authenticate
from service.usecases.pulling import pull_clock
from tests.bench.bill import billed_seconds, month_dollars, shares
from tests.bench.cold_start import cold_tick_cpu_seconds
from tests.bench.line import Measured, Size, main

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


def measure(size: Size) -> Measured:
    figures = {f"{count:,} asleep": _month(count, TICKS[size]) for count in CAMPAIGNS[size]}
    start = cold_tick_cpu_seconds(COLD_TICKS[size])
    for of_one in figures.values():
        of_one |= _price(of_one, start)
    months = list(figures.values())
    claims = {
        "1 read a tick, and 1 more at the sweep of each hour": all(
            of_one["reads"] == of_one["ticks"] + of_one["ticks"] // 4 for of_one in months
        ),
        "0 writes and 0 tasks": all(of_one["writes"] == of_one["tasks"] == 0 for of_one in months),
        f"a month at list price <= {DOLLARS_MAX} $, each tick billed its CPU": all(
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
    return {
        "ticks": ticks,
        "reads": round(spent["reads"]),
        "writes": round(spent["writes"]),
        "tasks": round(spent["tasks"]),
        "cpu_ms_a_tick": round(spent["cpu_milliseconds"] / ticks, 2),
    }


def _price(month: dict[str, float], start_seconds: float) -> dict[str, float]:
    """Each tick a start, as long as it was measured here; and, to be on the safe side, as it is assumed."""
    use, assumed = _use(month, start_seconds), _use(month, COLD_START_SECONDS)
    taken = shares(use)
    return {
        "cold_tick_cpu_s": start_seconds,
        "billed_s_a_tick": round(use.instance_seconds / month["ticks"], 1),
        "list_price_usd": round(month_dollars(use), 4),
        "billed_s_a_tick_allowed": _allowed(month),
        f"list_price_at_{COLD_START_SECONDS:.0f}_s_usd": round(month_dollars(assumed), 4),
        "largest_free_share": round(shares(assumed).largest, 4),
        "reads_free_share": round(taken.by_name["reads"], 4),
        "vcpu_free_share": round(taken.by_name["vcpu_seconds"], 4),
    }


def _allowed(month: dict[str, float]) -> float:
    """So long may a tick take, waiting included, for the month to stay within the limit."""
    steps = 1
    while month_dollars(_use(month, (steps + 1) * BILLED_SECONDS_MIN)) <= DOLLARS_MAX:
        steps += 1
    return round(steps * BILLED_SECONDS_MIN, 1)


def _use(month: dict[str, float], start_seconds: float) -> Use:
    ticks = round(month["ticks"])
    return Use(
        reads=round(month["reads"]),
        writes=round(month["writes"]),
        tasks=round(month["tasks"]),
        requests=ticks,
        instance_seconds=ticks * billed_seconds(start_seconds),
    )


def _add(spent: Counter[str], receipt: Receipt) -> None:
    spent["requests"] += 1
    for name in ("reads", "writes", "tasks", "cpu_milliseconds"):
        spent[name] += receipt[name]


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


if __name__ == "__main__":
    main("idle_month", measure)
