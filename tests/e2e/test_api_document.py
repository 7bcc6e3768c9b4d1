"""Requests made from the API's own document, good and malformed ones, sent to the real thing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.domain.account import KEY_ID_PREFIX
from service.usecases.accounts import hash_key
from tests.e2e.schemathesis_hooks import OWN_KEY
from tests.support.processes import LocalRun, in_folder

HOOKS = "tests.e2e.schemathesis_hooks"
CONFIG = Path(__file__).with_name("schemathesis.toml")
MALFORMED = 50  # bodies of each operation, and as many good ones
SECONDS_MAX = 600


@pytest.fixture
def run(tmp_path: Path) -> Iterator[LocalRun]:
    yield from in_folder(tmp_path, REVEILLE_REQUESTS_PER_MINUTE=1_000_000)


def test_every_operation_answers_as_its_document_says(run: LocalRun) -> None:
    """All of schemathesis' checks; ids flow along the document's links."""
    run.start()
    worker = run.worker()
    made = run.run("admin", "new-key", "--scope", "system").stdout  # for all accounts, too
    key = next(word for word in made.split() if word.startswith("rv_"))
    told = {
        "SCHEMATHESIS_HOOKS": HOOKS,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        OWN_KEY: KEY_ID_PREFIX + hash_key(key),
    }
    asked = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            "--config-file",
            CONFIG,
            "run",
            f"{run.url}/api/openapi.json",
            "--header",
            f"Authorization: Bearer {key}",
            "--max-examples",
            str(MALFORMED),
            "--generation-deterministic",
            "--continue-on-failure",
            "--no-color",
        ],
        cwd=run.folder,
        env=os.environ | told,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert asked.returncode == 0, asked.stdout[-8000:] + asked.stderr[-2000:]
    print(asked.stdout[asked.stdout.index("SUMMARY") :])
    assert run.worker() == worker, "The process did not stay up."
