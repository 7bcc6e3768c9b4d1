"""Worlds by the thousand, and one JSON line of figures. `tests/simulation/run.sh` and `replay.sh` call it."""

import argparse
import json
import logging
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from tests.simulation.oracle import Broken
from tests.simulation.profiles import profile_of
from tests.simulation.world import World

CHUNK = 20
STORY_LINES = 40  # of a failing seed; replay.sh tells all
COUNTED = ("seeds", "virtual_days", "calls", "rings", "duplicates_delivered", "crashes", "webhooks_lost")
PROMISES = (
    "double_rings",
    "lost_calls",
    "out_of_hours_rings",
    "limit_overshoots",
    "late_wakes",
    "leaked_slots",
    "errors",
)


class Alarm(logging.Handler):
    """The service's own report that its clock was late: it repairs that, but it must never be needed."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002
        self._world.oracle.problems["late_wakes"] += 1


@contextmanager
def quiet(world: World) -> Iterator[None]:
    """What the service logs is left out, but for the one alarm."""
    alarm, sweep = Alarm(world), logging.getLogger("service.usecases.sweep")
    logging.disable(logging.WARNING)
    sweep.addHandler(alarm)
    propagates = [logging.getLogger(name) for name in ("service", "service.usecases.sweep")]
    for logger in propagates:
        logger.propagate = False
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        sweep.removeHandler(alarm)
        for logger in propagates:
            logger.propagate = True


def run_world(world: World, story: Iterable[str] = ()) -> Counter[str]:
    """The world's figures. A broken promise is counted, and the end of its story told."""
    began = world.scheduler.now
    try:
        with quiet(world):
            world.run()
    except Broken as broken:
        print(f"SEED {world.seed}: {broken}", *story, sep="\n", file=sys.stderr, flush=True)
    except Exception as trouble:
        world.oracle.problems["errors"] += 1
        print(f"SEED {world.seed}: {trouble!r}", file=sys.stderr, flush=True)
    oracle = world.oracle
    figures = Counter(
        seeds=1,
        hours=int((world.scheduler.now - began).total_seconds() / 3600),
        calls=len(oracle.records.get("calls", {})),
        rings=len(oracle.placed),
        duplicates_delivered=world.duplicates,
        crashes=world.crashes,
        webhooks_lost=world.webhooks_lost,
    )
    figures.update(oracle.problems)
    figures.update({f"fault {name}": count for name, count in world.faults.items()})
    figures["longest_leaked_slot_s"] = int(oracle.longest_leak.total_seconds())
    return figures


def run_chunk(seeds: range) -> list[Counter[str]]:
    return [run_seed(seed) for seed in seeds]


def run_seed(seed: int) -> Counter[str]:
    story = deque[str](maxlen=STORY_LINES)
    return run_world(World(seed, profile_of(seed), story.append), story)


def run_seeds(seeds: range, workers: int) -> Iterator[Counter[str]]:
    chunks = [seeds[i : i + CHUNK] for i in range(0, len(seeds), CHUNK)]
    with ProcessPoolExecutor(workers) as pool:
        for figures in pool.map(run_chunk, chunks):
            yield from figures


def add_up(worlds: Iterator[Counter[str]], began: float) -> dict[str, float]:
    total, longest = Counter[str](), 0
    for figures in worlds:
        longest = max(longest, figures["longest_leaked_slot_s"])
        total.update(figures)
    total["virtual_days"] = round(total["hours"] / 24)
    return {
        **{name: total[name] for name in (*COUNTED, *PROMISES)},
        "longest_leaked_slot_s": longest,
        "seeds_per_s": round(total["seeds"] / (time.perf_counter() - began), 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--replay", type=int, metavar="SEED")
    asked = parser.parse_args()
    began = time.perf_counter()
    if asked.replay is not None:
        tell: Callable[[str], None] = print
        worlds = iter([run_world(World(asked.replay, profile_of(asked.replay), tell))])
    else:
        worlds = run_seeds(range(asked.first, asked.first + asked.seeds), asked.workers)
    line = add_up(worlds, began)
    print(json.dumps(line))
    return 1 if any(line[promise] for promise in PROMISES) else 0


if __name__ == "__main__":
    sys.exit(main())
