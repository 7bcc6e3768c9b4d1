"""The image itself: built, looked at, and run by another user than root, who cannot write to it."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from service.local.signing import KEY_FILE, LocalSigner
from tests.conftest import NO_IMAGE
from tests.support.image import LAYER, Image, ImageMissing, shared
from tests.support.processes import children, free_port, wait_for

BEYOND_THE_BASE_MEGABYTES_MAX = 200
PLATFORM_SECONDS = 10  # from SIGTERM to SIGKILL, on Cloud Run
START_SECONDS_MAX = 60.0
ANSWER_SECONDS_MAX = 30.0
URL = "http://image.local"
SETTINGS = {
    "REVEILLE_STORE": "sqlite:/data/reveille.db",
    "PUBLIC_BASE_URL": URL,
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "secret",
}
BODY = b'{"reason": "wake"}'
INSTALLERS_AND_COMPILERS = {
    "pip",
    "pip3",
    "uv",
    "gcc",
    "g++",
    "cc",
    "c++",
    "clang",
    "ld",
    "as",
    "make",
    "cargo",
}

# Every module of the service, and what those load later. Says which of them have no bytecode.
LOAD_EVERYTHING = """
import importlib, os, pkgutil, sys
import gunicorn.app.wsgiapp, gunicorn.workers.gthread
import service
for module in pkgutil.walk_packages(service.__path__, "service."):
    if not module.name.endswith("__main__") and module.name != "service.wsgi":
        importlib.import_module(module.name)
from service.contacts.places import place_of
print(place_of("+13125550142"), place_of("+442079460000"))
files = [module.__spec__.cached for module in sys.modules.values()
         if getattr(getattr(module, "__spec__", None), "cached", None)]
print(len(files))
print([file for file in files if not os.path.exists(file)])
"""


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    base = tmp_path_factory.getbasetemp()
    of_this_run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    try:
        with shared(of_this_run / "image") as image:
            yield image
    except ImageMissing as why:
        pytest.skip(f"{NO_IMAGE}: {why}")


@dataclass(frozen=True)
class Running:
    process: "subprocess.Popen[bytes]"
    port: int
    data: Path

    @property
    def token(self) -> str:
        return LocalSigner.open(self.data).token(URL)

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS_MAX)

    def tick(self, token: str | None) -> tuple[int, str]:
        connection = self.connect()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request("POST", "/queue/process", BODY, headers)
        answer = connection.getresponse()
        said = answer.read().decode()
        connection.close()
        return answer.status, said

    def listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def running(image: Image, data: Path) -> Iterator[Running]:
    """By the image's own command, with what an operator would set."""
    port = free_port()
    words = image.words(data, image.command, **SETTINGS, PORT=port)
    with (data.parent / "log.txt").open("ab") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
    try:
        found = Running(process, port, data)

        def ready() -> bool:
            assert process.poll() is None, (data.parent / "log.txt").read_text()
            return found.listens() and (data / KEY_FILE).exists()  # which is the service's to make

        wait_for(ready, START_SECONDS_MAX, "the image's service listens")
        yield found
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        process.wait(START_SECONDS_MAX)


def sockets(pid: int) -> list[str]:
    """That the process itself holds, not one that it has started."""
    opened = [file.readlink().name for file in Path(f"/proc/{pid}/fd").iterdir()]
    return [name for name in opened if name.startswith("socket:")]


def log_lines(data: Path) -> list[dict[str, object]]:
    """What it has said, all of it JSON."""
    return [json.loads(line) for line in (data.parent / "log.txt").read_text().splitlines()]


def test_it_answers_a_signed_tick_and_refuses_an_anonymous_one(image: Image, tmp_path: Path) -> None:
    with running(image, image.data(tmp_path / "data")) as service:
        assert service.tick(None)[0] == 401
        status, said = service.tick(service.token)
    assert status == 200
    assert json.loads(said)["success"] is True


def test_a_tick_that_is_not_due_is_answered_by_the_front_alone(image: Image, tmp_path: Path) -> None:
    data = image.data(tmp_path / "data")
    with running(image, data) as service:
        service.tick(service.token)  # finds nothing, and puts the lane to sleep
    with running(image, data) as service:
        status, said = service.tick(service.token)
        (worker,) = children(service.process.pid)
        maps = Path(f"/proc/{worker}/maps").read_text()
    assert (status, json.loads(said)["reason"]) == (200, "Not time to process")
    assert "_sqlite3" in maps
    assert log_lines(data)[-1]["result"] == "Not time to process"
    assert "pydantic_core" not in maps
    assert "cygrpc" not in maps


def test_sigterm_ends_it_in_time_and_what_is_under_way_is_still_answered(
    image: Image, tmp_path: Path
) -> None:
    with running(image, image.data(tmp_path / "data")) as service:
        connection = service.connect()
        connection.putrequest("POST", "/queue/process")
        connection.putheader("Authorization", f"Bearer {service.token}")
        connection.putheader("Content-Length", str(len(BODY)))
        connection.putheader("Expect", "100-continue")
        connection.endheaders()
        assert connection.sock.recv(1000).startswith(
            b"HTTP/1.1 100"
        )  # a thread has it, and waits for the body
        service.process.send_signal(signal.SIGTERM)
        wait_for(lambda: not sockets(service.process.pid), PLATFORM_SECONDS, "it takes nothing new")
        assert service.process.poll() is None
        connection.send(BODY)
        assert connection.getresponse().status == 200
        assert service.process.wait(PLATFORM_SECONDS) == 0
    patience = int(image.command[image.command.index("--graceful-timeout") + 1])
    assert patience < PLATFORM_SECONDS


def test_it_is_another_user_and_can_write_nothing_but_its_data_and_tmp(image: Image, tmp_path: Path) -> None:
    data = image.data(tmp_path / "data")
    places = "/app/f /packages/f /usr/local/f /data/f /tmp/f"
    script = f"id -u; for f in {places}; do touch $f 2>/dev/null && echo $f; done"
    user, *written = image.run(data, "sh", "-c", script).stdout.split()
    assert user != "0"
    assert written == ["/data/f", "/tmp/f"]
    as_root = subprocess.run(
        image.words(data, ["touch", "/app/f"], user="0"), capture_output=True, text=True, check=False
    )
    assert "Read-only file system" in as_root.stderr


def test_all_of_it_loads_and_has_its_bytecode(image: Image, tmp_path: Path) -> None:
    ran = image.run(image.data(tmp_path / "data"), "python", "-c", LOAD_EVERYTHING)
    assert ran.returncode == 0, ran.stderr
    places, count, without_bytecode = ran.stdout.splitlines()
    assert "America/Chicago" in places
    assert "Europe/London" in places
    assert int(count) > 500
    assert without_bytecode == "[]"


def test_there_is_no_installer_no_compiler_and_no_test_in_it(image: Image) -> None:
    programs = {
        path.name
        for folder in ("bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "packages/bin")
        for path in (image.root / folder).glob("*")
    }
    assert "python3" in programs
    assert programs & INSTALLERS_AND_COMPILERS == set()
    libraries = [
        *(image.root / "usr/local/lib").glob("python3*"),
        image.root / "packages",
        image.root / "app",
    ]
    folders = {path.name for library in libraries for path in library.rglob("*") if path.is_dir()}
    assert "json" in folders
    assert folders & {"pip", "ensurepip", "tests", "test"} == set()


def test_it_has_little_beyond_the_base(image: Image, record_property: Callable[[str, object], None]) -> None:
    for layer in image.layers:
        record_property(LAYER, f"{layer.megabytes:7.1f} MB  {layer.made_by:.100}")
    record_property(LAYER, f"{image.megabytes:7.1f} MB  in all, beyond the base")
    assert len(image.layers) == 3
    assert 50 < image.megabytes < BEYOND_THE_BASE_MEGABYTES_MAX
