"""The console's types against those of the API's document: a field that is renamed there is noticed here."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from service.entrypoints.web import FOLDER
from tests.conftest import NO_TYPESCRIPT
from tests.web.api_types import declarations

HERE = Path(__file__).parent
TSC_SECONDS_MAX = 120


@pytest.fixture(scope="module")
def tsc() -> str:
    own = HERE / "node_modules/.bin/tsc"
    found = str(own) if os.access(own, os.X_OK) else shutil.which("tsc")
    if found is None:
        pytest.skip(f"{NO_TYPESCRIPT}: there is no tsc, see .ci/run")
    return found


def check(tsc: str, folder: Path, api: str) -> str:
    """What is wrong; empty: nothing."""
    (folder / "api.d.ts").write_text(api)
    include = [str(FOLDER / "*.js"), str(HERE / "types.d.ts"), "api.d.ts"]
    (folder / "tsconfig.json").write_text(
        json.dumps({"extends": str(HERE / "tsconfig.json"), "include": include})
    )
    ran = subprocess.run(
        [tsc, "-p", str(folder)], capture_output=True, text=True, timeout=TSC_SECONDS_MAX, check=False
    )
    return ran.stdout


def test_the_console_uses_the_api_as_its_document_says(tsc: str, tmp_path: Path) -> None:
    assert check(tsc, tmp_path, declarations()) == ""


@pytest.mark.parametrize("field", ["next_wake", "may_ring_at", "uncertain", "calls_per_hour", "rows_done"])
def test_a_field_that_is_renamed_is_noticed(tsc: str, tmp_path: Path, field: str) -> None:
    renamed = declarations().replace(f'"{field}"', f'"{field}_renamed"')
    assert f"Property '{field}' does not exist" in check(tsc, tmp_path, renamed)
