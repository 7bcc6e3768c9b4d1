"""A Google Cloud project that is not there: deploy/gcp.sh with a gcloud that only remembers."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.deploy.fake_gcloud import Gcloud
from tests.deploy.gcloud_program import program
from tests.support.processes import PROJECT

DEPLOY = PROJECT / "deploy"
RUN_SECONDS_MAX = 300.0
LOOKS = ("describe", "list", "get-iam-policy", "read")
SECRETS = {"TWILIO_ACCOUNT_SID": "AC-told-to-nobody", "TWILIO_AUTH_TOKEN": "token-told-to-nobody"}
Command = list[str]
Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Project:
    folder: Path
    deploy: Path
    gcloud: Gcloud = field(default_factory=Gcloud)

    @classmethod
    def make(cls, folder: Path, *, all_indexes: bool = True) -> "Project":
        """`all_indexes`: else two indexes and the exemptions of one small collection."""
        project = cls(folder, folder / "deploy")
        (folder / "bin").mkdir(parents=True)
        shutil.copytree(DEPLOY, project.deploy)
        project.program("sleep", "#!/bin/sh\n")
        project.program("gcloud", program(project.gcloud))
        if not all_indexes:
            file = project.deploy / "firestore.indexes.json"
            whole = json.loads(file.read_text())
            few = [field for field in whole["fieldOverrides"] if field["collectionGroup"] == "import_errors"]
            file.write_text(json.dumps({"indexes": whole["indexes"][:2], "fieldOverrides": few}))
        return project

    def program(self, name: str, text: str) -> None:
        """What the scripts find by this name."""
        file = self.folder / "bin" / name
        file.write_text(text)
        file.chmod(0o755)

    def run(self, command: str, *more: str, typed: str = "", **settings: str) -> Done:
        return self.run_script("gcp.sh", command, *more, typed=typed, **settings)

    def run_script(self, script: str, *arguments: str, typed: str = "", **settings: str) -> Done:
        environment = {
            "PATH": f"{self.folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "GOOGLE_CLOUD_PROJECT": "my-project",
        }
        return subprocess.run(
            [self.deploy / script, *arguments],
            env=environment | SECRETS | settings,
            input=typed,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS_MAX,
            check=False,
        )

    def replace_smoke(self, lines: str) -> None:
        """What stands for deploy/smoke.sh and smoke_worker.sh, with its `$token`; its last line decides."""
        for script in ("smoke.sh", "smoke_worker.sh"):
            (self.deploy / script).write_text(f"#!/bin/bash\ntoken=$(cat)\n{lines}\n")

    def restore(self, script: str) -> None:
        """The real one, in the stead of what stands for it."""
        shutil.copy(DEPLOY / script, self.deploy)

    def answer_curl_with(self, status: int) -> None:
        """Whatever it asks for."""
        self.program("curl", f"#!/bin/sh\necho {status}\n")

    def release(self) -> Done:
        return self.run_script("release.sh", "new-image", NAME="reveille", REGION="r", PROJECT="my-project")

    def commands(self) -> list[Command]:
        """What was asked of gcloud since the last look."""
        asked, self.gcloud.log = self.gcloud.log, []
        return asked

    def changes(self) -> list[Command]:
        return [command for command in self.commands() if not is_look(command)]

    def fail(self, *words: str, error: str = "UNAVAILABLE: try again") -> None:
        """For each of `words`: the next command with them in it fails."""
        self.gcloud.failing, self.gcloud.error = list(words), error

    def remember(self, other: "Project") -> None:
        """What the other has been told is what this one has been told."""
        self.gcloud.remember(other.gcloud)

    def things(self) -> set[str]:
        return set(self.gcloud.things)


def is_look(command: Command) -> bool:
    return any(word in LOOKS for word in command if not word.startswith("--"))


def flags(command: Command) -> dict[str, str]:
    return dict(word[2:].partition("=")[::2] for word in command if word.startswith("--"))
