"""What both commands begin with: a virtual environment, made once, and made whole."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import PROJECT

SECONDS_MAX = 300.0
FILES = ("deploy/requirements.lock", "requirements.txt")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project that needs no packages."""
    (tmp_path / "deploy").mkdir()
    for file in FILES:
        (tmp_path / file).write_text("")
    return tmp_path


def make_venv(root: Path, python: str = sys.executable) -> "subprocess.CompletedProcess[str]":
    script = (
        f'set -euo pipefail; source "{PROJECT}/deploy/venv.sh"; make_venv "{root}" "{root}/requirements.txt"'
    )
    return subprocess.run(
        ["bash", "-c", script],
        env=os.environ | {"PYTHON": python, "HOME": str(root)},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


def has_pip(root: Path) -> bool:
    return not subprocess.call(
        [root / ".venv/bin/python", "-m", "pip", "--version"], stdout=subprocess.DEVNULL, timeout=SECONDS_MAX
    )


def test_an_environment_that_was_left_behind_half_made_is_made_again(root: Path) -> None:
    """As Debian leaves it, when python3-venv was missing the first time."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / ".venv"], check=True)
    made = make_venv(root)
    assert (made.returncode, made.stderr) == (0, "")
    assert has_pip(root)


def test_it_is_made_once_and_again_only_when_what_it_needs_has_changed(root: Path) -> None:
    assert make_venv(root).returncode == 0
    (mark,) = (root / ".venv").glob("installed-*")
    written = mark.stat().st_mtime_ns
    assert make_venv(root).returncode == 0
    assert mark.stat().st_mtime_ns == written
    for file in FILES:
        written = mark.stat().st_mtime_ns
        (root / file).write_text("# changed\n")
        assert make_venv(root).returncode == 0
        assert mark.stat().st_mtime_ns > written


def executable(path: Path, script: str) -> str:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_a_python_that_is_too_old_is_refused_by_name(root: Path) -> None:
    too_old = executable(root / "python", "exit 1")
    made = make_venv(root, too_old)
    assert made.returncode == 1
    assert made.stderr == "Reveille needs Python 3.11 or later; set PYTHON to one.\n"


def test_a_python_without_venv_is_told_what_to_install(root: Path) -> None:
    without_venv = executable(root / "python", '[ "$1" = -c ]')
    made = make_venv(root, without_venv)
    assert made.returncode == 1
    assert "apt-get install python3-venv" in made.stderr
