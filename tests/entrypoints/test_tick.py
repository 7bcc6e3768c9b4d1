from datetime import datetime, timedelta

import pytest

from service.usecases.run_pass import run_pass
from tests.support.api import NINE_TO_FIVE, NOON, Site, callee

PATHS = ("/queue/process", "/api/queue/process")  # the second is the first design's
IN_AN_ORDER = ["success", "processed", "reason", "nextWake", "awake", "executionTime", "dbQueried"]
OF_A_PASS = ["claimed", "redispatched", "reconciled", "inFlight"]


def asleep_until_tomorrow(site: Site) -> None:
    """A campaign of one call, with a window that opens on Tuesday at 9."""
    site.campaign(callee(0), start=True, hours={"tue": NINE_TO_FIVE})
    site.as_invoker("/queue/process").ok()


@pytest.mark.parametrize("path", PATHS)
def test_an_idle_tick_says_when_it_will_be_time(site: Site, path: str) -> None:
    asleep_until_tomorrow(site)
    answer = site.as_invoker(path).ok()
    assert list(answer) == IN_AN_ORDER
    assert isinstance(answer.pop("executionTime"), int)
    assert answer == {
        "success": True,
        "processed": False,
        "reason": "Not time to process",
        "nextWake": "2026-03-03T15:00:00.000Z",
        "awake": False,
        "dbQueried": False,
    }


def test_an_idle_tick_reads_one_document_and_nothing_else(site: Site) -> None:
    asleep_until_tomorrow(site)
    site.as_invoker("/queue/process").ok()
    tick = site.receipts[-1]
    assert tick["kind"] == "tick"
    assert (tick["reads"], tick["writes"], tick["aggregations"], tick["tasks"]) == (1, 0, 0, 0)


@pytest.mark.parametrize("path", PATHS)
def test_a_tick_that_runs_a_pass_says_what_it_did(site: Site, path: str) -> None:
    site.campaign(callee(0), callee(1), callee(2), start=True)
    answer = site.as_invoker(path).ok()
    assert list(answer) == [*IN_AN_ORDER, *OF_A_PASS]
    assert (answer["processed"], answer["dbQueried"], answer["awake"]) == (True, True, True)
    assert answer["nextWake"] is None
    assert (answer["claimed"], answer["inFlight"]) == (0, 2)  # the start itself has claimed both


def test_a_lane_without_work_sleeps_without_an_end(site: Site) -> None:
    site.as_invoker("/queue/process").ok()
    answer = site.as_invoker("/queue/process").ok()
    assert (answer["processed"], answer["nextWake"], answer["awake"]) == (False, None, False)


def test_the_times_in_the_answer_are_those_of_the_lane(site: Site) -> None:
    asleep_until_tomorrow(site)
    wake = run_pass(site.world.service.outside, "main", "tick").next_wake
    shown = site.as_invoker("/queue/process").ok()["nextWake"]
    assert datetime.fromisoformat(shown) == wake == NOON + timedelta(hours=21)


def test_a_body_may_name_lane_and_reason(site: Site) -> None:
    site.as_invoker("/queue/process", b'{"lane": "other", "reason": "refill", "new": 1}').ok()
    assert site.receipts[-1]["lane"] == "other"
    assert site.receipts[-1]["reason"] == "refill"


@pytest.mark.parametrize("path", [*PATHS, "/tasks/call"])
@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer a.b.c", "Basic eDp5"])
def test_who_shows_no_token_is_refused(site: Site, path: str, token: str) -> None:
    before = site.commits()
    site.send("POST", path, headers={"Authorization": token}).error(401, "unauthenticated")
    assert site.commits() == before


@pytest.mark.parametrize("path", [*PATHS, "/tasks/call"])
def test_an_api_key_is_no_invokers_token(site: Site, path: str) -> None:
    site.send("POST", path).error(401, "unauthenticated")


@pytest.mark.parametrize("path", [*PATHS, "/tasks/call"])
def test_a_token_for_another_audience_is_refused(site: Site, path: str) -> None:
    site.as_invoker(path, audience="https://elsewhere.example").error(401, "unauthenticated")


@pytest.mark.parametrize("body", [b"{", b"now", b"\xff", b"[" * 100_000])
def test_a_body_that_is_not_json_is_refused(site: Site, body: bytes) -> None:
    site.as_invoker("/queue/process", body).error(400, "malformed_json")


@pytest.mark.parametrize("body", [b"[]", b"null", b'{"lane": 5}', b'{"lane": ""}', b'{"lane": "a/b"}'])
def test_a_body_that_says_something_else_is_refused(site: Site, body: bytes) -> None:
    before = site.commits()
    site.as_invoker("/queue/process", body).error(422, "invalid")
    assert site.commits() == before
