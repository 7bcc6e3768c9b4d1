"""A campaign from its start to its end in virtual time, and what that cost as Google bills it."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from service.domain.states import State
from service.entrypoints.site import Receipt
from service.local.telephone_calls import Fate, FateOf
from service.local.telephone_network import TelephoneNetwork
from service.local.time_lapse import TimeLapse
from service.settings import Settings

START = datetime(2026, 3, 2, 15, 0, 1, tzinfo=UTC)  # a Monday, 09:00 in Chicago
PART_ROWS_MAX = 50_000  # of one request
HOURS_MAX = 24 * 30
DELIVERED = frozenset({"refill", "wake", "check"})  # passes that a task brought
ALL_DONE = "Nothing waits: asleep until there is work"
CAMPAIGN: dict[str, Any] = {"name": "Spring", "timezone": "UTC", "script": {"twiml": "<Response/>"}}
RETRIES_OF_BUSY = {"retry": {"busy": [{"after_minutes": 5}, {"after_minutes": 5}]}}


@dataclass
class NetworkTime:
    """The telephone network shares the process: its part of a request's CPU is not the service's."""

    cpu_ms: float = 0.0

    def beside(self, fate: FateOf, book: Path) -> Callable[..., TelephoneNetwork]:
        """Its book is a file: memory is the service's own."""
        return partial(_TimedNetwork, spent=self, fate=fate, book=str(book))


class _TimedNetwork(TelephoneNetwork):
    def __init__(self, _path: str, *given: Any, spent: NetworkTime, book: str, **named: Any) -> None:
        super().__init__(book, *given, **named)
        self._spent = spent

    def __call__(self, environ: Any, start_response: Any) -> Any:
        began = time.thread_time()
        try:
            return super().__call__(environ, start_response)
        finally:
            self._spent.cpu_ms += (time.thread_time() - began) * 1000


@dataclass
class Ledger:
    """Adds receipts up and keeps none, so that memory is the service's own."""

    network: NetworkTime = field(default_factory=NetworkTime)
    spent: Counter[str] = field(default_factory=Counter)
    last_result: str = ""

    def add(self, receipt: Receipt) -> None:
        delivered = receipt["kind"] == "call" or receipt.get("reason") in DELIVERED
        self.last_result = receipt.get("result", "")
        self.spent["requests"] += 1
        self.spent["tasks"] += receipt["tasks"]
        self.spent["task_operations"] += receipt["tasks"] + delivered
        self.spent["handlers"] += receipt["kind"] == "call"
        self.spent["completed"] += self.last_result == State.COMPLETED  # its last webhook
        self.spent[f"{receipt['kind']}_requests"] += 1
        self.spent[f"{receipt['kind']}_cpu_milliseconds"] += receipt["cpu_milliseconds"]
        for name in ("reads", "writes", "cpu_milliseconds"):
            self.spent[name] += receipt[name]

    def clear(self) -> None:
        self.spent.clear()
        self.network.cpu_ms = 0.0

    def totals(self) -> Counter[str]:
        """CPU without the telephone network's."""
        totals = Counter(self.spent)
        totals["cpu_milliseconds"] -= self.network.cpu_ms  # type: ignore[assignment]
        return totals


def answered_at_once(_to: str, _caller: str, _calls_before: int) -> Fate:
    return Fate("completed", 5, 60)


def answered_after_two_retries(_to: str, _caller: str, calls_before: int) -> Fate:
    return Fate("completed", 5, 60) if calls_before == 2 else Fate("busy")


def begin(
    folder: Path,
    slots: int,
    fate: FateOf,
    *,
    start: datetime = START,
    lanes: Sequence[str] = ("main",),
    seed: int = 1,
) -> tuple[TimeLapse, Ledger]:
    """A service whose limits are so many slots, and whose queue is not the limit. Another seed for a folder
    that there is a service in already."""
    ledger = Ledger()
    settings = Settings(
        lanes=tuple(lanes),
        calls_in_flight_max=slots,
        account_calls_in_flight_max=slots,
        calls_per_second=10_000.0,
        requests_per_minute=1_000_000,
    )
    network = ledger.network.beside(fate, folder / "network.db")
    world = TimeLapse.begin(
        folder, start, seed=seed, on_receipt=ledger.add, settings=settings, network=network
    )
    return world, ledger


def numbers(count: int, first: int = 0) -> list[str]:
    """Numbers of one place, each once; up to eight million."""
    return [f"+1312{2_000_000 + n}" for n in range(first, first + count)]


def add_campaign(world: TimeLapse, calls: int, first: int = 0, **settings: Any) -> str:
    id: str = world.api("POST", "/api/campaigns", CAMPAIGN | settings)["id"]
    for start in range(first, first + calls, PART_ROWS_MAX):
        part = numbers(min(PART_ROWS_MAX, first + calls - start), start)
        imported = world.api("POST", f"/api/campaigns/{id}/contacts", "\n".join(["phone", *part]).encode())
        assert imported["created"] == len(part), imported
    return id


def run_to_the_end(world: TimeLapse, ledger: Ledger) -> None:
    """Until a pass finds that nothing waits."""
    _run(world, lambda: ledger.last_result == ALL_DONE)


def carry(world: TimeLapse, ledger: Ledger, calls: int) -> None:
    """Until at least so many calls were completed since the ledger was cleared."""
    _run(world, lambda: ledger.spent["completed"] >= calls)


def _run(world: TimeLapse, is_done: Callable[[], bool]) -> None:
    until = world.clock.now() + timedelta(hours=HOURS_MAX)
    while world.clock.now() < until:
        world.step(until)
        if is_done():
            return
    raise AssertionError("The campaign has no end.")


def cost_of_campaign(folder: Path, calls: int, slots: int, fate: FateOf, **settings: Any) -> Counter[str]:
    """From its start to its end, ticks included, its import not."""
    folder.mkdir(exist_ok=True)
    world, ledger = begin(folder, slots, fate)
    id = add_campaign(world, calls, **settings)
    ledger.clear()
    world.api("POST", f"/api/campaigns/{id}/start")
    run_to_the_end(world, ledger)
    answered = sum(ring.outcome == "completed" for ring in world.network.rings())
    assert answered == calls, f"{answered} of {calls} were answered"
    return ledger.totals()
