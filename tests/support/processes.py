"""`python -m service` as a user runs it: real processes, found and ended by their ids."""

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, TypeVar

import urllib3

from service.local.signing import LocalSigner

T = TypeVar("T")

PROJECT = Path(__file__).parents[2]
PORTS = range(12_000, 32_000)
POLL_SECONDS = 0.05
START_SECONDS_MAX = 60.0  # generous: a machine may be busy with other tests
END_SECONDS_MAX = 15.0
REQUEST_SECONDS_MAX = 30.0


def wait_for(find: Callable[[], T | None], seconds: float, what: str) -> T:
    """What `find` returns as soon as that is true."""
    deadline = time.monotonic() + seconds
    while True:
        found = find()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {seconds:.0f} s in vain: {what}")
        time.sleep(POLL_SECONDS)


def free_port() -> int:
    """Below those that the system gives to outgoing connections: one of them could take it in between."""
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("No port is free.")


def environment(home: Path, **settings: object) -> dict[str, str]:
    """Nothing of this machine's but the path."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(PROJECT),
        **{name: str(value) for name, value in settings.items()},
    }


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # it has ended, and nobody has asked how


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


class LocalRun:
    """One folder and port; the service in it can be started, ended and started again."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.key = ""
        self._environment = environment(folder, **{"PORT": self.port, **settings})
        self._process: subprocess.Popen[bytes] | None = None
        self._seen: set[int] = set()  # every process of it, also those whose parent is gone
        self._http = urllib3.PoolManager(retries=False)

    # --- processes --------------------------------------------------------------------------------

    def start(self) -> str:
        """What it prints when it is ready."""
        log = self.folder / "log.txt"
        began = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "service"],
                cwd=self.folder,
                env=self._environment,
                stdout=output,
                stderr=output,
                start_new_session=True,  # so that Ctrl-C can be sent to it alone
            )

        def greeting() -> str | None:
            assert self._process is not None
            said = log.read_bytes()[began:].decode()
            assert self._process.poll() is None, said
            ready = "API key" in said and self.worker() and self._answers()
            return said if ready else None

        said = wait_for(greeting, START_SECONDS_MAX, "the service is ready")
        with suppress(StopIteration):
            self.key = next(word for word in said.split() if word.startswith("rv_"))
        return said

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Another command in the same folder."""
        return subprocess.run(
            [sys.executable, "-m", "service", *arguments],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=START_SECONDS_MAX,
            check=False,
        )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def worker(self) -> int | None:
        """Gunicorn's one."""
        found = [pid for pid in children(self.pid) if "network" not in command(pid)]
        self._seen |= {self.pid, *children(self.pid)}
        return found[0] if len(found) == 1 else None

    def kill(self) -> None:
        """kill -9 of the service; the telephone network ends by itself."""
        worker = self.worker()
        assert worker is not None
        assert self._process is not None
        for pid in (self.pid, worker):
            os.kill(pid, signal.SIGKILL)
        self._process.wait()
        wait_for(lambda: not self.left(), END_SECONDS_MAX, "all processes are gone")

    def kill_worker(self) -> None:
        """kill -9 of gunicorn's worker; gunicorn makes another."""
        old = self.worker()
        assert old is not None
        os.kill(old, signal.SIGKILL)
        wait_for(
            lambda: self.worker() not in (None, old) and self._answers(), START_SECONDS_MAX, "a new worker"
        )

    def press_ctrl_c(self) -> float:
        """Returns the seconds until everything was gone."""
        self.worker()
        began = time.monotonic()
        os.killpg(self.pid, signal.SIGINT)
        assert self._process is not None
        self._process.wait(END_SECONDS_MAX)
        wait_for(lambda: not self.left(), END_SECONDS_MAX, "all processes are gone")
        return time.monotonic() - began

    def left(self) -> list[str]:
        """Its processes that are still there."""
        return [f"{pid} {command(pid)}" for pid in sorted(self._seen) if is_running(pid)]

    def clean_up(self) -> None:
        if self._process is None:
            return
        self.worker()
        for pid in self._seen:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()

    # --- requests ---------------------------------------------------------------------------------

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """What the REST API answers, or an assertion."""
        is_file = isinstance(body, bytes)
        sent = body if is_file else json.dumps(body).encode() if body is not None else b""
        status, answer = self._send(
            method, path, sent, self.key, "text/csv" if is_file else "application/json"
        )
        assert status < 400, answer
        return json.loads(answer)

    def tick(self) -> None:
        """As the scheduler posts it every quarter of an hour, but now."""
        token = LocalSigner.open(self.folder / ".reveille").token(self.url)
        status, answer = self._send("POST", "/queue/process", b"", token, "application/json")
        assert status == 200, answer

    def _answers(self) -> bool:
        try:
            return self._send("GET", "/healthz", b"", "", "")[0] == 200
        except urllib3.exceptions.HTTPError:
            return False

    def _send(self, method: str, path: str, body: bytes, token: str, mimetype: str) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": mimetype, "Connection": "close"}
        answer = self._http.request(
            method, self.url + path, body=body, headers=headers, timeout=REQUEST_SECONDS_MAX
        )
        return answer.status, answer.data

    # --- the truth of the telephone network ---------------------------------------------------------

    def phone_calls(self) -> list[dict[str, Any]]:
        """What the network has in its book: one entry for each create request."""
        path = self.folder / ".reveille" / "telephone-network.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as book:
            return [
                json.loads(record) for (record,) in book.execute("SELECT record FROM calls ORDER BY number")
            ]

    def rung_twice(self) -> list[str]:
        """Callback addresses name call and attempt: those with more than one create request."""
        counted = Counter(call["callback_url"] for call in self.phone_calls())
        return [url for url, count in counted.items() if count > 1]


def in_folder(folder: Path, **settings: object) -> Iterator[LocalRun]:
    """For fixtures."""
    run = LocalRun(folder, **settings)
    try:
        yield run
    finally:
        run.clean_up()
