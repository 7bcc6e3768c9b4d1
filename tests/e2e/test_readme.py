"""The README's requests, run as they are written."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import PROJECT, LocalRun, in_folder

SECONDS_MAX = 60
BLOCKS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
STOP_AT_THE_FIRST_ERROR = 'set -euo pipefail\ncurl() { command curl --fail-with-body "$@"; }\n'


@pytest.fixture
def run(tmp_path: Path) -> Iterator[LocalRun]:
    yield from in_folder(tmp_path)


def requests_of_the_readme(url: str, key: str) -> str:
    """With this run's address and key for those that stand there; nothing else is changed."""
    blocks = [block for block in BLOCKS.findall((PROJECT / "README.md").read_text()) if "curl" in block]
    script = "\n".join(blocks)
    for line, value in (("URL=http://127.0.0.1:8080", f"URL={url}"), ("KEY=rv_...", f"KEY={key}")):
        assert script.count(line) == 1, line
        script = script.replace(line, value)
    return script


def test_the_requests_of_the_readme_do_what_they_say(run: LocalRun) -> None:
    run.start()
    script = STOP_AT_THE_FIRST_ERROR + requests_of_the_readme(run.url, run.key)
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=run.folder,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (campaign,) = run.api("GET", "/api/campaigns")["data"]
    assert campaign["name"] == "Reminders"
    assert campaign["status"] == "running"
    assert len(run.api("GET", f"/api/campaigns/{campaign['id']}/calls")["data"]) == 2
    direct = [call for call in run.api("GET", "/api/calls")["data"] if call["campaign_id"] is None]
    assert [call["to"] for call in direct] == ["+13125550142"]
