"""The console on a static host: with the headers that the service sends, and all else handed on to it."""

import json
import re

from service.entrypoints.web import FOLDER, HEADERS
from tests.support.processes import PROJECT

FIREBASE = json.loads((PROJECT / "deploy/firebase.json").read_text())
HOSTING = FIREBASE["hosting"]


def headers_of(path: str) -> dict[str, str]:
    rules = [rule["headers"] for rule in HOSTING["headers"] if re.search(rule["regex"], path)]
    return {header["key"]: header["value"] for rule in rules for header in rule}


def test_the_files_have_the_headers_that_the_service_sends() -> None:
    """But `Vary`, which a host that compresses says itself."""
    wanted = {name: value for name, value in HEADERS.items() if name != "Vary"}
    for path in ("/", "/index.html", *(f"/web/{file.name}" for file in FOLDER.iterdir())):
        assert headers_of(path) == wanted, path


def test_firebase_is_told_of_rules_that_refuse_every_browser() -> None:
    rules = (PROJECT / "deploy" / FIREBASE["firestore"]["rules"]).read_text()
    assert re.findall(r"allow [^;]*;", rules) == ["allow read, write: if false;"]


def test_what_is_no_file_goes_to_the_service_as_it_answers() -> None:
    """With one rewrite, so that the origin stays one."""
    (rewrite,) = HOSTING["rewrites"]
    assert rewrite["source"] == "**"
    assert rewrite["run"]["serviceId"] == "reveille"
    assert headers_of("/api/status") == {}
