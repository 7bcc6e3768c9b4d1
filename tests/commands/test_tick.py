"""`python -m service tick`, beside a container whose folder it shares: gunicorn without a scheduler."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from service.commands.run import GRACE_SECONDS
from tests.support.processes import (
    END_SECONDS_MAX,
    PROJECT,
    START_SECONDS_MAX,
    LocalRun,
    environment,
    free_port,
    wait_for,
)

README = (PROJECT / "README.md").read_text()


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
        return self.run([sys.executable, "-m", "service", "tick"], **settings)

    def run(self, command: list[str], **settings: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
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


def the_cron_of_the_readme(url: str) -> str:
    """Its command, with this interpreter for the container's and this address for its own."""
    (line,) = re.findall(r"^[*]/15 [* ]+ (docker exec \S+ python -m service token .*)$", README, re.MULTILINE)
    command = re.sub(r"docker exec \S+ python", '"$PYTHON"', line)
    return re.sub(r"https://[^/]+", url, command)


def test_a_cron_that_has_only_curl_ticks_with_a_token_that_is_in_no_argument(container: Container) -> None:
    cron = the_cron_of_the_readme(f"http://127.0.0.1:{container.port}")
    command, settings = ["sh", "-c", cron], {"PYTHON": sys.executable}
    done = container.run(command, **settings)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["success"] is True
    elsewhere = {"REVEILLE_STORE": f"sqlite:{container.folder}/elsewhere/reveille.db"}
    assert container.run(command, **settings, **elsewhere).returncode != 0


def test_a_process_manager_ends_all_of_it_and_starts_it_again_where_it_was(tmp_path: Path) -> None:
    """SIGTERM to the first process alone, as the least of them send it."""
    run = LocalRun(tmp_path)
    try:
        run.start()
        campaign = {"name": "Kept", "timezone": "UTC", "script": {"twiml": "<Response/>"}}
        run.api("POST", "/api/campaigns", campaign)
        run.worker()
        os.kill(run.pid, signal.SIGTERM)
        wait_for(lambda: not run.left(), END_SECONDS_MAX, "all processes are gone")
        run.start()
        assert [kept["name"] for kept in run.api("GET", "/api/campaigns")["data"]] == ["Kept"]
        run.tick()
    finally:
        run.clean_up()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="NO SYSTEMD: ITS UNIT IS NOT CHECKED")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    unit = (PROJECT / "deploy" / "reveille.service").read_text()
    assert (PROJECT / "deploy" / "local.sh").stat().st_mode & 0o100
    file = tmp_path / "reveille.service"
    file.write_text(unit.replace("/opt/reveille", str(PROJECT)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", file],
        capture_output=True,
        text=True,
        timeout=START_SECONDS_MAX,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    grace = re.search(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert grace
    assert int(grace[1]) > GRACE_SECONDS


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
