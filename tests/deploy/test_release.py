"""A release: tried out before anybody reaches it, and taken back if it does not do. Every step that
cloudbuild.yaml takes is there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.local.signing import LocalSigner
from tests.deploy.project import Command, Project, flags
from tests.support.processes import PROJECT, LocalRun, in_folder

URL = "https://reveille-abc-uc.a.run.app"
CANDIDATE = "https://candidate---reveille-abc-uc.a.run.app"
AUDIENCE = "https://reveille-123456789.us-central1.run.app"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project.make(tmp_path_factory.mktemp("release") / "p", all_indexes=False)
    assert project.run("up").returncode == 0
    return project


def traffic(commands: list[Command]) -> list[str]:
    """Where traffic was sent, one after the other."""
    shifts = [flags(command) for command in commands if "update-traffic" in command]
    return ["latest" if "to-latest" in shift else shift["to-revisions"] for shift in shifts]


def release(project: Project, smoke: str) -> tuple[int, list[Command]]:
    project.commands()
    project.replace_smoke(smoke)
    return project.release().returncode, project.commands()


def test_a_release_that_does_is_tried_out_twice_and_has_all_traffic(project: Project) -> None:
    seen = project.folder / "seen"
    status, commands = release(project, f'echo "$1 $token" >>{seen}')
    assert status == 0
    assert traffic(commands) == ["latest"]
    assert seen.read_text().splitlines() == [f"{url} token for {AUDIENCE}" for url in (CANDIDATE, URL)]
    (deploy,) = [flags(command) for command in commands if command[:2] == ["run", "deploy"]]
    assert {"no-traffic", "image"} <= set(deploy)
    assert "set-env-vars" not in deploy  # deploy/gcp.sh says what the service is set to


def test_a_release_that_fails_when_tried_out_has_no_traffic(project: Project) -> None:
    status, commands = release(project, "exit 1")
    assert status != 0
    assert traffic(commands) == []


def test_a_release_that_fails_with_traffic_is_taken_back(project: Project) -> None:
    status, commands = release(project, f'[ "$1" = {CANDIDATE} ]')
    assert status != 0
    assert traffic(commands) == ["latest", "present=100"]


def test_a_release_without_a_token_has_no_traffic(project: Project) -> None:
    project.fail("print-identity-token")
    status, commands = release(project, "true")
    assert status != 0
    assert traffic(commands) == []


def test_the_build_tests_builds_pushes_and_releases_in_the_builders_name() -> None:
    lines = (PROJECT / "cloudbuild.yaml").read_text().splitlines()
    steps = [line.split()[2] for line in lines if line.startswith("  - id: ")]
    assert steps == ["test", "build", "push", "release"]
    assert any(line.startswith("serviceAccount:") and "${_NAME}-build@" in line for line in lines)
    scripts = [line.split()[1] for line in lines if "entrypoint:" in line]
    for script in scripts:
        assert (PROJECT / script).stat().st_mode & 0o100


@pytest.fixture
def running(tmp_path: Path) -> Iterator[LocalRun]:
    yield from in_folder(tmp_path)


def test_the_smoke_test_finds_what_is_wrong_on_a_service_that_runs(
    running: LocalRun, project: Project
) -> None:
    running.start()
    good = LocalSigner.open(running.folder / ".reveille").token(running.url)
    other = LocalSigner.open(running.folder / ".reveille").token("https://other.example.com")
    real = PROJECT / "deploy"
    done = Project(project.folder, real).run_script("smoke.sh", running.url, typed=good)
    assert done.returncode == 0, done.stderr
    assert good not in done.stdout + done.stderr
    refused = Project(project.folder, real).run_script("smoke.sh", running.url, typed=other)
    assert refused.returncode != 0
    assert "the scheduler's tick: 401" in refused.stderr
