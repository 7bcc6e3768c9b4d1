"""Every row of a file ends as a call or in the report."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.api import NINE_TO_FIVE, NOON, Reply, Site, callee, csv


def send(site: Site, campaign: str, file: bytes, content_type: str = "text/csv") -> Reply:
    path = f"/api/campaigns/{campaign}/contacts"
    return site.send("POST", path, file, {"Content-Type": content_type})


def imported(site: Site, file: bytes) -> tuple[Any, list[Any]]:
    """The import, and the calls that the rows became. Together they are all rows."""
    campaign = site.campaign()
    report = send(site, campaign, file).ok(201)
    calls = site.calls_of(campaign)
    assert report["status"] == "done"
    assert report["created"] == len(calls)
    assert report["rejected"] == len(report["errors"])
    assert report["rows_total"] == report["created"] + report["duplicates"] + report["rejected"]
    for error in report["errors"]:
        assert list(error) == ["part", "line", "column", "value", "code", "message"]
    return report, calls


def reasons(report: Any) -> list[tuple[int, str]]:
    return [(error["line"], error["code"]) for error in report["errors"]]


@pytest.mark.parametrize(("zone", "created"), [("UTC", 0), ("Europe/London", 1)])
def test_no_column_lifts_the_law_where_the_number_is(tmp_path: Path, zone: str, created: int) -> None:
    """Three in the morning in Illinois, nine in London. Some exports say UTC of every contact."""
    site = Site.begin(tmp_path, NOON.replace(hour=9))
    site.change_account(widened=())
    id = site.campaign(callee(0), start=True)
    file = f"phone,name,timezone\n{callee(1)},Ada,{zone}\n".encode()
    assert send(site, id, file).ok(201)["created"] == created
    site.world.run_until(NOON.replace(hour=13))
    assert site.rung() == []
    site.world.run_until(NOON.replace(hour=15))
    assert site.rung() == [callee(0), callee(1)][: 1 + created]


def test_a_plain_file_becomes_calls(site: Site) -> None:
    file = b"phone,name,day,external_id\n+13125550100,Ada,Monday,7\n(312) 555-0101,Bob,Friday,8\n"
    report, (ada, bob) = imported(site, file)
    assert report["rows_total"] == 2
    assert (ada["to"], ada["name"], ada["variables"]) == ("+13125550100", "Ada", {"day": "Monday"})
    assert (bob["to"], bob["external_id"], bob["state"]) == ("+13125550101", "8", "queued")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_other_delimiters_are_found(site: Site, delimiter: str) -> None:
    file = f"name{delimiter}phone\nAda{delimiter}+13125550100\n".encode()
    _, (call,) = imported(site, file)
    assert (call["to"], call["name"]) == ("+13125550100", "Ada")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
def test_other_encodings_are_read(site: Site, encoding: str) -> None:
    _, (call,) = imported(site, "phone,name\n+13125550100,Zoë Müller\n".encode(encoding))
    assert call["name"] == "Zoë Müller"


def test_quotes_and_newlines_inside_cells_belong_to_the_cell(site: Site) -> None:
    file = b'phone,name,note\n+13125550100,"Ada ""the first"", Countess","two\nlines"\n+13125550101,Bob,\n'
    report, (ada, bob) = imported(site, file)
    assert (ada["name"], ada["variables"]) == ('Ada "the first", Countess', {"note": "two lines"})
    assert (bob["to"], report["rows_total"]) == ("+13125550101", 2)


def test_bad_rows_are_reported_with_their_lines_and_stop_no_others(site: Site) -> None:
    file = b"""phone,name
+13125550100,Ada
1-800-FLOWERS,letters
,nobody
+1312,too short
+13125550100,the same again
"+13125550101,not closed
+13125550102,Zoe,and a cell too many
+13125550103,Bob
"""
    report, calls = imported(site, file)
    assert [call["to"] for call in calls] == ["+13125550100", "+13125550103"]
    assert reasons(report) == [
        (3, "letters_in_number"),
        (4, "missing_number"),
        (5, "invalid_number"),
        (6, "duplicate"),
        (7, "quote_not_closed"),
        (8, "too_many_cells"),
    ]


@pytest.mark.parametrize(
    ("file", "field"),
    [
        (b"", "file"),
        (b"\n\n", "file"),
        (b"name,day\nAda,Monday\n", "phone"),
        (b"+13125550100\n+13125550101\n", "phone"),
        (b"phone,phone\n+13125550100,+13125550101\n", "phone"),
        (b"PK\x03\x04\x14\x00\x06\x00", "file"),
        (b'"phone\n+13125550100\n', "file"),
    ],
    ids=["empty", "only line ends", "no number", "no header", "two of a name", "a workbook", "open quote"],
)
def test_a_file_that_cannot_be_read_stores_nothing(site: Site, file: bytes, field: str) -> None:
    campaign = site.campaign()
    before = site.commits()
    error = send(site, campaign, file).error(422, "invalid")
    assert error["details"][0]["field"] == field
    assert site.commits() == before


def test_importing_a_file_again_adds_nothing(site: Site) -> None:
    campaign, file = site.campaign(), csv(*(callee(number) for number in range(600)))
    send(site, campaign, file).ok(201)
    again = send(site, campaign, file).ok(201)
    assert (again["created"], again["duplicates"], again["rejected"]) == (0, 600, 0)
    assert site.get(f"/api/campaigns/{campaign}").ok()["progress"]["total"] == 600


def test_importing_a_longer_file_adds_what_is_new(site: Site) -> None:
    campaign = site.campaign(callee(0), callee(1))
    again = send(site, campaign, csv(callee(1), callee(2), callee(0))).ok(201)
    assert (again["created"], again["duplicates"]) == (1, 2)
    assert {call["to"] for call in site.calls_of(campaign)} == {callee(0), callee(1), callee(2)}


def test_the_same_number_may_be_in_two_campaigns(site: Site) -> None:
    assert len(site.calls_of(site.campaign(callee(0)))) == len(site.calls_of(site.campaign(callee(0)))) == 1


def test_contacts_of_a_running_campaign_are_rung_without_another_start(site: Site) -> None:
    campaign = site.campaign(callee(0), start=True)
    send(site, campaign, csv(callee(1))).ok(201)
    site.world.service.local_tasks.deliver_due()  # type: ignore[union-attr]
    site.world.run_until(site.world.clock.now().replace(minute=30))
    assert sorted(site.rung()) == [callee(0), callee(1)]


def test_contacts_may_name_the_time_before_which_they_are_not_rung(site: Site) -> None:
    _, (call,) = imported(site, b"phone,not_before\n+13125550100,2026-03-04 10:00\n")
    assert call["due_at"] == "2026-03-04T16:00:00.000Z"  # in the campaign's zone


@pytest.mark.parametrize(
    "content_type",
    ["text/csv", "text/csv; charset=utf-8", "application/x-www-form-urlencoded", "", "text/plain"],
)
def test_what_clients_call_a_csv_file_is_read(site: Site, content_type: str) -> None:
    """`curl --data-binary @list.csv` says that it is a form."""
    assert send(site, site.campaign(), csv(callee(0)), content_type).ok(201)["created"] == 1


def test_whom_it_calls_stands_beside_the_variables_and_not_among_them(site: Site) -> None:
    campaign = site.campaign()
    for contact in (
        {"phone": callee(1), "name": "Ada", "variables": {"phone": callee(98), "name": "Dr Grey"}},
        {"mobile": callee(2), "full name": "Bea", "variables": {"number": callee(99), "name": "Dr Grey"}},
    ):
        site.post(f"/api/campaigns/{campaign}/contacts", contact).ok(201)
    made = site.calls_of(campaign)
    assert {(each["to"], each["name"]) for each in made} == {(callee(1), "Ada"), (callee(2), "Bea")}


def test_an_unknown_campaign_takes_nothing(site: Site) -> None:
    before = site.commits()
    send(site, "cmp_nobody", csv(callee(0))).error(404, "not_found")
    assert site.commits() == before


def test_a_sleeping_campaign_stays_asleep_when_its_hours_are_closed(site: Site) -> None:
    campaign = site.campaign(callee(0), start=True, hours={"tue": NINE_TO_FIVE})
    send(site, campaign, csv(callee(1))).ok(201)
    assert site.get("/api/status").ok()["next_wake"] == "2026-03-03T15:00:00.000Z"
