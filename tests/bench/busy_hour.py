"""An hour of a campaign whose slots are never free, in virtual time: talk of minutes, ticks included."""

import random
import tempfile
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from service.local.telephone_calls import Fate, Ring
from tests.bench.bill import dollars_of_requests
from tests.bench.call_cost import ALONE_SECONDS, BUDGET_OF_ONE
from tests.bench.campaign_run import START, add_campaign, begin
from tests.bench.line import Measured, Size, main
from tests.bench.peers.day import RING_SECONDS, TALK_SECONDS

IN_FLIGHT: dict[Size, tuple[int, ...]] = {"small": (2,), "usual": (10, 100), "large": (10, 100, 1_000)}
SINCE = START + timedelta(minutes=15)  # those that began together no longer end together
UNTIL = SINCE + timedelta(hours=1)
CONTACTS_OF_A_SLOT = 30  # in the 75 minutes a slot carries some 18
IN_FLIGHT_PART_MIN = 0.98


def measure(size: Size) -> Measured:
    figures = {f"{slots} in flight": _hour(slots) for slots in IN_FLIGHT[size]}
    limits = ", ".join(f"{name} <= {most}" for name, most in BUDGET_OF_ONE.items())
    claims = {
        f"each call, ticks included: {limits}": all(
            hour[name] <= most * hour["calls_finished"]
            for hour in figures.values()
            for name, most in BUDGET_OF_ONE.items()
        ),
        f"at least {IN_FLIGHT_PART_MIN:.0%} of the slots carry a call": all(
            figures[f"{slots} in flight"]["in_flight_mean"] >= IN_FLIGHT_PART_MIN * slots
            for slots in IN_FLIGHT[size]
        ),
    }
    return Measured(figures, claims)


def people_talk(to: str, _caller: str, _calls_before: int) -> Fate:
    """Everybody answers."""
    dice = random.Random(to)
    return Fate("completed", dice.uniform(*RING_SECONDS), dice.randint(*TALK_SECONDS))


def _hour(slots: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        world, ledger = begin(Path(folder), slots, people_talk)
        id = add_campaign(world, slots * CONTACTS_OF_A_SLOT)
        world.api("POST", f"/api/campaigns/{id}/start")
        world.run_until(SINCE)
        ledger.clear()
        world.run_until(UNTIL)
        spent = ledger.totals()
        in_flight = _in_flight_mean(world.network.rings(), SINCE, UNTIL)
        assert world.api("GET", f"/api/campaigns/{id}")["progress"]["queued"], "Nobody was left to call."
    return {"in_flight_mean": round(in_flight, 2)} | _row(spent)


def _row(spent: Counter[str]) -> dict[str, float]:
    calls = spent["completed"]
    usd, slow = dollars_of_requests(spent), dollars_of_requests(spent, ALONE_SECONDS)
    return {
        "calls_finished": calls,
        **{name: spent[name] for name in ("reads", "writes", "task_operations", "requests")},
        "cpu_s": round(spent["cpu_milliseconds"] / 1000, 2),
        "usd": round(usd, 4),
        "usd_slow_provider": round(slow, 4),
        "usd_of_1000": round(usd / calls * 1000, 4),
        "usd_of_1000_slow_provider": round(slow / calls * 1000, 4),
    }


def _in_flight_mean(rings: Iterable[Ring], since: datetime, until: datetime) -> float:
    """Calls at the telephone network, on average."""
    lasted = (min(ring.ended_at or until, until) - max(ring.created_at, since) for ring in rings)
    return sum((max(each, timedelta()) for each in lasted), timedelta()) / (until - since)


if __name__ == "__main__":
    main("busy_hour", measure)
