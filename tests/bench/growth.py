"""Whether a call costs the same in a large campaign as in a small one, and among many accounts: virtual time.

Each case has a process of its own, whose peak of memory is measured."""

import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from service.local.time_lapse import CALLER, TimeLapse
from service.usecases.accounts import NewAccount, create_account
from tests.bench.campaign_run import add_campaign, answered_at_once, begin, run_to_the_end
from tests.bench.line import Figures, Measured, Size, main
from tests.bench.memory import peak_megabytes

EARLY = datetime(2026, 3, 2, 13, 50, tzinfo=UTC)  # all are started, and sleep, when the legal hours begin
SLOTS = 100
CALLS_OF_ACCOUNT = 5
CONTACTS: dict[Size, tuple[int, ...]] = {
    "small": (2,),
    "usual": (100, 1_000, 10_000),
    "large": (100, 1_000, 10_000, 100_000),
}
ACCOUNTS: dict[Size, tuple[int, ...]] = {
    "small": (2,),
    "usual": (1, 100, 300, 1_000),
    "large": (1, 100, 300, 1_000, 10_000),
}
FLAT = 1.10
FLAT_FROM = {"contacts": 1_000, "accounts": 100}
OPERATIONS = ("reads", "writes", "task_operations")
CASE_SECONDS_MAX = 4 * 3600
CASE = "--case"


def measure(size: Size) -> Measured:
    cases = [("contacts", count) for count in CONTACTS[size]] + [("accounts", n) for n in ACCOUNTS[size]]
    figures = {f"{count:,} {what}": _in_a_process(what, count) for what, count in cases}
    return Measured(figures, _claims(figures))


def _in_a_process(what: str, count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.growth", CASE, what, str(count)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=CASE_SECONDS_MAX, check=False)
    assert ran.returncode == 0, ran.stderr
    measured: dict[str, float] = json.loads(ran.stdout)
    return measured


def case(what: str, count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        world, ledger = begin(Path(folder), SLOTS, answered_at_once, start=EARLY)
        if what == "contacts":
            calls, made = count, [(world.key, add_campaign(world, count))]
        else:
            calls, made = count * CALLS_OF_ACCOUNT, [_account(world, n) for n in range(count)]
        for world.key, campaign in made:
            world.api("POST", f"/api/campaigns/{campaign}/start")
        before = peak_megabytes()
        ledger.clear()
        run_to_the_end(world, ledger)
        spent, peak = ledger.totals(), peak_megabytes()
        rung = len(world.network.rings())
    assert rung == calls, f"{rung} of {calls} were rung"
    each = {name: round(spent[name] / calls, 3) for name in OPERATIONS}
    each["cpu_ms"] = round(spent["cpu_milliseconds"] / calls, 2)
    return each | {"peak_mb": peak, "peak_mb_before": before}


def _account(world: TimeLapse, number: int) -> tuple[str, str]:
    """Its key, and its campaign."""
    new = NewAccount(f"Account {number}", "US", ("*",), CALLER)
    world.key = create_account(world.service.outside, new, "bench")[1]
    return world.key, add_campaign(world, CALLS_OF_ACCOUNT, first=number * CALLS_OF_ACCOUNT)


def _claims(figures: Figures) -> dict[str, bool]:
    claims = {}
    for what, flat_from in FLAT_FROM.items():
        large = [of for name, of in figures.items() if what in name and _count(name) >= flat_from]
        for operation in OPERATIONS if large else ():
            values = [of[operation] for of in large]
            claims[f"{operation} of a call flat within 10 % from {flat_from:,} {what} on"] = max(
                values
            ) <= FLAT * min(values)
    return claims


def _count(name: str) -> int:
    return int(name.split()[0].replace(",", ""))


if __name__ == "__main__":
    if CASE in sys.argv:
        print(json.dumps(case(sys.argv[2], int(sys.argv[3]))))
    else:
        main("growth", measure)
