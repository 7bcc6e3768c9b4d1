"""What other ways to start gunicorn would make of a cold tick: `python -m tests.bench.cold_flags [small]`.

Medians of one interleaved run, each also by that of the Dockerfile's command. On a machine that does other
work too, CPU says more than time.
"""

import argparse
import json
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.bench.cold_start import ROUNDS, cases, here, image_command, measure
from tests.bench.line import SIZES, machine


def without(command: Sequence[str], flag: str, values: int) -> list[str]:
    at = command.index(flag)
    return [*command[:at], *command[at + 1 + values :]]


def ways() -> dict[str, Sequence[str]]:
    chosen = image_command()
    sync = without(without(chosen, "--threads", 1), "--worker-class", 1)
    return {
        "chosen": chosen,
        "preload": [*chosen, "--preload"],
        "sync_worker": sync,
        "one_thread": [*without(chosen, "--threads", 1), "--threads", "1"],
        "heartbeat_on_disk": without(chosen, "--worker-tmp-dir", 1),
        "control_socket": without(chosen, "--no-control-socket", 0),
        "two_workers": [*without(chosen, "--workers", 1), "--workers", "2"],
        "not_frozen": [chosen[0], "-X", "frozen_modules=off", *chosen[1:]],
        "no_site": [chosen[0], "-s", *chosen[1:]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cold_flags")
    parser.add_argument("size", nargs="?", choices=SIZES, default="usual")
    rounds = ROUNDS[parser.parse_args().size]
    with tempfile.TemporaryDirectory() as name:
        usual, _ = cases(Path(name) / "sqlite", here)
        of = {
            way: replace(usual, command=command, milliseconds=[], cpu_seconds=[])
            for way, command in ways().items()
        }
        measure(list(of.values()), rounds)
    time = {way: statistics.median(case.milliseconds) for way, case in of.items()}
    cpu = {way: statistics.median(case.cpu_seconds) for way, case in of.items()}
    found = {
        way: {
            "ms": round(time[way], 1),
            "cpu_s": round(cpu[way], 3),
            "ms_by_chosen": round(time[way] / time["chosen"], 2),
            "cpu_by_chosen": round(cpu[way] / cpu["chosen"], 2),
        }
        for way in of
    }
    print(json.dumps({"bench": "cold_flags", "rounds": rounds, "figures": found, "machine": machine()}))


if __name__ == "__main__":
    main()
