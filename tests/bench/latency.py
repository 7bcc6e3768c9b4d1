"""How soon: from `POST /api/calls` to the provider's request, and from a slot that is freed to the next dial.

In real time on `python -m service` (SQLite, its own queue) with a telephone network in a process of its own;
beside the milliseconds what they are of a round trip to that network, which says more of other machines.
And in virtual time, 10 slots and calls that end at moments by chance: what the rules alone make of it, since
a refill is asked for at the end of each second."""

import json
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from service.local.telephone_calls import Fate
from service.pooled_http import PooledHttp
from tests.bench.campaign_run import CAMPAIGN, add_campaign, begin, numbers, run_to_the_end
from tests.bench.instances import network
from tests.bench.instant_network import ACCOUNT_SID, AUTH_TOKEN
from tests.bench.line import Measured, Size, main, percentile
from tests.support.processes import LocalRun, wait_for

DIRECT_CALLS: dict[Size, int] = {"small": 3, "usual": 500, "large": 1_000}
QUEUED_CALLS: dict[Size, int] = {"small": 6, "usual": 500, "large": 2_000}
VIRTUAL_CALLS: dict[Size, int] = {"small": 12, "usual": 500, "large": 3_000}
SLOTS: dict[Size, int] = {"small": 5, "usual": 20, "large": 20}
VIRTUAL_SLOTS = 10
CALL_SECONDS: dict[Size, tuple[float, float]] = {
    "small": (0.1, 0.2),
    "usual": (0.5, 2.5),
    "large": (0.5, 2.5),
}
PAUSE_SECONDS = 0.05  # between two direct calls
REQUEST_SECONDS_MAX = 10.0
RUN_SECONDS_MAX = 600.0
NOBODY = "+13125559999"
FREED_TO_DIAL_SECONDS_MAX = 1.5


def measure(size: Size) -> Measured:
    direct = _direct(DIRECT_CALLS[size])
    real = _percentiles(_freed_in_real_time(QUEUED_CALLS[size], SLOTS[size], CALL_SECONDS[size]))
    virtual = _percentiles(_freed_in_virtual_time(VIRTUAL_CALLS[size]))
    claim = f"slot freed to next dial: p50 <= {FREED_TO_DIAL_SECONDS_MAX} s"
    return Measured(
        {
            "POST /api/calls to the provider's request": direct,
            "slot freed to next dial": real,
            "slot freed to next dial, virtual time": virtual,
        },
        {claim: max(real["p50_ms"], virtual["p50_ms"]) <= FREED_TO_DIAL_SECONDS_MAX * 1000},
    )


def _percentiles(seconds: list[float]) -> dict[str, float]:
    shown = {"p50_ms": percentile(seconds, 0.5), "p99_ms": percentile(seconds, 0.99), "max_ms": max(seconds)}
    return {"calls": len(seconds), **{name: round(value * 1000, 1) for name, value in shown.items()}}


# --- in real time -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """The service on this machine, and its telephone network."""

    run: LocalRun
    url: str
    http: PooledHttp

    def dialled(self) -> list[dict[str, Any]]:
        said = json.loads(self._ask("GET", "/calls", b""))
        calls: list[dict[str, Any]] = said["calls"]
        return calls

    def round_trip_seconds(self) -> float:
        """Of a create request like the service's own, over a connection that is kept."""
        began = time.perf_counter()
        form = {"To": NOBODY, "From": NOBODY, "StatusCallback": f"{self.url}/"}
        self._ask("POST", "/2010-04-01/Accounts/AC/Calls.json", urlencode(form).encode())
        return time.perf_counter() - began

    def _ask(self, method: str, path: str, body: bytes) -> bytes:
        answer = self.http.request(
            method, self.url + path, headers={}, body=body, timeout_seconds=REQUEST_SECONDS_MAX
        )
        return answer.body


@contextmanager
def _line(slots: int, seconds: tuple[float, float]) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as name, network(Path(name), (), seconds) as (_, url):
        run = LocalRun(
            Path(name),
            TWILIO_ACCOUNT_SID=ACCOUNT_SID,
            TWILIO_AUTH_TOKEN=AUTH_TOKEN,
            TWILIO_BASE_URL=url,
            REVEILLE_CALLS_IN_FLIGHT_MAX=slots,
            REVEILLE_ACCOUNT_CALLS_IN_FLIGHT_MAX=slots,
            REVEILLE_CALLS_PER_SECOND=10_000,
            REVEILLE_REQUESTS_PER_MINUTE=1_000_000,
            REVEILLE_LOG="json",
        )
        try:
            run.start()
            yield Line(run, url, PooledHttp())
        finally:
            run.clean_up()


def _direct(calls: int) -> dict[str, float]:
    """One after the other; there is always a slot."""
    with _line(calls, CALL_SECONDS["usual"]) as line:
        asked = {}
        for to in numbers(calls):
            asked[to] = time.time()
            line.run.api("POST", "/api/calls", {"to": to, "script": CAMPAIGN["script"]})
            time.sleep(PAUSE_SECONDS)
        wait_for(lambda: len(line.dialled()) == calls, RUN_SECONDS_MAX, "all are dialled")
        took = [call["at"] - asked[call["to"]] for call in line.dialled()]
        round_trip = percentile([line.round_trip_seconds() for _ in range(calls)], 0.5)
    shown = _percentiles(took)
    return shown | {
        "round_trip_ms": round(round_trip * 1000, 2),
        "p50_to_round_trip": round(percentile(took, 0.5) / round_trip, 1),
    }


def _freed_in_real_time(calls: int, slots: int, seconds: tuple[float, float]) -> list[float]:
    with _line(slots, seconds) as line:
        id = line.run.api("POST", "/api/campaigns", CAMPAIGN)["id"]
        line.run.api("POST", f"/api/campaigns/{id}/contacts", "\n".join(["phone", *numbers(calls)]).encode())
        line.run.api("POST", f"/api/campaigns/{id}/start")
        wait_for(lambda: _ended(line) == calls, RUN_SECONDS_MAX, "all calls are over")
        dialled = line.dialled()
    return _gaps([call["ended_at"] for call in dialled], [call["at"] for call in dialled], slots)


def _ended(line: Line) -> int:
    return sum(call["ended_at"] > 0 for call in line.dialled())


def _gaps(ended_at: list[float], dialled_at: list[float], slots: int) -> list[float]:
    """All are due from the start: the slot that is freed n-th is the n-th dialled with after the first."""
    return [at - since for since, at in zip(sorted(ended_at), sorted(dialled_at)[slots:], strict=False)]


# --- in virtual time --------------------------------------------------------------------------------


def _freed_in_virtual_time(calls: int) -> list[float]:
    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        world, ledger = begin(
            Path(folder),
            VIRTUAL_SLOTS,
            lambda *_: Fate("completed", dice.uniform(3, 20), dice.randint(5, 60)),
        )
        id = add_campaign(world, calls)
        world.api("POST", f"/api/campaigns/{id}/start")
        run_to_the_end(world, ledger)
        rings = world.network.rings()
    ended = [ring.ended_at.timestamp() for ring in rings if ring.ended_at]
    return _gaps(ended, [ring.created_at.timestamp() for ring in rings], VIRTUAL_SLOTS)


if __name__ == "__main__":
    main("latency", measure)
