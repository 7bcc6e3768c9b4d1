"""What Firestore is asked for is what it lacks of the file, whatever order it lists things in."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from service.state.indexes import firestore_indexes
from tests.deploy.project import DEPLOY

GROUPS = "projects/my-project/databases/(default)/collectionGroups"
Listed = list[dict[str, Any]]


def listed() -> tuple[Listed, Listed, Listed]:
    """The whole file, as gcloud lists it once it is there."""
    wanted = firestore_indexes()
    composite = [
        {
            "name": f"{GROUPS}/{index['collectionGroup']}/indexes/{number}",
            "queryScope": index["queryScope"],
            "state": "READY",
            "fields": [*index["fields"], {"fieldPath": "__name__", "order": index["fields"][-1]["order"]}],
        }
        for number, index in enumerate(wanted["indexes"])
    ]
    exempt, expiring = [], []
    for field in wanted["fieldOverrides"]:
        name = f"{GROUPS}/{field['collectionGroup']}/fields/{field['fieldPath']}"
        exempt.append({"name": name, "indexConfig": {"ancestorField": f"{GROUPS}/__default__/fields/*"}})
        if field.get("ttl"):
            expiring.append({"name": name, "ttlConfig": {"state": "ACTIVE"}})
    return composite[::-1], exempt[::-1], expiring[::-1]


def asked_for(folder: Path, *lists: Listed) -> list[str]:
    files = [folder / str(number) for number in range(len(lists))]
    for file, content in zip(files, lists, strict=True):
        file.write_text(json.dumps(content))
    command = [sys.executable, DEPLOY / "gcp_indexes.py", *files]
    with (DEPLOY / "firestore.indexes.json").open() as wanted:
        done = subprocess.run(command, stdin=wanted, capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.splitlines()


def test_nothing_is_asked_for_where_all_is_there(tmp_path: Path) -> None:
    assert asked_for(tmp_path, *listed()) == []


def test_what_lacks_is_asked_for_and_a_fields_time_to_live_last(tmp_path: Path) -> None:
    composite, exempt, expiring = listed()
    asked = asked_for(tmp_path, composite[1:], exempt[1:], expiring[1:])
    kinds = [line.split("\t")[1:3] for line in asked]
    assert kinds == [["indexes", "composite"], ["indexes", "fields"], ["fields", "ttls"]]


def test_a_field_that_has_an_index_of_its_own_is_made_exempt(tmp_path: Path) -> None:
    composite, exempt, expiring = listed()
    exempt[0]["indexConfig"]["indexes"] = [{"queryScope": "COLLECTION"}]
    (command,) = asked_for(tmp_path, composite, exempt, expiring)
    assert "--disable-indexes" in command
