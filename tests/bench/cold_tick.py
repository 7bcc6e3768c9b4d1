"""From exec to the first answered tick that is not due: `python -m tests.bench.cold_tick` prints a JSON line.

Gunicorn is started as in the Dockerfile, in turn with an empty WSGI application (the floor that gunicorn
sets), with the front, and with the whole application loaded at once; on SQLite, and on Firestore's emulator
if there is one. Only the ratios travel to other machines.
"""

import http.client
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.firestore_emulator import Emulator, EmulatorMissing, use_emulator
from tests.support.fresh_process import ASLEEP, python, settings_of
from tests.support.processes import PROJECT, free_port

ROUNDS = 9
ANSWER_SECONDS_MAX = 60.0
POLL_SECONDS = 0.001
FLAGS = [
    *("--workers", "1", "--threads", "8", "--worker-class", "gthread", "--worker-tmp-dir", "/dev/shm"),
    *("--timeout", "0", "--graceful-timeout", "10", "--no-control-socket", "--log-level", "warning"),
]
EMPTY = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
EAGER = """
from service.wsgi import app
app.whole()
"""


@dataclass
class Case:
    app: str
    folder: Path
    token: str
    settings: dict[str, object]
    milliseconds: list[float] = field(default_factory=list)

    def measure(self) -> float:
        port = free_port()
        settings = {**self.settings, "PYTHONPATH": f"{PROJECT}:{self.folder}", "REVEILLE_LOG": "json"}
        began = time.perf_counter()
        gunicorn = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", self.app, *FLAGS, "--bind", f"127.0.0.1:{port}"],
            cwd=self.folder,
            env=settings_of(self.folder, PUBLIC_BASE_URL="http://bench.local", **settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._tick(port)
            return (time.perf_counter() - began) * 1000
        finally:
            gunicorn.terminate()
            gunicorn.wait(ANSWER_SECONDS_MAX)

    def _tick(self, port: int) -> None:
        """As soon as it is answered."""
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS_MAX)
            try:
                headers = {"Authorization": f"Bearer {self.token}"}
                connection.request("POST", "/queue/process", b'{"reason": "wake"}', headers)
                answer = connection.getresponse()
                assert (answer.status, b'"processed":true' in answer.read()) == (200, False)
                return
            except ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)
            finally:
                connection.close()


def cases(folder: Path, **settings: object) -> tuple[Case, Case]:
    """Through the front, and through the whole application."""
    folder.mkdir()
    (folder / "eager.py").write_text(EAGER)
    token = python(ASLEEP, folder=folder, PUBLIC_BASE_URL="http://bench.local", **settings)
    return Case("service.wsgi:app", folder, token, settings), Case("eager:app", folder, token, settings)


def on_firestore(folder: Path, emulator: Emulator) -> tuple[Case, Case]:
    project = emulator.client().project
    return cases(
        folder,
        REVEILLE_STORE="firestore",
        GOOGLE_CLOUD_PROJECT=project,
        FIRESTORE_EMULATOR_HOST=emulator.host,
    )


def figures(of: dict[str, Case]) -> dict[str, float]:
    for each in of.values():
        each.measure()  # compiles what is not compiled yet
    for _ in range(ROUNDS):
        for each in of.values():
            each.milliseconds.append(each.measure())
    median = {name: statistics.median(each.milliseconds) for name, each in of.items()}
    found = {f"{name}_ms": round(value, 1) for name, value in median.items()}
    for store in ("sqlite", "firestore"):
        if f"tick_{store}" in median:
            tick = median[f"tick_{store}"]
            found[f"tick_{store}_to_floor"] = round(tick / median["floor"], 2)
            found[f"tick_{store}_to_eager"] = round(tick / median[f"eager_{store}"], 2)
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "empty.py").write_text(EMPTY)
        of = {"floor": Case("empty:app", folder, "", {})}
        of["tick_sqlite"], of["eager_sqlite"] = cases(folder / "sqlite")
        emulator = None
        try:
            emulator = use_emulator(folder / "emulator")
            of["tick_firestore"], of["eager_firestore"] = on_firestore(folder / "firestore", emulator)
        except EmulatorMissing as why:
            print(f"Without Firestore: {why}", file=sys.stderr)
        found = figures(of)
        if emulator:
            emulator.let_go()
    machine = {"python": platform.python_version(), "machine": platform.machine()}
    print(json.dumps({"bench": "cold_tick", "rounds": ROUNDS, "figures": found, "machine": machine}))


if __name__ == "__main__":
    main()
