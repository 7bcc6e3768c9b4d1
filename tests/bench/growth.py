"""Whether a call costs the same in a large campaign as in a small one, and among many accounts: virtual time.

A campaign of a million is not carried whole, which would take hours: 10,000 calls of its beginning are, and
10,000 of its middle. `calls_carried` says how many the figures of a case are of. To its middle it is brought
by storing calls as those that were carried have left theirs.

Each case has a process of its own, whose peak of memory is measured. The import, or all accounts, are made in
another one before, as instances come and go.

Times that were taken minutes apart say little of a machine that does other work too. So each case is carried
in rounds, and after each the yardstick carries some calls as well: `cpu_to_yardstick` is the median of what a
call took by what one of the yardstick's took at the same time.

What waits for a disk takes longest: with TMPDIR in memory all is done twice as soon.
"""

import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import ParamSpec, TypeVar

from service.domain.call import Call, State
from service.local.time_lapse import CALLER, TimeLapse
from service.ports import Update
from service.usecases import queries
from service.usecases.accounts import NewAccount, create_account
from tests.bench.campaign_run import Ledger, add_campaign, answered_at_once, begin, carry, run_to_the_end
from tests.bench.line import Figures, Measured, Size, main
from tests.bench.memory import peak_megabytes
from tests.bench.yardstick import SLOTS, Yardstick

EARLY = datetime(2026, 3, 2, 13, 50, tzinfo=UTC)  # all are started, and sleep, when the legal hours begin
CALLS_OF_ACCOUNT = 5
STORED_AT_ONCE = 500  # calls of one commit
ROUNDS_MAX = 100
CONTACTS: dict[Size, dict[int, int]] = {  # and how many calls are carried at a time
    "small": {2: 2, 300: 100},
    "usual": {100: 100, 1_000: 1_000, 10_000: 10_000},
    "large": {100: 100, 1_000: 1_000, 10_000: 10_000, 100_000: 100_000, 1_000_000: 10_000},
}
ACCOUNTS: dict[Size, tuple[int, ...]] = {
    "small": (2,),
    "usual": (1, 100, 1_000),
    "large": (1, 100, 1_000, 10_000),
}
OPERATIONS = ("reads", "writes", "task_operations")
FLAT = 1.10  # the most by the least
FLAT_FROM = {"contacts": 1_000, "accounts": 100}
MEGABYTES_MAX = 100
CASE_SECONDS_MAX = 4 * 3600
Given = ParamSpec("Given")
Returned = TypeVar("Returned")


def measure(size: Size) -> Measured:
    figures: Figures = {}
    for contacts, at_a_time in CONTACTS[size].items():
        figures |= _elsewhere(of_contacts, contacts, at_a_time)
    for accounts in ACCOUNTS[size]:
        figures |= _elsewhere(of_accounts, accounts)
    return Measured(figures, _claims(figures))


def _elsewhere(work: Callable[Given, Returned], *given: Given.args, **named: Given.kwargs) -> Returned:
    """In a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(work, *given, **named).result(CASE_SECONDS_MAX)


def of_contacts(contacts: int, at_a_time: int) -> Figures:
    name = f"{contacts:,} contacts"
    with tempfile.TemporaryDirectory() as folder, closing(Yardstick()) as yardstick:
        campaign, import_cpu_ms = _elsewhere(_import, Path(folder), contacts)
        row = {"import_cpu_ms_a_row": round(import_cpu_ms / contacts, 2)}
        carrier = Carrier(*_begin(Path(folder), seed=2), yardstick)
        if at_a_time == contacts:
            return {name: carrier.carry_all(contacts) | row}
        beginning = carrier.carry(at_a_time)
        _leave_behind(carrier.world, campaign, contacts // 2 - at_a_time)
        return {f"{name}, beginning": beginning | row, f"{name}, middle": carrier.carry(at_a_time)}


def _import(folder: Path, contacts: int) -> tuple[str, float]:
    """The campaign, which is started, and the CPU of its import in milliseconds."""
    world, ledger = _begin(folder, seed=1)
    campaign = add_campaign(world, contacts)
    import_cpu_ms = ledger.totals()["cpu_milliseconds"]
    world.api("POST", f"/api/campaigns/{campaign}/start")
    return campaign, import_cpu_ms


def of_accounts(accounts: int) -> Figures:
    """Five calls of each."""
    with tempfile.TemporaryDirectory() as folder, closing(Yardstick()) as yardstick:
        _elsewhere(_add_accounts, Path(folder), accounts)
        carrier = Carrier(*_begin(Path(folder), seed=2), yardstick)
        return {f"{accounts:,} accounts": carrier.carry_all(accounts * CALLS_OF_ACCOUNT)}


def _add_accounts(folder: Path, accounts: int) -> None:
    world, _ = _begin(folder, seed=1)
    for world.key, campaign in [_account(world, number) for number in range(accounts)]:
        world.api("POST", f"/api/campaigns/{campaign}/start")


def _begin(folder: Path, seed: int) -> tuple[TimeLapse, Ledger]:
    return begin(folder, SLOTS, answered_at_once, start=EARLY, seed=seed)


def _account(world: TimeLapse, number: int) -> tuple[str, str]:
    """Its key, and its campaign."""
    new = NewAccount(f"Account {number}", "US", ("*",), CALLER)
    world.key = create_account(world.service.outside, new, "bench")[1]
    return world.key, add_campaign(world, CALLS_OF_ACCOUNT, first=number * CALLS_OF_ACCOUNT)


@dataclass
class Carrier:
    """What it returns is of a call."""

    world: TimeLapse
    ledger: Ledger
    yardstick: Yardstick

    def carry_all(self, calls: int) -> dict[str, float]:
        figures = self.carry(calls, to_the_end=True)
        rung = len(self.world.network.rings())
        assert figures["calls_carried"] == rung == calls, f"{rung} of {calls} were rung"
        return figures

    def carry(self, calls: int, *, to_the_end: bool = False) -> dict[str, float]:
        a_round = max(SLOTS, calls // ROUNDS_MAX)
        spent, ratios = Counter[str](), list[float]()
        while (left := calls - spent["completed"]) > 0:
            self.ledger.clear()
            if to_the_end and left <= a_round:
                run_to_the_end(self.world, self.ledger)
            else:
                carry(self.world, self.ledger, min(left, a_round))
            of_round = self.ledger.totals()
            spent.update(of_round)
            each = of_round["cpu_milliseconds"] / of_round["completed"]
            ratios.append(each / self.yardstick.cpu_ms_of_a_call())
        return _figures(spent) | {
            "cpu_to_yardstick": round(median(ratios), 3),
            "peak_mb": peak_megabytes(),
        }


def _figures(spent: Counter[str]) -> dict[str, float]:
    calls = spent["completed"]
    each = {name: round(spent[name] / calls, 3) for name in OPERATIONS}
    return {"calls_carried": calls, **each, "cpu_ms": round(spent["cpu_milliseconds"] / calls, 2)}


def _leave_behind(world: TimeLapse, campaign: str, calls: int) -> None:
    """So many that wait are stored as the first one that was carried is, each with its own number: the store
    cannot tell them from others."""
    store = world.service.outside.store
    (first,) = store.find(queries.calls_of_campaign_in(campaign, State.COMPLETED, 1, None))
    for done in range(0, calls, STORED_AT_ONCE):
        waiting = store.find(queries.waiting_calls(campaign, min(STORED_AT_ONCE, calls - done)))
        store.commit([Update(_as(first.record, each.record), each.version) for each in waiting])


def _as(carried: Call, waiting: Call) -> Call:
    own = ("id", "to", "created_at", "due_at")
    return replace(carried, **{name: getattr(waiting, name) for name in own})


def _claims(figures: Figures) -> dict[str, bool]:
    most = max(of["peak_mb"] for of in figures.values())
    claims = {f"memory below {MEGABYTES_MAX} MB": most < MEGABYTES_MAX}
    for what, flat_from in FLAT_FROM.items():
        large = [of for name, of in figures.items() if what in name and _count(name) >= flat_from]
        for each in (*OPERATIONS, "cpu_to_yardstick", "peak_mb") if large else ():
            values = [of[each] for of in large]
            claim = f"{each} of a call flat within 10 % from {flat_from:,} {what} on"
            claims[claim] = max(values) <= FLAT * min(values)
    return claims


def _count(name: str) -> int:
    return int(name.split()[0].replace(",", ""))


if __name__ == "__main__":
    main("growth", measure)
