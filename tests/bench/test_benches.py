"""Each benchmark runs at its smallest size and prints the shape that run.sh makes a table of."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.bench.line import percentile
from tests.bench.run import BENCHES, document, table

SECONDS_MAX = 60
README = Path(__file__).parents[2] / "README.md"


def line_of(bench: str) -> dict[str, Any]:
    command = [sys.executable, "-m", f"tests.bench.{bench}", "small"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    assert ran.returncode == 0, ran.stderr
    (line,) = ran.stdout.splitlines()
    said: dict[str, Any] = json.loads(line)
    return said


@pytest.mark.parametrize("bench", BENCHES)
def test_a_benchmark_prints_one_line_of_figures(bench: str) -> None:
    line = line_of(bench)
    assert list(line) == ["bench", "figures", "machine", "claims"]
    assert line["bench"] == bench
    assert set(line["machine"]) == {"python", "machine", "cores"}
    assert line["figures"]
    for measured in line["figures"].values():
        assert measured
        assert all(isinstance(value, int | float) for value in measured.values())
    assert all(isinstance(holds, bool) for holds in line["claims"].values())
    assert bench in table(line)


def test_the_readme_quotes_all_tables_with_their_day() -> None:
    quoted = README.read_text().partition("<!-- bench -->\n")[2].partition("<!-- /bench -->")[0]
    assert re.match(r"`tests/bench/run\.sh`, \d{4}-\d\d-\d\d, Python", quoted)
    assert [bench for bench in BENCHES if f"\n| {bench} | " in quoted] == list(BENCHES)


LINE = {
    "bench": "idle",
    "figures": {"1 campaign": {"reads": 3600}, "starting": {"cpu_s": 0.9}},
    "machine": {"python": "3.11", "machine": "x86_64", "cores": 2},
    "claims": {"0 writes": True, "cheap": False},
}


def test_a_table_has_a_row_for_each_case_and_says_which_claims_do_not_hold() -> None:
    assert table(LINE).splitlines() == [
        "| idle | reads | cpu_s |",
        "| --- | ---: | ---: |",
        "| 1 campaign | 3,600 |  |",
        "| starting |  | 0.9 |",
        "",
        "- 0 writes: holds",
        "- cheap: **does not hold**",
    ]


def test_the_tables_come_with_their_day_and_the_machine() -> None:
    said = document([LINE], datetime(2026, 3, 2, tzinfo=UTC))
    assert said.startswith("`tests/bench/run.sh`, 2026-03-02, Python 3.11, x86_64, 2 cores:")


@pytest.mark.parametrize(("part", "value"), [(0.5, 2.0), (0.99, 4.0), (0.25, 1.0), (1.0, 4.0)])
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(part: float, value: float) -> None:
    assert percentile([3.0, 1.0, 4.0, 2.0], part) == value
