"""A release: tried out before anybody reaches it, and taken back if it does not do. Every step that
cloudbuild.yaml takes is there."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.local.signing import LocalSigner
from tests.deploy.project import DEPLOY, Command, Project, flags
from tests.support.processes import PROJECT, LocalRun, in_folder

URL = "https://reveille-abc-uc.a.run.app"
WORKER = "https://reveille-worker-abc-uc.a.run.app"
CANDIDATE = "https://candidate---reveille-abc-uc.a.run.app"
WORKER_CANDIDATE = "https://candidate---reveille-worker-abc-uc.a.run.app"
AUDIENCE = "https://reveille-123456789.us-central1.run.app"
WORKER_AUDIENCE = "https://reveille-worker-123456789.us-central1.run.app"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project.make(tmp_path_factory.mktemp("release") / "p", all_indexes=False)
    assert project.run("up").returncode == 0
    return project


@pytest.fixture
def running(tmp_path: Path) -> Iterator[LocalRun]:
    yield from in_folder(tmp_path)


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


# --- in two halves --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project.make(tmp_path_factory.mktemp("split") / "p", all_indexes=False)
    assert project.run("up", "--split").returncode == 0
    return project


def shifts(commands: list[Command]) -> list[tuple[str, str]]:
    """Whose traffic was sent where, one after the other."""
    services = [command[3] for command in commands if "update-traffic" in command]
    return list(zip(services, traffic(commands), strict=True))


def test_both_halves_are_tried_out_before_either_has_traffic_and_the_worker_has_it_first(
    split: Project,
) -> None:
    seen = split.folder / "seen"
    status, commands = release(split, f'echo "$*" >>{seen}')
    assert status == 0
    assert shifts(commands) == [("reveille-worker", "latest"), ("reveille", "latest")]
    assert seen.read_text().splitlines() == [
        f"{WORKER_CANDIDATE} {WORKER_AUDIENCE}",
        f"{CANDIDATE} web",
        f"{WORKER} {WORKER_AUDIENCE}",
        f"{URL} web",
    ]
    deployed = [command[2] for command in commands if command[:2] == ["run", "deploy"]]
    assert deployed == ["reveille-worker", "reveille"]


@pytest.mark.parametrize("bad", [WORKER_CANDIDATE, CANDIDATE])
def test_one_half_that_fails_when_tried_out_keeps_all_traffic_where_it_was(split: Project, bad: str) -> None:
    status, commands = release(split, f'[ "$1" != {bad} ]')
    assert status != 0
    assert shifts(commands) == []


@pytest.mark.parametrize("bad", [WORKER, URL])
def test_one_half_that_fails_with_traffic_takes_both_back_the_web_first(split: Project, bad: str) -> None:
    status, commands = release(split, f'[ "$1" != {bad} ]')
    assert status != 0
    assert shifts(commands)[2:] == [("reveille", "present=100"), ("reveille-worker", "present=100")]


def test_traffic_that_cannot_be_shifted_takes_both_back(split: Project) -> None:
    split.fail("update-traffic reveille --region")
    status, commands = release(split, "true")
    assert status != 0
    assert shifts(commands)[-1] == ("reveille-worker", "present=100")


def smoke_worker(project: Project, refusal: int) -> tuple[int, str, list[Command]]:
    """The real script, with a gcloud that only remembers. `refusal`: how nobody's tick is answered."""
    project.commands()
    project.answer_curl_with(refusal)
    settings = {"NAME": "reveille", "REGION": "r", "PROJECT": "my-project"}
    done = replace(project, deploy=DEPLOY).run_script(
        "smoke_worker.sh", WORKER_CANDIDATE, WORKER_AUDIENCE, **settings
    )
    return done.returncode, done.stdout + done.stderr, project.commands()


@pytest.mark.parametrize("refusal", [403, 404])
def test_a_workers_tick_is_a_task_with_a_token_for_it_and_is_there_no_more(
    split: Project, refusal: int
) -> None:
    status, said, commands = smoke_worker(split, refusal)
    assert (status, f"a tick of nobody: {refusal}" in said) == (0, True), said
    task = flags(commands[0])
    assert task["url"] == f"{WORKER_CANDIDATE}/queue/process"
    assert task["oidc-token-audience"] == WORKER_AUDIENCE
    assert task["oidc-service-account-email"].startswith("reveille-tasks@")


def test_a_task_that_is_not_carried_is_taken_back_and_fails_the_release(split: Project) -> None:
    split.gcloud.tasks_stay = True
    try:
        status, said, commands = smoke_worker(split, 403)
    finally:
        split.gcloud.tasks_stay = False
    assert (status, "not carried" in said) == (1, True)
    assert commands[-1][:2] == ["tasks", "delete"]


def test_a_look_at_the_task_that_fails_is_not_taken_for_carried(split: Project) -> None:
    split.fail("tasks describe")
    status, said, _ = smoke_worker(split, 403)
    assert (status, "UNAVAILABLE" in said) == (1, True)


@pytest.mark.parametrize("answer", [200, 401, 500, 0])
def test_a_worker_whose_platform_does_not_refuse_nobody_is_not_released(split: Project, answer: int) -> None:
    """401 is the application's own refusal: the platform checks nobody."""
    status, said, commands = smoke_worker(split, answer)
    assert (status, commands) == (1, [])
    assert "instead of 403 or 404" in said


def test_the_build_tests_builds_pushes_and_releases_in_the_builders_name() -> None:
    lines = (PROJECT / "cloudbuild.yaml").read_text().splitlines()
    steps = [line.split()[2] for line in lines if line.startswith("  - id: ")]
    assert steps == ["test", "build", "push", "release"]
    assert any(line.startswith("serviceAccount:") and "${_NAME}-build@" in line for line in lines)
    scripts = [line.split()[1] for line in lines if "entrypoint:" in line]
    for script in scripts:
        assert (PROJECT / script).stat().st_mode & 0o100


def test_the_smoke_test_finds_what_is_wrong_on_a_service_that_runs(
    running: LocalRun, project: Project
) -> None:
    running.start()
    good = LocalSigner.open(running.folder / ".reveille").token(running.url)
    other = LocalSigner.open(running.folder / ".reveille").token("https://other.example.com")
    real = replace(project, deploy=DEPLOY)
    done = real.run_script("smoke.sh", running.url, "all", typed=good)
    assert done.returncode == 0, done.stderr
    assert good not in done.stdout + done.stderr
    refused = real.run_script("smoke.sh", running.url, "all", typed=other)
    assert refused.returncode != 0
    assert "the scheduler's tick: 401" in refused.stderr
    whole = real.run_script("smoke.sh", running.url, "web")
    assert "a tick of nobody: 401 instead of 404" in whole.stderr  # a web that would tick
