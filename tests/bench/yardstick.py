"""What the machine is worth just now: CPU times that were taken minutes apart are compared by it."""

import tempfile
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from tests.bench.campaign_run import add_campaign, answered_at_once, begin, carry

SLOTS = 100
CONTACTS = 1_000
START_SECONDS_MAX = 120.0
ANSWER_SECONDS_MAX = 120.0


class Yardstick:
    """Small campaigns in a process of their own, a hundred calls of them whenever it is asked."""

    def __init__(self) -> None:
        self._pipe, other_end = get_context("spawn").Pipe()
        self._process = get_context("spawn").Process(target=_work, args=(other_end,), daemon=True)
        self._process.start()
        other_end.close()
        assert self._pipe.poll(START_SECONDS_MAX), "The yardstick does not start."
        self._pipe.recv()

    def cpu_ms_of_a_call(self) -> float:
        self._pipe.send(None)
        assert self._pipe.poll(ANSWER_SECONDS_MAX), "The yardstick does not answer."
        measured: float = self._pipe.recv()
        return measured

    def close(self) -> None:
        self._pipe.close()
        self._process.join(ANSWER_SECONDS_MAX)


def _work(pipe: Connection) -> None:
    """Until the other end is closed."""
    with tempfile.TemporaryDirectory() as folder:
        measurements = _measurements(Path(folder))
        pipe.send(next(measurements))
        while True:
            try:
                pipe.recv()
            except EOFError:
                return
            pipe.send(next(measurements))


def _measurements(folder: Path) -> Iterator[float]:
    """CPU milliseconds of a call, of one hundred after the other; the first hundred of a campaign, which find
    all lines free, are not among them."""
    world, ledger = begin(folder, SLOTS, answered_at_once)
    while True:
        world.api("POST", f"/api/campaigns/{add_campaign(world, CONTACTS)}/start")
        for number in range(CONTACTS // SLOTS):
            ledger.clear()
            carry(world, ledger, SLOTS)
            if number > 0:
                spent = ledger.totals()
                yield spent["cpu_milliseconds"] / spent["completed"]
