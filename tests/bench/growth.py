"""Whether a call costs the same in a large campaign as in a small one, and among many accounts: virtual time.

Small campaigns are carried one a day, until their calls are as many as those of a large one. One of a million
is not carried whole, which would take hours: 10,000 calls of its beginning are, and 10,000 of its middle.
`calls_carried` says how many the figures of a case are of. To its middle it is brought by storing calls as
those that were carried have left theirs. All are started before the legal hours begin, so that the first pass
is counted and the starts are not.

Each case has a process of its own, whose peak of memory is measured, with the yardstick's service in it. The
import, or all accounts, are made in another one before, as instances come and go.

Times that were taken minutes apart, or in different processes, say little. So each case is carried in rounds,
and after each the yardstick carries some calls as well: `cpu_to_yardstick` is the median of what a call took
by what one of the yardstick's took at the same time.

What waits for a disk takes longest: with TMPDIR in memory all is done twice as soon.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import ParamSpec, TypeVar

from service.domain.call import Call, State
from service.local.time_lapse import CALLER, TimeLapse
from service.ports import Update
from service.usecases import queries
from service.usecases.accounts import NewAccount, create_account
from tests.bench.bill import dollars_of_requests
from tests.bench.campaign_run import Ledger, add_campaign, answered_at_once, begin, carry, run_to_the_end
from tests.bench.line import Figures, Measured, Size, main
from tests.bench.memory import peak_megabytes
from tests.bench.yardstick import SLOTS, yardstick

EARLY = datetime(2026, 6, 1, 12, 50, tzinfo=UTC)  # 07:50 in Chicago, until November: before the legal hours
DAY = timedelta(days=1)
CALLS_OF_ACCOUNT = 5  # in one campaign
STORED_AT_ONCE = 500  # calls of one commit
ROUNDS_MAX = 50
CONTACTS: dict[Size, dict[int, int]] = {  # of a campaign, and how many calls are carried
    "small": {2: 4, 300: 100},
    "usual": {100: 1_000, 1_000: 10_000, 10_000: 10_000},
    "large": {100: 1_000, 1_000: 10_000, 10_000: 10_000, 100_000: 100_000, 1_000_000: 10_000},
}
ACCOUNTS: dict[Size, dict[int, int]] = {
    "small": {2: 20},
    "usual": {1: 50, 100: 10_000, 1_000: 10_000},
    "large": {1: 50, 100: 10_000, 1_000: 10_000, 10_000: 50_000},
}
OPERATIONS = ("reads", "writes", "task_operations", "requests")
FLAT = 1.10  # the most by the least
FLAT_FROM = {"contacts": 1_000, "accounts": 100}
MEGABYTES_MAX = 100
CASE_SECONDS_MAX = 4 * 3600
Given = ParamSpec("Given")
Returned = TypeVar("Returned")
Days = list[list[tuple[str, str]]]  # what is started on each: an account's key, and its campaign


def measure(size: Size) -> Measured:
    figures: Figures = {}
    for contacts, calls in CONTACTS[size].items():
        figures |= _elsewhere(of_contacts, contacts, calls)
    for accounts, calls in ACCOUNTS[size].items():
        figures |= _elsewhere(of_accounts, accounts, calls)
    return Measured(figures, _claims(figures))


def _elsewhere(work: Callable[Given, Returned], *given: Given.args, **named: Given.kwargs) -> Returned:
    """In a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(work, *given, **named).result(CASE_SECONDS_MAX)


def of_contacts(contacts: int, calls: int) -> Figures:
    title, campaigns = f"{contacts:,} contacts", max(1, calls // contacts)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "case"
        folder.mkdir()
        days, import_cpu_ms = _elsewhere(_import, folder, contacts, campaigns)
        row = {"import_cpu_ms_a_row": round(import_cpu_ms / contacts / campaigns, 2)}
        carrier = Carrier(*_begin(folder, seed=2), yardstick(Path(name) / "yardstick"))
        if calls >= contacts:
            return {title: carrier.carry_days(days, calls) | row}
        carrier.start(0, days[0])
        beginning = carrier.carry(calls)
        _leave_behind(carrier.world, days[0][0][1], contacts // 2 - calls)
        return {f"{title}, beginning": beginning | row, f"{title}, middle": carrier.carry(calls)}


def _import(folder: Path, contacts: int, campaigns: int) -> tuple[Days, float]:
    """A campaign for each day, and the CPU of all imports in milliseconds."""
    world, ledger = _begin(folder, seed=1)
    days = [[(world.key, add_campaign(world, contacts, first=day * contacts))] for day in range(campaigns)]
    return days, ledger.totals()["cpu_milliseconds"]


def of_accounts(accounts: int, calls: int) -> Figures:
    days = calls // (accounts * CALLS_OF_ACCOUNT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "case"
        folder.mkdir()
        started = _elsewhere(_add_accounts, folder, accounts, days)
        carrier = Carrier(*_begin(folder, seed=2), yardstick(Path(name) / "yardstick"))
        return {f"{accounts:,} accounts": carrier.carry_days(started, calls)}


def _add_accounts(folder: Path, accounts: int, days: int) -> Days:
    """Each with a campaign for each day."""
    world, _ = _begin(folder, seed=1)
    keys = [
        create_account(world.service.outside, NewAccount(f"Account {n}", "US", ("*",), CALLER), "bench")[1]
        for n in range(accounts)
    ]
    return [[_campaign(world, key, day * accounts + n) for n, key in enumerate(keys)] for day in range(days)]


def _campaign(world: TimeLapse, key: str, number: int) -> tuple[str, str]:
    world.key = key
    return key, add_campaign(world, CALLS_OF_ACCOUNT, first=number * CALLS_OF_ACCOUNT)


def _begin(folder: Path, seed: int) -> tuple[TimeLapse, Ledger]:
    return begin(folder, SLOTS, answered_at_once, start=EARLY, seed=seed)


@dataclass
class Carrier:
    """What it returns is of a call."""

    world: TimeLapse
    ledger: Ledger
    yardstick: Iterator[float]

    def carry_days(self, days: Days, calls: int) -> dict[str, float]:
        spent, ratios = Counter[str](), list[float]()
        for day, started in enumerate(days):
            self.start(day, started)
            self._carry(calls // len(days), spent, ratios, to_the_end=True)
        figures = _figures(spent, ratios)  # first: the network's book takes memory
        rung = len(self.world.network.rings())
        assert spent["completed"] == rung == calls, f"{rung} of {calls} were rung"
        return figures

    def carry(self, calls: int) -> dict[str, float]:
        spent, ratios = Counter[str](), list[float]()
        self._carry(calls, spent, ratios)
        return _figures(spent, ratios)

    def start(self, day: int, campaigns: list[tuple[str, str]]) -> None:
        self.world.run_until(EARLY + day * DAY)
        for self.world.key, campaign in campaigns:
            self.world.api("POST", f"/api/campaigns/{campaign}/start")

    def _carry(
        self, calls: int, spent: Counter[str], ratios: list[float], *, to_the_end: bool = False
    ) -> None:
        """Adds to `spent` and `ratios`."""
        a_round, end = max(SLOTS, calls // ROUNDS_MAX), spent["completed"] + calls
        while (left := end - spent["completed"]) > 0:
            self.ledger.clear()
            if to_the_end and left <= a_round:
                run_to_the_end(self.world, self.ledger)
            else:
                carry(self.world, self.ledger, min(left, a_round))
            of_round = self.ledger.totals()
            spent.update(of_round)
            each = of_round["cpu_milliseconds"] / of_round["completed"]
            ratios.append(each / next(self.yardstick))


def _figures(spent: Counter[str], ratios: list[float]) -> dict[str, float]:
    calls = spent["completed"]
    return {
        "calls_carried": calls,
        **{name: round(spent[name] / calls, 3) for name in OPERATIONS},
        "usd_of_1000": round(dollars_of_requests(spent) / calls * 1000, 4),
        "cpu_ms": round(spent["cpu_milliseconds"] / calls, 2),
        "cpu_to_yardstick": round(median(ratios), 3),
        "peak_mb": peak_megabytes(),
    }


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
            claim = f"{each} flat within 10 % from {flat_from:,} {what} on"
            claims[claim] = max(values) <= FLAT * min(values)
    return claims


def _count(name: str) -> int:
    return int(name.split()[0].replace(",", ""))


if __name__ == "__main__":
    main("growth", measure)
