"""`tests/simulation/run.sh --seeds N`: worlds by the thousand; prints one JSON line."""

import argparse
import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from tests.simulation.oracle import Broken
from tests.simulation.profile import Profile
from tests.simulation.world import World

WORKERS = 2
CHUNK = 25
PROMISES = (
    "double_rings",
    "lost_calls",
    "out_of_hours_rings",
    "limit_overshoots",
    "late_wakes",
    "leaked_slots",
)


def profile_of(seed: int) -> Profile:
    """Most worlds are a little unkind; some are terrible in one way or in all."""
    mild = Profile()
    unkind = {
        0: replace(mild, store_refuses=0.1, store_aborts=0.1, store_loses_answer=0.1),
        1: replace(mild, store_refuses=0.2, store_aborts=0.15, store_loses_answer=0.15, queue_refuses=0.5),
        2: replace(mild, crash=0.02),
        3: replace(mild, webhook_lost=0.3, provider_down=0.3),
        4: replace(mild, webhook_lost=1.0),
        5: replace(mild, task_copies_max=5, webhook_copies_max=5, webhook_delay_seconds=120, instances=4),
        6: replace(mild, tick_copies=(2, 4, 16), tick_gap=0.05, tick_gap_hours=24),
        7: replace(mild, provider_times_out=0.3, provider_never_receives=0.3, provider_refuses=0.2),
        8: replace(mild, stall=0.02, slow=0.2, webhook_first=0.5),
        9: replace(
            mild,
            zones=(
                "America/New_York",
                "Europe/London",
                "Australia/Lord_Howe",
                "Asia/Kolkata",
                "Asia/Kathmandu",
            ),
            starts=(
                "2026-03-07T20:00",
                "2026-11-01T00:00",
                "2026-03-28T20:00",
                "2026-10-24T20:00",
                "2026-04-04T10:00",
            ),
        ),
        10: replace(mild, user_steps=(3, 6)),
        11: replace(mild, contacts=(5, 12), campaigns=(2, 3)),
    }
    return unkind.get(seed % 16, mild)


def run_seed(seed: int, tell: Callable[[str], None] | None = None) -> Counter[str]:
    """The world's figures; a broken promise is counted, and its story printed."""
    logging.disable(logging.CRITICAL)
    world = World(seed, profile_of(seed), *([tell] if tell else []))
    began = world.scheduler.now
    try:
        world.run()
    except Broken as broken:
        print(f"SEED {seed}: {broken}", file=sys.stderr, flush=True)
    oracle = world.oracle
    figures = Counter(
        seeds=1,
        virtual_days=int((world.scheduler.now - began).total_seconds() / 864),  # hundredths
        calls=len(oracle.records.get("calls", {})),
        rings=len(oracle.placed),
        duplicates_delivered=world.duplicates,
        crashes=world.crashes,
        webhooks_lost=world.webhooks_lost,
    )
    figures.update(oracle.problems)
    figures["longest_leaked_slot_s"] = int(oracle.longest_leak.total_seconds())
    return figures


def run_chunk(seeds: range) -> Counter[str]:
    total = Counter[str]()
    for seed in seeds:
        figures = run_seed(seed)
        longest = max(total["longest_leaked_slot_s"], figures["longest_leaked_slot_s"])
        total.update(figures)
        total["longest_leaked_slot_s"] = longest
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    began = time.perf_counter()
    seeds = range(asked.first, asked.first + asked.seeds)
    chunks = [seeds[i : i + CHUNK] for i in range(0, len(seeds), CHUNK)]
    total, longest = Counter[str](), 0
    with ProcessPoolExecutor(WORKERS) as pool:
        for figures in pool.map(run_chunk, chunks):
            longest = max(longest, figures["longest_leaked_slot_s"])
            total.update(figures)
    line = {
        name: total[name]
        for name in (
            "seeds",
            "virtual_days",
            "calls",
            "rings",
            "duplicates_delivered",
            "crashes",
            "webhooks_lost",
        )
    }
    line["virtual_days"] = round(line["virtual_days"] / 100)
    line |= {promise: total[promise] for promise in PROMISES}
    line["longest_leaked_slot_s"] = longest
    line["seeds_per_s"] = round(asked.seeds / (time.perf_counter() - began), 1)
    print(json.dumps(line))
    return 1 if any(total[promise] for promise in PROMISES) else 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    sys.exit(main())
