"""Removes one guard at a time from a copy of the service and runs the suite, which must fail each time.

`tests/simulation/mutate.sh` prints a line for each guard, and at the end those that nothing tests.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.guards import GUARDS, Guard

ROOT = Path(__file__).parents[2]
WORKERS = 2
SUITE_SECONDS_MAX = 600
OUTPUT_CHARACTERS_MAX = 6_000
COPIED = ("service", "tests", "deploy", ".pytest.ini", "requirements.txt", "README.md")
# The quickest to fail first. The emulator is left out: it takes long to start, and shows nothing else.
SUITE = (
    [
        *(
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "tests/usecases",
            "tests/domain",
            "tests/state",
        ),
        *("--ignore", "tests/usecases/test_why_agrees.py", "--ignore", "tests/domain/test_timetable.py"),
    ],
    ["-m", "tests.simulation.run", "--seeds", "320", "--workers", "1"],
    [
        *("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "tests/simulation/test_crash_points.py"),
        *("-k", "not any_two_points"),  # they take minutes, and single ones show as much here
    ],
)

ON_EMULATOR = (["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "tests/state", "-k", "firestore"],)

NEAREST = {  # the tests of what has none by its own name
    "claiming": "usecases/test_run_pass.py",
    "claims": "usecases/test_clock.py",
    "waiting_line": "usecases/test_run_pass.py",
    "lane_view": "usecases/test_pacing_and_budgets.py",
    "quotas": "usecases/test_pacing_and_budgets.py",
    "callers": "usecases/test_pacing_and_budgets.py",
    "dial_memory": "usecases/test_pacing_and_budgets.py",
    "record_answer": "usecases/test_place_call.py",
    "enquiry": "usecases/test_look_after.py",
    "calls": "domain/test_call.py",
}

UNNEEDED = shutil.ignore_patterns("__pycache__", "node_modules", "screenshots")
NOTHING = Guard("nothing", "README.md", "", "")


@dataclass(frozen=True)
class Noticed:
    by: str  # the part of the suite that fails without the guard
    output: str  # its end


def who_notices(guard: Guard) -> Noticed | None:
    """None: nothing tests it."""
    with tempfile.TemporaryDirectory(prefix="reveille-mutant-") as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=UNNEEDED)
            else:
                shutil.copy(source, copy / name)
        if guard is not NOTHING:
            remove(guard, copy)
        for part in ON_EMULATOR if guard.on_emulator else (*_nearest(guard, copy), *SUITE):
            failed = _failure(part, copy, "" if guard.on_emulator else "off")
            if failed is not None:
                by = " ".join(part[1:]).removeprefix("pytest -x -q -p no:cacheprovider ").split(" --")[0]
                return Noticed(by, failed)
    return None


def _nearest(guard: Guard, root: Path) -> list[list[str]]:
    """The tests that are most likely to notice, and quickly."""
    file = Path(guard.file)
    name = NEAREST.get(file.stem, f"{file.parent.name}/test_{file.stem}.py")
    path = f"tests/{name}"
    return [["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", path]] if (root / path).exists() else []


def remove(guard: Guard, root: Path) -> None:
    """Raises ValueError if the guard's text is not there exactly once: then guards.py is out of date."""
    path = root / guard.file
    text = path.read_text()
    if text.count(guard.text) != 1:
        raise ValueError(f"{guard.name}: its text is {text.count(guard.text)} times in {guard.file}")
    path.write_text(text.replace(guard.text, guard.without))


def _failure(part: list[str], folder: Path, emulator: str) -> str | None:
    """The end of what it printed; None: it passes."""
    environment = os.environ | {"FIRESTORE_EMULATOR": emulator, "PYTHONPATH": str(folder)}
    try:
        done = subprocess.run(
            [sys.executable, *part],
            cwd=folder,
            env=environment,
            capture_output=True,
            timeout=SUITE_SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired:  # without the guard something waits for ever
        return f"not done after {SUITE_SECONDS_MAX} s"
    if done.returncode not in (0, 1):  # 1: a test or a promise failed; the rest is trouble of the suite's own
        raise RuntimeError(f"{part}: {done.returncode}\n{done.stdout[-2000:]!r}\n{done.stderr[-2000:]!r}")
    return done.stdout.decode(errors="replace")[-OUTPUT_CHARACTERS_MAX:] if done.returncode else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="guards by name; default: all")
    asked = parser.parse_args()
    unknown = set(asked.names) - {guard.name for guard in GUARDS}
    if unknown:
        parser.error(f"no such guard: {', '.join(unknown)}")
    guards = [guard for guard in GUARDS if not asked.names or guard.name in asked.names]
    with ThreadPoolExecutor(WORKERS) as pool:
        with_all = pool.submit(who_notices, NOTHING)
        noticed = list(pool.map(_tell, guards))
        failed = with_all.result()
    if failed:
        print(f"With all guards in place the suite fails already: {failed.by}\n{failed.output}")
        return 1
    untested = [guard.name for guard, by in zip(guards, noticed, strict=True) if not by]
    print(f"{len(guards)} guards, {len(untested)} that nothing tests: {', '.join(untested) or 'none'}")
    return 1 if untested else 0


def _tell(guard: Guard) -> bool:
    noticed = who_notices(guard)
    print(f"{guard.name}: {'noticed by ' + noticed.by if noticed else 'NOTHING FAILS'}", flush=True)
    return noticed is not None


if __name__ == "__main__":
    sys.exit(main())
