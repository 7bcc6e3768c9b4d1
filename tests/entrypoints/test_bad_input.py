"""What cannot be used is refused with a 4xx in the shape of all errors, names its field, stores nothing."""

import json
from typing import Any

import pytest

from service.domain.campaign import RETRY_STEPS_MAX
from tests.support.api import CALLEE, CAMPAIGN, SCRIPT, Site

CALL = {"to": CALLEE, "script": SCRIPT}


@pytest.fixture
def site(module_site: Site) -> Site:
    return module_site


def refused(site: Site, path: str, body: Any, field: str) -> None:
    before = site.commits(), site.rung()
    error = site.post(path, body).error(422, "invalid")
    assert [detail["field"] for detail in error["details"]] == [field]
    assert error["message"].startswith(f"{field}: ")
    assert (site.commits(), site.rung()) == before


def window(start: str, end: str, **more: Any) -> dict[str, Any]:
    return {"start": start, "end": end, **more}


TWO_DAYS_ROUND = {"sat": [window("20:00", "04:00", overnight=True)], "sun": [window("03:00", "05:00")]}
ELEVEN = [window(f"{hour:02}:00", f"{hour:02}:30") for hour in range(11)]
ROUND_THE_WEEK = {"sun": [window("22:00", "02:00", overnight=True)], "mon": [window("01:59", "05:00")]}

BAD_CAMPAIGNS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown zone": ({"timezone": "Mars/Olympus"}, "timezone"),
    "an offset for a zone": ({"timezone": "+02:00"}, "timezone"),
    "a path for a zone": ({"timezone": "../../etc/passwd"}, "timezone"),
    "this machine's zone": ({"timezone": "localtime"}, "timezone"),
    "empty zone": ({"timezone": ""}, "timezone"),
    "end before start": ({"hours": {"mon": [window("17:00", "09:00")]}}, "hours.mon.0"),
    "overnight that is not": ({"hours": {"mon": [window("09:00", "17:00", overnight=True)]}}, "hours.mon.0"),
    "nothing between": ({"hours": {"mon": [window("09:00", "09:00")]}}, "hours.mon.0"),
    "one window in another": (
        {"hours": {"mon": [window("09:00", "17:00"), window("10:00", "11:00")]}},
        "hours",
    ),
    "windows that overlap": (
        {"hours": {"mon": [window("09:00", "12:00"), window("11:59", "17:00")]}},
        "hours",
    ),
    "the same window twice": ({"hours": {"mon": [window("09:00", "12:00")] * 2}}, "hours"),
    "overlap with the day before": ({"hours": TWO_DAYS_ROUND}, "hours"),
    "overlap round the week": ({"hours": ROUND_THE_WEEK}, "hours"),
    "no window at all": ({"hours": {"mon": []}}, "hours"),
    "no weekday at all": ({"hours": {}}, "hours"),
    "25 o'clock": ({"hours": {"mon": [window("09:00", "25:00")]}}, "hours.mon.0.end"),
    "a minute too many": ({"hours": {"mon": [window("09:00", "24:01")]}}, "hours.mon.0.end"),
    "another way to write times": ({"hours": {"mon": [window("9:00", "17:00")]}}, "hours.mon.0.start"),
    "other digits": ({"hours": {"mon": [window("0٣:00", "17:00")]}}, "hours.mon.0.start"),
    "minutes for a time": ({"hours": {"mon": [window(540, "17:00")]}}, "hours.mon.0.start"),  # type: ignore[arg-type]
    "unknown weekday": ({"hours": {"monday": [window("09:00", "17:00")]}}, "hours.monday.[key]"),
    "too many windows": ({"hours": {"mon": ELEVEN}}, "hours.mon"),
    "negative limit": ({"limits": {"calls_in_flight": -1}}, "limits.calls_in_flight"),
    "limit of nothing": ({"limits": {"calls_in_flight": 0}}, "limits.calls_in_flight"),
    "half a limit": ({"limits": {"calls_in_flight": 1.5}}, "limits.calls_in_flight"),
    "whole float": ({"limits": {"calls_in_flight": 2.0}}, "limits.calls_in_flight"),
    "limit in quotes": ({"limits": {"calls_in_flight": "2"}}, "limits.calls_in_flight"),
    "limit that is true": ({"limits": {"calls_in_flight": True}}, "limits.calls_in_flight"),
    "limit beyond all": ({"limits": {"calls_in_flight": 10**30}}, "limits.calls_in_flight"),
    "retry at once": ({"retry": {"busy": [{"after_minutes": 0}]}}, "retry.busy.0.after_minutes"),
    "retry in a year": ({"retry": {"busy": [{"after_minutes": 525_600}]}}, "retry.busy.0.after_minutes"),
    "endless retries": ({"retry": {"busy": [{"after_minutes": 1}] * (RETRY_STEPS_MAX + 1)}}, "retry.busy"),
    "retry of a success": ({"retry": {"completed": []}}, "retry.completed"),
    "no name": ({"name": ""}, "name"),
    "a name of spaces": ({"name": "   "}, "name"),
    "a long name": ({"name": "n" * 201}, "name"),
    "a number for a name": ({"name": 5}, "name"),
    "nothing for a name": ({"name": None}, "name"),
    "a list for a name": ({"name": ["n"]}, "name"),
    "a national number": ({"from": "3125550100"}, "from"),
    "a number with letters": ({"from": "+1312555CALL"}, "from"),
    "a number in other digits": ({"from": "+1٣١٢٥٥٥٠١٠٠"}, "from"),
    "a number and a line end": ({"from": "+13125550100\n"}, "from"),
    "no script": ({"script": None}, "script"),
    "an empty script": ({"script": {}}, "script"),
    "two scripts": ({"script": {"twiml": "<Response/>", "url": "https://example.com"}}, "script"),
    "a script without TLS": ({"script": {"url": "http://example.com"}}, "script.url"),
    "a script too long for Twilio": ({"script": {"twiml": "x" * 4001}}, "script.twiml"),
    "unknown policy": ({"on_unknown": "hope"}, "on_unknown"),
    "unknown field": ({"colour": "red"}, "colour"),
    "unknown field inside": ({"limits": {"calls_per_fortnight": 1}}, "limits.calls_per_fortnight"),
    "our own name of a field": ({"caller": "+13125550100"}, "caller"),
}

BAD_CALLS: dict[str, tuple[dict[str, Any], str]] = {
    "letters in the number": ({"to": "1-800-FLOWERS"}, "to"),
    "no number": ({"to": ""}, "to"),
    "a short number": ({"to": "+1312"}, "to"),
    "a number beyond all": ({"to": "9" * 100}, "to"),
    "a premium number": ({"to": "+19005550100"}, "to"),
    "a satellite number": ({"to": "+870773111632"}, "to"),
    "two numbers": ({"to": "+13125550100, +13125550101"}, "to"),
    "a number without quotes": ({"to": 13125550100}, "to"),
    "no script": ({"script": None}, "script"),
    "a time without a zone": ({"not_before": "2026-03-02T19:00:00"}, "not_before"),
    "a day": ({"not_before": "2026-03-02"}, "not_before"),
    "seconds for a time": ({"not_before": 1_800_000_000}, "not_before"),
    "no time": ({"not_before": "soon"}, "not_before"),
    "a time before all times": ({"not_before": "0001-01-01T00:00:00+14:00"}, "not_before"),
    "a time after all times": ({"not_before": "9999-12-31T23:59:59-12:00"}, "not_before"),
    "a time that nobody waits for": ({"not_before": "9999-12-31T00:00:00Z"}, "not_before"),
    "a list of variables": ({"variables": ["a"]}, "variables"),
    "a number as a variable": ({"variables": {"a": 1}}, "variables.a"),
    "a long variable": ({"variables": {"a": "x" * 1001}}, "variables.a"),
    "too many variables": ({"variables": {f"v{n}": "x" for n in range(51)}}, "variables"),
    "a variable without a name": ({"variables": {"": "x"}}, "variables..[key]"),
    "a reserved name": ({"variables": {"__name__": "x"}}, "variables.__name__.[key]"),
    "a long name": ({"variables": {"n" * 101: "x"}}, f"variables.{'n' * 101}.[key]"),
    "an unknown zone": ({"timezone": "Mars/Olympus"}, "timezone"),
    "unknown field": ({"priority": "high"}, "priority"),
}


@pytest.mark.parametrize(("changes", "field"), BAD_CAMPAIGNS.values(), ids=BAD_CAMPAIGNS)
def test_a_campaign_that_cannot_be_carried_out_is_refused(
    site: Site, changes: dict[str, Any], field: str
) -> None:
    refused(site, "/api/campaigns", CAMPAIGN | changes, field)


@pytest.mark.parametrize("missing", CAMPAIGN)
def test_a_campaign_that_lacks_something_is_refused(site: Site, missing: str) -> None:
    body = {name: value for name, value in CAMPAIGN.items() if name != missing}
    refused(site, "/api/campaigns", body, missing)


@pytest.mark.parametrize(("changes", "field"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_a_call_that_cannot_be_made_is_refused(site: Site, changes: dict[str, Any], field: str) -> None:
    refused(site, "/api/calls", CALL | changes, field)


@pytest.mark.parametrize("missing", CALL)
def test_a_call_that_lacks_something_is_refused(site: Site, missing: str) -> None:
    body = {name: value for name, value in CALL.items() if name != missing}
    refused(site, "/api/calls", body, missing)


NOT_JSON = {
    "nothing": b"",
    "text": b"hello",
    "half of it": b'{"name": ',
    "more than one": b"{} {}",
    "no text": b"\xff\xfe\x00",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"script":' * 20_000,
    "half a character": b'{"name": "\\ud800"}',
    "half a character in a name": b'{"\\udc00": 1}',
    "a number of 5000 digits": b'{"limits": {"calls_in_flight": ' + b"9" * 5000 + b"}}",
    "single quotes": b"{'name': 'n'}",
    "a form": b"name=n&timezone=UTC",
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
@pytest.mark.parametrize("path", ["/api/campaigns", "/api/calls"])
def test_what_is_not_json_is_refused(site: Site, path: str, body: bytes) -> None:
    before = site.commits()
    headers = {"Content-Type": "application/json"}
    site.send("POST", path, body, headers).error(400, "malformed_json")
    assert site.commits() == before


@pytest.mark.parametrize("body", [b"[]", b"null", b"5", b'"text"', b"true", b"[[]]"])
@pytest.mark.parametrize("path", ["/api/campaigns", "/api/calls"])
def test_json_that_is_no_object_is_refused(site: Site, path: str, body: bytes) -> None:
    before = site.commits()
    site.send("POST", path, body, {"Content-Type": "application/json"}).error(422, "invalid")
    assert site.commits() == before


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e309", "-1e309", "1e2", "-0"])
def test_numbers_that_are_none_are_refused(site: Site, number: str) -> None:
    body = json.dumps(CAMPAIGN | {"limits": {"calls_in_flight": "HERE"}}).replace('"HERE"', number)
    before = site.commits()
    error = site.send("POST", "/api/campaigns", body.encode(), {"Content-Type": "application/json"})
    assert error.error(422, "invalid")["details"][0]["field"] == "limits.calls_in_flight"
    assert site.commits() == before


def test_everything_that_is_wrong_is_named_at_once(site: Site) -> None:
    body = CAMPAIGN | {"timezone": "Mars", "name": "", "limits": {"calls_in_flight": -1}}
    error = site.post("/api/campaigns", body).error(422, "invalid")
    fields = [detail["field"] for detail in error["details"]]
    assert fields == ["name", "timezone", "limits.calls_in_flight"]
    assert error["message"].startswith("name: ")


def test_an_answer_does_not_grow_with_what_is_wrong(site: Site) -> None:
    many = {f"field{number}": 1 for number in range(10_000)}
    assert len(site.post("/api/campaigns", many).body) < 20_000
    long = {"f" * 1_000_000: 1}
    assert len(site.post("/api/campaigns", CAMPAIGN | long).body) < 2_000


def test_what_was_sent_wrongly_is_not_sent_back(site: Site) -> None:
    """A secret that was put into the wrong field must not end in somebody's log."""
    reply = site.post("/api/campaigns", CAMPAIGN | {"from": "rv_secret", "timezone": "rv_secret"})
    assert reply.status == 422
    assert b"rv_secret" not in reply.body


@pytest.mark.parametrize(
    "hours",
    [
        {"mon": [window("00:00", "24:00")]},
        {"mon": [window("22:00", "00:00", overnight=True)], "tue": [window("00:00", "06:00")]},
        {"mon": [window("09:00", "12:00"), window("12:00", "17:00")]},
        {"sun": [window("22:00", "02:00", overnight=True)], "mon": [window("02:00", "05:00")]},
        {day: [window("00:00", "24:00")] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
    ],
)
def test_hours_that_only_touch_each_other_are_taken(site: Site, hours: dict[str, Any]) -> None:
    assert site.post("/api/campaigns", CAMPAIGN | {"hours": hours}).ok(201)["hours"] == hours
