"""From exec to the first answered tick that is not due: `python -m tests.bench.cold_start [small]`.

Gunicorn is started by the Dockerfile's command, in turn with an empty WSGI application (the floor that
gunicorn sets), with the front, and with the whole application loaded at once; on SQLite, and on Firestore's
emulator if there is one, which has answered often enough to be as quick as it gets; on this machine's Python,
and in the built image if it can be built. Medians of one interleaved run: only the ratios travel to other
machines.
"""

import argparse
import http.client
import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from service.pooled_http import PooledHttp
from service.receipts import Meter
from service.state.firestore_wake import FirestoreWakes
from service.state.server_clock import ServerClock
from tests.bench.line import SIZES, Size, machine
from tests.support.firestore_emulator import Emulator, EmulatorMissing, use_emulator
from tests.support.fresh_process import ASLEEP, python, settings_of
from tests.support.image import Image, ImageMissing, built
from tests.support.processes import PROJECT, free_port

ROUNDS: dict[Size, int] = {"small": 1, "usual": 15, "large": 51}
ANSWER_SECONDS_MAX = 60.0
POLL_SECONDS = 0.001
WARMING_READS = 300  # the emulator's own program is compiled while it runs
FLOORS_MAX = 1.4  # a tick, by the floor
EAGER_MAX = 0.35  # a tick, by all loaded at once
SERVICE = "service.wsgi:app"
ANSWER = "emulator_answer"
URL = "http://bench.local"
EMPTY = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
EAGER = """
from service.wsgi import app
app.whole()
"""

Settings = Mapping[str, object]
Start = Callable[[Path, Sequence[str], Settings], "subprocess.Popen[bytes]"]  # in a folder, a command


def image_command() -> list[str]:
    """The Dockerfile's."""
    (words,) = re.findall(r"^CMD (\[.*?\])", (PROJECT / "Dockerfile").read_text(), re.MULTILINE | re.DOTALL)
    command: list[str] = json.loads(words.replace("\\\n", ""))
    return command


@dataclass
class Case:
    app: str
    folder: Path
    token: str
    settings: Settings
    start: Start
    command: Sequence[str] = field(default_factory=image_command)
    milliseconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)

    def measure(self) -> None:
        """The CPU is of its whole life: the end is billed as well."""
        port = free_port()
        command = [word.replace(SERVICE, self.app) for word in self.command]
        cpu_before, began = _cpu_seconds_of_the_ended(), time.perf_counter()
        gunicorn = self.start(self.folder, command, {**self.settings, "PUBLIC_BASE_URL": URL, "PORT": port})
        try:
            self._tick(port)
            self.milliseconds.append((time.perf_counter() - began) * 1000)
        finally:
            gunicorn.terminate()
            gunicorn.wait(ANSWER_SECONDS_MAX)
        self.cpu_seconds.append(_cpu_seconds_of_the_ended() - cpu_before)

    def _tick(self, port: int) -> None:
        """As soon as it is answered."""
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        headers = {"Authorization": f"Bearer {self.token}", "Connection": "close"}
        while True:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS_MAX)) as tick:
                try:
                    tick.request("POST", "/queue/process", b'{"reason": "wake"}', headers)
                    answer = tick.getresponse()
                    assert (answer.status, b'"processed":true' in answer.read()) == (200, False)
                    return
                except ConnectionError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(POLL_SECONDS)


def _cpu_seconds_of_the_ended() -> float:
    """Of all processes that this one has begun and waited for, and of theirs."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


# --- where it runs ----------------------------------------------------------------------------------------


def here(folder: Path, command: Sequence[str], settings: Settings) -> "subprocess.Popen[bytes]":
    variables = {**settings, "PYTHONPATH": f"{PROJECT}:{folder}", "REVEILLE_LOG": "json"}
    return subprocess.Popen(
        [sys.executable, *command[1:]],
        cwd=folder,
        env=settings_of(folder, **variables),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def within(image: Image) -> Start:
    def start(folder: Path, command: Sequence[str], settings: Settings) -> "subprocess.Popen[bytes]":
        variables = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "secret", **settings}
        variables["PYTHONPATH"] = "/packages:/app:/data"
        words = image.words(image.data(folder), ["env", "--chdir=/data", *command], **variables)
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    return start


# --- what is compared -------------------------------------------------------------------------------------


def cases(folder: Path, start: Start, **settings: object) -> tuple[Case, Case]:
    """A lane that sleeps, asked through the front, and through the whole application."""
    folder.mkdir()
    (folder / "eager.py").write_text(EAGER)
    token = python(ASLEEP, folder=folder, PUBLIC_BASE_URL=URL, **settings)
    return Case(SERVICE, folder, token, settings, start), Case("eager:app", folder, token, settings, start)


def all_cases(folder: Path, start: Start, emulator: Emulator | None) -> dict[str, Case]:
    folder.mkdir()
    (folder / "empty.py").write_text(EMPTY)
    of = {"floor": Case("empty:app", folder, "", {}, start)}
    of["tick_sqlite"], of["eager"] = cases(folder / "sqlite", start)
    if emulator:
        of["tick_firestore"], of["eager_firestore"] = cases(
            folder / "firestore",
            start,
            REVEILLE_STORE="firestore",
            GOOGLE_CLOUD_PROJECT=emulator.client().project,
            FIRESTORE_EMULATOR_HOST=emulator.host,
        )
    return of


@dataclass
class Answer:
    """What the emulator takes of a tick: one read as the front's, over a new connection, by a process that
    has everything loaded."""

    emulator: Emulator
    milliseconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)  # none: it is the emulator's

    def measure(self) -> None:
        project, url = self.emulator.client().project, f"http://{self.emulator.host}"
        wakes = FirestoreWakes(PooledHttp(), lambda: "owner", project, ServerClock(), Meter(), url)
        began = time.perf_counter()
        wakes.read(("main",))
        self.milliseconds.append((time.perf_counter() - began) * 1000)


@contextmanager
def all_there_is(size: Size) -> Iterator[dict[str, Case | Answer]]:
    """By name; what cannot be had here is left out, and that is said. `small` builds no image."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        emulator = None
        try:
            emulator = use_emulator(folder / "emulator")
            stack.callback(emulator.let_go)
        except EmulatorMissing as why:
            print(f"Without Firestore: {why}", file=sys.stderr)
        of: dict[str, Case | Answer] = {**all_cases(folder / "here", here, emulator)}
        if emulator:
            of[ANSWER] = Answer(emulator)
            for _ in range(WARMING_READS):
                of[ANSWER].measure()
        try:
            if size != "small":
                inside = within(stack.enter_context(built()))
                found = all_cases(folder / "image", inside, emulator)
                of |= {f"image_{name}": case for name, case in found.items()}
        except ImageMissing as why:
            print(f"Without the image: {why}", file=sys.stderr)
        yield of


def measure(of: Sequence[Case | Answer], rounds: int) -> None:
    """In turn, so that what else the machine does is shared by all."""
    for case in of:
        case.measure()  # compiles what is not compiled yet, and warms the disk's cache
        case.milliseconds.clear()
        case.cpu_seconds.clear()
    for _ in range(rounds):
        for case in of:
            case.measure()


def figures(of: Mapping[str, Case | Answer]) -> dict[str, float]:
    found = {f"{name}_ms": round(statistics.median(case.milliseconds), 1) for name, case in of.items()}
    for name, case in of.items():
        if not case.cpu_seconds:
            continue
        found[f"{name}_cpu_s"] = round(statistics.median(case.cpu_seconds), 3)
    for tick, floor, eager in compared(of):
        found[f"{tick}_by_floor"] = round(found[f"{tick}_ms"] / found[f"{floor}_ms"], 2)
        found[f"{tick}_by_eager"] = round(found[f"{tick}_ms"] / found[f"{eager}_ms"], 2)
        itself = found[f"{tick}_ms"] - (found[f"{ANSWER}_ms"] if "firestore" in tick else 0)
        found[f"{tick}_itself_by_floor"] = round(itself / found[f"{floor}_ms"], 2)
    return found


def compared(of: Mapping[str, Case | Answer]) -> Iterator[tuple[str, str, str]]:
    """A tick's name, and those of the floor and of all loaded at once at the same place."""
    for place in ("", "image_"):
        for store, eager in (("sqlite", "eager"), ("firestore", "eager_firestore")):
            if f"{place}tick_{store}" in of:
                yield f"{place}tick_{store}", f"{place}floor", f"{place}{eager}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cold_start")
    parser.add_argument("size", nargs="?", choices=SIZES, default="usual")
    size: Size = parser.parse_args().size
    with all_there_is(size) as of:
        measure(list(of.values()), ROUNDS[size])
        found = figures(of)
        ticks = [tick for tick, _, _ in compared(of)]
    claims = {
        f"a tick <= {FLOORS_MAX} x the floor": all(found[f"{tick}_by_floor"] <= FLOORS_MAX for tick in ticks),
        f"a tick, less the emulator's answer, <= {FLOORS_MAX} x the floor": all(
            found[f"{tick}_itself_by_floor"] <= FLOORS_MAX for tick in ticks
        ),
        f"a tick <= {EAGER_MAX} x all at once": all(found[f"{tick}_by_eager"] <= EAGER_MAX for tick in ticks),
    }
    said = {"bench": "cold_start", "rounds": ROUNDS[size], "figures": found, "machine": machine()}
    print(json.dumps(said | {"claims": claims}))


if __name__ == "__main__":
    main()
