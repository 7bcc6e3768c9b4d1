"""What all tests share: the Firestore emulator and a browser, a loud line when there is none, the
providers' table, and the image's layers."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.browser import BrowserMissing, chromium
from tests.support.firestore_emulator import Emulator, EmulatorMissing, use_emulator
from tests.support.image import image_lines
from tests.support.provider_table import conformance_lines

NOT_USED = "FIRESTORE EMULATOR NOT USED"
NO_BROWSER = "NO BROWSER"
NO_TYPESCRIPT = "NO TYPESCRIPT"
NO_IMAGE = "IMAGE NOT BUILT"
SKIPPED = {
    NOT_USED: "tests ran on SQLite alone",
    NO_BROWSER: "tests of the console did not run",
    NO_TYPESCRIPT: "of its types did not run",
    NO_IMAGE: "tests of it did not run",
    "NO GCLOUD": "of its commands did not run",
    "NO SHELLCHECK": "of scripts did not run",
    "NO SYSTEMD": "of its unit did not run",
}


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Started by the first test that asks, one for all workers. Without it, tests that ask are skipped."""
    base = tmp_path_factory.getbasetemp()
    of_this_run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    try:
        emulator = use_emulator(of_this_run / "firestore_emulator")
    except EmulatorMissing as why:
        pytest.skip(f"{NOT_USED}: {why}")
    yield emulator
    emulator.let_go()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Started by the first test that asks. Without it, tests that ask are skipped."""
    try:
        with chromium() as browser:
            yield browser
    except BrowserMissing as why:
        pytest.skip(f"{NO_BROWSER}: {why}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in [*conformance_lines(terminalreporter), *image_lines(terminalreporter)]:
        terminalreporter.write_line(line)
    reasons = [str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", [])]
    for name, outcome in SKIPPED.items():
        without = [reason for reason in reasons if name in reason]
        if without:
            why = without[0].removeprefix("Skipped: ")
            terminalreporter.write_line(f"{why} - {len(without)} {outcome}", red=True, bold=True)
