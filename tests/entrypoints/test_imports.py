"""Imports through the API: formats, columns, a look before, parts, progress and the report."""

import csv
import io
import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.contacts.workbooks import workbook
from tests.support.api import CALLEE, NINE_TO_FIVE, Reply, Site, callee
from tests.support.api import csv as contacts

PHONES = [[callee(number), "Ada"] for number in range(3)]
TABLE = [["phone", "name"], *PHONES]
BOUNDARY = "a-boundary"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def form(**parts: bytes | str) -> bytes:
    body = b""
    for name, value in parts.items():
        file = '; filename="list.csv"' if name == "file" else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        body += head.encode() + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


def add(site: Site, campaign: str, file: bytes, query: str = "") -> Reply:
    return site.post(f"/api/campaigns/{campaign}/contacts{query}", file)


def columns(**roles: str) -> str:
    return "?columns=" + quote(json.dumps(roles))


# --- formats --------------------------------------------------------------------------------------------


def test_a_workbook_is_read(site: Site) -> None:
    campaign = site.campaign()
    assert add(site, campaign, workbook(TABLE)).ok(201)["created"] == 3
    assert [call["to"] for call in site.calls_of(campaign)] == [row[0] for row in PHONES]


def test_json_is_read_and_one_contact_may_be_one_object(site: Site) -> None:
    campaign = site.campaign()
    many = [{"phone": callee(1), "name": "Ada"}, {"phone": callee(2), "variables": {"day": "Friday"}}]
    assert site.post(f"/api/campaigns/{campaign}/contacts", many).ok(201)["created"] == 2
    assert site.post(f"/api/campaigns/{campaign}/contacts", {"phone": callee(3)}).ok(201)["created"] == 1
    days = {call["to"]: call["variables"].get("day") for call in site.calls_of(campaign)}
    assert days == {callee(1): "", callee(2): "Friday", callee(3): None}


def test_a_form_is_read_with_what_its_columns_hold(site: Site) -> None:
    campaign = site.campaign()
    path = f"/api/campaigns/{campaign}/contacts"
    file = f"whom,called\n{CALLEE},Ada\n".encode()
    sent = form(file=file, columns='{"whom": "phone", "called": "name"}')
    assert site.send("POST", path, sent, FORM).ok(201)["created"] == 1
    assert site.calls_of(campaign)[0]["name"] == "Ada"


@pytest.mark.parametrize(
    ("parts", "field"), [({"list": b"phone\n"}, "list"), ({}, "file"), ({"columns": "{}"}, "file")]
)
def test_a_form_without_the_file_or_with_more_is_refused(site: Site, parts: Any, field: str) -> None:
    path = f"/api/campaigns/{site.campaign()}/contacts"
    error = site.send("POST", path, form(**parts), FORM).error(422, "invalid")
    assert error["details"][0]["field"] == field


@pytest.mark.parametrize("said", ["phone", "[]", '{"a": 1}', "[" * 10_000, "null"])
def test_what_columns_hold_is_said_by_an_object(site: Site, said: str) -> None:
    error = add(site, site.campaign(), b"phone\n", "?columns=" + quote(said)).error(422, "invalid")
    assert error["details"][0]["field"] == "columns"


def test_a_column_that_there_is_not_is_named(site: Site) -> None:
    error = add(site, site.campaign(), b"phone\n", columns(Mobile="phone")).error(422, "invalid")
    assert (error["details"][0]["field"], error["details"][0]["code"]) == ("columns.Mobile", "no_such_column")


# --- a look before --------------------------------------------------------------------------------------


def test_a_preview_says_what_an_import_would_do_and_stores_nothing(site: Site) -> None:
    campaign = site.campaign()
    file = f"Mobile,Who,Day\n{CALLEE},Ada,Monday\nnobody,Bob,Friday\n".encode()
    before = site.commits()
    shown = site.post(f"/api/campaigns/{campaign}/contacts/preview{columns(Who='name')}", file).ok()
    assert site.commits() == before
    assert shown["columns"] == [
        {"name": "Mobile", "role": "phone", "examples": [CALLEE, "nobody"]},
        {"name": "Who", "role": "name", "examples": ["Ada", "Bob"]},
        {"name": "Day", "role": "variable", "examples": ["Monday", "Friday"]},
    ]
    assert (shown["rows_total"], shown["accepted"], shown["rejected"]) == (2, 1, 1)
    assert [error["line"] for error in shown["errors"]] == [3]
    (contact,) = shown["contacts"]
    assert (contact["phone"], contact["name"], contact["variables"]) == (CALLEE, "Ada", {"Day": "Monday"})


NO_PHONE = b"Who,Reach,,Name\nAda,+13125550123,x,Ada L\nBob,+13125550124,,\n"


def test_a_preview_without_a_column_for_the_numbers_shows_the_columns_to_choose_from(site: Site) -> None:
    path = f"/api/campaigns/{site.campaign()}/contacts"
    shown = site.post(f"{path}/preview", NO_PHONE).ok()
    assert shown["columns"] == [
        {"name": "Who", "role": "variable", "examples": ["Ada", "Bob"]},
        {"name": "Reach", "role": "variable", "examples": ["+13125550123", "+13125550124"]},
        {"name": "", "role": "ignore", "examples": ["x"]},
        {"name": "Name", "role": "name", "examples": ["Ada L"]},
    ]
    assert (shown["rows_total"], shown["accepted"], shown["rejected"], shown["contacts"]) == (2, 0, 2, [])
    (error,) = shown["errors"]
    assert (error["line"], error["column"], error["code"]) == (1, None, "no_phone_column")
    assert "Found: Who, Reach, Name." in error["message"]
    site.post(path, NO_PHONE).error(422, "invalid")
    assert site.post(f"{path}/preview{columns(Reach='phone')}", NO_PHONE).ok()["accepted"] == 2


def test_such_a_preview_keeps_what_was_chosen(site: Site) -> None:
    path = f"/api/campaigns/{site.campaign()}/contacts/preview{columns(Who='name', Name='ignore')}"
    for sent, headers in ((NO_PHONE, {"Content-Type": "text/csv"}), (form(file=NO_PHONE), FORM)):
        shown = site.send("POST", path, sent, headers).ok()
        assert [column["role"] for column in shown["columns"]] == ["name", "variable", "ignore", "ignore"]


@pytest.mark.parametrize("sent", [b"[]", b'[{"reach": "+13125550142"}]'])
def test_a_preview_of_json_that_names_no_phone_is_refused(site: Site, sent: bytes) -> None:
    path = f"/api/campaigns/{site.campaign()}/contacts/preview"
    site.send("POST", path, sent, {"Content-Type": "application/json"}).error(422, "invalid")


def test_a_preview_of_many_rows_shows_the_first(site: Site) -> None:
    file = contacts(*(callee(number) for number in range(300)), *["nobody"] * 300)
    shown = site.post(f"/api/campaigns/{site.campaign()}/contacts/preview", file).ok()
    assert (shown["accepted"], len(shown["contacts"])) == (300, 20)
    assert (shown["rejected"], len(shown["errors"])) == (300, 100)


# --- parts ----------------------------------------------------------------------------------------------


def begin(site: Site, campaign: str) -> str:
    begun = site.post(f"/api/campaigns/{campaign}/imports").ok(201)
    assert (begun["status"], begun["rows_total"], begun["parts"]) == ("open", 0, [])
    id: str = begun["id"]
    return id


def put(site: Site, import_id: str, number: object, file: bytes) -> Reply:
    return site.send("PUT", f"/api/imports/{import_id}/parts/{number}", file, {"Content-Type": "text/csv"})


def test_a_list_may_come_in_parts(site: Site) -> None:
    campaign = site.campaign()
    id = begin(site, campaign)
    put(site, id, 1, contacts(callee(1), callee(2))).ok()
    done = put(site, id, 2, contacts(callee(3), callee(1), "nobody")).ok()
    assert (done["rows_total"], done["rows_done"], done["status"]) == (5, 5, "done")
    assert (done["created"], done["duplicates"], done["rejected"]) == (3, 1, 1)
    assert [(error["part"], error["line"]) for error in done["errors"]] == [(2, 4)]
    assert done["parts"] == [
        {"number": 1, "rows_total": 2, "rows_done": 2},
        {"number": 2, "rows_total": 3, "rows_done": 3},
    ]
    assert site.get(f"/api/imports/{id}").ok() == done


def test_a_part_that_is_sent_again_changes_nothing(site: Site) -> None:
    campaign = site.campaign()
    id = begin(site, campaign)
    file = contacts(callee(1), "nobody")
    first = put(site, id, 1, file).ok()
    before = site.commits()
    assert put(site, id, 1, file).ok() == first
    assert site.commits() == before


def test_another_file_under_a_known_number_is_refused(site: Site) -> None:
    id = begin(site, site.campaign())
    put(site, id, 1, contacts(callee(1))).ok()
    error = put(site, id, 1, contacts(callee(2))).error(422, "invalid")
    assert error["details"][0]["code"] == "part_mismatch"


@pytest.mark.parametrize("number", [0, -1, 1000, "x", "01", "1.0"])
def test_a_part_has_a_number_from_1_to_999(site: Site, number: object) -> None:
    error = put(site, begin(site, site.campaign()), number, contacts(callee(1))).error(422, "invalid")
    assert error["details"][0]["field"] == "number"


def test_a_part_that_cannot_be_read_is_no_part(site: Site) -> None:
    id = begin(site, site.campaign())
    put(site, id, 1, b"name\nAda\n").error(422, "invalid")
    assert site.get(f"/api/imports/{id}").ok()["parts"] == []


def test_an_import_that_is_unchanged_is_not_sent_again(site: Site) -> None:
    id = begin(site, site.campaign())
    tag = site.get(f"/api/imports/{id}").headers["etag"]
    assert site.send("GET", f"/api/imports/{id}", b"", {"If-None-Match": tag}).status == 304
    put(site, id, 1, contacts(callee(1))).ok()
    assert site.send("GET", f"/api/imports/{id}", b"", {"If-None-Match": tag}).status == 200


def test_a_campaigns_imports_are_listed_the_newest_first(site: Site) -> None:
    campaign = site.campaign()
    ids = []
    for _ in range(3):
        ids.append(begin(site, campaign))
        site.world.clock.advance(seconds=1)
    page = site.get(f"/api/campaigns/{campaign}/imports?limit=2").ok()
    rest = site.get(f"/api/campaigns/{campaign}/imports?limit=2&cursor={page['next_cursor']}").ok()
    assert [each["id"] for each in (*page["data"], *rest["data"])] == ids[::-1]


def test_a_campaign_that_is_over_takes_none_and_says_which_would(site: Site) -> None:
    campaign = site.campaign(CALLEE)
    site.post(f"/api/campaigns/{campaign}/cancel").ok()
    for path in ("contacts", "imports"):
        error = site.post(f"/api/campaigns/{campaign}/{path}", contacts(callee(1))).error(409, "wrong_state")
        assert error["details"][0]["message"] == "is canceled; this needs draft, paused, running"


# --- the report -----------------------------------------------------------------------------------------


def test_all_rejected_rows_are_in_the_report(site: Site) -> None:
    rows = [callee(1), *["nobody"] * 1234, "=1+1"]
    done = add(site, site.campaign(), contacts(*rows)).ok(201)
    assert (done["rejected"], len(done["errors"])) == (1235, 100)
    path = done["report_url"].partition("/api")[2]
    reply = site.get(f"/api{path}")
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    header, *errors = csv.reader(io.StringIO(reply.body.decode()))
    assert header == ["part", "line", "column", "value", "code", "message"]
    assert [int(line) for _, line, *_ in errors] == list(range(3, 1238))
    assert errors[-1][3] == "'=1+1"  # no spreadsheet takes it for a formula


def test_without_rejected_rows_there_is_no_report_to_look_at(site: Site) -> None:
    assert add(site, site.campaign(), contacts(CALLEE)).ok(201)["report_url"] is None


def test_a_sleeping_campaign_that_is_given_contacts_in_parts_wakes_for_them(site: Site) -> None:
    campaign = site.campaign(callee(0), start=True, hours={"tue": NINE_TO_FIVE})
    put(site, begin(site, campaign), 1, contacts(callee(1))).ok()
    assert site.get(f"/api/campaigns/{campaign}").ok()["next_due_at"] == "2026-03-03T15:00:00.000Z"


# --- what agents speak of -------------------------------------------------------------------------------


def spoken_by(site: Site, *expects: str) -> str:
    """A campaign whose agent speaks of these."""
    agent = site.agent(expects=list(expects))
    settings = {"name": "Calls", "timezone": "America/Chicago", "agent": agent}
    return str(site.post("/api/campaigns", settings).ok(201)["id"])


def test_a_file_without_a_column_that_the_agent_speaks_of_is_refused(site: Site) -> None:
    campaign = spoken_by(site, "name", "phone", "day")
    before = site.commits()
    error = add(site, campaign, contacts(CALLEE)).error(422, "invalid")
    assert (error["details"][0]["field"], error["details"][0]["code"]) == ("columns", "missing_variable")
    assert "day" in error["message"]
    assert site.commits() == before


def test_a_row_that_lacks_what_the_agent_speaks_of_is_reported_at_the_import(site: Site) -> None:
    campaign = spoken_by(site, "name", "day")
    rows = [f"{callee(1)},Ada,Monday", f"{callee(2)},Bob,", f"{callee(3)},,Friday"]
    done = add(site, campaign, "\n".join(["phone,name,day", *rows]).encode()).ok(201)
    assert done["created"] == 1
    assert [(error["line"], error["column"], error["code"]) for error in done["errors"]] == [
        (3, "day", "missing_variable"),
        (4, "name", "missing_variable"),
    ]


def test_a_file_may_have_more_than_the_agent_speaks_of(site: Site) -> None:
    campaign = spoken_by(site, "name")
    assert add(site, campaign, f"phone,name,day\n{CALLEE},Ada,Monday\n".encode()).ok(201)["created"] == 1
