"""`python -m service` on this machine, with real processes, sockets and signals."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import END_SECONDS_MAX, LocalRun, in_folder, wait_for

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CAMPAIGN = {
    "name": "Reminders",
    "timezone": "America/Chicago",
    "hours": {day: [{"start": "00:00", "end": "24:00"}] for day in DAYS},
    "script": {"twiml": "<Response><Say>Hello {name}</Say></Response>"},
}
FINAL = {"completed", "voicemail", "busy", "no_answer", "failed", "canceled", "expired", "unconfirmed"}
TELEPHONES_SAY = {"completed": "completed", "busy": "busy", "no-answer": "no_answer", "failed": "failed"}

# Short calls, so that the tests are. A call that is asked about is so soon: its limits are short, too.
FAST = {
    "REVEILLE_TALK_SECONDS": "1-2",
    "REVEILLE_RING_SECONDS": 12,
    "REVEILLE_TIME_LIMIT_SECONDS": 10,
    "REVEILLE_CALLS_PER_SECOND": 2,  # so that claimed calls are met, too
    "REVEILLE_ACCOUNT_CALLS_IN_FLIGHT_MAX": 5,
}
STATE_SECONDS_MAX = 60.0
CAMPAIGN_SECONDS_MAX = 300.0  # a claim whose task is lost is rescued after two minutes


@pytest.fixture
def run(tmp_path: Path) -> Iterator[LocalRun]:
    yield from in_folder(tmp_path, **FAST)


def callees(count: int) -> list[str]:
    return [f"+1312555{100 + number:04}" for number in range(count)]


def started_campaign(run: LocalRun, contacts: int) -> str:
    id: str = run.api("POST", "/api/campaigns", CAMPAIGN)["id"]
    rows = [f"{callee},Contact {number}" for number, callee in enumerate(callees(contacts))]
    report = run.api("POST", f"/api/campaigns/{id}/contacts", "\n".join(["phone,name", *rows]).encode())
    assert (report["created"], report["rejected"]) == (contacts, 0)
    run.api("POST", f"/api/campaigns/{id}/start")
    return id


def calls_of(run: LocalRun, campaign: str) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = run.api("GET", f"/api/campaigns/{campaign}/calls?limit=200")["data"]
    return calls


def wait_until_all_are_over(run: LocalRun, campaign: str) -> list[dict[str, Any]]:
    """Until each call is final, or its dial's fate is visibly unknown (that takes a quarter of an hour)."""

    def all_over() -> list[dict[str, Any]] | None:
        run.tick()  # the quarters come early here
        calls = calls_of(run, campaign)
        return calls if all(call["state"] in FINAL | {"uncertain"} for call in calls) else None

    return wait_for(all_over, CAMPAIGN_SECONDS_MAX, "all calls are over")


def wait_for_call(run: LocalRun, campaign: str, is_wanted: Callable[[dict[str, Any]], bool]) -> bool:
    """False: the campaign was over before there was one."""

    def found() -> str | None:
        calls = calls_of(run, campaign)
        if any(is_wanted(call) for call in calls):
            return "found"
        return "over" if all(call["state"] in FINAL for call in calls) else None

    return wait_for(found, STATE_SECONDS_MAX, "a call in the wanted state") == "found"


def assert_nobody_is_lost_or_rung_twice(run: LocalRun, calls: list[dict[str, Any]], contacts: int) -> None:
    assert [call["to"] for call in calls] == callees(contacts)
    assert run.rung_twice() == []
    in_the_book = {entry["sid"]: entry["status"] for entry in run.phone_calls()}
    assert len(in_the_book) <= contacts
    for call in calls:
        known = [attempt["provider_id"] for attempt in call["attempts"] if attempt["provider_id"]]
        if call["state"] == "uncertain":
            assert known == []  # the process was killed in the moment of the dial
        else:
            (sid,) = known
            assert call["state"] == TELEPHONES_SAY[in_the_book[sid]]


def test_a_campaign_from_the_first_start_over_ctrl_c_to_its_end(run: LocalRun) -> None:
    greeting = run.start()
    assert f"Reveille  {run.url}\n" in greeting
    assert f"API key   {run.key}  (shown this once)" in greeting
    assert "nobody is really called" in greeting
    campaign = started_campaign(run, contacts=8)
    assert wait_for_call(run, campaign, lambda call: bool(call["attempts"]))
    assert run.press_ctrl_c() < END_SECONDS_MAX

    first_key = run.key
    greeting = run.start()
    assert "rv_" not in greeting
    assert "API key   the one of the first run" in greeting
    made = run.run("admin", "new-key")
    assert (made.returncode, made.stderr) == (0, "")
    run.key = made.stdout.strip()
    assert run.key.startswith("rv_")
    assert run.key != first_key

    calls = wait_until_all_are_over(run, campaign)
    assert_nobody_is_lost_or_rung_twice(run, calls, contacts=8)
    wait_for(lambda: not run.api("GET", "/api/status")["awake"], STATE_SECONDS_MAX, "it is asleep")
    assert run.api("GET", f"/api/campaigns/{campaign}")["status"] == "finished"
    assert run.press_ctrl_c() < END_SECONDS_MAX
    assert run.left() == []


def is_claimed(call: dict[str, Any]) -> bool:
    return bool(call["state"] == "claimed")


def is_on_its_way(call: dict[str, Any]) -> bool:
    return bool(call["state"] == "dialing" and call["attempts"][-1]["provider_id"])


def is_in_progress(call: dict[str, Any]) -> bool:
    return bool(call["state"] == "in_progress")


def test_kill_9_at_any_moment_loses_no_call_and_rings_nobody_twice(run: LocalRun) -> None:
    run.start()
    campaign = started_campaign(run, contacts=14)
    kills = 0
    for is_wanted in (is_claimed, is_on_its_way, is_in_progress):
        if wait_for_call(run, campaign, is_wanted):
            run.kill()
            kills += 1
            run.start()
    assert kills >= 2
    calls = wait_until_all_are_over(run, campaign)
    assert_nobody_is_lost_or_rung_twice(run, calls, contacts=14)
    assert sum(call["state"] == "uncertain" for call in calls) <= kills * FAST["REVEILLE_CALLS_PER_SECOND"]  # type: ignore[operator]


def test_gunicorn_replaces_a_worker_that_was_killed_and_all_goes_on(run: LocalRun) -> None:
    run.start()
    campaign = started_campaign(run, contacts=6)
    assert wait_for_call(run, campaign, is_on_its_way)
    run.kill_worker()
    calls = wait_until_all_are_over(run, campaign)
    assert_nobody_is_lost_or_rung_twice(run, calls, contacts=6)


def test_a_port_in_use_is_named_and_nothing_is_made(run: LocalRun) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", run.port))
        other.listen()
        refused = run.run()
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"Bad setting: PORT: {run.port} cannot be used")
    assert refused.stdout == ""
    assert not (run.folder / ".reveille").exists()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "http"),
        ("REVEILLE_STORE", "sqlite:/dev/null/no/reveille.db"),
        ("REVEILLE_TALK_SECONDS", "long"),
        ("TWILIO_ACCOUNT_SID", "AC1"),  # without its token
    ],
)
def test_a_bad_setting_is_named_in_one_line(tmp_path: Path, variable: str, value: str) -> None:
    refused = LocalRun(tmp_path, **{variable: value}).run()
    assert refused.returncode == 2
    assert refused.stderr.startswith("Bad setting: ")
    assert variable in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_without_an_account_there_is_no_new_key(run: LocalRun) -> None:
    refused = run.run("admin", "new-key")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "There is no account yet" in refused.stderr
