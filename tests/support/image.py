"""The image that the Dockerfile makes, built by buildah and run as a container is, with no daemon: its files
are mounted, cannot be written, and are all that its processes see, but for their own /data, /tmp and /dev."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fcntl import LOCK_EX, LOCK_SH, LOCK_UN, flock
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import PROJECT

READ_ONLY = PROJECT / "tests/support/read_only.sh"
BASE_VARIABLE = "IMAGE_BASE"
BASE_HERE = "localhost/python:3.13-slim"  # .ci/tools.sh has it made where it can be
# The official image has none in its library, which a base made of an installed Python may have.
WITHOUT_BYTECODE = "ARG BASE\nFROM ${BASE}\nRUN find /usr/local -name '*.pyc' -delete\n"
BUILD_SECONDS_MAX = 600
ROOM_BYTES = 2 * 2**30
LAYER = "image_layer"  # the property that a test notes each under


class ImageMissing(Exception):
    """It cannot be built here; the message says why."""


@dataclass(frozen=True)
class Layer:
    made_by: str
    megabytes: float


@dataclass(frozen=True)
class Image:
    root: Path  # its files
    config: dict[str, Any]  # as the Open Container Initiative's image specification has it
    layers: list[Layer]  # beyond the base

    @property
    def command(self) -> list[str]:
        return list(self.config["Cmd"])

    @property
    def megabytes(self) -> float:
        """Beyond the base."""
        return sum(layer.megabytes for layer in self.layers)

    def words(
        self, data: Path, command: Sequence[str], user: str | None = None, **settings: object
    ) -> list[str]:
        """What starts a command in it. It becomes the process that is started: signals reach it.
        `user`: another than the image's."""
        user = user or self.config["User"]
        variables = [f"{name}={value}" for name, value in settings.items()]
        return [
            *("unshare", "--mount", str(READ_ONLY), str(self.root), str(data)),
            *("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"),
            *("env", "--ignore-environment", f"--chdir={self.config['WorkingDir']}"),
            *(*self.config["Env"], *variables, *command),
        ]

    def run(self, data: Path, *command: str, **settings: object) -> "subprocess.CompletedProcess[str]":
        words = self.words(data, command, **settings)
        return subprocess.run(words, capture_output=True, text=True, timeout=BUILD_SECONDS_MAX, check=False)

    def data(self, folder: Path) -> Path:
        """The folder, made if it is not there; it and all in it are the image's user's."""
        folder.mkdir(exist_ok=True)
        user = int(self.config["User"])
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user, user)
        return folder


@contextmanager
def built() -> Iterator[Image]:
    """Built from nothing; all that it takes is gone afterwards. Raises ImageMissing."""
    base = _base()
    with tempfile.TemporaryDirectory(prefix="image", dir=_room()) as name:
        folder = Path(name)
        buildah = _Buildah(folder)
        try:
            yield _build(buildah, base, folder)
        finally:
            buildah.release()


@contextmanager
def shared(folder: Path) -> Iterator[Image]:
    """For test processes of one run, whose `folder` this is: built by the first that asks, who keeps it until
    the others are done with it. Raises ImageMissing."""
    folder.mkdir(exist_ok=True)
    record = folder / "image.json"
    with (folder / "lock").open("w") as lock, (folder / "users").open("w") as users:
        flock(lock, LOCK_EX)
        if record.exists():
            flock(users, LOCK_SH)
            flock(lock, LOCK_UN)
            found = json.loads(record.read_text())
            yield Image(Path(found["root"]), found["config"], [Layer(**layer) for layer in found["layers"]])
            return
        with built() as image:
            record.write_text(json.dumps(asdict(image), default=str))
            flock(lock, LOCK_UN)
            yield image
            flock(lock, LOCK_EX)  # nobody comes any more
            record.unlink()
            flock(users, LOCK_EX)  # until the last has gone


def _build(buildah: "_Buildah", base: str, folder: Path) -> Image:
    nothing = folder / "nothing"
    nothing.mkdir()
    of_base = [f"--build-arg=BASE={base}", "--tag=base", str(nothing)]
    buildah.run("bud", "--file=-", *of_base, said=WITHOUT_BYTECODE)
    buildah.run("bud", "--layers", "--build-arg=BASE=localhost/base", "--tag=reveille", str(PROJECT))
    made, below = buildah.inspect("reveille"), _layers(buildah.inspect("base"))
    root = Path(buildah.run("mount", buildah.run("from", "reveille")))
    return Image(root, made["OCIv1"]["config"], _layers(made)[len(below) :])


def _room() -> Path | None:
    """In memory, if there is enough: it takes a tenth of the time. None: wherever temporary files are."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > ROOM_BYTES else None


def image_lines(reporter: pytest.TerminalReporter) -> list[str]:
    """The sizes that its test has noted, by layer."""
    passed = reporter.stats.get("passed", [])
    return [str(line) for report in passed for name, line in report.user_properties if name == LAYER]


def _base() -> str:
    if shutil.which("buildah") is None:
        raise ImageMissing("buildah is not installed")
    if os.geteuid() != 0:
        raise ImageMissing("only root may mount an image")
    chosen = os.environ.get(BASE_VARIABLE)
    if chosen:
        return chosen
    there = subprocess.run(
        ["buildah", "inspect", "--type=image", BASE_HERE], capture_output=True, check=False
    )
    if there.returncode:
        raise ImageMissing(f"there is no {BASE_HERE}; {BASE_VARIABLE} names another base")
    return BASE_HERE


class _Buildah:
    """With a store of its own, which finds the machine's images as well and changes none of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        store = json.loads(subprocess.run(["buildah", "info"], capture_output=True, check=True).stdout)[
            "store"
        ]
        driver = store["GraphDriverName"]
        self._words = [
            *(
                "buildah",
                f"--storage-driver={driver}",
                f"--storage-opt={driver}.imagestore={store['GraphRoot']}",
            ),
            *(f"--root={folder}/root", f"--runroot={folder}/run"),
        ]

    def run(self, command: str, *arguments: str, said: str = "") -> str:
        ran = subprocess.run(
            [*self._words, command, *arguments],
            env={**os.environ, "BUILDAH_ISOLATION": "chroot", "TMPDIR": str(self._folder)},
            input=said,
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS_MAX,
            check=False,
        )
        assert ran.returncode == 0, f"buildah {command}: {ran.stdout}{ran.stderr}"
        return ran.stdout.strip()

    def inspect(self, image: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("inspect", "--type=image", image))
        return found

    def release(self) -> None:
        """So that the store can be deleted."""
        self.run("rm", "--all")
        # A mount of itself, so that nothing outside sees what is mounted in it.
        subprocess.run(["umount", f"{self._folder}/root/overlay"], capture_output=True, check=False)


def _layers(image: dict[str, Any]) -> list[Layer]:
    """Steps that add no file have none."""
    steps = [step for step in image["OCIv1"]["history"] if not step.get("empty_layer")]
    sizes = [layer["size"] / 1e6 for layer in json.loads(image["Manifest"])["layers"]]
    made_by = [step["created_by"].removeprefix("/bin/sh -c ").removeprefix("#(nop) ") for step in steps]
    return [Layer(step, size) for step, size in zip(made_by, sizes, strict=True)]
