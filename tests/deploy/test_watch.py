"""What shows how the service does: metrics that count its real log lines, alerts, a dashboard, a budget."""

import json
import logging
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.entrypoints.logs import JsonFormatter, Where
from service.local.time_lapse import TimeLapse
from service.ports import Ambiguous
from service.receipts import Receipt
from tests.deploy.log_filter import matches
from tests.deploy.project import DEPLOY, Command, Project, flags
from tests.support.api import NOON, UNHURRIED, Site, callee
from tests.support.fakes import ScriptedTelephony

USER = "logging.googleapis.com/user/"
# https://cloud.google.com/monitoring/api/metrics_gcp: of run and firestore, with what each is measured on.
OF_THE_PLATFORM = {
    "run.googleapis.com/request_latencies": "cloud_run_revision",
    "run.googleapis.com/container/billable_instance_time": "cloud_run_revision",
    "firestore.googleapis.com/document/read_count": "firestore_instance",
}
ACCOUNT = {"REVEILLE_BILLING_ACCOUNT": "0X0X0X-0X0X0X-0X0X0X"}
Entry = dict[str, Any]


@pytest.fixture(scope="module")
def first_up(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, list[Command]]:
    project = Project.make(tmp_path_factory.mktemp("watch") / "p", all_indexes=False)
    assert project.run("up", **ACCOUNT).returncode == 0
    return project, project.changes()


@pytest.fixture
def made(tmp_path: Path, first_up: tuple[Project, list[Command]]) -> Project:
    project = Project.make(tmp_path / "p", all_indexes=False)
    project.remember(first_up[0])
    return project


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """As gcloud is given them, by name."""
    command = [sys.executable, DEPLOY / "gcp_metrics.py", "reveille", tmp_path_factory.mktemp("metrics")]
    with (DEPLOY / "metrics.json").open() as given:
        done = subprocess.run(command, stdin=given, capture_output=True, text=True, timeout=30, check=True)
    files = [Path(line.split()[2]) for line in done.stdout.splitlines()]
    return {made["name"]: made for made in (json.loads(file.read_text()) for file in files)}


def entry(receipt: Receipt, service: str = "reveille") -> Entry:
    """As Cloud Logging keeps the line of a receipt."""
    record = logging.LogRecord("reveille.receipt", logging.INFO, "", 1, "receipt", None, None)
    record.receipt = receipt
    payload = json.loads(JsonFormatter(Where()).format(record))
    resource = {"type": "cloud_run_revision", "labels": {"service_name": service}}
    return {"resource": resource, "severity": payload.pop("severity"), "jsonPayload": payload}


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    """A call that is answered; then one whose dial is answered with nothing, and never found."""
    folder = tmp_path_factory.mktemp("logged")
    receipts: list[Receipt] = []
    world = TimeLapse.begin(folder, NOON, seed=1, on_receipt=receipts.append, settings=UNHURRIED)
    site = Site(world, folder, world.key)
    site.as_twilio(site.call())
    world.run_until(NOON + timedelta(minutes=30))
    provider = ScriptedTelephony(answers=[Ambiguous("timed out")])
    object.__setattr__(world.service.outside, "telephony", provider)
    call = site.call(callee(1))
    world.run_until(NOON + timedelta(hours=2))
    assert site.get(f"/api/calls/{call['id']}").ok()["state"] == "unconfirmed"
    site.as_invoker("/queue/process").ok()
    return [entry(receipt) for receipt in receipts]


def counted(metrics: dict[str, Any], name: str, entries: list[Entry]) -> list[Entry]:
    return [each for each in entries if matches(metrics[f"reveille-{name}"]["filter"], each)]


def test_every_receipt_is_counted_of_either_half_and_nobody_elses(
    metrics: dict[str, Any], entries: list[Entry]
) -> None:
    assert counted(metrics, "receipts", entries) == entries
    facts = {name: value for name, value in entries[0]["jsonPayload"].items() if name != "logger"}
    assert counted(metrics, "receipts", [entry(facts, "reveille-worker")])
    assert not counted(metrics, "receipts", [entry(facts, "another"), entry(facts, "reveille-2")])
    other = entry(facts)
    other["jsonPayload"]["logger"] = "service.front"
    assert not counted(metrics, "receipts", [other])


def test_a_call_in_doubt_is_counted_when_it_is_dialled_and_when_a_pass_gives_it_up(
    metrics: dict[str, Any], entries: list[Entry]
) -> None:
    seen = [each["jsonPayload"] for each in counted(metrics, "calls-uncertain", entries)]
    assert [(each["kind"], each.get("uncertain")) for each in seen] == [("call", None), ("pass", 1)]


def test_what_becomes_of_calls_is_counted_by_result(metrics: dict[str, Any], entries: list[Entry]) -> None:
    results = {
        (each["jsonPayload"]["kind"], each["jsonPayload"]["result"])
        for each in counted(metrics, "results", entries)
    }
    assert {("call", "placed"), ("call", "uncertain"), ("webhook", "completed")} <= results


@pytest.mark.parametrize("name", ["receipts", "results", "milliseconds", "reads", "writes", "tasks"])
def test_what_is_taken_out_of_a_line_is_in_it(
    metrics: dict[str, Any], entries: list[Entry], name: str
) -> None:
    made = metrics[f"reveille-{name}"]
    fields = [*made["labelExtractors"].values(), *filter(None, [made.get("valueExtractor")])]
    assert fields
    for field in fields:
        path = re.fullmatch(r"EXTRACT\(jsonPayload\.(\w+)\)", field)
        assert path
        for each in counted(metrics, name, entries):
            assert each["jsonPayload"][path[1]] is not None
    keys = {label["key"] for label in made["metricDescriptor"]["labels"]}
    assert keys == made["labelExtractors"].keys()


def test_only_a_failing_tick_of_this_service_counts_as_one(metrics: dict[str, Any]) -> None:
    def ran(severity: str, job: str) -> Entry:
        return {
            "resource": {"type": "cloud_scheduler_job", "labels": {"job_id": job}},
            "severity": severity,
        }

    told = [ran("ERROR", "reveille-tick"), ran("INFO", "reveille-tick"), ran("ERROR", "other-tick")]
    assert counted(metrics, "ticks-failing", told) == told[:1]


def named(query: dict[str, Any]) -> tuple[str, str]:
    """The metric that a chart asks for, and what it is measured on."""
    if "prometheusQuery" in query:
        promql = r'logging_googleapis_com:user_(\w+)_sum\{monitored_resource="(\w+)"\}'
        asked = re.search(promql, query["prometheusQuery"])
        assert asked, query
        return USER + asked[1].replace("_", "-"), asked[2]
    asked = re.search(r'metric\.type="(.+?)" resource\.type="(.+?)"', query["timeSeriesFilter"]["filter"])
    assert asked, query
    return asked[1], asked[2]


def test_each_chart_shows_a_metric_that_is_there_on_what_it_is_measured_on(metrics: dict[str, Any]) -> None:
    dashboard = json.loads((DEPLOY / "dashboard.json").read_text().replace("NAME", "reveille"))
    queries = [
        shown["timeSeriesQuery"]
        for widget in dashboard["gridLayout"]["widgets"]
        for shown in widget["xyChart"]["dataSets"]
    ]
    ours = set()
    for metric, resource in map(named, queries):
        if metric.startswith(USER):
            ours.add(metric.removeprefix(USER))
            assert f'resource.type="{resource}"' in metrics[metric.removeprefix(USER)]["filter"]
        else:
            assert OF_THE_PLATFORM[metric] == resource
    assert ours == metrics.keys()  # none is made, and paid for, that nobody looks at


def test_a_chart_is_cut_up_only_by_labels_that_its_metric_has(metrics: dict[str, Any]) -> None:
    text = (DEPLOY / "dashboard.json").read_text().replace("NAME", "reveille")
    for widget in json.loads(text)["gridLayout"]["widgets"]:
        for shown in widget["xyChart"]["dataSets"]:
            asked = shown["timeSeriesQuery"].get("timeSeriesFilter")
            metric = asked and named(shown["timeSeriesQuery"])[0].removeprefix(USER)
            if metric in metrics:
                labels = set(re.findall(r"metric\.label\.(\w+)", json.dumps(asked)))
                assert labels <= metrics[metric]["labelExtractors"].keys()


def test_somebody_is_told_of_ticks_that_fail_or_do_not_come_calls_in_doubt_and_costs(
    first_up: tuple[Project, list[Command]], metrics: dict[str, Any]
) -> None:
    made = [flags(command) for command in first_up[1] if "--combiner=OR" in command]
    asked = {}
    for policy in made:
        found = re.match(r'metric\.type="([^"]+)" AND resource\.type="([^"]+)"', policy["condition-filter"])
        assert found
        asked[policy["display-name"]] = (found[1], policy["if"])
        if found[1].startswith(USER):
            assert f'resource.type="{found[2]}"' in metrics[found[1].removeprefix(USER)]["filter"]
        else:
            assert OF_THE_PLATFORM[found[1]] == found[2]
    assert asked == {
        "reveille-ticks-failing": (f"{USER}reveille-ticks-failing", "> 0"),
        "reveille-ticks-missing": (f"{USER}reveille-receipts", "absent"),
        "reveille-calls-uncertain": (f"{USER}reveille-calls-uncertain", "> 0"),
        "reveille-cost-instances": ("run.googleapis.com/container/billable_instance_time", "> 6000"),
        "reveille-cost-reads": ("firestore.googleapis.com/document/read_count", "> 50000"),
    }


def test_ticks_are_missed_by_kinds_that_their_receipts_have(
    first_up: tuple[Project, list[Command]], metrics: dict[str, Any], entries: list[Entry]
) -> None:
    (policy,) = [flags(c) for c in first_up[1] if "--display-name=reveille-ticks-missing" in c]
    asked = re.search(r'metric\.labels\.kind=one_of\("(\w+)", "(\w+)"\)', policy["condition-filter"])
    assert asked
    assert "kind" in metrics["reveille-receipts"]["labelExtractors"]
    last = entries[-1]["jsonPayload"]  # a tick by the scheduler, while nothing is to be done
    assert last["kind"] == asked[1] == "tick"
    assert asked[2] in {entry["jsonPayload"]["kind"] for entry in entries}
    assert int(policy["duration"].removesuffix("s")) >= 4 * 15 * 60


def test_up_says_that_alerts_tell_nobody_until_they_have_channels(made: Project) -> None:
    told = {"REVEILLE_ALERT_CHANNELS": "projects/my-project/notificationChannels/1"}
    assert "Alerts tell nobody (ticks-failing ticks-missing" in made.run("up").stdout
    assert made.changes() == []
    assert "tell nobody" not in made.run("up", **told).stdout
    assert {tuple(command[:4]) for command in made.changes()} == {
        ("alpha", "monitoring", "policies", "update")
    }
    assert "tell nobody" not in made.run("up").stdout
    made.run("up", **told)
    assert made.changes() == []


def test_a_budget_is_made_once_and_only_where_the_account_that_pays_is_named(
    made: Project, first_up: tuple[Project, list[Command]]
) -> None:
    (budget,) = [flags(command) for command in first_up[1] if command[:3] == ["billing", "budgets", "create"]]
    assert budget["billing-account"] == ACCOUNT["REVEILLE_BILLING_ACCOUNT"]
    assert budget["filter-projects"] == "projects/my-project"
    made.run("up", **ACCOUNT)
    assert made.changes() == []
    made.run("up")
    assert not any("budgets" in command for command in made.commands())
    assert made.run("down", typed="my-project\n", **ACCOUNT).returncode == 0
    assert "budget 1" not in made.things()


def test_a_metric_that_is_another_now_is_changed_and_the_dashboard_made_anew(made: Project) -> None:
    for name, old in (("metrics.json", "jsonPayload.uncertain>0"), ("dashboard.json", "Ticks and passes")):
        file = made.deploy / name
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, old.replace("0", "1").replace("Ticks", "Tocks")))
    assert made.run("up").returncode == 0
    assert [command[:3] for command in made.changes()] == [
        ["logging", "metrics", "update"],
        ["monitoring", "dashboards", "delete"],
        ["monitoring", "dashboards", "create"],
    ]
