"""A program in a process of its own, with the settings of a single machine."""

import subprocess
import sys
from pathlib import Path

from tests.support.processes import environment

# Leaves the lane asleep without an end, and says the token of an invoker.
ASLEEP = """
import os
from service.settings import Settings
from service.usecases.run_pass import run_pass
from service.wiring import build
service = build(Settings.read(os.environ))
run_pass(service.outside, "main", "wake")
print(service.local_token())
service.close()
"""


def settings_of(folder: Path, **settings: object) -> dict[str, str]:
    return environment(folder, TWILIO_ACCOUNT_SID="AC1", TWILIO_AUTH_TOKEN="secret", **settings)


def python(program: str, *arguments: str, folder: Path, **settings: object) -> str:
    """What it prints."""
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env=settings_of(folder, **settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()
