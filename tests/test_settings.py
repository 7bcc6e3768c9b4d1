"""Every setting: what it takes, what it refuses by name, and where it is documented."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from service.settings import BadSetting, Settings, table

PROJECT = Path(__file__).parents[1]

BAD = {
    "REVEILLE_REQUESTS_PER_MINUTE": ["0", "-1", "1.5", "many", "1000001"],
    "REVEILLE_WEBHOOK_KEY": ["secret", "x" * 31],
    "REVEILLE_SIGN_IN": ["google", "google:", "github:1", "google:1 2", "google:1,ada"],
    "PORT": ["0", "-1", "65536", "80.5", "http", "٨٠", "8_080", "9" * 5000],
    "PUBLIC_BASE_URL": [
        "reveille.example",
        "ftp://reveille.example",
        "http://",
        "https:///path",
        "http://[1",
    ],
    "REVEILLE_SERVES": ["web,worker", "Web", "none"],
    "REVEILLE_WORKER_URL": ["worker.example", "https://worker.example?x=1"],
    "REVEILLE_STORE": ["sqlite", "sqlite:", "mysql:db", "Firestore"],
    "REVEILLE_TASKS": ["celery", "Local", "cloud_tasks"],
    "REVEILLE_LANES": ["Main", "a,a", "a,", "a_b", "-a", "a/b", "a" * 41],
    "REVEILLE_CALLS_IN_FLIGHT_MAX": ["0", "ten", "1000001", "1e3"],
    "REVEILLE_ACCOUNT_CALLS_IN_FLIGHT_MAX": ["0", "-2", "2.0"],
    "REVEILLE_CALLS_PER_SECOND": ["0", "-1", "nan", "inf", "fast", "10001"],
    "REVEILLE_RING_SECONDS": ["0", "601", "30s"],
    "REVEILLE_TIME_LIMIT_SECONDS": ["0", "86401"],
    "REVEILLE_TALK_SECONDS": ["5", "0-5", "7-5", "1-2-3", "a-b", "-5", "1-86401"],
    "TWILIO_BASE_URL": ["api.twilio.com", "https://api.twilio.com?x=1"],
    "REVEILLE_LOG": ["xml", "JSON"],
}
FREE_TEXT = {
    "GOOGLE_CLOUD_PROJECT",
    "FIRESTORE_EMULATOR_HOST",
    "REVEILLE_REGION",
    "REVEILLE_QUEUE",
    "REVEILLE_SERVICE_ACCOUNT",
    "REVEILLE_INVOKERS",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "K_SERVICE",
    "K_REVISION",
}
ON_GOOGLE_CLOUD = {
    "REVEILLE_STORE": "firestore",
    "REVEILLE_TASKS": "cloud-tasks",
    "GOOGLE_CLOUD_PROJECT": "p",
    "PUBLIC_BASE_URL": "https://reveille.example",
    "REVEILLE_SERVICE_ACCOUNT": "tasks@p.iam.gserviceaccount.com",
    "REVEILLE_INVOKERS": "tasks@p.iam.gserviceaccount.com, scheduler@p.iam.gserviceaccount.com",
    "REVEILLE_WEBHOOK_KEY": "0123456789abcdef" * 2,
}


@pytest.mark.parametrize(
    ("variable", "value"), [(variable, value) for variable, values in BAD.items() for value in values]
)
def test_a_value_that_cannot_be_used_is_refused_by_its_variables_name(variable: str, value: str) -> None:
    with pytest.raises(BadSetting) as bad:
        Settings.read({variable: value})
    assert str(bad.value).startswith(f"{variable}: must be ")
    assert len(str(bad.value)) < 200


def test_every_setting_is_either_checked_or_free_text() -> None:
    variables = {setting.metadata["variable"] for setting in fields(Settings)}
    assert variables == BAD.keys() | FREE_TEXT


def test_without_any_variable_everything_has_its_default() -> None:
    assert Settings.read({}) == Settings()


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    assert Settings.read({setting.metadata["variable"]: " " for setting in fields(Settings)}) == Settings()


def test_variables_of_others_are_none_of_ours() -> None:
    assert Settings.read({"PATH": "/bin", "REVEILLE_COLOUR": "red"}) == Settings()


def test_good_values_are_taken() -> None:
    settings = Settings.read(
        {
            **ON_GOOGLE_CLOUD,
            "PORT": "65535",
            "REVEILLE_CALLS_PER_SECOND": "0.5",
            "REVEILLE_TALK_SECONDS": "1-2",
            "PUBLIC_BASE_URL": "https://reveille.example/",
        }
    )
    assert (settings.port, settings.calls_per_second, settings.talk_seconds) == (65535, 0.5, (1, 2))
    assert settings.base_url == "https://reveille.example"
    assert settings.invokers == {
        "tasks@p.iam.gserviceaccount.com",
        "scheduler@p.iam.gserviceaccount.com",
    }


@pytest.mark.parametrize(
    "variable", [v for v in ON_GOOGLE_CLOUD if not v.startswith(("REVEILLE_ST", "REVEILLE_T"))]
)
def test_what_cloud_tasks_need_is_asked_for_by_name(variable: str) -> None:
    environment = {name: value for name, value in ON_GOOGLE_CLOUD.items() if name != variable}
    with pytest.raises(BadSetting, match=f"^{variable}: must be set where "):
        Settings.read(environment)


@pytest.mark.parametrize("environment", [{}, ON_GOOGLE_CLOUD], ids=["this machine", "Google Cloud"])
def test_scripts_alone_need_twilio_and_its_account_needs_its_token(environment: dict[str, str]) -> None:
    assert Settings.read(environment).twilio_account_sid == ""
    for given, missing in (
        ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
        ("TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID"),
    ):
        half = environment | {given: "given"}
        with pytest.raises(BadSetting, match=f"^{missing}: must be set where {given} is"):
            Settings.read(half)
        assert Settings.read(half | {missing: "given"}).twilio_account_sid == "given"


@pytest.mark.parametrize("serves", ["web", "worker"])
def test_one_half_of_the_service_must_know_where_the_worker_is(serves: str) -> None:
    with pytest.raises(BadSetting, match=r"^REVEILLE_WORKER_URL: must be set"):
        Settings.read(ON_GOOGLE_CLOUD | {"REVEILLE_SERVES": serves})
    worker = {"REVEILLE_SERVES": serves, "REVEILLE_WORKER_URL": "https://worker.example/"}
    settings = Settings.read(ON_GOOGLE_CLOUD | worker)
    assert (settings.base_url, settings.worker_url) == ("https://reveille.example", "https://worker.example")
    with pytest.raises(BadSetting, match=r"^REVEILLE_SERVES: must be all"):
        Settings.read(worker)


def test_tasks_reach_the_service_where_everybody_does_unless_it_is_split() -> None:
    assert Settings.read(ON_GOOGLE_CLOUD).worker_url == "https://reveille.example"


def test_each_lane_needs_a_call_that_it_may_make() -> None:
    lanes = {"REVEILLE_LANES": "a, b, c", "REVEILLE_CALLS_IN_FLIGHT_MAX": "2"}
    with pytest.raises(BadSetting, match=r"^REVEILLE_CALLS_IN_FLIGHT_MAX: must be "):
        Settings.read(lanes)
    assert Settings.read(lanes | {"REVEILLE_CALLS_IN_FLIGHT_MAX": "3"}).lanes == ("a", "b", "c")


def test_firestore_needs_a_project() -> None:
    with pytest.raises(BadSetting, match=r"^GOOGLE_CLOUD_PROJECT: must be set"):
        Settings.read({"REVEILLE_STORE": "firestore", "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1"})


def test_firestore_itself_goes_with_cloud_tasks_and_its_emulator_with_local_ones() -> None:
    firestore = {"REVEILLE_STORE": "firestore", "GOOGLE_CLOUD_PROJECT": "p"}
    with pytest.raises(BadSetting, match=r"^REVEILLE_TASKS: "):
        Settings.read(firestore)
    settings = Settings.read(firestore | {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:1"})
    assert settings.sqlite_path == ".reveille/reveille.db"  # for the tasks


def test_a_sqlite_file_may_be_called_as_it_likes() -> None:
    assert Settings.read({"REVEILLE_STORE": "sqlite:/data/firestore.db"}).sqlite_path == "/data/firestore.db"


def test_the_address_is_this_machines_unless_it_is_set() -> None:
    assert Settings.read({"PORT": "9000"}).base_url == "http://127.0.0.1:9000"


def test_settings_do_not_show_their_secret() -> None:
    settings = Settings.read({"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "do not tell"})
    assert settings.twilio_auth_token == "do not tell"
    for shown in (repr(settings), str(settings), repr([settings])):
        assert "do not tell" not in shown


def test_the_table_has_a_line_for_each_setting_with_its_default_and_meaning() -> None:
    header, rule, *lines = table().splitlines()
    assert (header, rule) == ("| variable | default | meaning |", "|---|---|---|")
    assert [line.split("`")[1] for line in lines] == [s.metadata["variable"] for s in fields(Settings)]
    assert all(re.fullmatch(r"\| `\w+` \| (`[^`]+`)? \| [A-Z`].+\. \|", line) for line in lines), lines
    assert "| `REVEILLE_TALK_SECONDS` | `240-720` |" in table()


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda setting: setting.name)
def test_a_default_in_the_table_can_be_set_as_it_stands(setting: object) -> None:
    variable = setting.metadata["variable"]  # type: ignore[attr-defined]
    line = next(line for line in table().splitlines() if f"`{variable}`" in line)
    shown = line.split(" | ")[1].strip("` ")
    assert Settings.read({variable: shown}) == Settings()


def test_the_readme_holds_the_table() -> None:
    readme = (PROJECT / "README.md").read_text()
    begin, end = "<!-- settings -->", "<!-- /settings -->"
    assert readme.count(begin) == readme.count(end) == 1
    assert readme.split(begin)[1].split(end)[0].strip() == table()
