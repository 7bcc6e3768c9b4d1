"""The calls of a campaign as one file: for a spreadsheet, for another program, and to be imported again."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from service.domain.attempt import Conversation
from service.domain.call import Call
from service.domain.campaign import Campaign
from service.ports import Create, StoreUnavailable, Update
from service.usecases.export import EXPORT_PAGE_CALLS
from tests.support.api import Reply, Site, callee

COLUMNS = [
    *("call_id", "external_id", "phone", "name", "state", "outcome", "attempts", "last_attempt_at"),
    *("answered_at", "duration_seconds", "cost", "currency", "recording_url"),
]
MANY = 20_000  # with 100,000 it takes five times as long, and as little memory
PEAK_BYTES_MAX = 30 * 1024 * 1024
LIST = """phone,name,external_id,tz,Mobile,country code,country,note
+13125550100,Ada,=7,,312 555 0111,,US,"a ""b"", c"
+13125550101,-Bob,'8,America/New_York,,GB,US,=1+1
+13125550102,@Zoë,,,+1,,US,'quoted'
"""


def exported(site: Site, campaign: str, query: str = "") -> Reply:
    reply = site.get(f"/api/campaigns/{campaign}/export{query}")
    assert reply.status == 200, reply.body
    return reply


def rows(reply: Reply) -> list[dict[str, str]]:
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(reply.body.decode(), newline="")))


def lines(reply: Reply) -> list[Any]:
    assert reply.headers["content-type"] == "application/x-ndjson"
    assert reply.body == b"" or reply.body.endswith(b"\n")
    return [json.loads(line) for line in reply.body.splitlines()]


def contacts(site: Site, campaign: str) -> list[tuple[Any, ...]]:
    shown = ("to", "name", "external_id", "variables")
    return [tuple(call[field] for field in shown) for call in site.calls_of(campaign)]


def filled(site: Site, file: str | bytes) -> str:
    campaign = site.campaign()
    add(site, campaign, file if isinstance(file, bytes) else file.encode())
    return campaign


def add(site: Site, campaign: str, file: bytes) -> None:
    site.world.clock.advance(seconds=1)
    assert site.post(f"/api/campaigns/{campaign}/contacts", file).ok(201)["errors"] == []


def test_each_call_is_a_row_in_the_order_of_the_list(site: Site) -> None:
    campaign = filled(site, "phone,name,day,external_id\n+13125550101,Bob,Friday,8\n+13125550100,Ada,,\n")
    bob, ada = rows(exported(site, campaign))
    assert list(bob) == [*COLUMNS, "var_day"]
    assert (bob["phone"], bob["name"], bob["external_id"]) == ("'+13125550101", "Bob", "8")
    assert (bob["state"], bob["outcome"], bob["attempts"], bob["cost"]) == ("queued", "", "0", "")
    assert (bob["var_day"], ada["var_day"], ada["name"]) == ("Friday", "", "Ada")
    assert [row["call_id"] for row in (bob, ada)] == [call["id"] for call in site.calls_of(campaign)]


def test_what_became_of_a_call_is_shown_as_the_api_shows_it(site: Site) -> None:
    campaign = site.campaign(callee(0), start=True)
    site.world.run_until(site.world.clock.now() + timedelta(hours=1))
    (call,) = site.calls_of(campaign)
    (row,) = rows(exported(site, campaign))
    (line,) = lines(exported(site, campaign, "?format=jsonl"))
    last = call["attempts"][-1]
    assert line == {
        "call_id": call["id"],
        "external_id": None,
        "phone": callee(0),
        "name": "Ada",
        "state": call["state"],
        "outcome": call["outcome"],
        "attempts": len(call["attempts"]),
        "last_attempt_at": last["dialed_at"],
        "answered_at": last["answered_at"],
        "duration_seconds": last["duration_seconds"],
        "cost": call["cost"]["amount"],
        "currency": call["cost"]["currency"],
        "recording_url": None,
    }
    as_text = {name: "" if value is None else str(value) for name, value in line.items()}
    assert row == as_text | {"phone": f"'{callee(0)}"}


def test_lines_of_json_have_the_attempts_when_they_are_asked_for(site: Site) -> None:
    campaign = site.campaign(callee(0), start=True)
    site.world.run_until(site.world.clock.now() + timedelta(hours=1))
    (line,) = lines(exported(site, campaign, "?format=jsonl&attempts=true"))
    assert line["attempt_list"] == site.calls_of(campaign)[0]["attempts"]
    assert line["attempts"] == len(line["attempt_list"]) > 0
    assert "owner" not in line["attempt_list"][0]


def test_lines_of_json_have_the_variables_that_a_call_has(site: Site) -> None:
    campaign = filled(site, 'phone,day\n+13125550100,"=1, ""2"""\n')
    add(site, campaign, b"phone,city\n+13125550101,Paris\n")
    first, second = lines(exported(site, campaign, "?format=jsonl"))
    assert {name: value for name, value in first.items() if name not in COLUMNS} == {"var_day": '=1, "2"'}
    assert {name: value for name, value in second.items() if name not in COLUMNS} == {"var_city": "Paris"}
    assert list(rows(exported(site, campaign))[0]) == [*COLUMNS, "var_day", "var_city"]


def test_no_cell_is_a_formula(site: Site) -> None:
    cells = rows(exported(site, filled(site, LIST)))
    assert all(value[:1] not in {"=", "+", "-", "@", "\t", "\r"} for row in cells for value in row.values())
    assert cells[1]["name"] == "'-Bob"


def test_an_exported_file_can_be_imported_and_is_the_same_list(site: Site) -> None:
    campaign = filled(site, LIST)
    again = filled(site, exported(site, campaign).body)
    assert contacts(site, again) == contacts(site, campaign)
    assert contacts(site, again)[1][3]["timezone"] == "America/New_York"
    third = filled(site, exported(site, again).body)
    assert contacts(site, third) == contacts(site, campaign)


def test_results_are_no_variables_of_the_next_campaign(site: Site) -> None:
    campaign = site.campaign(callee(0), callee(1), start=True)
    site.world.run_until(site.world.clock.now() + timedelta(hours=1))
    again = filled(site, exported(site, campaign).body)
    assert [call["variables"] for call in site.calls_of(again)] == [{}, {}]


def test_lists_whose_columns_differ_by_case_alone_can_be_imported_from_one_export(site: Site) -> None:
    campaign = filled(site, "phone,City\n+13125550100,Paris\n")
    add(site, campaign, b"phone,city\n+13125550101,Rome\n")
    again = filled(site, exported(site, campaign).body)
    cities = [call["variables"] for call in site.calls_of(again)]
    assert cities == [{"City": "Paris", "city": ""}, {"City": "", "city": "Rome"}]


def test_a_campaign_has_no_more_variables_than_a_file_may_have(site: Site) -> None:
    names = ",".join(f"v{number}" for number in range(100))
    campaign = filled(site, f"phone,tz,{names}\n+13125550100,America/Chicago\n")
    more = site.post(f"/api/campaigns/{campaign}/contacts", b"phone,another\n+13125550101,1\n")
    assert "100 variables" in more.error(409, "wrong_state")["message"]
    assert contacts(site, filled(site, exported(site, campaign).body)) == contacts(site, campaign)


def test_a_campaign_without_calls_is_a_header_and_nothing(site: Site) -> None:
    campaign = site.campaign()
    assert exported(site, campaign).body.decode() == ",".join(COLUMNS) + "\r\n"
    assert exported(site, campaign, "?format=jsonl").body == b""


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Spring reminders", "Spring-reminders"),
        ('../../etc/"x"; filename=y', "etc-x-filename-y"),
        ("Zoë\r\nSet-Cookie: a", "Zo-Set-Cookie-a"),
        ("名前", "campaign"),
        ("x" * 200, "x" * 60),
    ],
)
def test_the_file_has_a_name_that_is_safe(site: Site, name: str, file: str) -> None:
    campaign = site.campaign(name=name)
    headers = exported(site, campaign).headers
    assert headers["content-disposition"] == f'attachment; filename="{file}-{campaign}.csv"'
    headers = exported(site, campaign, "?format=jsonl").headers
    assert headers["content-disposition"] == f'attachment; filename="{file}-{campaign}.jsonl"'


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("format=xlsx", "format"),
        ("format=", "format"),
        ("format=csv&format=jsonl", "format"),
        ("format=jsonl&attempts=yes", "attempts"),
        ("attempts=true", "attempts"),
        ("limit=5", "limit"),
        ("state=busy", "state"),
    ],
)
def test_a_wrong_parameter_is_refused_by_its_name(site: Site, query: str, field: str) -> None:
    error = site.get(f"/api/campaigns/{site.campaign()}/export?{query}").error(422, "invalid")
    assert error["details"][0]["field"] == field


class Failing:
    """A store that answers so many queries, and then no more."""

    def __init__(self, store: Any, answers: int) -> None:
        self._store = store
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def find(self, query: Any) -> Any:
        self._answers -= 1
        if self._answers < 0:
            raise StoreUnavailable("gone")
        return self._store.find(query)


def answering(site: Site, monkeypatch: pytest.MonkeyPatch, answers: int) -> None:
    at = site.world.service.app.extensions["reveille"]
    store = Failing(at.outside.store, answers)
    failing = replace(at, outside=replace(at.outside, store=store))
    monkeypatch.setitem(site.world.service.app.extensions, "reveille", failing)


def many_contacts(count: int) -> bytes:
    return "\n".join(["phone", *(f"+1312{2000000 + number}" for number in range(count))]).encode()


@pytest.mark.parametrize("query", ["", "?format=jsonl"])
def test_what_breaks_off_never_looks_complete(
    site: Site, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    campaign = filled(site, many_contacts(EXPORT_PAGE_CALLS + 1))
    assert exported(site, campaign, query).body.count(b"\n") == EXPORT_PAGE_CALLS + (2 if not query else 1)
    assert site.receipts[-1]["result"] == "complete"
    answering(site, monkeypatch, answers=1)
    received = []
    with pytest.raises(StoreUnavailable):
        received += list(streamed(site, f"/api/campaigns/{campaign}/export{query}"))
    assert site.receipts[-1]["result"] == "broken_off"


def test_a_store_that_does_not_answer_at_all_is_told_as_always(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = site.campaign(callee(0))
    answering(site, monkeypatch, answers=0)
    site.get(f"/api/campaigns/{campaign}/export").error(503, "busy")


def test_a_variable_that_comes_after_the_header_breaks_the_file_off(site: Site) -> None:
    campaign = filled(site, many_contacts(EXPORT_PAGE_CALLS))
    chunks = streamed(site, f"/api/campaigns/{campaign}/export")
    next(chunks)
    add(site, campaign, b"phone,day\n+13125550100,Monday\n")
    with pytest.raises(Exception, match="came after the header"):
        list(chunks)


def streamed(site: Site, path: str) -> Iterator[bytes]:
    """The body as it comes, piece by piece."""
    headers = {"Authorization": f"Bearer {site.key}"}
    environ = EnvironBuilder(path, headers=headers).get_environ()
    body, status, _ = run_wsgi_app(site.world.service.app.wsgi_app, environ)
    assert status.startswith("200"), status
    yield from body


def store_calls(site: Site, campaign_id: str, count: int) -> None:
    """Beside the importer, which would take its time."""
    store = site.world.service.outside.store
    stored = store.get(Campaign, campaign_id)
    assert stored is not None
    campaign = replace(stored.record, variables=("day",))
    store.commit([Update(campaign, stored.version)])
    now = campaign.created_at
    made = (
        Call(
            f"call_{number:024}",
            campaign.account_id,
            campaign_id,
            campaign.lane,
            f"+1312{2000000 + number}",
            now + timedelta(microseconds=number // 3),
            now,
            name="Ada",
            variables={"day": "Monday"},
        )
        for number in range(count)
    )
    while batch := [Create(call) for call in islice(made, 10_000)]:
        store.commit(batch)


def test_a_long_list_is_exported_in_little_memory(site: Site) -> None:
    campaign = site.campaign()
    store_calls(site, campaign, MANY)
    tracemalloc.start()
    try:
        found = sum(chunk.count(b"\n") for chunk in streamed(site, f"/api/campaigns/{campaign}/export"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == MANY + 1
    assert peak < PEAK_BYTES_MAX, peak
    request, stream = site.receipts[-2:]
    # One read for each call; beside them the key, the account, the campaign, and a last page that is empty.
    assert MANY <= request["reads"] + stream["reads"] <= MANY + 4
    assert stream["writes"] == 0


def test_a_recording_that_the_provider_keeps_is_in_its_row(site: Site) -> None:
    call = site.call()
    store = site.world.service.outside.store
    stored = store.get(Call, call["id"])
    assert stored is not None
    kept = Conversation(recording_url="https://media.example.com/1.mp3")
    attempts = (*stored.record.attempts[:-1], replace(stored.record.attempts[-1], conversation=kept))
    campaign = filled(site, f"phone\n{callee(7)}\n")
    recorded = replace(stored.record, attempts=attempts, campaign_id=campaign)
    store.commit([Update(recorded, stored.version)])
    urls = {row["call_id"]: row["recording_url"] for row in rows(exported(site, campaign))}
    assert sorted(urls.values()) == ["", kept.recording_url]
    assert urls[call["id"]] == kept.recording_url
