"""Several instances of the service with one store, one queue and one telephone network, on this machine.

Each instance is a process; so is the network. The queue is the local one, driven in this process: it takes
what the instances have put into the SQLite file, and hands it to one after the other."""

import itertools
import json
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import urllib3

from service.dispatch.http_delivery import HttpDelivery
from service.dispatch.local import LocalTaskQueue
from service.domain.audit import Act, By
from service.domain.calling_hours import EVERYWHERE
from service.entrypoints.schemas_accounts import operators_view
from service.local.clocks import SystemClock
from service.local.signing import LocalSigner
from service.pooled_http import PooledHttp
from service.receipts import Meter, Receipt
from service.settings import Settings
from service.usecases.accounts import NewAccount, create_account
from service.wiring import open_books
from tests.bench.instant_network import ACCOUNT_SID, AUTH_TOKEN
from tests.bench.peers.processes import cpu_seconds
from tests.support.processes import END_SECONDS_MAX, environment, free_port

CALLER = "+13125550100"
INSTANCE = "tests.bench.instance"
FILE = ".reveille/reveille.db"  # where a process keeps it, below its folder
CARRIERS = 16  # threads that deliver tasks
LOOK_SECONDS = 0.02  # between two looks of one of them at the queue's file
REQUEST_SECONDS_MAX = 60.0


@dataclass
class Fleet:
    urls: list[str]
    network: str
    folder: Path
    settings: Settings
    _processes: dict[str, "subprocess.Popen[bytes]"]
    _http: urllib3.PoolManager
    # Once the instances have ended: where their requests' threads were seen, and the receipts of passes.
    seen: Counter[str] = field(default_factory=Counter)
    passes: list[Receipt] = field(default_factory=list)

    def api(self, method: str, path: str, key: str, body: Any = None) -> Any:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        headers = {"Authorization": f"Bearer {key}"}
        headers["Content-Type"] = "text/csv" if isinstance(body, bytes) else "application/json"
        url = self.urls[0] + path
        answer = self._http.request(method, url, body=sent, headers=headers, timeout=REQUEST_SECONDS_MAX)
        assert answer.status < 400, answer.data
        return answer.json()

    def account_in(self, lane: str) -> str:
        """The key of a new account of that lane: new ones are spread by chance."""
        books = open_books(self.settings, Act("create_account", By("bench"), operators_view))
        try:
            while True:
                new = NewAccount(
                    "Bench", "US", ("*",), CALLER, widened=(EVERYWHERE,)
                )  # it may be night there
                account, key = create_account(books, new, "bench")
                if account.lane == lane:
                    return key
        finally:
            books.close()

    def dialled(self) -> list[dict[str, Any]]:
        """What the network says of each create request: to whom, when, and when the call ended."""
        said = self._http.request("GET", f"{self.network}/calls").json()
        assert not said["refused"], f"{said['refused']} webhooks were refused"
        calls: list[dict[str, Any]] = said["calls"]
        return calls

    def cpu_seconds(self) -> dict[str, float]:
        return {name: cpu_seconds(process.pid) for name, process in self._processes.items()}


def network(
    folder: Path, urls: Sequence[str], seconds: tuple[float, float]
) -> AbstractContextManager[tuple["subprocess.Popen[bytes]", str]]:
    """As a process of its own, and its address. `urls`: of the instances; none: webhooks go where they are
    asked to."""
    command = ("tests.bench.instant_network", ",".join(urls), *map(str, seconds))
    return _running(folder, environment(folder), command)


@contextmanager
def fleet(
    count: int, lanes: Sequence[str], slots: int, *, seconds: tuple[float, float], firestore: str = ""
) -> Iterator[Fleet]:
    """`seconds`: how long a call takes, from and to. `firestore`: where its emulator is; else on SQLite."""
    ports = [free_port() for _ in range(count)]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    with tempfile.TemporaryDirectory() as name:
        folder, processes = Path(name), dict[str, subprocess.Popen[bytes]]()
        with ExitStack() as running:
            processes["network"], network_url = running.enter_context(network(folder, urls, seconds))
            chosen = _settings(urls[0], network_url, lanes, slots, firestore, folder)
            for n, port in enumerate(ports):
                command = (INSTANCE, str(folder / f"profile-{n}.json"))
                started = _running(folder, environment(folder, PORT=port, **chosen), command)
                processes[f"instance {n}"], _ = running.enter_context(started)
            settings = Settings.read({name: str(value) for name, value in chosen.items()})
            if not firestore:
                settings = replace(settings, store=f"sqlite:{folder / FILE}")
            http = urllib3.PoolManager(retries=False)
            made = Fleet(urls, network_url, folder, settings, processes, http)
            running.enter_context(_carrying(urls, folder))
            yield made
        for file in folder.glob("profile-*.json"):
            made.seen.update(json.loads(file.read_text()))
        made.passes = _passes((folder / f"{INSTANCE}.log").read_text())


def _settings(
    url: str, network: str, lanes: Sequence[str], slots: int, firestore: str, folder: Path
) -> dict[str, object]:
    """All of them are one service at one address: tasks are signed for it, webhooks too."""
    chosen: dict[str, object] = {
        "PUBLIC_BASE_URL": url,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_BASE_URL": network,
        "REVEILLE_LANES": ",".join(lanes),
        "REVEILLE_CALLS_IN_FLIGHT_MAX": slots,
        "REVEILLE_ACCOUNT_CALLS_IN_FLIGHT_MAX": slots,
        "REVEILLE_REQUESTS_PER_MINUTE": 1_000_000,
        "REVEILLE_LOG": "json",
    }
    if firestore:
        chosen |= {"REVEILLE_STORE": "firestore", "FIRESTORE_EMULATOR_HOST": firestore}
        chosen["GOOGLE_CLOUD_PROJECT"] = f"bench-{folder.name.lower().replace('_', '-')}"
    return chosen


def _passes(log: str) -> list[Receipt]:
    """That looked at their lane: ticks that found it asleep are not among them."""
    lines = [json.loads(line) for line in log.splitlines() if '"pass"' in line]
    return [line for line in lines if line.get("kind") == "pass"]


@contextmanager
def _running(
    folder: Path, variables: dict[str, str], command: Sequence[str]
) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """A process of one of our modules, and the first line that it prints."""
    with (folder / f"{command[0]}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=folder,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        said = process.stdout.readline().decode().strip()
        assert said, (folder / f"{command[0]}.log").read_text()
        yield process, said
    finally:
        process.stdin.close()
        process.terminate()
        process.wait(END_SECONDS_MAX)


@contextmanager
def _carrying(urls: Sequence[str], folder: Path) -> Iterator[None]:
    """The queue, in threads of this process: to one instance after the other."""
    signer = LocalSigner.open((folder / FILE).parent)
    http, stopped = PooledHttp(), threading.Event()
    deliveries = [HttpDelivery(http, url, lambda: signer.token(urls[0])) for url in urls]
    turn = itertools.cycle(deliveries)
    clock = SystemClock()
    queue = LocalTaskQueue(folder / FILE, clock, Meter(), lambda delivery: next(turn)(delivery), {})

    def carry() -> None:
        while not stopped.is_set():
            if not queue.deliver_due():
                stopped.wait(LOOK_SECONDS)

    threads = [threading.Thread(target=carry, daemon=True) for _ in range(CARRIERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join(END_SECONDS_MAX)
        queue.close()
