"""gcloud itself says that each command is one that it has, with flags that it knows; no network is needed.
shellcheck reads every script."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.project import Command, Project
from tests.support.processes import PROJECT

LINT_SECONDS_MAX = 600.0
# Of a thing, a collection or a field of it, a file that is made for one command.
NAME = re.compile(
    r"reveille(-[a-z]+)*|(?<=--collection-group=)[a-z_]+|(?<=field-path=)[a-z_]+|/tmp/tmp\.\w+/[\w.-]+"
)
FIELD_OF_A_COLLECTION = ("firestore", "indexes", "fields", "update")

needs_gcloud = pytest.mark.skipif(not shutil.which("gcloud"), reason="NO GCLOUD: COMMANDS ARE NOT CHECKED")
needs_shellcheck = pytest.mark.skipif(
    not shutil.which("shellcheck"), reason="NO SHELLCHECK: SCRIPTS ARE NOT CHECKED"
)


def quoted(word: str) -> str:
    """As the check reads it: what needs quotes is the flag's value, not the flag."""
    flag, equals, value = word.partition("=")
    return f"{flag}={shlex.quote(value)}" if word.startswith("--") and equals else shlex.quote(word)


def kinds(commands: list[Command]) -> dict[tuple[str, ...], Command]:
    """One of each kind: many differ in names alone, which the check reads as any other words."""
    found = {}
    for command in commands:
        key = tuple(NAME.sub("name", word) for word in command)
        if key[:4] == FIELD_OF_A_COLLECTION:
            assert re.fullmatch(r"[a-z_]+", command[4])
            key = (*key[:4], *key[5:])
        found[key] = command
    return found


def refused(commands: list[Command], folder: Path) -> list[str]:
    file = folder / "commands.json"
    strings = ["gcloud " + " ".join(map(quoted, command)) for command in commands]
    file.write_text(json.dumps([{"command_string": string} for string in strings]))
    done = subprocess.run(
        ["gcloud", "meta", "lint-gcloud-commands", f"--commands-file={file}"],
        capture_output=True,
        text=True,
        timeout=LINT_SECONDS_MAX,
        check=True,
    )
    results = json.loads(done.stdout)
    assert len(results) == len(set(strings))
    return [f"{r['command_string']}: {r['error_message']}" for r in results if not r["success"]]


@needs_gcloud
def test_gcloud_has_every_command(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "p")
    more = {
        "REVEILLE_ALERT_CHANNELS": "projects/my-project/notificationChannels/1",
        "REVEILLE_BILLING_ACCOUNT": "0X0X0X-0X0X0X-0X0X0X",
    }
    planned = project.run("plan", "--split", **more).stdout + project.run("plan").stdout
    commands = [shlex.split(line)[1:] for line in planned.splitlines()]
    small = Project.make(tmp_path / "small", all_indexes=False)
    small.run("up")
    small.commands()
    small.replace_smoke("exit 1")
    small.release()
    small.replace_smoke('[ "$1" = https://candidate---reveille-abc-uc.a.run.app ]')
    small.release()
    small.run("up", "--split", REVEILLE_CALLS_PER_SECOND="2", PUBLIC_BASE_URL="https://calls.example.com")
    small.release()
    small.gcloud.tasks_stay = True
    small.restore("smoke_worker.sh")
    small.answer_curl_with(403)
    small.release()
    dashboard = small.deploy / "dashboard.json"
    dashboard.write_text(dashboard.read_text().replace("Ticks", "Tocks"))
    small.run("up", **more)
    small.run("status")
    small.run("logs")
    assert small.run("down", "--with-data", typed="my-project\n", **more).returncode == 0
    asked = list(kinds(commands + small.commands()).values())
    did = {" ".join(command[:3]) for command in asked}
    assert {"billing budgets delete", "monitoring dashboards delete", "run deploy reveille-worker"} <= did
    assert {"tasks create-http-task", "tasks describe", "tasks delete"} <= {" ".join(c[:2]) for c in asked}
    print(f"{len(asked)} commands")
    assert len(asked) > 100
    assert refused(asked, tmp_path) == []


@needs_gcloud
def test_a_flag_that_gcloud_does_not_know_is_found(tmp_path: Path) -> None:
    (told,) = refused([["run", "deploy", "x", "--image=y", "--nope=z"]], tmp_path)
    assert "--nope" in told


@needs_shellcheck
def test_shellcheck_has_nothing_to_say() -> None:
    scripts = [*PROJECT.glob(".ci/*"), *PROJECT.glob("deploy/*.sh"), *PROJECT.glob("tests/**/*.sh")]
    ours = [script for script in scripts if "node_modules" not in script.parts]
    done = subprocess.run(
        ["shellcheck", "-x", *ours], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == ""
