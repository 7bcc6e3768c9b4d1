"""`python -m service tick`, beside a container whose folder it shares: gunicorn without a scheduler."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from tests.support.processes import END_SECONDS_MAX, START_SECONDS_MAX, environment, free_port, wait_for


class Container:
    """The container's own command, in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.environment = environment(
            folder,
            PORT=self.port,
            REVEILLE_STORE=f"sqlite:{folder}/reveille.db",
            TWILIO_ACCOUNT_SID="AC" + "0" * 32,
            TWILIO_AUTH_TOKEN="x" * 32,
        )
        command = [sys.executable, "-m", "gunicorn", "service.wsgi:app", "--workers", "1", "--threads", "8"]
        with (folder / "log.txt").open("wb") as log:
            self.process = subprocess.Popen(command, env=self.environment, cwd=folder, stdout=log, stderr=log)
        wait_for(self._answers, START_SECONDS_MAX, "the container answers")

    def tick(self, **settings: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "service", "tick"],
            env=self.environment | settings,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=START_SECONDS_MAX,
            check=False,
        )

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.folder / "log.txt").read_text()
        try:
            return (
                urllib3.request("GET", f"http://127.0.0.1:{self.port}/healthz", retries=False).status == 200
            )
        except urllib3.exceptions.HTTPError:
            return False


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    container = Container(tmp_path)
    try:
        yield container
    finally:
        container.process.terminate()
        container.process.wait(END_SECONDS_MAX)


def test_a_tick_is_signed_and_answered_and_no_other_key_will_do(container: Container) -> None:
    done = container.tick()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["success"] is True

    elsewhere = container.folder / "elsewhere"
    refused = container.tick(REVEILLE_STORE=f"sqlite:{elsewhere}/reveille.db")
    assert refused.returncode == 1
    assert "unauthorized" in refused.stdout.lower() or "token" in refused.stdout

    container.process.terminate()
    container.process.wait(END_SECONDS_MAX)
    gone = container.tick()
    assert gone.returncode == 1
    assert "not answered" in gone.stderr


def test_where_cloud_tasks_carries_tasks_this_machines_key_ticks_nothing(tmp_path: Path) -> None:
    settings = {
        "REVEILLE_TASKS": "cloud-tasks",
        "GOOGLE_CLOUD_PROJECT": "p",
        "PUBLIC_BASE_URL": "https://calls.example.com",
        "REVEILLE_SERVICE_ACCOUNT": "a@b",
        "REVEILLE_INVOKERS": "a@b",
        "REVEILLE_WEBHOOK_KEY": "x" * 40,
    }
    done = subprocess.run(
        [sys.executable, "-m", "service", "tick"],
        env=environment(tmp_path, **settings),
        capture_output=True,
        text=True,
        timeout=START_SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 2
    assert "REVEILLE_TASKS" in done.stderr
