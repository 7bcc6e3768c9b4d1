"""`deploy/gcp.sh` on a gcloud that only remembers: what it asks for, in which order, and that it can be asked
again, also after it broke off anywhere."""

import json
import re
import shlex
from collections.abc import Iterable
from pathlib import Path

import pytest

from service.dispatch import cloud_tasks
from service.ports import Queue
from service.settings import Settings
from service.state.indexes import EXPIRIES, firestore_indexes
from tests.deploy.project import DEPLOY, SECRETS, Command, Project, flags, is_look

STEPS = [
    "services enable",
    "metrics create",
    "service-accounts create",
    "repositories create",
    "set-cleanup-policies",
    "databases create",
    "composite create",
    "indexes fields update",
    "ttls update",
    "queues create",
    "secrets create",
    "versions add",
    "builds submit",
    "run deploy",
    "jobs create",
    "policies create",
    "schedules create",
    "dashboards create",
]
PATH = re.compile(r"/tmp/tmp\.\w+/")  # of a file that is made for one command


@pytest.fixture
def small(tmp_path: Path) -> Project:
    return Project.make(tmp_path / "small", all_indexes=False)


@pytest.fixture(scope="module")
def first_up(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, list[Command]]:
    """A small project, and the commands that made it."""
    project = Project.make(tmp_path_factory.mktemp("small") / "p", all_indexes=False)
    done = project.run("up")
    assert done.returncode == 0, done.stderr
    return project, project.changes()


@pytest.fixture
def made(small: Project, first_up: tuple[Project, list[Command]]) -> Project:
    """A small project after its first `up`."""
    small.remember(first_up[0])
    return small


def one(commands: list[Command], *words: str) -> Command:
    (found,) = [command for command in commands if command[: len(words)] == list(words)]
    return found


def is_for_the_builder(command: Command) -> bool:
    """Whether it lets it build; to release is another matter."""
    member = flags(command).get("member", "")
    return "reveille-build@" in member and command[:2] != ["run", "services"]


def position(commands: list[Command], words: str) -> int:
    return next(number for number, command in enumerate(commands) if words in " ".join(command))


def test_a_second_up_changes_nothing_and_says_so(made: Project) -> None:
    done = made.run("up")
    assert made.changes() == []
    assert "Nothing to change." in done.stdout


@pytest.mark.parametrize("layout", [[], ["--split"]])
def test_up_asks_gcloud_nothing_twice(made: Project, layout: list[str]) -> None:
    """Each time takes a user a second."""
    for _ in range(2):
        made.run("up", *layout)
        asked = [tuple(command) for command in made.commands() if is_look(command)]
        assert len(asked) == len(set(asked)) > 20


def test_what_is_needed_comes_first(first_up: tuple[Project, list[Command]]) -> None:
    changes = first_up[1]
    order = ["services enable", "service-accounts create", "add-iam-policy-binding", "builds submit"]
    places = [position(changes, words) for words in [*order, "run deploy", "scheduler jobs create"]]
    assert places == sorted(places)
    of_the_builder = [number for number, command in enumerate(changes) if is_for_the_builder(command)]
    assert max(of_the_builder) < position(changes, "databases create")  # minutes before the first image
    secrets = [
        number for number, command in enumerate(changes) if command[:3] == ["secrets", "versions", "add"]
    ]
    assert len(secrets) == 3
    assert max(secrets) < position(changes, "run deploy")


def test_firestore_is_given_the_indexes_of_the_file_and_no_others(tmp_path: Path) -> None:
    planned = Project.make(tmp_path / "whole").run("plan").stdout
    changes = [shlex.split(line)[1:] for line in planned.splitlines()]
    changes = [command for command in changes if not is_look(command)]
    wanted = firestore_indexes()
    made = [command for command in changes if command[:4] == ["firestore", "indexes", "composite", "create"]]
    assert len(made) == len(wanted["indexes"])
    fields = [
        [(field["fieldPath"], field["order"].lower()) for field in index["fields"]]
        for index in wanted["indexes"]
    ]
    configs = [
        [tuple(re.split("[=,]", word)[2::2]) for word in command if word.startswith("--field-config")]
        for command in made
    ]
    assert configs == fields
    exempt = [
        (command[4], flags(command)["collection-group"]) for command in changes if command[2] == "fields"
    ]
    assert exempt == [(field["fieldPath"], field["collectionGroup"]) for field in wanted["fieldOverrides"]]
    expiring = {flags(command)["collection-group"]: command[4] for command in changes if command[2] == "ttls"}
    assert expiring == {kind.COLLECTION: field for kind, field in EXPIRIES.items()}


def test_queues_are_those_of_the_code_and_leave_threads_to_others(
    first_up: tuple[Project, list[Command]],
) -> None:
    changes = first_up[1]
    made = {command[3]: flags(command) for command in changes if command[:3] == ["tasks", "queues", "create"]}
    assert set(made) == {f"{Settings().queue}-{queue.value}" for queue in Queue}
    threads = int(flags(one(changes, "run", "deploy"))["concurrency"])
    assert int(made["reveille-events"]["max-concurrent-dispatches"]) <= threads / 2
    assert float(made["reveille-calls"]["max-dispatches-per-second"]) == Settings().calls_per_second
    for queue in made.values():  # carried until it is answered 2xx: ports/tasks.py
        assert queue["max-attempts"] == "-1"


def test_the_service_can_read_its_settings_and_knows_its_invokers(
    first_up: tuple[Project, list[Command]],
) -> None:
    changes = first_up[1]
    deploy = flags(one(changes, "run", "deploy"))
    given = dict(pair.split("=", 1) for pair in deploy["set-env-vars"].removeprefix("^;^").split(";"))
    secret = {pair.split("=")[0]: "x" * 40 for pair in deploy["set-secrets"].split(",")}
    settings = Settings.read(given | secret)
    job = flags(one(changes, "scheduler", "jobs", "create"))
    assert job["oidc-service-account-email"] in settings.invokers
    assert settings.service_account in settings.invokers
    assert job["oidc-token-audience"] == settings.base_url == "https://reveille-123456789.us-central1.run.app"
    assert job["uri"] == f"{settings.base_url}/queue/process"
    assert (job["schedule"], job["time-zone"]) == ("*/15 * * * *", "Etc/UTC")


def test_the_service_sleeps_and_may_take_longer_than_a_task(first_up: tuple[Project, list[Command]]) -> None:
    deploy = flags(one(first_up[1], "run", "deploy"))
    assert deploy["min-instances"] == "0"
    assert {"cpu-boost", "cpu-throttling"} <= set(deploy)  # throttling is request-based billing
    assert int(deploy["timeout"]) > cloud_tasks.DISPATCH_DEADLINE.total_seconds()
    dockerfile = (DEPLOY.parent / "Dockerfile").read_text()
    assert f'"--threads", "{deploy["concurrency"]}"' in dockerfile


def test_nobody_is_granted_more_than_this(first_up: tuple[Project, list[Command]]) -> None:
    granted = [command for command in first_up[1] if "add-iam-policy-binding" in command]
    grants = {
        (re.split("[:@]", flags(command)["member"])[1], flags(command)["role"][6:], command[0])
        for command in granted
    }
    assert grants == {
        ("reveille", "datastore.user", "projects"),
        ("reveille", "cloudtasks.enqueuer", "tasks"),
        ("reveille", "iam.serviceAccountUser", "iam"),
        ("reveille", "secretmanager.secretAccessor", "secrets"),
        ("reveille-build", "logging.logWriter", "projects"),
        ("reveille-build", "storage.objectViewer", "projects"),
        ("reveille-build", "run.viewer", "projects"),
        ("reveille-build", "artifactregistry.writer", "artifacts"),
        ("reveille-build", "iam.serviceAccountUser", "iam"),
        ("reveille-build", "iam.serviceAccountTokenCreator", "iam"),
        ("reveille-build", "run.developer", "run"),
    }


def test_a_secret_is_in_no_command_and_no_output(small: Project) -> None:
    done = small.run("up")
    assert done.returncode == 0, done.stderr
    seen = done.stdout + done.stderr + json.dumps(small.commands())
    for secret in SECRETS.values():
        assert secret not in seen


def test_a_secret_that_is_there_is_left_as_it_is(made: Project) -> None:
    done = made.run("up", TWILIO_ACCOUNT_SID="", TWILIO_AUTH_TOKEN="")
    assert done.returncode == 0
    assert made.changes() == []


def test_without_a_secret_up_says_which_and_goes_on_from_there(small: Project) -> None:
    done = small.run("up", TWILIO_AUTH_TOKEN="")
    assert done.returncode != 0
    assert "TWILIO_AUTH_TOKEN" in done.stderr
    assert "run services reveille" not in small.things()
    assert small.run("up").returncode == 0


def test_without_a_twilio_account_agents_alone_speak_until_there_is_one(small: Project) -> None:
    assert small.run("up", TWILIO_ACCOUNT_SID="", TWILIO_AUTH_TOKEN="").returncode == 0
    deploy = flags(one(small.changes(), "run", "deploy"))
    given = dict(pair.split("=", 1) for pair in deploy["set-env-vars"].removeprefix("^;^").split(";"))
    secret = {pair.split("=")[0]: "x" * 40 for pair in deploy["set-secrets"].split(",")}
    assert list(secret) == ["REVEILLE_WEBHOOK_KEY"]
    assert Settings.read(given | secret).twilio_account_sid == ""
    assert not [thing for thing in small.things() if "twilio" in thing]
    assert small.run("up").returncode == 0
    update = flags(one(small.changes(), "run", "services", "update"))
    assert update["set-secrets"].count("TWILIO_") == 2


def test_up_goes_on_where_it_broke_off_wherever_that_was(small: Project) -> None:
    """Each kind of step fails once, so each `up` gets one kind further."""
    small.fail(*STEPS)
    landed: list[Command] = []  # without the files' folders, which are new each time
    for _ in STEPS:
        broken = small.run("up")
        assert broken.returncode != 0
        assert "UNAVAILABLE" in broken.stderr
        changes = small.changes()
        assert any(step in " ".join(changes[-1]) for step in STEPS)
        landed += without_paths(changes[:-1])
    assert small.run("up").returncode == 0
    landed += without_paths(small.changes())
    assert len(set(map(tuple, landed))) == len(landed)  # nothing that was done was done again
    small.run("up")
    assert small.changes() == []


def test_a_grant_is_tried_again_as_a_new_account_is_not_known_at_once(small: Project) -> None:
    small.fail("add-iam-policy-binding")
    assert small.run("up").returncode == 0


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (
            "secrets list",
            "SERVICE_DISABLED: Secret Manager API has not been used in project 1 before",
        ),
        ("versions add", "ABORTED: try again"),
        ("fields update", "ABORTED: Please retry, underlying data changed"),
        ("policies create", 'NOT_FOUND: Cannot find metric(s) that match type = "..."'),
    ],
)
def test_what_is_not_so_yet_is_tried_again(small: Project, command: str, error: str) -> None:
    small.fail(*[command] * 3, error=error)
    done = small.run("up")
    assert done.returncode == 0, done.stderr
    assert small.things() > {"secrets reveille-webhook-key", "policy reveille-ticks-failing"}


@pytest.mark.parametrize("name", ["dial", "Reveille", "reveille_", "-reveille", "a-name-of-21-letters-"])
def test_a_name_that_no_account_can_have_is_refused_before_anything_is_made(
    small: Project, name: str
) -> None:
    done = small.run("up", REVEILLE_NAME=name)
    assert (done.returncode, small.commands()) == (2, [])
    assert "REVEILLE_NAME" in done.stderr


@pytest.mark.parametrize("look", ["queues list", "get-iam-policy", "secrets list", "services list"])
def test_a_look_that_fails_is_not_taken_for_nothing_there(made: Project, look: str) -> None:
    made.fail(look)
    assert made.run("up").returncode != 0
    assert made.changes() == []


def test_only_what_differs_is_changed(made: Project) -> None:
    done = made.run("up", REVEILLE_CALLS_PER_SECOND="5", REVEILLE_CALLS_IN_FLIGHT_MAX="50")
    changes = made.changes()
    assert [command[:4] for command in changes] == [
        ["tasks", "queues", "update", "reveille-calls"],
        ["run", "services", "update", "reveille"],
    ]
    assert "REVEILLE_CALLS_IN_FLIGHT_MAX=50" in flags(changes[1])["set-env-vars"]
    assert "image" not in flags(changes[1])  # that of the last release stays
    assert "2 changes." in done.stdout


GIVEN = {
    "PUBLIC_BASE_URL": "https://calls.example.com",
    "REVEILLE_LANES": "main,b",
    "REVEILLE_CALLS_IN_FLIGHT_MAX": "50",
    "REVEILLE_ACCOUNT_CALLS_IN_FLIGHT_MAX": "20",
    "REVEILLE_RING_SECONDS": "25",
    "REVEILLE_TIME_LIMIT_SECONDS": "600",
    "REVEILLE_REQUESTS_PER_MINUTE": "100",
    "REVEILLE_SIGN_IN": "google:a=b,firebase:c",
    "REVEILLE_CALLS_PER_SECOND": "20",
    "REVEILLE_INSTANCES_MAX": "30",
}


def test_what_was_given_once_holds_until_another_is_given(made: Project) -> None:
    assert made.run("up", **GIVEN).returncode == 0
    update = flags(one(made.changes(), "run", "services", "update"))
    given = dict(pair.split("=", 1) for pair in update["set-env-vars"].removeprefix("^;^").split(";"))
    elsewhere = {"REVEILLE_CALLS_PER_SECOND", "REVEILLE_INSTANCES_MAX"}
    assert given | {name: GIVEN[name] for name in elsewhere} == given | GIVEN
    assert update["max-instances"] == "30"
    done = made.run("up")
    assert (made.changes(), "Nothing to change." in done.stdout) == ([], True)
    assert made.run("up", REVEILLE_RING_SECONDS="40", REVEILLE_SIGN_IN="").returncode == 0
    (changed,) = made.changes()
    assert "REVEILLE_RING_SECONDS=40" in flags(changed)["set-env-vars"]
    assert "REVEILLE_SIGN_IN" not in flags(changed)["set-env-vars"]
    assert "REVEILLE_LANES=main,b" in flags(changed)["set-env-vars"]


@pytest.mark.parametrize("lanes", ["b,c", "mainly", "", "main"])
def test_a_lane_is_never_taken_away(made: Project, lanes: str) -> None:
    """Neither one that was given, nor `main`, which is there where none was."""
    if lanes in ("", "main"):
        made.run("up", REVEILLE_LANES="main,b")
        made.commands()
    done = made.run("up", REVEILLE_LANES=lanes)
    assert (done.returncode, made.changes()) == (1, [])
    assert f"has the lane '{'b' if lanes in ('', 'main') else 'main'}'" in done.stderr


def test_another_address_moves_the_job_and_its_audience(made: Project) -> None:
    made.run("up", PUBLIC_BASE_URL="https://calls.example.com")
    job = flags(one(made.changes(), "scheduler", "jobs", "update"))
    assert job["oidc-token-audience"] == "https://calls.example.com"


def test_plan_prints_what_up_would_do_and_asks_gcloud_nothing(small: Project) -> None:
    planned = small.run("plan", PUBLIC_BASE_URL="https://calls.example.com").stdout
    assert small.commands() == []
    commands = [shlex.split(line)[1:] for line in planned.splitlines()]
    small.run("up", PUBLIC_BASE_URL="https://calls.example.com")
    assert without_paths(command for command in commands if not is_look(command)) == without_paths(
        small.changes()
    )


def without_paths(commands: Iterable[Command]) -> list[Command]:
    return [[PATH.sub("/", word) for word in command] for command in commands]


def test_down_takes_away_what_up_has_made_and_the_data_only_when_told(made: Project) -> None:
    done = made.run("down", typed="my-project\n")
    assert done.returncode == 0, done.stderr
    left = {thing.partition(" ")[0] for thing in made.things()}
    assert left == {"apis", "firestore", "artifacts", "backup"}
    assert "artifacts repositories reveille" not in made.things()
    made.commands()
    assert made.run("down", "--with-data", typed="my-project\n").returncode == 0
    assert [command[:4] for command in made.changes()] == [
        ["firestore", "backups", "schedules", "delete"],
        ["firestore", "databases", "update", "--database=(default)"],
        ["firestore", "databases", "delete", "--database=(default)"],
    ]


def test_down_removes_nothing_without_the_projects_name(made: Project) -> None:
    assert made.run("down", typed="yes\n").returncode != 0
    assert made.commands() == []


def test_status_and_logs_only_look(made: Project) -> None:
    assert "queue events" in made.run("status").stdout
    assert made.run("logs").returncode == 0
    assert made.changes() == []


def test_without_a_project_it_says_what_is_missing(small: Project) -> None:
    done = small.run("up", GOOGLE_CLOUD_PROJECT="")
    assert done.returncode == 2
    assert "GOOGLE_CLOUD_PROJECT" in done.stderr


# --- in two halves --------------------------------------------------------------------------------------

WORKER_URL = "https://reveille-worker-123456789.us-central1.run.app"


@pytest.fixture(scope="module")
def first_split(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, list[Command]]:
    project = Project.make(tmp_path_factory.mktemp("split") / "p", all_indexes=False)
    done = project.run("up", "--split", PUBLIC_BASE_URL="https://calls.example.com")
    assert done.returncode == 0, done.stderr
    return project, project.changes()


def settings_of(changes: list[Command], service: str) -> tuple[Settings, dict[str, str]]:
    """What a service is set to, as it reads it itself; and the flags that it is deployed with."""
    deploy = flags(one(changes, "run", "deploy", service))
    given = dict(pair.split("=", 1) for pair in deploy["set-env-vars"].removeprefix("^;^").split(";"))
    secret = {pair.split("=")[0]: "x" * 40 for pair in deploy["set-secrets"].split(",")}
    return Settings.read(given | secret), deploy


def test_split_in_two_the_web_is_open_and_the_worker_is_not(
    first_split: tuple[Project, list[Command]],
) -> None:
    web, web_flags = settings_of(first_split[1], "reveille")
    worker, worker_flags = settings_of(first_split[1], "reveille-worker")
    assert (web.serves, worker.serves) == ("web", "worker")
    assert (web_flags["ingress"], worker_flags["ingress"]) == ("all", "internal")
    assert "no-invoker-iam-check" in web_flags
    assert "invoker-iam-check" in worker_flags
    assert web_flags["image"] == worker_flags["image"]


def test_split_in_two_each_is_reached_at_its_own_address(first_split: tuple[Project, list[Command]]) -> None:
    """The worker always at Cloud Run's: no other one is internal."""
    job = flags(one(first_split[1], "scheduler", "jobs", "create"))
    assert job["uri"] == f"{WORKER_URL}/queue/process"
    assert job["oidc-token-audience"] == WORKER_URL
    for service in ("reveille", "reveille-worker"):
        settings = settings_of(first_split[1], service)[0]
        assert (settings.base_url, settings.worker_url) == ("https://calls.example.com", WORKER_URL)


def test_only_the_scheduler_and_the_queues_may_invoke_the_worker(
    first_split: tuple[Project, list[Command]],
) -> None:
    granted = [command for command in first_split[1] if "add-iam-policy-binding" in command]
    invokers = {
        (command[3], re.split("[:@]", flags(command)["member"])[1])
        for command in granted
        if flags(command)["role"] == "roles/run.invoker"
    }
    assert invokers == {("reveille-worker", "reveille-tasks"), ("reveille-worker", "reveille-scheduler")}


def test_a_split_grants_only_this_besides(
    first_up: tuple[Project, list[Command]], first_split: tuple[Project, list[Command]]
) -> None:
    def granted(changes: list[Command]) -> set[tuple[str, str, str]]:
        made = [command for command in changes if "add-iam-policy-binding" in command]
        things = [command[command.index("add-iam-policy-binding") + 1] for command in made]
        return {
            (thing, flags(command)["member"], flags(command)["role"])
            for thing, command in zip(things, made, strict=True)
        }

    besides = {
        (thing.partition("@")[0], re.split("[:@]", member)[1], role.removeprefix("roles/"))
        for thing, member, role in granted(first_split[1]) - granted(first_up[1])
    }
    assert besides == {
        ("reveille-worker", "reveille-tasks", "run.invoker"),
        ("reveille-worker", "reveille-scheduler", "run.invoker"),
        ("reveille-worker", "reveille-build", "run.developer"),
        ("reveille-passes", "reveille-build", "cloudtasks.enqueuer"),
        ("reveille-passes", "reveille-build", "cloudtasks.viewer"),
        ("reveille-passes", "reveille-build", "cloudtasks.taskDeleter"),
        ("reveille-tasks", "reveille-build", "iam.serviceAccountUser"),
    }


def test_the_worker_is_there_and_open_to_them_before_the_web_sends_it_anything(
    first_split: tuple[Project, list[Command]],
) -> None:
    changes = first_split[1]
    order = ["deploy reveille-worker", "roles/run.invoker", "deploy reveille ", "scheduler jobs create"]
    places = [position(changes, words) for words in order]
    assert places == sorted(places)


def test_what_was_split_stays_split_also_when_nobody_says_so(
    small: Project, first_split: tuple[Project, list[Command]]
) -> None:
    small.remember(first_split[0])
    for more in (["--split"], []):
        done = small.run("up", *more, PUBLIC_BASE_URL="https://calls.example.com")
        assert small.changes() == []
        assert "Nothing to change." in done.stdout


def test_a_service_that_runs_is_split_with_the_image_that_it_runs(made: Project) -> None:
    made.replace_smoke("true")
    assert made.release().returncode == 0
    made.commands()
    assert made.run("up", "--split").returncode == 0
    changes = made.changes()
    assert not any(command[:2] == ["builds", "submit"] for command in changes)
    assert flags(one(changes, "run", "deploy", "reveille-worker"))["image"] == "new-image"
    web = flags(one(changes, "run", "services", "update", "reveille"))
    assert "REVEILLE_SERVES=web" in web["set-env-vars"]
    assert flags(one(changes, "scheduler", "jobs", "update"))["uri"] == f"{WORKER_URL}/queue/process"


def test_a_split_is_made_of_what_has_the_traffic_not_of_a_release_that_was_refused(made: Project) -> None:
    made.replace_smoke("exit 1")
    assert made.release().returncode != 0
    made.commands()
    assert made.run("up", "--split").returncode == 0
    image = flags(one(made.changes(), "run", "deploy", "reveille-worker"))["image"]
    assert image.endswith("/reveille:first")


def test_a_split_goes_on_where_it_broke_off(small: Project) -> None:
    for step in ("deploy reveille-worker", "roles/run.invoker", "deploy reveille --image"):
        small.fail(*[step] * 6)  # a grant is tried several times
        assert small.run("up", "--split", PUBLIC_BASE_URL="https://calls.example.com").returncode != 0
        small.fail()
    small.commands()
    assert small.run("up").returncode == 0
    assert settings_of(small.changes(), "reveille")[0].base_url == "https://calls.example.com"
    small.run("up")
    assert small.changes() == []


def test_plan_prints_the_split_too(small: Project) -> None:
    planned = small.run("plan", "--split", PUBLIC_BASE_URL="https://calls.example.com").stdout
    commands = [shlex.split(line.replace("PROJECT_NUMBER", "123456789"))[1:] for line in planned.splitlines()]
    small.run("up", "--split", PUBLIC_BASE_URL="https://calls.example.com")
    ours = [command for command in commands if not is_look(command)]
    assert [command[:3] for command in ours] == [command[:3] for command in small.changes()]


def test_status_shows_both_halves_and_down_removes_both(
    small: Project, first_split: tuple[Project, list[Command]]
) -> None:
    small.remember(first_split[0])
    assert "worker" in small.run("status").stdout
    assert small.run("down", typed="my-project\n").returncode == 0
    assert not any(thing.startswith("run services") for thing in small.things())
