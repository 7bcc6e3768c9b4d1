"""Each benchmark runs at its smallest size, and has the shape that run.sh makes a table of."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.bench.line import TOOLS_MISSING, about, line, percentile
from tests.bench.run import BENCHES, NEEDS_TOOLS, document, is_left_out, table

SECONDS_MAX = 60
README = Path(__file__).parents[2] / "README.md"
HERE = [bench for bench in BENCHES if bench != NEEDS_TOOLS]


def ran(bench: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", f"tests.bench.{bench}", "small"]
    variables = os.environ | environment
    return subprocess.run(
        command, env=variables, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
    )


def assert_it_has_the_shape(line: dict[str, Any], bench: str) -> None:
    assert list(line) == ["bench", "size", "about", "machine", "figures", "claims"]
    assert line["bench"] == bench
    assert line["about"].endswith(".")
    assert set(line["machine"]) == {"python", "machine", "cores"}
    assert line["figures"]
    for measured in line["figures"].values():
        assert measured
        assert all(isinstance(value, int | float) for value in measured.values())
    assert all(isinstance(holds, bool) for holds in line["claims"].values())
    assert bench in table(line)


@pytest.mark.parametrize("bench", HERE)
def test_a_benchmark_has_figures_and_claims(bench: str) -> None:
    measure = import_module(f"tests.bench.{bench}").measure
    assert_it_has_the_shape(json.loads(line(bench, "small", about(measure), measure("small"))), bench)


def test_a_benchmark_prints_one_line_and_nothing_else() -> None:
    done = ran("wake_precision")
    assert done.returncode == 0, done.stderr
    (printed,) = done.stdout.splitlines()
    assert_it_has_the_shape(json.loads(printed), "wake_precision")


def test_it_is_said_loudly_which_tools_the_peers_lack(tmp_path: Path) -> None:
    done = ran(NEEDS_TOOLS, PATH=str(tmp_path))
    assert done.returncode == TOOLS_MISSING
    assert re.search(r"needs redis-server.*: run tests/bench/peers/setup\.sh first", done.stderr)
    assert not done.stdout


def test_without_its_tools_it_is_left_out_of_all_benchmarks_but_not_when_it_is_asked_for() -> None:
    assert is_left_out(TOOLS_MISSING, None)
    assert not is_left_out(TOOLS_MISSING, NEEDS_TOOLS)
    assert not is_left_out(1, None)


def test_the_readme_quotes_all_tables_with_their_day() -> None:
    quoted = README.read_text().partition("<!-- bench -->\n")[2].partition("<!-- /bench -->")[0]
    assert re.match(r"`tests/bench/run\.sh`, \d{4}-\d\d-\d\d, Python", quoted)
    assert [bench for bench in BENCHES if f"\n| {bench} | " in quoted] == list(BENCHES)


LINE = {
    "bench": "idle",
    "size": "usual",
    "about": "What it costs to be idle.",
    "figures": {"1 campaign": {"reads": 3600}, "starting": {"cpu_s": 0.9}},
    "machine": {"python": "3.11", "machine": "x86_64", "cores": 2},
    "claims": {"0 writes": True, "cheap": False},
}


def test_a_table_has_a_row_for_each_case_and_says_which_claims_do_not_hold() -> None:
    assert table(LINE).splitlines() == [
        "What it costs to be idle.",
        "",
        "| idle | reads | cpu_s |",
        "| --- | ---: | ---: |",
        "| 1 campaign | 3,600 |  |",
        "| starting |  | 0.9 |",
        "",
        "- 0 writes: holds",
        "- cheap: **does not hold**",
    ]


def test_a_table_of_another_size_than_usual_says_how_it_was_made() -> None:
    assert table(LINE | {"size": "large"}).startswith(
        "What it costs to be idle. (`tests/bench/run.sh idle large`)\n\n| idle |"
    )


def test_the_tables_come_with_their_day_and_the_machine() -> None:
    said = document([LINE], datetime(2026, 3, 2, tzinfo=UTC))
    assert said.startswith("`tests/bench/run.sh`, 2026-03-02, Python 3.11, x86_64, 2 cores:")


@pytest.mark.parametrize(("part", "value"), [(0.5, 2.0), (0.99, 4.0), (0.25, 1.0), (1.0, 4.0)])
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(part: float, value: float) -> None:
    assert percentile([3.0, 1.0, 4.0, 2.0], part) == value
