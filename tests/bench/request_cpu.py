"""Where the CPU of a tick, a pass, a handler and a webhook goes, seen by a timer that runs as the CPU does.

Frames of libraries are those of whom they work for. In time-lapse, so without gunicorn and sockets; what the
telephone network takes, which shares the process, is left out.
"""

import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from service.local.time_lapse import NETWORK_URL, TimeLapse
from tests.bench.campaign_run import Ledger, add_campaign, answered_at_once, begin, run_to_the_end
from tests.bench.line import Figures, Measured, Size, main
from tests.bench.sampler import first, outwards

SLOTS = 10
CALLS: dict[Size, int] = {"small": 10, "usual": 3_000, "large": 20_000}
TICKS: dict[Size, int] = {"small": 10, "usual": 10_000, "large": 50_000}
LOOK_SECONDS = 0.001  # of CPU; the kernel may look more seldom

# Kinds of requests, as their receipts name them.
TICK, PASS, HANDLER, WEBHOOK = "tick", "pass", "call", "webhook"
TITLES = {TICK: "tick, nothing due", PASS: "pass", HANDLER: "handler", WEBHOOK: "webhook"}
PATHS = {"/queue/": PASS, "/tasks/call": HANDLER, "/webhooks/": WEBHOOK}

ANSWERING = "/service/local/wsgi_http.py", "_answer"  # has the request in `environ`
PARTS = {  # of the innermost frame that one of them fits
    "/service/state/": "store",
    "/service/domain/documents.py": "records",
    "/service/domain/": "rules",
    "/service/rules/": "rules",
    "/service/providers/": "provider",
    "/service/dispatch/": "queue",
    "/service/usecases/": "use_cases",
    "/flask/": "flask",
    "/werkzeug/": "flask",
    "/service/": "entrypoints",
}
Looks = Counter[tuple[str, str]]  # by kind of request and part


def measure(size: Size) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        world, ledger = begin(Path(folder), SLOTS, answered_at_once)
        figures = _of_calls(world, ledger, CALLS[size]) | _of_ticks(world, ledger, TICKS[size])
    return Measured(figures)


def _of_calls(world: TimeLapse, ledger: Ledger, calls: int) -> Figures:
    campaign = add_campaign(world, calls)
    ledger.clear()
    with _looking() as looks:
        world.api("POST", f"/api/campaigns/{campaign}/start")
        run_to_the_end(world, ledger)
    return {TITLES[kind]: _figures(kind, ledger, looks, calls) for kind in (PASS, HANDLER, WEBHOOK)}


def _of_ticks(world: TimeLapse, ledger: Ledger, ticks: int) -> Figures:
    ledger.clear()
    with _looking() as looks:
        for _ in range(ticks):
            world.tick()
    as_ticks = Looks({(TICK, part): seen for (_, part), seen in looks.items()})
    return {TITLES[TICK]: _figures(TICK, ledger, as_ticks)}


def _figures(kind: str, ledger: Ledger, looks: Looks, calls: int | None = None) -> dict[str, float]:
    spent = ledger.totals()
    requests, cpu_ms = spent[f"{kind}_requests"], spent[f"{kind}_cpu_milliseconds"]
    if kind == HANDLER:
        cpu_ms -= ledger.network.cpu_ms  # it is asked by handlers alone
    seen = {part: looks[kind, part] for part in dict.fromkeys(PARTS.values())}
    in_all = sum(seen.values())
    return {
        **({"requests_a_call": round(requests / calls, 2)} if calls else {}),
        "cpu_ms": round(cpu_ms / requests, 2),
        "looks": in_all,
        **{f"{part}_pct": round(100 * of / max(1, in_all)) for part, of in seen.items()},
    }


@contextmanager
def _looking() -> Iterator[Looks]:
    """Of this thread alone, which is the process's first."""
    looks = Looks()

    def look(_signal: int, frame: FrameType | None) -> None:
        kind, part = _kind_of(frame), _part_of(frame)
        if kind is not None and part is not None:
            looks[kind, part] += 1

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, LOOK_SECONDS, LOOK_SECONDS)
    try:
        yield looks
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _kind_of(frame: FrameType | None) -> str | None:
    """None: no request to the service."""
    for within in outwards(frame):
        path, function = ANSWERING
        if within.f_code.co_name == function and within.f_code.co_filename.endswith(path):
            environ = within.f_locals["environ"]
            if NETWORK_URL.endswith(environ["HTTP_HOST"]):
                return None
            asked = environ["PATH_INFO"]
            return next((kind for start, kind in PATHS.items() if asked.startswith(start)), None)
    return None


def _part_of(frame: FrameType | None) -> str | None:
    parts = (first(PARTS, within.f_code.co_filename) for within in outwards(frame))
    return next(filter(None, parts), None)


if __name__ == "__main__":
    main("request_cpu", measure)
