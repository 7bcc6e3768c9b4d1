"""What Firestore bills, refuses and sorts by. SQLite does alike, so that both adapters give one answer."""

import re
from functools import lru_cache
from math import ceil
from typing import Any

from service.ports import Query

# cloud.google.com/firestore/pricing: an aggregation is charged one read for each batch of up to 1,000 index
# entries that it reads, and at least one.
ENTRIES_PER_READ = 1000
MAP_KEY_BYTES_MAX = 1500
KEYS_REMEMBERED_MAX = 1024
RANGES = frozenset({"<", "<=", ">", ">="})
_RESERVED_KEY = re.compile(r"__.*__", re.DOTALL)


def reads_of_find(found: int) -> int:
    """A query that finds nothing costs a read as well."""
    return max(1, found)


def reads_of_aggregation(entries: int) -> int:
    """Of a count or a sum over so many records, the field's value being None or not."""
    return max(1, ceil(entries / ENTRIES_PER_READ))


def order_of(query: Query[Any]) -> tuple[str, ...]:
    """The fields that the query sorts by. One that has a range comes first, asked for or not."""
    named = {name.removeprefix("-") for name in query.order_by}
    ranged = [name for name, operator, _ in query.where if operator in RANGES]
    return (*dict.fromkeys(name for name in ranged if name not in named), *query.order_by)


def check_map_keys(value: Any) -> None:
    """Raises ValueError if a map somewhere in `value` has a key that Firestore refuses: one that is empty,
    longer than 1500 bytes, or begins and ends with two underscores."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not _is_accepted(key):
                raise ValueError(f"The key {key[:50]!r} of a map cannot be stored.")
            if isinstance(inner, (dict, list)):
                check_map_keys(inner)
    elif isinstance(value, list):
        for inner in value:
            check_map_keys(inner)


@lru_cache(KEYS_REMEMBERED_MAX)
def _is_accepted(key: str) -> bool:
    """Records' own names come with every write."""
    return bool(key) and len(key.encode()) <= MAP_KEY_BYTES_MAX and not _RESERVED_KEY.fullmatch(key)
