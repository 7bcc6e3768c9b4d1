"""How many calls a second are carried from due to dialled to finished here, by instances and lanes.

All calls are due from the start, and there are slots for a few of them: those that are freed within a second
are filled by one pass of their lane. The telephone network answers at once, and a call takes 0.2 s. The time
is that from the start until the service has taken the last webhook. Instances, network and queue are
processes of their own (instances.py), as in the cloud; here they share two cores. The store is one SQLite
file, or Google's Firestore emulator, which is no measure of Firestore itself. Medians of rounds, in each of
which every case has its turn.

What limits each: `cores_...` is who has the CPU of this machine, and what nobody has. `lane_busy_pct` is the
part of the time in which a lane has a pass, `connection_used_pct` the part in which the one connection of an
instance to its SQLite file is in use. Of an instance's eight threads `requests_at_once` answer requests; the
other `..._pct` are parts of those requests' time, by where their threads are seen (sampler.py)."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

from tests.bench.campaign_run import CAMPAIGN, numbers
from tests.bench.instances import Fleet, fleet
from tests.bench.line import Measured, Size, main
from tests.bench.peers.processes import TICKS_A_SECOND, cpu_seconds
from tests.bench.sampler import LOOKS, USES_THE_CONNECTION
from tests.support.firestore_emulator import Emulator, EmulatorMissing, use_emulator
from tests.support.processes import wait_for

CASES: dict[Size, tuple[tuple[int, int], ...]] = {  # instances and lanes
    "small": ((1, 1),),
    "usual": ((1, 1), (1, 2), (1, 4), (2, 1)),
    "large": ((1, 1), (1, 2), (1, 4), (2, 1), (2, 2), (2, 4)),
}
ON_FIRESTORE: dict[Size, tuple[tuple[int, int], ...]] = {
    "small": (),
    "usual": ((1, 1), (2, 1), (2, 2), (2, 4)),
    "large": ((1, 1), (1, 2), (1, 4), (2, 1), (2, 2), (2, 4)),
}
CALLS: dict[Size, int] = {"small": 8, "usual": 600, "large": 4_000}
SLOTS: dict[Size, int] = {"small": 6, "usual": 200, "large": 200}
ROUNDS: dict[Size, int] = {"small": 1, "usual": 3, "large": 3}
CALL_SECONDS = (0.2, 0.2)
LOOK_SECONDS = 0.25
RUN_SECONDS_MAX = 600.0
PARTS_SHOWN = (
    "wait_for_connection",
    "wait_for_writer",
    "commit",
    "sqlite",
    "wait_for_queue",
    "queue",
    "wait_for_firestore",
    "firestore_client",
    "documents",
    "http_client",
)
SEEN = frozenset({"connection_used_pct", *(f"{part}_pct" for part in PARTS_SHOWN)})
Case = dict[str, float]


def measure(size: Size) -> Measured:
    with ExitStack() as running:
        carried = partial(_carried, CALLS[size], SLOTS[size])
        cases = {_name(*case): partial(carried, *case, None) for case in CASES[size]}
        emulator = _emulator(running) if ON_FIRESTORE[size] else None
        if emulator:
            for case in ON_FIRESTORE[size]:
                cases[f"{_name(*case)}, Firestore's emulator"] = partial(carried, *case, emulator)
        rounds = [_round(cases) for _ in range(ROUNDS[size])]
    return Measured({name: _middle([each[name] for each in rounds]) for name in cases})


def _emulator(running: ExitStack) -> Emulator | None:
    folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
    try:
        emulator = use_emulator(folder / "emulator")
    except EmulatorMissing:
        return None
    running.callback(emulator.let_go)
    return emulator


def _round(cases: dict[str, Callable[[], Case]]) -> dict[str, Case]:
    return {name: carry() for name, carry in cases.items()}


def _middle(runs: list[Case]) -> Case:
    """Medians, how far the runs are apart, and no parts that nobody saw."""
    middle = {name: round(median(run[name] for run in runs), 2) for name in runs[0]}
    rates = [run["calls_a_s"] for run in runs]
    first = {"calls_a_s": middle["calls_a_s"], "least": min(rates), "most": max(rates)}
    return first | {name: value for name, value in middle.items() if value or name not in SEEN}


def _name(instances: int, lanes: int) -> str:
    return f"instances: {instances}, lanes: {lanes}"


def _carried(calls: int, slots: int, instances: int, lanes: int, emulator: Emulator | None) -> Case:
    """From the start of the campaigns until the service has taken the last webhook."""
    names = tuple(f"lane{n}" for n in range(lanes))
    firestore = emulator.host if emulator else ""
    with fleet(instances, names, slots, seconds=CALL_SECONDS, firestore=firestore) as running:
        made = [_campaign_in(running, lane, calls // lanes, n * calls) for n, lane in enumerate(names)]
        before, began = Counter(_cpu_seconds(running, emulator)), time.time()
        for key, id in made:
            running.api("POST", f"/api/campaigns/{id}/start", key)
        wait_for(
            lambda: _all_finished(running, calls // lanes * lanes), RUN_SECONDS_MAX, "all calls are over"
        )
        taken = {name: value - before[name] for name, value in _cpu_seconds(running, emulator).items()}
        dialled = running.dialled()
    rung, seconds = len(dialled), max(call["finished_at"] for call in dialled) - began
    assert rung == calls // lanes * lanes, rung
    of_instances = sum(value for name, value in taken.items() if name.startswith("instance"))
    others = {name: value for name, value in taken.items() if not name.startswith("instance")}
    return {
        "calls": rung,
        "calls_a_s": round(rung / seconds, 1),
        "cpu_ms_a_call": round(of_instances / rung * 1000, 1),
        "cores_of_instances": round(of_instances / seconds, 2),
        **{f"cores_of_{name}": round(value / seconds, 2) for name, value in others.items()},
        **_of_passes(running, seconds * lanes),
        **_profile(running.seen),
    }


def _cpu_seconds(running: Fleet, emulator: Emulator | None) -> dict[str, float]:
    """Of the processes, the queue in this one, and of nobody."""
    now = running.cpu_seconds() | {"queue": time.process_time()}
    if emulator and emulator.supervisor:
        now["emulator"] = cpu_seconds(emulator.supervisor.pid)
    return now | {"nobody": _idle_seconds()}


def _idle_seconds() -> float:
    """Of all cores, waiting for the disk included."""
    fields = Path("/proc/stat").read_text().split(maxsplit=6)
    return (int(fields[4]) + int(fields[5])) / TICKS_A_SECOND


def _of_passes(running: Fleet, lanes_seconds: float) -> Case:
    took = [float(receipt["milliseconds"]) for receipt in running.passes]
    return {
        "passes": len(took),
        "pass_ms": round(median(took)),
        "lane_busy_pct": round(sum(took) / 1000 / lanes_seconds * 100),
    }


def _profile(seen: Counter[str]) -> Case:
    looks = max(1, seen[LOOKS])
    whole = max(1, seen.total() - seen[LOOKS])
    shown = {f"{part}_pct": round(seen[part] / whole * 100) for part in PARTS_SHOWN}
    return {
        "requests_at_once": round(whole / looks, 1),
        "connection_used_pct": round(sum(seen[part] for part in USES_THE_CONNECTION) / looks * 100),
        **shown,
        "rest_pct": 100 - sum(shown.values()),
    }


def _campaign_in(running: Fleet, lane: str, calls: int, first: int) -> tuple[str, str]:
    """The key of an account of that lane, and its campaign."""
    key = running.account_in(lane)
    id: str = running.api("POST", "/api/campaigns", key, CAMPAIGN)["id"]
    file = "\n".join(["phone", *numbers(calls, first)]).encode()
    assert running.api("POST", f"/api/campaigns/{id}/contacts", key, file)["created"] == calls
    return key, id


def _all_finished(running: Fleet, calls: int) -> bool:
    """As the network sees it, by the answers to its webhooks: the instances are not asked meanwhile."""
    time.sleep(LOOK_SECONDS)
    return sum(call["finished_at"] > 0 for call in running.dialled()) >= calls


if __name__ == "__main__":
    main("throughput", measure)
