"""The one JSON line that a benchmark prints."""

import argparse
import json
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Size = Literal["small", "usual", "large"]
SIZES: tuple[Size, ...] = ("small", "usual", "large")  # small is for the test of its shape
TOOLS_MISSING = 3  # the exit status of a benchmark that cannot be run here
Figures = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Measured:
    """`figures`: by case, then by what was measured, its unit in the name. `claims`: what should hold, and
    whether it does."""

    figures: Figures
    claims: dict[str, bool] = field(default_factory=dict)


def line(bench: str, size: Size, measured: Measured) -> str:
    said = {"bench": bench, "size": size, "figures": measured.figures, "machine": machine()}
    return json.dumps(said | {"claims": measured.claims})


def machine() -> dict[str, str | int | None]:
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }


def main(bench: str, measure: Callable[[Size], Measured]) -> None:
    parser = argparse.ArgumentParser(prog=f"python -m tests.bench.{bench}")
    parser.add_argument("size", nargs="?", choices=SIZES, default="usual")
    size = parser.parse_args().size
    print(line(bench, size, measure(size)))


def percentile(values: list[float], part: float) -> float:
    """The smallest of the values that at least this part of them does not exceed."""
    ordered = sorted(values)
    rank = -(-len(ordered) * round(part * 100) // 100)
    return ordered[max(0, rank - 1)]
