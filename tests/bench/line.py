"""The one JSON line that a benchmark prints."""

import argparse
import inspect
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


def line(bench: str, size: Size, about: str, measured: Measured) -> str:
    said = {"bench": bench, "size": size, "about": about, "machine": machine()}
    return json.dumps(said | {"figures": measured.figures, "claims": measured.claims})


def about(measure: Callable[[Size], Measured]) -> str:
    """The first sentence of what its module says of itself."""
    return (inspect.getdoc(inspect.getmodule(measure)) or "").partition("\n")[0]


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
    print(line(bench, size, about(measure), measure(size)))


def percentile(values: list[float], part: float) -> float:
    """The smallest of the values that at least this part of them does not exceed."""
    ordered = sorted(values)
    rank = -(-len(ordered) * round(part * 100) // 100)
    return ordered[max(0, rank - 1)]
