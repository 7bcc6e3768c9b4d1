"""Whom an account does not call: its list over the API, and those who write STOP."""

from typing import Any
from urllib.parse import quote

import pytest

from service.local.time_lapse import AUTH_TOKEN, SERVICE_URL
from service.providers.twilio_signature import sign
from tests.support.api import CALLEE, Reply, Site, callee

PATH = "/api/do-not-call"
GERMAN = "+4930123456"
IN_AN_HOUR = "2026-03-02T19:00:00.000Z"
AN_HOUR_AGO = "2026-03-02T17:00:00.000Z"


def bar(site: Site, phone: str = CALLEE, **more: Any) -> Any:
    reply = site.post(PATH, {"phone": phone, **more})
    assert reply.status in (200, 201), reply.body
    return reply.json


def listed(site: Site) -> list[str]:
    return [each["phone"] for each in site.get(PATH).ok()["data"]]


def found(site: Site, phone: str) -> list[Any]:
    return list(site.get(f"{PATH}?phone={phone}").ok()["data"])


# --- one number -----------------------------------------------------------------------------------------


def test_a_number_is_put_on_the_list(site: Site) -> None:
    reply = site.post(PATH, {"phone": "(312) 555-0123", "reason": "asked us", "expires_at": IN_AN_HOUR})
    shown = {
        "phone": CALLEE,
        "reason": "asked us",
        "expires_at": IN_AN_HOUR,
        "by": ["user"],
        "active": True,
        "created_at": "2026-03-02T18:00:00.000Z",
    }
    assert reply.ok(201) == shown
    assert site.get(PATH).ok() == {"data": [shown], "next_cursor": None}


def test_a_number_that_is_on_the_list_may_be_put_on_it_again(site: Site) -> None:
    first = site.post(PATH, {"phone": CALLEE, "reason": "asked us"}).ok(201)
    before = site.commits()
    assert site.post(PATH, {"phone": CALLEE}).ok(200) == first
    assert site.commits() == before


def test_a_number_may_be_barred_in_a_country_that_the_account_may_not_call(site: Site) -> None:
    site.change_account(allowed_countries=("US",))
    site.post("/api/calls", {"to": GERMAN, "script": {"twiml": "<Response/>"}}).error(422, "invalid")
    assert bar(site, GERMAN)["phone"] == GERMAN
    assert found(site, "%2B4930123456")
    site.send("DELETE", f"{PATH}/{GERMAN}")
    assert listed(site) == []


def test_a_national_number_is_one_of_the_account_s_country(site: Site) -> None:
    site.change_account(default_country="DE")
    assert bar(site, "030 123456")["phone"] == GERMAN
    assert found(site, "030123456")


def test_a_bar_that_has_expired_stays_in_sight_and_bars_nothing(site: Site) -> None:
    bar(site, expires_at=IN_AN_HOUR)
    site.world.clock.advance(hours=2)
    assert [each["active"] for each in found(site, CALLEE)] == [False]
    assert site.post(PATH, {"phone": CALLEE}).ok(201)["active"]


BAD_BODIES: dict[str, tuple[dict[str, Any], str]] = {
    "no number": ({"phone": ""}, "phone"),
    "letters in the number": ({"phone": "1-800-FLOWERS"}, "phone"),
    "a short number": ({"phone": "+1312"}, "phone"),
    "a number without quotes": ({"phone": 13125550100}, "phone"),
    "nothing for a number": ({"phone": None}, "phone"),
    "an empty reason": ({"reason": " "}, "reason"),
    "a long reason": ({"reason": "r" * 201}, "reason"),
    "a number for a reason": ({"reason": 1}, "reason"),
    "a time that is over": ({"expires_at": AN_HOUR_AGO}, "expires_at"),
    "a time without a zone": ({"expires_at": "2026-03-02T19:00:00"}, "expires_at"),
    "a time that nobody waits for": ({"expires_at": "9999-12-31T00:00:00Z"}, "expires_at"),
    "unknown field": ({"note": "asked us"}, "note"),
}


@pytest.mark.parametrize(("changes", "field"), BAD_BODIES.values(), ids=BAD_BODIES)
def test_what_cannot_be_barred_is_refused(module_site: Site, changes: dict[str, Any], field: str) -> None:
    before = module_site.commits()
    error = module_site.post(PATH, {"phone": CALLEE} | changes).error(422, "invalid")
    assert [detail["field"] for detail in error["details"]] == [field]
    assert module_site.commits() == before


def test_a_body_that_is_not_json_is_refused(module_site: Site) -> None:
    module_site.send("POST", PATH, b"phone=1").error(400, "malformed_json")
    module_site.post(PATH, {}).error(422, "invalid")


@pytest.mark.parametrize("phone", ["+13125550123", "%2B13125550123", "13125550123", "(312)%20555-0123"])
def test_a_number_is_taken_off_the_list(site: Site, phone: str) -> None:
    bar(site)
    assert len(found(site, phone)) == 1
    reply = site.send("DELETE", f"{PATH}/{phone}")
    assert (reply.status, reply.body) == (204, b"")
    assert found(site, phone) == listed(site) == []
    site.send("DELETE", f"{PATH}/{phone}").error(404, "not_found")


@pytest.mark.parametrize("phone", ["+13125550199", "nobody", "%00", "%ff", "..%2f..", "a" * 2000, "imported"])
def test_a_number_that_is_not_on_the_list_cannot_be_taken_off(module_site: Site, phone: str) -> None:
    before = module_site.commits()
    module_site.send("DELETE", f"{PATH}/{phone}").error(404, "not_found")
    assert module_site.commits() == before


def test_a_number_that_cannot_be_one_is_not_looked_up(module_site: Site) -> None:
    for phone in ("", "nobody", "a" * 2000, "%00"):
        error = module_site.get(f"{PATH}?phone={phone}").error(422, "invalid")
        assert [detail["field"] for detail in error["details"]] == ["phone"]


def test_the_list_is_read_in_pages_the_newest_first(site: Site) -> None:
    for number in range(5):
        bar(site, callee(number))
        site.world.clock.advance(seconds=1)
    first = site.get(f"{PATH}?limit=3").ok()
    rest = site.get(f"{PATH}?limit=3&cursor={first['next_cursor']}").ok()
    seen = [each["phone"] for each in (*first["data"], *rest["data"])]
    assert seen == [callee(number) for number in (4, 3, 2, 1, 0)]
    assert rest["next_cursor"] is None
    site.get(f"{PATH}?cursor=nonsense").error(400, "bad_cursor")
    site.get(f"{PATH}?limit=0").error(422, "invalid")


# --- whose list it is -----------------------------------------------------------------------------------


def test_without_a_key_there_is_no_list(module_site: Site) -> None:
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", f"/{CALLEE}"), ("POST", "/import")):
        reply = module_site.send(method, PATH + path, headers={"Authorization": ""})
        reply.error(401, "unauthenticated")


def test_anothers_list_does_not_exist(site: Site) -> None:
    other = site.beside()
    bar(site, reason="asked us")
    before = site.commits()
    assert listed(other) == found(other, CALLEE) == []
    hers = other.send("DELETE", f"{PATH}/{CALLEE}").error(404, "not_found")
    nobodys = other.send("DELETE", f"{PATH}/{callee(50)}").error(404, "not_found")
    assert hers["message"] == nobodys["message"]
    assert site.commits() == before
    assert other.post(PATH, {"phone": CALLEE}).ok(201)["reason"] is None
    assert other.send("DELETE", f"{PATH}/{CALLEE}").status == 204
    assert listed(site) == [CALLEE]


# --- a file ---------------------------------------------------------------------------------------------


def import_file(site: Site, file: bytes) -> Any:
    report = site.post(f"{PATH}/import", file).ok(201)
    assert list(report) == ["rows_total", "created", "duplicates", "rejected", "errors"]
    assert report["rows_total"] == report["created"] + report["duplicates"] + report["rejected"]
    return report


def test_a_list_is_imported(site: Site) -> None:
    file = b"""Phone Number;Reason;Expires-At;Country
+13125550100;asked us;;
(312) 555-0101;;2026-03-02T19:00:00Z;
030 123456;;;DE
"""
    assert import_file(site, file)["created"] == 3
    (german,), (late,), (first,) = (found(site, n) for n in (GERMAN, "3125550101", "3125550100"))
    assert (german["expires_at"], late["expires_at"]) == (None, IN_AN_HOUR)
    assert (first["reason"], late["reason"]) == ("asked us", None)


def test_importing_a_list_again_adds_nothing(site: Site) -> None:
    file = b"phone\n" + "\n".join(callee(number) for number in range(600)).encode()
    assert import_file(site, file)["created"] == 600
    before = site.commits()
    again = import_file(site, file)
    assert (again["created"], again["duplicates"]) == (0, 600)
    assert site.commits() == before


def test_bad_rows_are_reported_and_stop_no_others(site: Site) -> None:
    file = b"""phone,country,reason,expires_at
+13125550100,,good,
nobody,,,
,,nobody,
030 123456,XX,,
+13125550101,,,tomorrow
+13125550102,,,2026-03-01
+13125550103,,"not closed,
+13125550104,,,,,too many
+13125550100,,again,
+13125550105
"""
    report = import_file(site, file)
    reasons = [(error["line"], error["column"], error["code"]) for error in report["errors"]]
    assert reasons == [
        (3, "phone", "letters_in_number"),
        (4, "phone", "missing_number"),
        (5, "country", "unknown_country"),
        (6, "expires_at", "invalid_time"),
        (7, "expires_at", "in_the_past"),
        (8, None, "quote_not_closed"),
        (9, None, "too_many_cells"),
    ]
    assert (report["created"], report["duplicates"], report["rejected"]) == (2, 1, 7)
    assert set(listed(site)) == {"+13125550100", "+13125550105"}


def test_what_else_stands_in_a_row_keeps_no_number_off_the_list(site: Site) -> None:
    file = b"phone,timezone,callback at,notes,reason\n+13125550100,Mars,never," + b"n" * 2000
    assert import_file(site, file + b"," + b"r" * 2000)["created"] == 1
    assert found(site, "+13125550100")[0]["reason"] == "r" * 200


def test_a_time_in_a_list_is_the_account_s_wall_clock(site: Site) -> None:
    site.change_account(timezone="America/Chicago")
    import_file(site, b"phone,expires at\n+13125550100,2026-03-02 13:00")
    assert found(site, "3125550100")[0]["expires_at"] == IN_AN_HOUR


def test_the_first_hundred_errors_are_shown_and_all_are_counted(site: Site) -> None:
    report = import_file(site, b"phone\n" + b"nobody\n" * 250)
    assert (report["rejected"], len(report["errors"])) == (250, 100)
    assert report["errors"][-1]["line"] == 101


@pytest.mark.parametrize(
    ("file", "field"),
    [
        (b"", "file"),
        (b"name\nsomebody\n", "phone"),
        (b"+13125550100\n", "phone"),
        (b"phone,phone\n1,2\n", "phone"),
        (b"phone\n" + b"+13125550100\n" * 100_001, "file"),
    ],
    ids=["empty", "no number", "no header", "two of a name", "too many rows"],
)
def test_a_list_that_cannot_be_read_stores_nothing(module_site: Site, file: bytes, field: str) -> None:
    before = module_site.commits()
    error = module_site.post(f"{PATH}/import", file).error(422, "invalid")
    assert error["details"][0]["field"] == field
    assert module_site.commits() == before


def test_what_stands_among_variables_says_neither_whom_to_bar_nor_for_how_long(site: Site) -> None:
    other = {"phone": callee(99), "expires_at": IN_AN_HOUR, "reason": "none"}
    assert site.post(f"{PATH}/import", [{"phone": callee(1), "variables": other}]).ok(201)["created"] == 1
    (barred,) = site.get(PATH).ok()["data"]
    assert (barred["phone"], barred["expires_at"], barred["reason"]) == (callee(1), None, None)


def test_a_list_may_be_json(site: Site) -> None:
    rows = [{"phone": CALLEE, "reason": "asked by letter"}, {"phone": "nobody"}]
    report = site.post(f"{PATH}/import", rows).ok(201)
    assert (report["created"], report["rejected"]) == (1, 1)
    (barred,) = site.get(PATH).ok()["data"]
    assert (barred["phone"], barred["reason"]) == (CALLEE, "asked by letter")


def test_its_columns_may_be_said(site: Site) -> None:
    path = f"{PATH}/import?columns=" + quote('{"whom": "phone"}')
    assert site.post(path, f"whom\n{CALLEE}\n".encode()).ok(201)["created"] == 1


# --- messages -------------------------------------------------------------------------------------------


def hear(site: Site, body: str, *, token: str = AUTH_TOKEN, to: str | None = None, **fields: str) -> Reply:
    """A message from the callee, at the address of the account that is named."""
    path = f"/webhooks/twilio/messages/{to or site.account.id}"
    form = {"MessageSid": "SM1", "From": CALLEE, "To": "+13125550100", "Body": body, **fields}
    return site.post_form(path, form, sign(token, SERVICE_URL + path, list(form.items())))


def taken(reply: Reply) -> bool:
    return (reply.status, reply.headers["content-type"], reply.body) == (
        200,
        "text/xml; charset=utf-8",
        b"<Response/>",
    )


def test_who_writes_stop_is_barred_for_good(site: Site) -> None:
    assert taken(hear(site, "STOP", OptOutType="STOP"))
    (shown,) = found(site, CALLEE)
    assert (shown["by"], shown["active"], shown["expires_at"]) == (["opt_out"], True, None)


STOPS = ["STOP", "stop", " Stop. ", "STOPALL", "stop all", "Unsubscribe", "cancel", "END", "Quit!", "opt-out"]


@pytest.mark.parametrize("body", STOPS)
def test_a_plain_word_is_an_opt_out_where_twilio_says_nothing(site: Site, body: str) -> None:
    assert taken(hear(site, body))
    assert listed(site) == [CALLEE]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("Please do not stop", {}),
        ("", {}),
        ("stop" + " " * 50 + "all", {}),
        ("HELP", {"OptOutType": "HELP"}),
        ("STOP", {"OptOutType": "HELP"}),
        ("START", {"OptOutType": "START"}),
        ("STOP", {"From": "26262"}),
        ("STOP", {"From": "Acme"}),
        ("STOP", {"From": ""}),
        ("STOP", {"From": "messenger:13125550123"}),
    ],
)
def test_other_messages_are_taken_and_change_nothing(
    module_site: Site, body: str, fields: dict[str, str]
) -> None:
    before = module_site.commits()
    assert taken(hear(module_site, body, **fields))
    assert module_site.commits() == before


def test_what_twilio_says_goes_before_the_words(site: Site) -> None:
    """Accounts may choose other words."""
    assert taken(hear(site, "ARRET", OptOutType="STOP"))
    assert listed(site) == [CALLEE]
    assert taken(hear(site, "REPRENDRE", OptOutType="START"))
    assert listed(site) == []


def test_a_message_over_another_channel_is_of_the_same_number(site: Site) -> None:
    assert taken(hear(site, "STOP", From=f"whatsapp:{CALLEE}"))
    assert listed(site) == [CALLEE]


def test_a_number_that_no_plan_has_is_barred_and_can_be_freed(site: Site) -> None:
    assert taken(hear(site, "STOP", From="+19995550100"))
    assert listed(site) == ["+19995550100"]
    assert len(found(site, "+19995550100")) == 1
    assert site.send("DELETE", f"{PATH}/+19995550100").status == 204


@pytest.mark.parametrize("body", ["START", "start ", "Unstop"])
def test_start_takes_an_opt_out_back_and_nothing_that_a_user_said(site: Site, body: str) -> None:
    hear(site, "STOP")
    hear(site, body)
    assert listed(site) == []
    bar(site, reason="asked us")
    hear(site, "STOP")
    assert found(site, CALLEE)[0]["by"] == ["opt_out", "user"]
    hear(site, body)
    (shown,) = found(site, CALLEE)
    assert (shown["by"], shown["active"], shown["reason"]) == (["user"], True, "asked us")


def test_yes_is_an_answer_to_anything_and_takes_nothing_back(site: Site) -> None:
    hear(site, "STOP")
    hear(site, "YES")
    assert listed(site) == [CALLEE]


def test_a_message_that_comes_again_changes_nothing(site: Site) -> None:
    hear(site, "STOP")
    before = site.commits()
    assert taken(hear(site, "STOP"))
    assert site.commits() == before


def test_an_opt_out_is_from_one_account_s_calls(site: Site) -> None:
    other = site.beside()
    hear(site, "STOP")
    assert (listed(site), listed(other)) == ([CALLEE], [])


@pytest.mark.parametrize("token", ["", "another", AUTH_TOKEN + " "])
def test_a_wrong_signature_is_refused(module_site: Site, token: str) -> None:
    before = module_site.commits()
    hear(module_site, "STOP", token=token).error(403, "forbidden")
    hear(module_site, "STOP", token=token, to="acc_nobody").error(403, "forbidden")
    assert module_site.commits() == before


@pytest.mark.parametrize("account", ["acc_nobody", "1", "..%2f..", "a" * 500])
def test_an_unknown_account_is_not_found(module_site: Site, account: str) -> None:
    before = module_site.commits()
    hear(module_site, "STOP", to=account).error(404, "not_found")
    assert module_site.commits() == before


def test_the_receipt_says_what_became_of_a_message_and_not_whose_it_was(site: Site) -> None:
    results = []
    for body in ("STOP", "START", "HELP"):
        hear(site, body)
        receipt = site.receipts[-1]
        results.append(receipt["result"])
        assert (receipt["kind"], receipt["id"]) == ("webhook", site.account.id)
        assert CALLEE[2:] not in str(receipt)
    assert results == ["opted_out", "opted_in", "unchanged"]
