"""The columns of a campaign's exported calls, and cells that no spreadsheet takes for a formula.

An exported file is also a contact file: see columns.py.
"""

import re

EXPORT_COLUMNS = (
    "call_id", "external_id", "phone", "name", "state", "outcome", "attempts", "last_attempt_at",
    "answered_at", "duration_seconds", "cost", "currency", "recording_url",
)  # fmt: skip
CONTACT_COLUMNS = frozenset({"external_id", "phone", "name"})
RESULT_COLUMNS = tuple(name for name in EXPORT_COLUMNS if name not in CONTACT_COLUMNS)
VARIABLE_PREFIX = "var_"  # a variable's column; its name follows

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_MARKED = re.compile(r"'+[=+\-@]")


def safe_cell(text: str) -> str:
    """With a ' before what could be a formula, and before text that looks as if it had that mark already."""
    return f"'{text}" if _FORMULA.match(text) else text


def unmarked(text: str) -> str:
    """Without the mark: what `safe_cell` was given."""
    return text[1:] if text[:1] == "'" and _MARKED.match(text) else text
