"""The same day of work, carried by Reveille and by what a Python team would build instead.

The day: 1,000 calls in a window of 8 hours, 10 in flight, 30 % of the numbers busy at first and tried again,
four minutes of talk. All dial the same telephone network over HTTP, which answers a create request after half
a second, and take its webhooks. Each part of it is measured of all three at the same time, so that what else
the machine does is shared by all. What is measured how:

- *Paid seconds* of the day are computed. A peer's processes run for 24 hours: `paid_s_at_least` has all of
  them on one machine, `paid_s_apart` each on its own, its database too. Ours are those of each request, from
  the receipts of the whole day in virtual time (day.py), each rounded up, each tick as a start from nothing.
- *CPU of a call* is measured, in a run with time pressed by TIME_FACTOR: people talk that much shorter, and
  the peers poll that much more often, so that of 1,000 calls each has its share of polls as in the day; of
  fewer it has more, as the last one waits a whole minute to be dialled again. What a call itself takes is not
  scaled. It is of all processes, the database too; ours has its task queue and its scheduler in it, which in
  the cloud are Google's. `of_which_rest_ms` is what they take in that time without any call, with the polls
  pressed: in it a call has no part.
- *CPU and memory at rest* are measured in real time, with the peers' usual 10 seconds between polls, and
  multiplied by the 16 hours without calls. Ours is 64 starts from nothing, 16 of which sweep, each measured
  from exec to exit.
- *Kills*: SIGKILL to what dials, ten times, at moments by chance (seeded, the same for all) while calls are
  in flight; each time it is started again at once, as a supervisor does. A *double ring* is a create request
  more than the number's fate asks for, or a second one for the same attempt; a *lost call* is a number that
  nobody reached although its call is over. `kills_in_a_dial` found a create request unanswered. Time is
  pressed here too, so they are far more of the kills than in the day: equally for all. The peers' web servers
  are not killed; ours is the same process as the rest.

So what is ours is of two places: paid seconds and rest are those of Cloud Run, CPU of a call and `work_mb`
those of `python -m service`, where no part of it is somebody else's.
"""

import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path

from tests.bench.call_cost import ALONE_SECONDS
from tests.bench.campaign_run import numbers
from tests.bench.idle_month import cold_cpu_seconds
from tests.bench.line import TOOLS_MISSING, Figures, Measured, Size, main
from tests.bench.peers.contenders import (
    CeleryPeer,
    Contender,
    Day,
    PollingPeer,
    Reveille,
    ToolsMissing,
    require_tools,
)
from tests.bench.peers.day import paid_seconds
from tests.bench.peers.network import is_busy_at_first
from tests.support.processes import PROJECT

CALLS_A_DAY, SLOTS = 1_000, 10
RETRIED: dict[Size, float] = {"small": 0.0, "usual": 0.3, "large": 0.3}  # busy at first
DAY_SECONDS, IDLE_HOURS = 24 * 3600, 16
TICKS_IDLE = IDLE_HOURS * 4
POLL_SECONDS = 10.0
TIME_FACTOR = 24  # four minutes of talk are ten seconds
TALK_SECONDS: dict[Size, tuple[int, int]] = {"small": (1, 1), "usual": (3, 17), "large": (3, 17)}
RETRY_MINUTES = 1  # the least that Reveille takes
RING_SECONDS_MAX = 0.8
KILLED_TALK_SECONDS = (1, 4)
KILL_AFTER_SECONDS = (0.5, 4.0)
ON_ITS_WAY = timedelta(seconds=ALONE_SECONDS / 2)  # a request to where it is noted down, and its answer back
SEED = 9
CALLS: dict[Size, int] = {"small": 2, "usual": 100, "large": 1_000}
KILLED_CALLS: dict[Size, int] = {"small": 0, "usual": 200, "large": 400}
KILLS: dict[Size, int] = {"small": 0, "usual": 10, "large": 10}
IDLE_SECONDS: dict[Size, float] = {"small": 1.0, "usual": 300.0, "large": 600.0}
REST_SECONDS: dict[Size, float] = {"small": 1.0, "usual": 30.0, "large": 120.0}
SETTLE_SECONDS: dict[Size, float] = {"small": 0.0, "usual": 5.0, "large": 5.0}  # after a start
COLD_TICKS: dict[Size, int] = {"small": 1, "usual": 3, "large": 9}
RUN_SECONDS_MAX = 4 * 3600
LOOK_SECONDS, ASK_SECONDS = 1.0, 20.0
END_SECONDS_MAX = 20.0
TIMES_FEWER_MIN = 20
CONTENDERS = (Reveille, CeleryPeer, PollingPeer)


@dataclass(frozen=True)
class Phones:
    url: str
    book: Path


@dataclass(frozen=True)
class Ring:
    """A create request that the network has had."""

    to: str
    status: str
    attempt: str  # the address for its webhooks, which each attempt has its own of
    at: datetime


def measure(size: Size) -> Measured:
    try:
        require_tools()
    except ToolsMissing as missing:
        print(missing, file=sys.stderr)
        sys.exit(TOOLS_MISSING)
    figures = {kind.title: _paid(kind, size) | _asleep(kind, size) for kind in CONTENDERS}
    parts = [_at_rest, _at_work] + [_killed] * (KILLS[size] > 0)
    with ThreadPoolExecutor(len(CONTENDERS)) as side_by_side:
        for part in parts:
            found = side_by_side.map(part, CONTENDERS, repeat(size))
            for kind, of in zip(CONTENDERS, found, strict=True):
                figures[kind.title] |= of
                print(kind.title, of, file=sys.stderr, flush=True)
    for of in figures.values():
        of["cpu_s_a_day"] = of_the_day(of)
    return Measured(figures, claims(figures))


def of_the_day(contender: dict[str, float]) -> float:
    """CPU seconds of its 1,000 calls, and of the 16 hours without any."""
    return round(contender["idle_cpu_s_a_day"] + contender["cpu_ms_a_call"] * CALLS_A_DAY / 1000, 1)


def claims(figures: Figures) -> dict[str, bool]:
    ours, *peers = figures.values()
    least_paid = min(peer["paid_s_at_least"] for peer in peers)
    least_cpu = min(peer["cpu_ms_a_call"] for peer in peers)
    least_busy = min(map(_without_rest, peers))
    least_day = min(peer["cpu_s_a_day"] for peer in peers)
    held = {
        f"at least {TIMES_FEWER_MIN} x fewer instance-seconds paid than of one machine all day": (
            ours["paid_s_at_least"] * TIMES_FEWER_MIN <= least_paid
        ),
        "CPU of a call no more than the better peer's": ours["cpu_ms_a_call"] <= least_cpu,
        "likewise without what they take at rest": _without_rest(ours) <= least_busy,
        "CPU of the day no more than the better peer's": ours["cpu_s_a_day"] <= least_day,
    }
    if "kills" in ours:
        held["killed: 0 double rings, 0 lost calls"] = ours["double_rings"] == ours["lost_calls"] == 0
    return held


def _without_rest(contender: dict[str, float]) -> float:
    return contender["cpu_ms_a_call"] - contender["of_which_rest_ms"]


# --- what is computed and what rests ----------------------------------------------------------------


def _paid(kind: type[Contender], size: Size) -> dict[str, float]:
    if kind.always_on:
        return {"paid_s_at_least": DAY_SECONDS, "paid_s_apart": kind.always_on * DAY_SECONDS}
    calls = CALLS[size] if size == "small" else CALLS_A_DAY
    paid = paid_seconds(calls, SLOTS, RETRIED[size])["paid_s"]
    return {"paid_s_at_least": paid, "paid_s_apart": paid}


def _asleep(kind: type[Contender], size: Size) -> dict[str, float]:
    """By itself: it counts the CPU of every process that ends meanwhile."""
    if kind.always_on:
        return {}
    tick, sweep = cold_cpu_seconds(COLD_TICKS[size])
    taken = (TICKS_IDLE - IDLE_HOURS) * tick + IDLE_HOURS * sweep
    return {"idle_cpu_s_a_day": round(taken, 1), "idle_mb": 0}


def _at_rest(kind: type[Contender], size: Size) -> dict[str, float]:
    if not kind.always_on:
        return {}
    with _running(kind, Day("http://127.0.0.1:9", SLOTS, POLL_SECONDS, RETRY_MINUTES)) as contender:
        time.sleep(SETTLE_SECONDS[size])
        return {
            "idle_cpu_s_a_day": round(_resting(contender, IDLE_SECONDS[size]) * IDLE_HOURS * 3600, 1),
            "idle_mb": round(contender.megabytes()),
        }


def _resting(contender: Contender, seconds: float) -> float:
    """CPU seconds of a second."""
    before = sum(contender.cpu_seconds().values())
    time.sleep(seconds)
    return (sum(contender.cpu_seconds().values()) - before) / seconds


# --- at work ----------------------------------------------------------------------------------------


def _at_work(kind: type[Contender], size: Size) -> dict[str, float]:
    calls = CALLS[size]
    with _phones(TALK_SECONDS[size], RETRIED[size]) as phones:
        day = Day(phones.url, SLOTS, POLL_SECONDS / TIME_FACTOR, RETRY_MINUTES)
        with _running(kind, day) as contender:
            time.sleep(SETTLE_SECONDS[size])
            rest = _resting(contender, REST_SECONDS[size])
            began, before = time.monotonic(), Counter(contender.cpu_seconds())
            contender.load(numbers(calls))
            _wait_until_done(contender, phones, calls)
            seconds, taken = time.monotonic() - began, contender.cpu_seconds()
            work_mb = contender.megabytes()
    each = {name: (taken[name] - before[name]) * 1000 / calls for name in taken}
    return {
        "calls": calls,
        "cpu_ms_a_call": round(sum(each.values()), 1),
        "of_which_rest_ms": round(rest * seconds * 1000 / calls, 1),
        "of_which_database_ms": round(each.get(kind.database, 0.0), 1),
        "work_mb": round(work_mb),
    }


def _killed(kind: type[Contender], size: Size) -> dict[str, float]:
    dice, calls, kills, retried = random.Random(SEED), KILLED_CALLS[size], KILLS[size], RETRIED[size]
    with _phones(KILLED_TALK_SECONDS, retried) as phones:
        day = Day(phones.url, SLOTS, 1.0, RETRY_MINUTES)
        with _running(kind, day) as contender:
            contender.load(numbers(calls))
            killed = []
            for _ in range(kills):
                time.sleep(dice.uniform(*KILL_AFTER_SECONDS))
                assert not contender.is_done(), "Too few calls: nothing is in flight any more."
                killed.append(datetime.now(UTC))
                contender.kill_worker()
            _wait_until_done(contender, phones, calls)
        rings = _rings(phones)
    in_a_dial = sum(any(abs(ring.at - at) < ON_ITS_WAY for ring in rings) for at in killed)
    return {"kills": kills, "kills_in_a_dial": in_a_dial, **faults(rings, numbers(calls), retried)}


def _wait_until_done(contender: Contender, phones: Phones, calls: int) -> None:
    """Seldom asks the contender itself, whose CPU is measured: the network knows when all are reached."""
    began = asked_at = time.monotonic()
    while time.monotonic() - began < RUN_SECONDS_MAX:
        time.sleep(LOOK_SECONDS)
        all_reached = len(_reached(_rings(phones))) == calls
        if all_reached or time.monotonic() - asked_at > ASK_SECONDS:
            asked_at = time.monotonic()
            if contender.is_done():
                return
    raise AssertionError(f"{contender.title} is not done.")


def faults(rings: list[Ring], called: list[str], retried: float) -> dict[str, float]:
    asked = Counter(ring.to for ring in rings)
    different = Counter(to for to, _ in {(ring.to, ring.attempt) for ring in rings})
    fair = {to: 2 if is_busy_at_first(to, retried) else 1 for to in called}
    return {
        "double_rings": sum(max(0, asked[to] - min(fair[to], different[to])) for to in called),
        "lost_calls": len(set(called) - _reached(rings)),
    }


def _reached(rings: list[Ring]) -> set[str]:
    return {ring.to for ring in rings if ring.status == "completed"}


@contextmanager
def _running(kind: type[Contender], day: Day) -> Iterator[Contender]:
    with tempfile.TemporaryDirectory() as folder:
        contender = kind()
        try:
            contender.begin(Path(folder), day)
            yield contender
        finally:
            contender.end()


@contextmanager
def _phones(talk_seconds: tuple[int, int], retried: float) -> Iterator[Phones]:
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book.db"
        chosen = (book, ALONE_SECONDS, retried, RING_SECONDS_MAX, *talk_seconds)
        command = [sys.executable, "-m", "tests.bench.peers.network", *map(str, chosen)]
        process = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Phones(process.stdout.readline().decode().strip(), book)
        finally:
            process.stdin.close()
            process.wait(END_SECONDS_MAX)


def _rings(phones: Phones) -> list[Ring]:
    with closing(sqlite3.connect(f"file:{phones.book}?mode=ro", uri=True)) as book:
        calls = [json.loads(record) for (record,) in book.execute("SELECT record FROM calls")]
    return [
        Ring(call["to"], call["status"], call["callback_url"], datetime.fromisoformat(call["created_at"]))
        for call in calls
    ]


if __name__ == "__main__":
    main("peers", measure)
