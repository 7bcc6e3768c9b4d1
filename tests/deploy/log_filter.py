"""As much of Cloud Logging's filters as ours use: comparisons, AND, OR and parentheses.

https://cloud.google.com/logging/docs/view/logging-query-language
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL")
TOKEN = re.compile(r'\s*(AND\b|OR\b|[()]|>=|=|>|"[^"]*"|[\w.]+)')


def matches(filter: str, entry: Mapping[str, Any]) -> bool:
    """Raises ValueError for a filter that is not understood."""
    tokens = TOKEN.findall(filter)
    if "".join(tokens).replace(" ", "") != filter.replace(" ", ""):
        raise ValueError(filter)
    left = iter([*tokens, ""])
    found, end = _any(left, next(left), entry)
    if end:
        raise ValueError(f"{filter}: {end}")
    return found


def _any(left: Iterator[str], token: str, entry: Mapping[str, Any]) -> tuple[bool, str]:
    """What is there, and the token after it."""
    found, token = _all(left, token, entry)
    while token == "OR":
        other, token = _all(left, next(left), entry)
        found = found or other
    return found, token


def _all(left: Iterator[str], token: str, entry: Mapping[str, Any]) -> tuple[bool, str]:
    found, token = _one(left, token, entry)
    while token == "AND":
        other, token = _one(left, next(left), entry)
        found = found and other
    return found, token


def _one(left: Iterator[str], token: str, entry: Mapping[str, Any]) -> tuple[bool, str]:
    if token == "(":
        found, end = _any(left, next(left), entry)
        if end != ")":
            raise ValueError(end)
        return found, next(left)
    value, operator, wanted = _value(entry, token), next(left), next(left)
    if wanted != "(":
        return _holds(token, value, operator, wanted), next(left)
    found = False
    while wanted != ")":  # one of several
        found = _holds(token, value, operator, next(left)) or found
        wanted = next(left)
    return found, next(left)


def _value(entry: Mapping[str, Any], path: str) -> Any:
    found: Any = entry
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _holds(path: str, value: Any, operator: str, wanted: str) -> bool:
    if path == "severity":
        value, number = SEVERITIES.index(value), SEVERITIES.index(wanted)
        return bool(value >= number if operator == ">=" else value == number)
    if operator == "=":
        return bool(value == wanted.strip('"'))
    if operator != ">":
        raise ValueError(operator)
    return isinstance(value, int | float) and value > float(wanted)
