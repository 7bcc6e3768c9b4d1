"""How many calls a second are carried from due to dialled to finished here, by instances and lanes.

All calls are due from the start and there is a slot for each; the telephone network answers at once, and a
call takes a second. Instances, network and queue are processes of their own (instances.py), as in the cloud;
here they share two cores. The store is one SQLite file, or Google's Firestore emulator, which is no measure
of Firestore itself: it is a Java program that needs more of the cores than the service does.

What limits each is shown by looking at the instances' threads as they answer requests (sampler.py): columns
`..._pct` are parts of the time that requests take, waiting included; `cores_...` is who has the CPU."""

import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.bench.campaign_run import CAMPAIGN, numbers
from tests.bench.instances import Fleet, fleet
from tests.bench.line import Figures, Measured, Size, main
from tests.support.firestore_emulator import EmulatorMissing, use_emulator
from tests.support.processes import wait_for

CASES: dict[Size, tuple[tuple[int, int], ...]] = {  # instances and lanes
    "small": ((1, 1),),
    "usual": ((1, 1), (1, 2), (1, 4), (2, 1), (2, 2), (2, 4)),
    "large": ((1, 1), (1, 2), (1, 4), (2, 1), (2, 2), (2, 4), (4, 4)),
}
ON_FIRESTORE: dict[Size, tuple[tuple[int, int], ...]] = {
    "small": (),
    "usual": ((1, 1), (2, 1), (2, 2), (2, 4)),
    "large": ((1, 1), (2, 1), (2, 2), (2, 4)),
}
CALLS: dict[Size, int] = {"small": 8, "usual": 400, "large": 4_000}
CALL_SECONDS = (1.0, 1.0)
LOOK_SECONDS = 0.25
RUN_SECONDS_MAX = 600.0
PARTS_SHOWN = (
    "wait_for_connection",
    "wait_for_writer",
    "wait_for_queue",
    "commit",
    "firestore",
    "http_client",
)


def measure(size: Size) -> Measured:
    figures: Figures = {}
    for instances, lanes in CASES[size]:
        figures[_name(instances, lanes)] = _carried(instances, lanes, CALLS[size])
    if ON_FIRESTORE[size]:
        figures |= _on_firestore(size)
    return Measured(figures)


def _on_firestore(size: Size) -> Figures:
    """Nothing where there is no emulator."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            emulator = use_emulator(Path(folder) / "emulator")
        except EmulatorMissing:
            return {}
        try:
            return {
                f"{_name(instances, lanes)}, Firestore's emulator": _carried(
                    instances, lanes, CALLS[size], emulator.host
                )
                for instances, lanes in ON_FIRESTORE[size]
            }
        finally:
            emulator.let_go()


def _name(instances: int, lanes: int) -> str:
    return f"instances: {instances}, lanes: {lanes}"


def _carried(instances: int, lanes: int, calls: int, firestore: str = "") -> dict[str, float]:
    """From the start of the campaigns until the last call has ended, less the second that it takes."""
    names = tuple(f"lane{n}" for n in range(lanes))
    with fleet(instances, names, calls, seconds=CALL_SECONDS, firestore=firestore) as running:
        made = [_campaign_in(running, lane, calls // lanes, n * calls) for n, lane in enumerate(names)]
        before, own_before, began = Counter(running.cpu_seconds()), time.process_time(), time.time()
        for key, id in made:
            running.api("POST", f"/api/campaigns/{id}/start", key)
        wait_for(lambda: _all_ended(running, calls // lanes * lanes), RUN_SECONDS_MAX, "all calls are over")
        wait_for(lambda: _all_finished(running, made), RUN_SECONDS_MAX, "all campaigns are finished")
        taken = {name: value - before[name] for name, value in running.cpu_seconds().items()}
        own = time.process_time() - own_before
        dialled = running.dialled()
    rung, seconds = len(dialled), max(call["ended_at"] for call in dialled) - began - CALL_SECONDS[0]
    assert rung == calls // lanes * lanes, rung
    of_instances = sum(value for name, value in taken.items() if name.startswith("instance"))
    return {
        "calls": rung,
        "calls_a_s": round(rung / seconds, 1),
        "cpu_ms_a_call": round(of_instances / rung * 1000, 1),
        "cores_of_instances": round(of_instances / seconds, 2),
        "cores_of_network": round(taken["network"] / seconds, 2),
        "cores_of_queue": round(own / seconds, 2),
        **_profile(running.seen),
    }


def _profile(seen: Counter[str]) -> dict[str, float]:
    whole = max(1, sum(seen.values()))
    shown = {f"{part}_pct": round(seen[part] / whole * 100) for part in PARTS_SHOWN}
    return {name: share for name, share in shown.items() if share} | {"rest_pct": 100 - sum(shown.values())}


def _campaign_in(running: Fleet, lane: str, calls: int, first: int) -> tuple[str, str]:
    """The key of an account of that lane, and its campaign."""
    key = running.account_in(lane)
    id: str = running.api("POST", "/api/campaigns", key, CAMPAIGN)["id"]
    file = "\n".join(["phone", *numbers(calls, first)]).encode()
    assert running.api("POST", f"/api/campaigns/{id}/contacts", key, file)["created"] == calls
    return key, id


def _all_ended(running: Fleet, calls: int) -> bool:
    """As the network sees it: the instances are not asked meanwhile."""
    time.sleep(LOOK_SECONDS)
    ended = [call for call in running.dialled() if call["ended_at"]]
    return len(ended) >= calls


def _all_finished(running: Fleet, made: list[tuple[str, str]]) -> bool:
    return all(running.api("GET", f"/api/campaigns/{id}", key)["status"] == "finished" for key, id in made)


if __name__ == "__main__":
    main("throughput", measure)
