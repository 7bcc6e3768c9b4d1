"""What Firestore lacks of firestore.indexes.json (stdin), as arguments of gcloud: one command a line, with
tabs in between. Arguments: files with its composite indexes, its fields with settings of their own and its
policies for a time to live, as gcloud lists them in JSON; empty if there are none."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

DATABASE = "--database=(default)"
Command = tuple[str, ...]


def commands(
    wanted: Mapping[str, Any],
    composite: Sequence[Mapping[str, Any]],
    fields: Sequence[Mapping[str, Any]],
    expiries: Sequence[Mapping[str, Any]],
) -> Iterator[Command]:
    there = {_composite(_group(index), index) for index in composite}
    for index in wanted["indexes"]:
        if _composite(index["collectionGroup"], index) not in there:
            yield _create(index)
    exempt = {_field(field) for field in fields if not field.get("indexConfig", {}).get("indexes")}
    expiring = {_field(field) for field in expiries}
    overrides = wanted["fieldOverrides"]
    for group, path in ((field["collectionGroup"], field["fieldPath"]) for field in overrides):
        if (group, path) not in exempt:
            yield _field_command("indexes", "fields", "update", path, group, "--disable-indexes")
    # Last: Firestore works at one change of a field at a time.
    for field in overrides:
        group, path = field["collectionGroup"], field["fieldPath"]
        if field.get("ttl") and (group, path) not in expiring:
            yield _field_command("fields", "ttls", "update", path, group, "--enable-ttl")


def _group(listed: Mapping[str, Any]) -> str:
    """Of a name such as projects/p/databases/(default)/collectionGroups/calls/indexes/i."""
    return str(listed["name"]).split("/")[5]


def _field(listed: Mapping[str, Any]) -> tuple[str, str]:
    return _group(listed), str(listed["name"]).split("/")[7].strip("`")


def _composite(group: str, index: Mapping[str, Any]) -> tuple[Any, ...]:
    """Without the record's id: Firestore puts it last by itself."""
    fields = [(field["fieldPath"], field.get("order")) for field in index["fields"]]
    return (group, index["queryScope"], *(field for field in fields if field[0] != "__name__"))


def _create(index: Mapping[str, Any]) -> Command:
    configs = (
        f"--field-config=field-path={field['fieldPath']},order={field['order'].lower()}"
        for field in index["fields"]
    )
    scope = index["queryScope"].lower()
    return (
        *("firestore", "indexes", "composite", "create", f"--collection-group={index['collectionGroup']}"),
        *(f"--query-scope={scope}", *configs, DATABASE, "--async"),
    )


def _field_command(*words: str) -> Command:
    *verb, path, group, what = words
    return ("firestore", *verb, path, f"--collection-group={group}", what, DATABASE, "--async")


if __name__ == "__main__":
    lists = [json.loads(Path(file).read_text() or "[]") for file in sys.argv[1:4]]
    for command in commands(json.load(sys.stdin), *lists):
        print("\t".join(command))
