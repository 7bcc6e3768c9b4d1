"""The runbook tells of nothing that is not there: no command, no request, no variable."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from service.commands.admin_arguments import Parser, add_admin
from service.entrypoints.openapi.document import document
from service.settings import Settings
from tests.deploy.project import DEPLOY, Command
from tests.deploy.test_commands import needs_gcloud, refused

RUNBOOK = (DEPLOY / "RUNBOOK.md").read_text()
BLOCKS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"\s+#\s.*$")
SHELL = {
    "$GOOGLE_CLOUD_PROJECT": "my-project",
    "$REVEILLE_NAME": "reveille",
    "$REVEILLE_REGION": "us-central1",
    "$(date +%s)": "1",
}


def lines() -> list[str]:
    """Every command of the runbook, and those that stand in its text."""
    text = "\n".join(BLOCKS.findall(RUNBOOK) + re.findall(r"`((?:gcloud|deploy/)[^`]+)`", RUNBOOK))
    for name, value in SHELL.items():
        text = text.replace(name, value)
    return [COMMENT.sub("", line) for line in text.splitlines()]


def commands(program: str) -> list[Command]:
    """The arguments of each command of a program, without what is set for it or sent to it."""
    found = []
    for line in lines():
        words = shlex.split(line)
        if program in words:
            found.append(words[words.index(program) + 1 :])
    return found


def requests() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Method, path and query."""
    for words in commands("curl"):
        sends = any(word in ("-d", "--data-binary") for word in words)
        method = words[words.index("-X") + 1] if "-X" in words else "POST" if sends else "GET"
        (url,) = [word for word in words if word.startswith("$URL/")]
        parts = urlsplit(url.removeprefix("$URL"))
        yield method, parts.path, dict(parse_qsl(parts.query))
    for method, path in re.findall(r"`(GET|POST|PATCH|PUT|DELETE) (/\S+)`", RUNBOOK):
        yield method, path, {}


@needs_gcloud
def test_gcloud_has_every_command_of_the_runbook(tmp_path: Path) -> None:
    asked = commands("gcloud")
    assert len(asked) > 25
    assert refused(asked, tmp_path) == []


def operation(method: str, path: str) -> dict[str, Any]:
    """Of the API's document; names of things in capitals stand for any."""
    for known, methods in document()["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[A-Z_]+", known)
        if re.fullmatch(pattern, path) and method.lower() in methods:
            return dict(methods[method.lower()])
    raise AssertionError(f"The API has no {method} {path}")


@pytest.mark.parametrize(("method", "path", "query"), list(requests()))
def test_the_api_has_every_request_of_the_runbook(method: str, path: str, query: dict[str, str]) -> None:
    parameters = {each.get("name"): each for each in operation(method, path).get("parameters", [])}
    for name, value in query.items():
        choices = parameters[name]["schema"].get("enum")
        assert choices is None or value in choices


def test_the_scripts_have_every_step_of_the_runbook() -> None:
    script = (DEPLOY / "gcp.sh").read_text()
    steps = commands("deploy/gcp.sh")
    assert steps
    for step, *more in steps:
        assert re.search(rf"^{step}\(\)", script, re.MULTILINE), step
        assert set(more) <= {"--split", "--with-data"}
    parser = Parser()
    add_admin(parser.add_subparsers())
    for arguments in commands("deploy/local.sh"):
        parser.parse_args(arguments)  # ends the test where there is no such command


def test_admin_of_the_runbook_works_on_firestore_and_no_lane_is_dropped() -> None:
    admin = [line for line in lines() if "deploy/local.sh admin" in line]
    assert admin
    for line in admin:
        assert "REVEILLE_STORE=firestore" in shlex.split(line), line
    lanes = [word.partition("=")[2] for line in lines() for word in shlex.split(line) if "_LANES=" in word]
    assert lanes
    for given in lanes:
        assert "main" in given.split(","), given


def test_every_variable_of_the_runbook_is_read_by_somebody() -> None:
    scripts = "\n".join(script.read_text() for script in DEPLOY.glob("*.sh"))
    settings = {setting.metadata["variable"] for setting in fields(Settings)}
    named = set(re.findall(r"\bREVEILLE_[A-Z_]+", RUNBOOK))
    assert named
    for variable in named:
        assert variable in settings or f"{variable}:-" in scripts, variable


@pytest.mark.parametrize(
    "trouble",
    ["is stuck", "provider is down", "wrong hours", "has leaked", "Restore", "roll back", "Limits to raise"],
)
def test_the_runbook_has_a_page_for_each_trouble(trouble: str) -> None:
    assert re.search(rf"^## .*{trouble}", RUNBOOK, re.MULTILINE)
