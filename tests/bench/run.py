"""Runs benchmarks, each in a process of its own, and writes one Markdown table of each."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.bench.line import SIZES, TOOLS_MISSING

BENCHES = (
    "idle_month",
    "call_cost",
    "busy_hour",
    "request_cpu",
    "growth",
    "wake_precision",
    "throughput",
    "latency",
    "forecast",
    "import_rows",
    "peers",
)
NEEDS_TOOLS = "peers"  # that nothing else here needs: peers/setup.sh installs them
BENCH_SECONDS_MAX = 6 * 3600


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/bench/run.sh")
    parser.add_argument("name", nargs="?", choices=BENCHES)
    parser.add_argument("size", nargs="?", choices=SIZES, default="usual")
    asked = parser.parse_args()
    lines = []
    for name in (asked.name,) if asked.name else BENCHES:
        command = [sys.executable, "-m", f"tests.bench.{name}", asked.size]
        ran = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, timeout=BENCH_SECONDS_MAX, check=False
        )
        if is_left_out(ran.returncode, asked.name):
            continue
        if ran.returncode:
            return ran.returncode
        print(ran.stdout, end="", file=sys.stderr, flush=True)
        lines.append(json.loads(ran.stdout))
    print(document(lines, datetime.now(UTC)))
    return 0


def is_left_out(status: int, asked: str | None) -> bool:
    """Where its tools are missing, which it has said itself, and all benchmarks were asked for."""
    return status == TOOLS_MISSING and asked is None


def document(lines: list[dict[str, Any]], at: datetime) -> str:
    """All of it, with the day and the machine."""
    machine = lines[0]["machine"]
    said = f"{at:%Y-%m-%d}, Python {machine['python']}, {machine['machine']}, {machine['cores']} cores"
    return "\n\n".join([f"`tests/bench/run.sh`, {said}:", *(table(line) for line in lines)])


def table(line: dict[str, Any]) -> str:
    """A row for each case, under them whether what should hold does, and over them what it is about, and its
    size if that is not the usual one."""
    columns = list(dict.fromkeys(name for measured in line["figures"].values() for name in measured))
    rows = [[line["bench"], *columns], ["---"] + ["---:"] * len(columns)]
    for case, measured in line["figures"].items():
        rows.append([case, *(_shown(measured[name]) if name in measured else "" for name in columns)])
    written = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    claims = "\n".join(_claims(line["claims"]))
    size = "" if line["size"] == "usual" else f" (`tests/bench/run.sh {line['bench']} {line['size']}`)"
    return "\n\n".join(filter(None, (line["about"] + size, written, claims)))


def _claims(claims: dict[str, bool]) -> Iterator[str]:
    for claim, holds in claims.items():
        yield f"- {claim}: {'holds' if holds else '**does not hold**'}"


def _shown(value: float) -> str:
    return f"{value:,}"


if __name__ == "__main__":
    sys.exit(main())
