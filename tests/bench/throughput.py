"""How many calls a second one process carries, by lanes, in real time; and how soon a freed slot dials again.

The first part is the service as on one machine (SQLite, the local queue with its threads), with a telephone
network in the same process that answers at once. Python runs one thread at a time: the second core is idle.
The second part is virtual time: 10 slots, calls that end at moments by chance."""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from service.domain.calling_hours import EVERYWHERE
from service.local.clocks import SystemClock
from service.local.telephone_calls import Fate, Ring
from service.local.telephone_network import TelephoneNetwork
from service.local.time_lapse import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    CALLER,
    NETWORK_URL,
    SERVICE_URL,
    TimeLapse,
    local_settings,
)
from service.local.wsgi_http import WsgiHttp
from service.settings import Settings
from service.usecases.accounts import NewAccount, create_account
from service.wiring import Choices, build
from tests.bench.campaign_run import add_campaign, begin, run_to_the_end
from tests.bench.line import Figures, Measured, Size, main, percentile

LANES: dict[Size, tuple[int, ...]] = {"small": (1,), "usual": (1, 2, 4), "large": (1, 2, 4)}
CALLS: dict[Size, int] = {"small": 4, "usual": 400, "large": 4_000}
VIRTUAL_CALLS: dict[Size, int] = {"small": 12, "usual": 300, "large": 3_000}
VIRTUAL_SLOTS = 10
POLL_SECONDS = 0.05
RUN_SECONDS_MAX = 600
FREED_TO_DIAL_SECONDS_MAX = 1.5


def measure(size: Size) -> Measured:
    figures: Figures = {f"lanes: {lanes}": _in_real_time(lanes, CALLS[size]) for lanes in LANES[size]}
    figures["slot freed to next dial"] = freed = _freed_to_dial(VIRTUAL_CALLS[size])
    claim = f"slot freed to next dial: p50 <= {FREED_TO_DIAL_SECONDS_MAX} s of virtual time"
    return Measured(figures, {claim: freed["p50_s"] <= FREED_TO_DIAL_SECONDS_MAX})


def _in_real_time(lanes: int, calls: int) -> dict[str, float]:
    """From the moment that all are due until the network has ended all and the campaigns are finished."""
    names = tuple(f"lane{n}" for n in range(lanes))
    with tempfile.TemporaryDirectory() as folder, _running(Path(folder), names, calls) as world:
        made = [_campaign_in(world, name, calls // lanes, n * calls) for n, name in enumerate(names)]
        began, cpu_began = time.monotonic(), time.process_time()
        for world.key, id in made:
            world.api("POST", f"/api/campaigns/{id}/start")
        while not all(_is_finished(world, key, id) for key, id in made):
            assert time.monotonic() - began < RUN_SECONDS_MAX, "The campaigns have no end."
            time.sleep(POLL_SECONDS)
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu_began
        rung = len(world.network.rings())
    assert rung == calls // lanes * lanes, rung
    return {
        "calls": rung,
        "calls_a_s": round(rung / seconds, 1),
        "calls_a_s_if_a_core_were_free": round(rung / cpu, 1),
        "cpu_ms_a_call_with_network": round(cpu / rung * 1000, 1),
        "cores_used": round(cpu / seconds, 2),
    }


@contextmanager
def _running(folder: Path, lanes: tuple[str, ...], slots: int) -> Iterator[TimeLapse]:
    """As TimeLapse, but on the system's clock, with the threads that drive queue and network."""
    clock, apps = SystemClock(), dict[str, Any]()
    http = WsgiHttp(apps)
    network = TelephoneNetwork(
        str(folder / "network.db"),
        clock,
        http,
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        fate=lambda *_: Fate("completed", 0, 0),
    )
    settings = Settings(
        lanes=lanes,
        calls_in_flight_max=slots,
        account_calls_in_flight_max=slots,
        calls_per_second=10_000.0,
        requests_per_minute=1_000_000,
    )
    service = build(local_settings(folder, settings), Choices(clock, http, on_receipt=lambda _: None))
    apps[SERVICE_URL], apps[NETWORK_URL] = service.app, network
    assert service.local_tasks is not None
    service.local_tasks.start()
    network.start()
    try:
        yield TimeLapse(clock, service, network, http, "", {})  # type: ignore[arg-type]
    finally:
        service.local_tasks.stop()
        network.close()
        service.close()


def _campaign_in(world: TimeLapse, lane: str, calls: int, first: int) -> tuple[str, str]:
    """The key of an account of that lane, and its campaign. New accounts are spread by chance."""
    while True:
        new = NewAccount("Bench", "US", ("*",), CALLER, widened=(EVERYWHERE,))  # it may be night there
        account, world.key = create_account(world.service.outside, new, "bench")
        if account.lane == lane:
            return world.key, add_campaign(world, calls, first)


def _is_finished(world: TimeLapse, key: str, id: str) -> bool:
    world.key = key
    return bool(world.api("GET", f"/api/campaigns/{id}")["status"] == "finished")


def _freed_to_dial(calls: int) -> dict[str, float]:
    """All are due from the start: the slot that is freed n-th is the n-th dialled with after the first."""
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
    gaps = _gaps(rings)
    return {
        "calls": calls,
        "p50_s": round(percentile(gaps, 0.5), 2),
        "p99_s": round(percentile(gaps, 0.99), 2),
        "max_s": round(max(gaps), 2),
    }


def _gaps(rings: list[Ring]) -> list[float]:
    freed = sorted(ring.ended_at for ring in rings if ring.ended_at)
    dialled = sorted(ring.created_at for ring in rings)[VIRTUAL_SLOTS:]
    return [(at - since).total_seconds() for since, at in zip(freed, dialled, strict=False)]


if __name__ == "__main__":
    main("throughput", measure)
