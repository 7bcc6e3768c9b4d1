"""What the image is made of: deploy/requirements.lock has every package and the hashes of its files, and
agrees with the short list that people read."""

import re

from tests.support.processes import PROJECT

LOCK = (PROJECT / "deploy/requirements.lock").read_text()
ENTRY = re.compile(
    r"^([a-z0-9-]+)==(\S+)(?: ; [^\\\n]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.M
)
NOTE = re.compile(r"#.*")


def listed() -> dict[str, str]:
    """By package, the version that requirements.txt asks for."""
    lines = [NOTE.sub("", line).strip() for line in (PROJECT / "requirements.txt").read_text().splitlines()]
    return dict(line.split("==") for line in lines if line)


def locked() -> dict[str, str]:
    return {name: version for name, version, _ in ENTRY.findall(LOCK)}


def test_each_listed_package_is_locked_in_that_version() -> None:
    assert listed().items() <= locked().items()


def test_the_lock_is_nothing_but_packages_each_once_with_the_hashes_of_its_files() -> None:
    without_notes = "".join(line for line in LOCK.splitlines(True) if not line.startswith("#"))
    assert ENTRY.sub("", without_notes) == ""
    assert len(ENTRY.findall(LOCK)) == len(locked()) > len(listed())


def test_the_image_takes_only_files_whose_hashes_are_locked() -> None:
    (install,) = re.findall(r"pip install(?:[^\n]*\\\n)+", (PROJECT / "Dockerfile").read_text())
    assert "--require-hashes" in install
    assert "-r requirements.lock" in install
