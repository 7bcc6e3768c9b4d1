"""The conformance suite by provider, as a table at the end of a test run."""

import re
from collections import Counter, defaultdict

import pytest

from service.domain.states import State

SUITE = "tests/providers/conformance/"
_NODE = re.compile(r"::test_(\w+)\[([a-z]+)-?(\w*)")
ENDS = frozenset(State)  # each has a row of its own
WORDS = {"passed": "ok", "failed": "FAILED"}
NO_SUCH_THING = "-"


def conformance_lines(reporter: pytest.TerminalReporter) -> list[str]:
    """Empty if the suite has not run. A row is a test, a column a provider."""
    rows: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for outcome in WORDS:
        for report in reporter.stats.get(outcome, []):
            found = _NODE.search(report.nodeid)
            if found and report.nodeid.startswith(SUITE):
                case = f": {found[3]}" if found[3] in ENDS else ""
                rows[f"{found[1]}{case}".replace("_", " ")][found[2]][outcome] += 1
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
    worst = next((outcome for outcome in ("failed", "passed") if outcomes[outcome]), None)
    return WORDS[worst] if worst else NO_SUCH_THING
