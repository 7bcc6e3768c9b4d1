"""The conformance suite by provider, as a table at the end of a test run."""

import re
from collections import Counter, defaultdict

import pytest

SUITE = "tests/providers/conformance/"
_NODE = re.compile(r"::test_(\w+)\[([a-z]+)")
WORDS = {"passed": "ok", "failed": "FAILED", "skipped": "-"}


def conformance_lines(reporter: pytest.TerminalReporter) -> list[str]:
    """Empty if the suite has not run. A row is a test, a column a provider; `-`: it has no such thing."""
    rows: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for outcome in WORDS:
        for report in reporter.stats.get(outcome, []):
            found = _NODE.search(report.nodeid)
            if found and report.nodeid.startswith(SUITE):
                rows[found[1].replace("_", " ")][found[2]][outcome] += 1
    providers = sorted({provider for row in rows.values() for provider in row})
    if not providers:
        return []
    width = max(map(len, rows))
    lines = [f"{'':{width}}  {'  '.join(f'{provider:>7}' for provider in providers)}"]
    for name, row in sorted(rows.items()):
        cells = (f"{_cell(row[provider]):>7}" for provider in providers)
        lines.append(f"{name:{width}}  {'  '.join(cells)}")
    return lines


def _cell(outcomes: Counter[str]) -> str:
    worst = next((outcome for outcome in ("failed", "passed", "skipped") if outcomes[outcome]), None)
    return WORDS[worst] if worst else ""
