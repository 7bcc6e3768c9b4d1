"""`POST /api/calls/{id}/callback`."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.api import CALLEE, SCRIPT, Site, callee

AT = "2026-03-02T14:00:00-06:00"
IN_UTC = "2026-03-02T20:00:00.000Z"


def path(call: dict[str, Any]) -> str:
    return f"/api/calls/{call['id']}/callback"


def waiting(site: Site) -> Any:
    return site.post("/api/calls", {"to": CALLEE, "script": SCRIPT, "not_before": "2026-03-03T18:00:00Z"}).ok(
        202
    )


def test_a_call_that_waits_rings_when_the_contact_wants_it(site: Site) -> None:
    call = waiting(site)
    asked = site.post(path(call), {"at": AT}).ok(200)
    assert (asked["id"], asked["state"]) == (call["id"], "queued")
    assert (asked["due_at"], asked["callback_at"]) == (IN_UTC, IN_UTC)
    site.world.run_until(datetime(2026, 3, 2, 19, 59, tzinfo=UTC))
    assert site.rung() == []
    site.world.run_until(datetime(2026, 3, 2, 20, 0, 1, tzinfo=UTC))
    (ring,) = site.world.network.rings()
    assert ring.created_at.isoformat() == "2026-03-02T20:00:00+00:00"


def test_asking_again_for_the_same_moment_is_harmless(site: Site) -> None:
    call = waiting(site)
    first = site.post(path(call), {"at": AT}).ok(200)
    assert site.post(path(call), {"at": AT}).ok(200) == first


def test_a_call_of_a_campaign_is_asked_for_in_the_same_way(site: Site) -> None:
    (call,) = site.calls_of(site.campaign(callee(0)))
    assert site.post(path(call), {"at": AT}).ok(200)["callback_at"] == IN_UTC


def test_a_call_on_the_line_says_when_it_is_tried_again(site: Site) -> None:
    call = site.call()
    asked = site.post(path(call), {"at": AT}).ok(200)
    assert (asked["state"], asked["callback_at"]) == ("dialing", IN_UTC)
    site.as_twilio(call, CallStatus="completed", CallDuration="30")
    again = site.get(f"/api/calls/{call['id']}").ok()
    assert (again["state"], again["attempt"], again["due_at"]) == ("queued", 2, IN_UTC)


def test_a_call_that_has_ended_gets_a_new_one(site: Site) -> None:
    call = site.call(name="Ada", variables={"day": "Monday"})
    site.as_twilio(call, CallStatus="completed")
    again = site.post(path(call), {"at": AT}).ok(201)
    assert again["id"] != call["id"]
    assert (again["state"], again["due_at"], again["campaign_id"]) == ("queued", IN_UTC, None)
    for field in ("to", "from", "name", "variables"):
        assert again[field] == call[field]
    assert site.get(f"/api/calls/{again['id']}").ok() == again


@pytest.mark.parametrize(
    "at",
    [
        "2026-03-02T18:00:00Z",
        "2026-02-28T00:00:00Z",
        "2026-06-01T18:00:00Z",
        "2026-03-02T20:00:00",
        "2026-03-02",
        "9999-12-31T23:59:59Z",
        "soon",
        1_772_481_600,
        None,
    ],
)
def test_a_moment_that_cannot_be_is_refused(module_site: Site, at: Any) -> None:
    call = waiting(module_site)
    before = module_site.commits()
    error = module_site.post(path(call), {"at": at}).error(422, "invalid")
    assert [detail["field"] for detail in error["details"]] == ["at"]
    assert module_site.commits() == before


def test_a_callback_without_a_moment_is_refused(module_site: Site) -> None:
    error = module_site.post(path(waiting(module_site)), {}).error(422, "invalid")
    assert error["message"] == "at: is missing"


def test_a_field_that_it_does_not_have_is_refused(module_site: Site) -> None:
    error = module_site.post(path(waiting(module_site)), {"at": AT, "when": AT}).error(422, "invalid")
    assert error["message"] == "when: is not a field of a callback"


def test_a_call_that_is_being_hung_up_is_in_the_wrong_state(site: Site) -> None:
    call = site.call()
    site.post(f"/api/calls/{call['id']}/cancel").ok()
    site.post(path(call), {"at": AT}).error(409, "wrong_state")


def test_anothers_call_is_not_found(site: Site) -> None:
    call = waiting(site)
    site.beside().post(path(call), {"at": AT}).error(404, "not_found")
    site.post("/api/calls/call_nobody/callback", {"at": AT}).error(404, "not_found")
    assert site.get(f"/api/calls/{call['id']}").ok()["callback_at"] is None
