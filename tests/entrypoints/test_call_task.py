import json
from typing import Any

import pytest

from service.domain.call import Call
from service.usecases.prompts import call_task_body
from tests.support.api import SCRIPT, Site, callee


def claimed(site: Site) -> Any:
    """A call whose task was not carried yet."""
    return site.post("/api/calls", {"to": callee(0), "script": SCRIPT}).ok(201)


def task_of(site: Site, placed: Any, **changes: Any) -> bytes:
    stored = site.world.service.outside.store.get(Call, placed["id"])
    assert stored is not None
    return json.dumps({**call_task_body(stored.record), **changes}).encode()


def test_a_task_places_its_call(site: Site) -> None:
    call = claimed(site)
    answer = site.as_invoker("/tasks/call", task_of(site, call)).ok()
    assert answer == {"success": True, "result": "placed"}
    assert site.rung() == [callee(0)]


def test_a_task_that_comes_twice_rings_once(site: Site) -> None:
    call = claimed(site)
    task = task_of(site, call)
    results = [site.as_invoker("/tasks/call", task).ok()["result"] for _ in range(3)]
    assert results == ["placed", "stale", "stale"]
    assert site.rung() == [callee(0)]


@pytest.mark.parametrize("attempt", [0, 2, -1, 10**30])
def test_a_task_of_another_attempt_changes_nothing(site: Site, attempt: int) -> None:
    call = claimed(site)
    task = task_of(site, call, attempt=attempt)
    before = site.commits()
    assert site.as_invoker("/tasks/call", task).ok()["result"] == "stale"
    assert (site.commits(), site.rung()) == (before, [])


def test_a_task_of_an_unknown_call_is_done(site: Site) -> None:
    call = claimed(site)
    task = task_of(site, call, call="call_nobody")
    assert site.as_invoker("/tasks/call", task).ok()["result"] == "stale"


def test_a_task_of_a_newer_revision_may_say_more(site: Site) -> None:
    call = claimed(site)
    task = task_of(site, call, tomorrow="unknown")
    assert site.as_invoker("/tasks/call", task).ok()["result"] == "placed"


def test_a_call_that_was_canceled_is_not_placed(site: Site) -> None:
    call = claimed(site)
    task = task_of(site, call)
    site.post(f"/api/calls/{call['id']}/cancel").ok()
    assert site.as_invoker("/tasks/call", task).ok()["result"] == "stale"
    assert site.rung() == []


def test_the_receipt_names_call_attempt_and_result(site: Site) -> None:
    call = claimed(site)
    site.as_invoker("/tasks/call", task_of(site, call)).ok()
    receipt = next(receipt for receipt in reversed(site.receipts) if receipt["kind"] == "call")
    assert (receipt["id"], receipt["attempt"], receipt["result"]) == (call["id"], 1, "placed")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe"])
def test_a_body_that_is_not_json_is_refused(site: Site, body: bytes) -> None:
    site.as_invoker("/tasks/call", body).error(400, "malformed_json")


def test_a_body_that_lacks_something_is_refused_and_says_what(site: Site) -> None:
    error = site.as_invoker("/tasks/call", b'{"call": "c", "attempt": "one"}').error(422, "invalid")
    assert [detail["field"] for detail in error["details"]] == ["campaign", "account", "callee", "attempt"]
