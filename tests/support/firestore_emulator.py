"""Google's Firestore emulator, started when a test first asks for it and shared by all workers of one run.

A supervisor process starts it, reads from a pipe whose other end every test process that uses the emulator
holds open, and ends the emulator when the pipe is closed: after the last of them is gone, however it died.
"""

import contextlib
import fcntl
import http.client
import itertools
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from google.cloud.firestore import Client
from test_utils.system import unique_resource_id

START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 5.0
POLL_SECONDS = 0.1
SWITCH = "FIRESTORE_EMULATOR"  # "off": do without
_numbers = itertools.count(1)


class EmulatorMissing(Exception):
    """It cannot be used here; the message says why."""


@dataclass(frozen=True)
class Emulator:
    host: str
    hold: int  # this process's end of the pipe
    supervisor: "subprocess.Popen[bytes] | None"  # None: another test process started it

    def client(self, host: str | None = None, project: str | None = None) -> Client:
        """A client with a project of its own: nothing that another test wrote is in it."""
        project = project or f"test{unique_resource_id('-')}-{next(_numbers)}"
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("FIRESTORE_EMULATOR_HOST", host or self.host)
            return Client(project=project)

    def let_go(self) -> None:
        os.close(self.hold)
        if self.supervisor is not None:
            # Returns sooner when nobody else uses it; else it lives on until they have let go as well.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.supervisor.wait(STOP_SECONDS_MAX)


def use_emulator(directory: Path) -> Emulator:
    """Joins the emulator of this run, whose `directory` this is, or starts it. Raises EmulatorMissing."""
    if os.environ.get(SWITCH) == "off":
        raise EmulatorMissing(f"{SWITCH} is off")
    if shutil.which("gcloud") is None:
        raise EmulatorMissing("gcloud is not installed")
    directory.mkdir(exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            hold = os.open(directory / "users", os.O_WRONLY | os.O_NONBLOCK)  # fails if nobody reads
        except OSError:
            return _start(directory)
        return Emulator((directory / "host").read_text(), hold, None)


def _start(directory: Path) -> Emulator:
    pipe = directory / "users"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    read_end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    hold = os.open(pipe, os.O_WRONLY)
    host = f"127.0.0.1:{_free_port()}"
    with (directory / "log").open("wb") as log:
        supervisor = subprocess.Popen(
            [sys.executable, __file__, host],
            stdin=read_end,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C ends the tests, and they end it
        )
    os.close(read_end)
    emulator = Emulator(host, hold, supervisor)
    try:
        _wait_until_it_answers(emulator)
    except EmulatorMissing as error:
        emulator.let_go()
        raise EmulatorMissing(f"{error}: {(directory / 'log').read_text()[-300:]!r}") from None
    (directory / "host").write_text(host)
    return emulator


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until_it_answers(emulator: Emulator) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection(emulator.host, timeout=1)
        try:
            connection.request("GET", "/")
            connection.getresponse()
        except OSError:
            time.sleep(POLL_SECONDS)
        else:
            return
        finally:
            connection.close()
        if emulator.supervisor is not None and emulator.supervisor.poll() is not None:
            raise EmulatorMissing("it ended at once")
    raise EmulatorMissing(f"it did not answer within {START_SECONDS_MAX} seconds")


def supervise(host: str) -> None:
    """Runs the emulator until standard input ends, then kills it with all that it has started."""
    server = subprocess.Popen(
        ["gcloud", "emulators", "firestore", "start", f"--host-port={host}"],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    while server.poll() is None and not select.select([sys.stdin], [], [], POLL_SECONDS)[0]:
        pass
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(STOP_SECONDS_MAX)
        os.killpg(server.pid, signal.SIGKILL)  # gcloud may have gone before the Java that it started


if __name__ == "__main__":
    supervise(sys.argv[1])
