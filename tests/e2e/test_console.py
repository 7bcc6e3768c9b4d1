"""The console in a real browser, on a service in time-lapse: whoever has no terminal can do the whole job."""

import csv
import re
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from service.contacts.contact_file import CELL_CHARACTERS_MAX
from service.domain.account import Scope
from service.domain.call import Call
from service.domain.campaign import Campaign
from service.entrypoints.web import FOLDER
from service.ports import Refused, Update
from service.providers.provider_api import ProviderApi
from service.transport import HttpResponse
from tests.contacts.workbooks import workbook
from tests.support.api import NINE_TO_FIVE, callee
from tests.support.browser import PHONE, NewTab, Tab
from tests.support.live_site import LiveSite

SCREENSHOTS = Path(__file__).parent / "screenshots"
WORK_DAYS = ("mon", "tue", "wed", "thu", "fri")
DAYS_OF_WEEK = (*WORK_DAYS, "sat", "sun")
HOSTILE = "<script>alert('x')</script> <img src=x onerror=alert(1)> \"quoted\" & مرحبا بالعالم 🎉 \u202eevil"
NOTE_CHARACTERS = 10_000
MINUTES_PER_HOUR = 60
FIRST_VIEW_REQUESTS_MAX = 40
FIRST_VIEW_BYTES_MAX = 60_000  # compressed, as they are sent
FIRST_VIEW = """
new MutationObserver((_, observer) => {
    if (document.querySelector('main:not([aria-busy]) h1')?.textContent !== 'Home') return;
    observer.disconnect();
    window.firstView = { at: performance.now(), asked: performance.getEntriesByType('resource').map(
        each => [new URL(each.name).pathname, each.encodedBodySize]) };
}).observe(document, { childList: true, subtree: true });
"""


def look_again(tab: Tab) -> None:
    """What the console does when the connection is back, and sooner or later by itself."""
    with tab.page.expect_response("**/api/**"):
        tab.page.evaluate("window.dispatchEvent(new Event('online'))")


# --- the whole job --------------------------------------------------------------------------------------


def test_an_operator_does_the_whole_job(live: LiveSite, new_tab: NewTab) -> None:
    tab = new_tab()
    page = tab.page
    page.get_by_role("link", name="New campaign").click()

    page.get_by_label("Name", exact=True).fill("Spring reminders")
    page.get_by_label("Time zone").fill("America/Chicago")
    page.get_by_role("button", name="Clear").click()
    monday = page.get_by_role("gridcell", name="Mon 12:00, closed")
    monday.click()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert page.get_by_label("Mon", exact=True).input_value() == "12:00–15:00"
    page.get_by_label("Busy").fill("15m, 1h")
    page.get_by_text("Over by").wait_for()
    page.get_by_role("button", name="Make the draft").click()

    page.get_by_label("Or paste the rows").fill(
        "\n".join(
            [
                "Handy,Name,Day",
                *(f'{callee(number)},"Ada {number}",Monday' for number in range(12)),
                "12,Bob,Tuesday",
            ]
        )
    )
    page.get_by_role("button", name="Look at it").click()
    page.get_by_text("0 contacts can be imported").wait_for()
    page.get_by_label("What “Handy” is").select_option("phone")
    page.get_by_label("What “Day” is").select_option("ignore")
    page.get_by_role("button", name="Import 12 contacts").click()
    page.get_by_text("12 contacts created").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Error report").click()
    assert "12" in download.value.path().read_text()
    page.get_by_role("link", name="To the campaign").click()

    page.get_by_role("button", name="Forecast").click()
    page.get_by_text("Eight runs of ten end between").wait_for()
    page.get_by_role("button", name="Start").click()
    page.get_by_text("Started.").wait_for()
    campaign = page.url.rpartition("/")[2]
    assert live.site.get(f"/api/campaigns/{campaign}").ok()["status"] == "running"

    live.run_for(minutes=6)
    look_again(tab)
    page.get_by_text("In flight", exact=True).first.wait_for()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume").first.wait_for()
    live.run_for(minutes=30)
    assert live.site.get(f"/api/campaigns/{campaign}").ok()["progress"]["in_flight"] == 0
    page.locator("main").get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Pause").wait_for()

    page.get_by_label("State").select_option("queued")
    page.locator("tbody a").last.click()
    page.get_by_role("heading", name="Why not now?").wait_for()
    page.go_back()

    live.run_for(hours=8 * 24)  # what was not reached on this Monday is on the next
    look_again(tab)
    page.locator(".badge", has_text="Finished").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    exported = list(csv.DictReader(StringIO(download.value.path().read_text())))
    assert sorted(row["phone"].removeprefix("'") for row in exported) == [
        callee(number) for number in range(12)
    ]
    assert {row["var_day"] for row in exported if "var_day" in row} == set()
    page.get_by_role("button", name="Clone").click()
    page.get_by_text("Copy of Spring reminders").first.wait_for()


def test_an_import_that_broke_off_goes_on_where_it_stopped(live: LiveSite, new_tab: NewTab) -> None:
    campaign = live.site.campaign()
    numbers = [f"+1312{number:07}" for number in range(5_550_000, 5_555_000)]
    file = {
        "name": "contacts.csv",
        "mimeType": "text/csv",
        "buffer": "\n".join(["phone", *numbers]).encode(),
    }
    tab = new_tab()
    page = tab.page
    tab.go(f"campaigns/{campaign}/import")
    page.get_by_label("A file of contacts").set_input_files(file)
    page.get_by_text("Checked: the first 1,000 of 5,000 rows").wait_for()
    page.route("**/parts/2", lambda route: route.abort())
    page.get_by_role("button", name="Import 5,000 rows").click()
    page.get_by_role("button", name="Go on").wait_for()
    tab.troubles.clear()  # the browser says that it was not reached

    page.unroute("**/parts/2")
    page.reload()
    tab.settle()
    page.get_by_text("is not finished").wait_for()
    before = len(tab.asked)
    page.get_by_label("A file of contacts").set_input_files(file)
    page.get_by_text("Imported", exact=True).wait_for()
    sent = [asked[-7:] for asked in tab.asked[before:] if "/parts/" in asked]
    assert sent == ["parts/2", "parts/3"]
    found = live.site.get(f"/api/campaigns/{campaign}").ok()["progress"]
    assert found["total"] == found["queued"] > 0


def test_a_spreadsheet_is_sent_as_it_is(live: LiveSite, new_tab: NewTab) -> None:
    campaign = live.site.campaign()
    book = workbook([("Phone", "Name"), (callee(1), "Ada"), ("12", "Bob")])
    tab = new_tab()
    tab.go(f"campaigns/{campaign}/import")
    file = {"name": "contacts.xlsx", "mimeType": "application/octet-stream", "buffer": book}
    tab.page.get_by_label("A file of contacts").set_input_files(file)
    tab.page.get_by_role("button", name="Import 1 contact").click()
    tab.page.get_by_text("1 contact created").wait_for()
    assert [call["to"] for call in live.site.calls_of(campaign)] == [callee(1)]


def test_a_file_in_parts_gives_what_it_would_give_whole(live: LiveSite, new_tab: NewTab) -> None:
    """With rows over several lines, and quotes that are not closed, on both sides of each cut."""
    odd = ['"Ada\n""the first"""', '"Ada', 'Ada "the first"', ' "Ada" ', '"A;d,a\n\n"', '"Ada"x', '""']
    rows = [f"+1312{5_550_000 + number:07},{odd[number % len(odd)]},x" for number in range(4_200)]
    rows[7] = "12,Bob,y"
    text = "\r\n".join(["phone,name,note", *rows])
    whole, in_parts = live.site.campaign(), live.site.campaign()
    said = live.site.post(f"/api/campaigns/{whole}/contacts", text.encode()).ok(201)
    tab = new_tab()
    tab.go(f"campaigns/{in_parts}/import")
    file = {"name": "odd.csv", "mimeType": "text/csv", "buffer": text.encode()}
    tab.page.get_by_label("A file of contacts").set_input_files(file)
    tab.page.get_by_role("button", name="Import").click()
    tab.page.get_by_text("Imported", exact=True).wait_for()
    (imported,) = live.site.get(f"/api/campaigns/{in_parts}/imports").ok()["data"]
    assert len(imported["parts"]) == 3
    for counted in ("created", "duplicates", "rejected"):
        assert imported[counted] == said[counted] > 0 or counted == "duplicates"
    lines = tab.page.locator("details tbody tr td:first-child").all_text_contents()
    assert [int(line) for line in lines] == [error["line"] for error in said["errors"]]


@pytest.mark.parametrize(
    "day", ["2026-03-07", "2026-10-31", "2026-06-15"]
)  # before each change of clocks, and none
def test_the_strip_knows_when_a_window_opens_in_its_zone(new_tab: NewTab, day: str) -> None:
    zone, midnight = ZoneInfo("America/Chicago"), datetime.fromisoformat(day)
    night = [{"start": "22:30", "end": "04:00", "overnight": True}]
    hours = dict.fromkeys(DAYS_OF_WEEK, night)
    campaign = {
        "timezone": zone.key,
        "hours": hours,
        "start_date": None,
        "end_date": None,
        "blackout_dates": [],
    }
    opens, closes = (
        (midnight + timedelta(**shift)).replace(tzinfo=zone).timestamp() * 1000
        for shift in ({"hours": 22, "minutes": 30}, {"days": 1, "hours": 4})
    )
    found = new_tab().page.evaluate(
        "async ([campaign, from, to]) =>"
        " (await import('/web/hours.js')).openings(campaign, new Date(from), new Date(to))",
        [campaign, opens - 3_600_000, closes + 3_600_000],
    )
    assert (found[0][0], found[-1][1]) == (opens, closes)
    assert sum(end - start for start, end in found) == closes - opens


def test_what_is_typed_is_kept_as_a_draft(new_tab: NewTab) -> None:
    tab = new_tab()
    tab.go("campaigns/new")
    tab.page.get_by_label("Name", exact=True).fill("Half a thought")
    tab.page.reload()
    tab.settle()
    assert tab.page.get_by_label("Name", exact=True).input_value() == "Half a thought"
    tab.page.get_by_role("button", name="Discard the draft").click()
    assert tab.page.get_by_label("Name", exact=True).input_value() == ""


def test_a_draft_takes_back_nothing_that_another_has_changed_since(live: LiveSite, new_tab: NewTab) -> None:
    campaign = live.site.campaign()
    tab = new_tab()
    tab.go(f"campaigns/{campaign}/edit")
    tab.page.get_by_label("Calls in flight").fill("7")  # and then they are called away
    tab.go("campaigns")
    live.site.patch(f"/api/campaigns/{campaign}", {"name": "Another's", "weight": 3}).ok()
    tab.go(f"campaigns/{campaign}/edit")
    tab.page.get_by_text("This is your draft of earlier").wait_for()
    tab.page.get_by_role("button", name="Save").click()
    tab.page.get_by_text("Saved.").wait_for()
    after = live.site.get(f"/api/campaigns/{campaign}").ok()
    assert after["limits"]["calls_in_flight"] == 7
    assert (after["name"], after["weight"]) == ("Another's", 3)


def test_what_was_typed_and_taken_back_is_no_draft(live: LiveSite, new_tab: NewTab) -> None:
    campaign = live.site.campaign()
    tab = new_tab()
    tab.go(f"campaigns/{campaign}/edit")
    for typed in ("7", ""):
        tab.page.get_by_label("Calls in flight").fill(typed)
    tab.page.reload()
    tab.settle()
    assert not tab.page.get_by_text("This is your draft of earlier").count()


def test_what_is_wrong_is_said_at_its_field(new_tab: NewTab) -> None:
    tab = new_tab()
    tab.go("campaigns/new")
    tab.page.get_by_label("Time zone").fill("Mars/Olympus")
    tab.page.get_by_role("button", name="Make the draft").click()
    tab.page.locator("#timezone[aria-invalid=true]").wait_for()
    assert tab.page.locator("#name-error").inner_text()
    assert tab.page.locator(":focus").get_attribute("id") == "name"


def test_an_edit_changes_only_what_was_edited(live: LiveSite, new_tab: NewTab) -> None:
    odd = {"mon": [{"start": "22:10", "end": "02:05", "overnight": True}]}
    limits = {"budget": {"amount": 2500, "currency": "USD"}}
    campaign = live.site.campaign(hours=odd, limits=limits, script={"twiml": "<Response/>", "record": True})
    before = live.site.get(f"/api/campaigns/{campaign}").ok()
    tab = new_tab()
    tab.go(f"campaigns/{campaign}/edit")
    tab.page.get_by_label("Calls in flight").fill("7")
    tab.page.get_by_role("button", name="Save").click()
    tab.page.get_by_text("Saved.").wait_for()
    after = live.site.get(f"/api/campaigns/{campaign}").ok()
    assert after == before | {"limits": before["limits"] | {"calls_in_flight": 7}}


def test_an_agent_speaks_in_a_scripts_stead(live: LiveSite, new_tab: NewTab) -> None:
    agent, campaign = live.site.agent(name="Ada the agent"), live.site.campaign()
    tab = new_tab()
    tab.go(f"campaigns/{campaign}/edit")
    tab.page.get_by_label("What is said").select_option("Agent: Ada the agent")
    assert tab.page.get_by_label("TwiML", exact=True).is_hidden()
    tab.page.get_by_role("button", name="Save").click()
    tab.page.get_by_text("Saved.").wait_for()
    edited = live.site.get(f"/api/campaigns/{campaign}").ok()
    assert (edited["agent"], edited["script"]) == (agent, None)


def test_a_campaign_that_several_agents_share_is_edited_as_it_is(live: LiveSite, new_tab: NewTab) -> None:
    shares = [
        {"agent": live.site.agent(name=name), "weight": weight} for name, weight in (("A", 1), ("B", 3))
    ]
    campaign = live.site.campaign()
    live.site.patch(f"/api/campaigns/{campaign}", {"agent": shares, "script": None}).ok()
    tab = new_tab()
    tab.go(f"campaigns/{campaign}/edit")
    tab.page.get_by_label("Calls in flight").fill("7")
    tab.page.get_by_role("button", name="Save").click()
    tab.page.get_by_text("A (1), B (3)").wait_for()
    tab.page.get_by_role("button", name="Compare").click()
    compared = tab.page.get_by_role("region", name="Calls by agent")
    row = compared.locator("tr", has=tab.page.get_by_role("link", name="A", exact=True))
    row.wait_for()
    assert row.locator("td").all_text_contents() == ["A", "0 of 0", "0 %", "0 % to 100 %"]
    edited = live.site.get(f"/api/campaigns/{campaign}").ok()
    assert (edited["agent"], edited["limits"]["calls_in_flight"]) == (shares, 7)


def test_few_calls_prove_little_of_an_agent(new_tab: NewTab) -> None:
    """Wilson's interval at 95 %: of 10 of 20 it is 0.2993 to 0.7007, and of 0 of 10 up to 0.2775."""
    found = new_tab().page.evaluate(
        "async () => (await import('/web/comparisons.js')).likelyRates(10, 20)"
        ".concat((await import('/web/comparisons.js')).likelyRates(0, 10))"
    )
    assert found == pytest.approx([0.2993, 0.7007, 0, 0.2775], abs=1e-4)


def test_agents_are_made_edited_and_retired(live: LiveSite, new_tab: NewTab) -> None:
    tab = new_tab()
    page = tab.page
    tab.go("agents")
    page.get_by_text("There is no agent yet.").wait_for()
    page.get_by_role("link", name="New agent").click()
    page.get_by_label("Name", exact=True).fill("Ada the agent")
    page.get_by_label("Provider").select_option("vapi")
    page.get_by_label("Assistant").fill("asst_1")
    page.get_by_label("Caller numbers").fill("+13125550100")
    page.get_by_label("Vapi's ids of the numbers").fill("+13125550100 = line-1")
    page.get_by_label("Variables that it speaks of").fill("name, day")
    page.get_by_role("button", name="Save").click()
    page.locator("#secret[aria-invalid=true]").wait_for()
    secret = f"file:/run/secrets/{live.site.account.id}/vapi.json"
    page.get_by_label("Where its credentials are").fill(secret)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Ada the agent").click()
    page.get_by_label("Name", exact=True).fill("Ada")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Ada", exact=True).wait_for()
    (made,) = live.site.get("/api/agents").ok()["data"]
    wanted = {
        "name": "Ada",
        "provider": "vapi",
        "secret": secret,
        "assistant": "asst_1",
        "connection": None,
        "script": None,
        "from": ["+13125550100"],
        "line_ids": {"+13125550100": "line-1"},
        "expects": ["name", "day"],
        "record": False,
        "retired": False,
    }
    assert {name: made[name] for name in wanted} == wanted
    page.get_by_role("button", name="Retire Ada").click()
    page.get_by_role("button", name="Retire it").click()
    page.get_by_text("retired", exact=True).wait_for()
    assert live.site.get(f"/api/agents/{made['id']}").ok()["retired"]


def test_agents_share_a_campaign_by_weight(live: LiveSite, new_tab: NewTab) -> None:
    agents = {name: live.site.agent(name=name) for name in ("Ada", "Bob", "Eve")}
    campaign = live.site.campaign()
    tab = new_tab()
    tab.go(f"campaigns/{campaign}/edit")
    tab.page.get_by_label("What is said").select_option("Several agents, by weight")
    tab.page.get_by_label("Ada", exact=True).fill("1")
    tab.page.get_by_label("Eve", exact=True).fill("3")
    tab.page.get_by_role("button", name="Save").click()
    tab.page.get_by_text("Saved.").wait_for()
    shares = live.site.get(f"/api/campaigns/{campaign}").ok()["agent"]
    assert {share["agent"]: share["weight"] for share in shares} == {agents["Ada"]: 1, agents["Eve"]: 3}


def test_an_operator_chooses_an_agent_and_makes_none(live: LiveSite, new_tab: NewTab) -> None:
    live.site.agent(name="Ada")
    tab = new_tab(live.site.as_scope(Scope.OPERATE).key)
    tab.go("agents")
    assert tab.page.locator("main").get_by_role("button").count() == 0
    assert tab.page.get_by_role("link", name="New agent").count() == 0
    tab.go("calls/new")
    tab.page.get_by_label("Number", exact=True).fill(callee(1))
    tab.page.get_by_label("What is said").select_option("Agent: Ada")
    assert tab.page.get_by_label("TwiML", exact=True).is_hidden()
    tab.page.get_by_role("button", name="Call now").click()
    tab.page.get_by_role("heading", name="Attempts").wait_for()


def test_a_contact_is_taken_out_of_its_campaign(live: LiveSite, new_tab: NewTab) -> None:
    campaign = live.site.campaign(callee(1), callee(2), start=True, hours={"tue": NINE_TO_FIVE})
    one, other = live.site.calls_of(campaign)
    tab = new_tab()
    tab.go(f"calls/{one['id']}")
    tab.page.get_by_role("button", name="Remove contact").click()
    tab.page.get_by_role("button", name="Remove the contact").click()
    tab.page.locator(".badge", has_text="Canceled").first.wait_for()
    states = {call["to"]: call["state"] for call in live.site.calls_of(campaign)}
    assert states == {one["to"]: "canceled", other["to"]: "queued"}


def test_the_audit_tells_who_changed_what(live: LiveSite, new_tab: NewTab) -> None:
    campaign = live.site.campaign()
    live.site.patch(f"/api/campaigns/{campaign}", {"name": "<b>Another</b>"}).ok()
    tab = new_tab()
    tab.go("audit")
    edit = tab.page.locator("tr", has_text="edit campaign")
    edit.locator("summary").click()
    assert 'name: "Reminders" → "<b>Another</b>"' in edit.inner_text()
    edit.get_by_role("link", name=campaign).click()
    tab.page.get_by_role("heading", name="<b>Another</b>").wait_for()


def test_who_edits_what_another_has_changed_meanwhile_is_told(live: LiveSite, new_tab: NewTab) -> None:
    campaign = live.site.campaign()
    tab = new_tab()
    tab.go(f"campaigns/{campaign}/edit")
    live.site.patch(f"/api/campaigns/{campaign}", {"name": "Another's"}).ok()
    tab.page.get_by_label("Calls in flight").fill("7")
    tab.page.get_by_role("button", name="Save").click()
    tab.page.get_by_text("It was changed since you read it").wait_for()
    assert live.site.get(f"/api/campaigns/{campaign}").ok()["limits"]["calls_in_flight"] is None


def test_what_cannot_be_undone_asks_once(live: LiveSite, new_tab: NewTab) -> None:
    campaign = live.site.campaign(callee(1), start=True, hours={"tue": NINE_TO_FIVE})
    tab = new_tab()
    tab.go(f"campaigns/{campaign}")
    for answer, status in (("Keep it as it is", "running"), ("Cancel the campaign", "canceled")):
        tab.page.get_by_role("button", name="Cancel campaign").click()
        tab.page.get_by_role("dialog").get_by_role("button", name=answer).click()
        if status == "canceled":
            tab.page.locator(".badge", has_text="Canceled").first.wait_for()
        assert live.site.get(f"/api/campaigns/{campaign}").ok()["status"] == status


def test_a_call_from_the_page_and_a_number_that_is_not_called(live: LiveSite, new_tab: NewTab) -> None:
    tab = new_tab()
    tab.go("calls/new")
    tab.page.get_by_label("Number", exact=True).fill(callee(1))
    tab.page.get_by_role("button", name="Call now").click()
    tab.page.get_by_role("heading", name="Attempts").wait_for()
    live.run_for(minutes=1)
    assert live.site.rung() == [callee(1)]

    tab.go("do-not-call")
    tab.page.get_by_label("Number", exact=True).fill(callee(2))
    tab.page.get_by_role("button", name="Add", exact=True).click()
    tab.page.get_by_role("button", name=f"Remove {callee(2)}").click()
    tab.page.get_by_role("button", name="Allow calls").click()
    tab.page.get_by_role("button", name="Undo").click()
    tab.page.get_by_role("button", name=f"Remove {callee(2)}").wait_for()
    (barred,) = live.site.get("/api/do-not-call").ok()["data"]
    assert barred["phone"] == callee(2)


# --- who may look ---------------------------------------------------------------------------------------


def test_a_key_that_does_not_hold_is_told_so(live: LiveSite, new_tab: NewTab) -> None:
    tab = new_tab("")
    tab.page.goto(live.url)
    for wrong in ("rv_" + "0" * 64, "ключ"):
        tab.page.get_by_label("API key").fill(wrong)
        tab.page.get_by_role("button", name="Sign in", exact=True).click()
        tab.page.get_by_text("This key is not valid.").wait_for()
    assert "/api/campaigns" not in " ".join(tab.asked)


def test_a_key_is_shown_once_and_ends_when_it_is_revoked(new_tab: NewTab) -> None:
    admin = new_tab()
    admin.go("keys")
    admin.page.get_by_label("Label").fill("for Grace")
    admin.page.get_by_role("button", name="Make a key").click()
    key = admin.page.locator("dialog code").inner_text()
    admin.page.get_by_role("button", name="I have it").click()
    admin.page.locator("dialog").wait_for(state="detached")
    assert key not in admin.page.content()

    reader = new_tab(key)
    admin.page.get_by_role("button", name="Revoke for Grace").click()
    admin.page.get_by_role("button", name="Revoke it").click()
    admin.page.get_by_text("revoked", exact=True).wait_for()
    reader.page.evaluate("location.hash = '#/campaigns'")
    reader.page.get_by_text("Your key does not hold any more").wait_for()
    assert reader.page.evaluate("sessionStorage.length + localStorage.length") == 0


def test_a_page_that_looks_again_with_a_key_that_was_revoked_says_so(live: LiveSite, new_tab: NewTab) -> None:
    made = live.site.post("/api/keys", {"label": "Grace", "scope": "read"}).ok(201)
    tab = new_tab(made["key"])
    live.site.send("DELETE", f"/api/keys/{made['id']}")
    look_again(tab)
    tab.page.get_by_text("Your key does not hold any more").wait_for()


def test_too_little_a_key_is_told_what_it_would_need(live: LiveSite, new_tab: NewTab) -> None:
    key = live.site.post("/api/keys", {"label": "looks", "scope": "read"}).ok(201)["key"]
    tab = new_tab(key)
    tab.page.evaluate("location.hash = '#/keys'")
    tab.page.get_by_text("This needs a key of scope admin").wait_for()


# --- what others have written ---------------------------------------------------------------------------


def test_what_others_have_written_is_shown_as_text_and_breaks_nothing(
    live: LiveSite, new_tab: NewTab
) -> None:
    name = HOSTILE[:200]
    campaign = live.site.campaign(callee(2), name=name, start=True, hours={"tue": NINE_TO_FIVE})
    note = (HOSTILE * NOTE_CHARACTERS)[:CELL_CHARACTERS_MAX].strip().ljust(CELL_CHARACTERS_MAX, "x")
    quoted = (text.replace('"', '""') for text in (name, note))
    row = f'{callee(1)},"{next(quoted)}","{next(quoted)}"'
    live.site.post(f"/api/campaigns/{campaign}/contacts", f"phone,name,<b>note</b>\n{row}".encode()).ok(201)
    long = live.site.campaign()
    store = live.site.world.service.outside.store
    stored = store.get(Campaign, long)
    assert stored is not None
    settings = replace(stored.record.settings, name="عx" * 5_000)  # longer than the API takes
    store.commit([Update(replace(stored.record, settings=settings), stored.version)])
    contact = live.site.calls_of(campaign)[0]["id"]
    assert live.site.get(f"/api/calls/{contact}").ok()["variables"] == {"<b>note</b>": note}
    longer = live.site.call(callee(4))["id"]
    called = store.get(Call, longer)
    assert called is not None
    said = (HOSTILE * NOTE_CHARACTERS)[:NOTE_CHARACTERS]  # ten times what the API takes
    store.commit([Update(replace(called.record, variables={"note": said}), called.version)])
    live.site.post("/api/do-not-call", {"phone": callee(3), "reason": name}).ok(201)
    agent = live.site.agent(name=name)

    tab = new_tab()
    tab.page.set_viewport_size(PHONE)
    for path in (
        "",
        "campaigns",
        f"campaigns/{campaign}",
        f"campaigns/{long}",
        f"calls/{contact}",
        f"calls/{longer}",
        "agents",
        f"agents/{agent}",
        "calls/new",
        "do-not-call",
    ):
        tab.go(path)
        assert tab.page.locator("main script, main img[src=x], main b").count() == 0
        assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert name in tab.main().replace("\n", " ")
    for call, text in ((contact, note), (longer, said)):
        tab.go(f"calls/{call}")
        assert text in tab.page.locator("main dd").all_text_contents()
    tab.go(f"campaigns/{campaign}/edit")
    assert tab.page.get_by_label("Name", exact=True).input_value() == name


# --- what an open tab costs -----------------------------------------------------------------------------


def constants() -> dict[str, int]:
    found = re.findall(
        r"const (\w+) = (\d+);", (FOLDER / "poll.js").read_text() + (FOLDER / "page_home.js").read_text()
    )
    return {name: int(value) for name, value in found}


def hide(tab: Tab, hidden: bool) -> None:
    tab.page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def pass_minutes(tab: Tab, minutes: int) -> None:
    """On the browser's clock."""
    for _ in range(minutes):
        tab.page.clock.run_for(60_000)
        tab.page.wait_for_load_state("networkidle")
        tab.page.evaluate("fetch('/healthz').then(answer => answer.text())")  # behind what it has asked


def test_an_open_tab_asks_little_of_a_service_that_sleeps_and_nothing_when_hidden(
    live: LiveSite, new_tab: NewTab
) -> None:
    live.site.campaign(callee(1), start=True, hours={"tue": NINE_TO_FIVE})
    live.run_for(minutes=15)
    tab = new_tab("")
    tab.page.clock.install()
    tab.sign_in(live.site.key)
    pass_minutes(tab, 5)  # it has slowed down

    def of_the_api() -> list[str]:
        return [asked for asked in tab.asked if " /api/" in asked]

    before, receipts = len(of_the_api()), len(live.site.receipts)
    pass_minutes(tab, MINUTES_PER_HOUR)
    asked = of_the_api()[before:]
    looks = MINUTES_PER_HOUR * 60 // constants()["POLL_SECONDS_MAX"]
    at_all = looks // (constants()["LOOKS_AT_STATUS_ALONE"] + 1)
    assert looks // 2 <= asked.count("GET /api/status") <= looks  # an answer that is late makes fewer
    of_each = 5  # wakes, running, paused and uncertain, and the one that runs
    assert len(asked) <= looks + of_each * (at_all + 1)
    reads = sum(receipt["reads"] for receipt in live.site.receipts[receipts:])
    assert reads <= 8 * looks

    hide(tab, True)
    pass_minutes(tab, 1)  # what was on its way has come
    before = len(of_the_api())
    pass_minutes(tab, 10)
    assert len(of_the_api()) == before
    with tab.page.expect_response("**/api/status"):
        hide(tab, False)


def test_the_readme_tells_what_an_open_tab_costs() -> None:
    readme = (FOLDER.parents[1] / "README.md").read_text()
    hourly = MINUTES_PER_HOUR * 60 // constants()["POLL_SECONDS_MAX"]
    assert f"{hourly} requests an hour" in readme


def test_a_campaigns_page_is_one_request_of_fifteen_reads_and_the_calls_that_it_shows(
    live: LiveSite, new_tab: NewTab
) -> None:
    campaign = live.site.campaign(*map(callee, range(60)), start=True)
    live.run_for(minutes=20)
    tab = new_tab()
    asked, receipts = len(tab.asked), len(live.site.receipts)
    tab.go(f"campaigns/{campaign}")
    path = f"/api/campaigns/{campaign}"
    assert [each for each in tab.asked[asked:] if "/api/" in each] == [f"GET {path}/overview"]
    shown = tab.page.locator("main tbody tr").count()
    assert shown == 50
    assert sum(receipt["reads"] for receipt in live.site.receipts[receipts:]) <= 15 + shown

    tab.page.get_by_role("button", name="Count").click()
    tab.page.get_by_role("region", name="Calls by the hour of the day").wait_for()
    (noon,) = (hour for hour in live.site.get(f"{path}/hours").ok()["data"] if hour["dials"])
    assert f"12:00\t{noon['dials']}\t" in tab.main()
    tab.page.get_by_role("button", name="Forecast").click()
    tab.page.get_by_role("button", name="Forecast again").wait_for()


def test_home_tells_what_the_month_has_cost_beside_a_server_that_never_sleeps(
    live: LiveSite, new_tab: NewTab
) -> None:
    live.site.campaign(callee(0), callee(1), start=True)
    live.run_for(days=2)
    tab = new_tab()
    month = tab.page.locator("section", has=tab.page.get_by_role("heading", name="This month")).last
    month.get_by_text("Within the free tiers").click()
    text = month.inner_text()
    told = live.site.get("/api/usage").ok()
    assert f"Dials\n{told['counted']['dials']}\n" in text
    for name in ("total", "never_sleeping"):
        assert f"{told['worked_out'][name]['amount'] / 100:.2f}" in text
    assert "vcpu seconds" in text
    assert tab.asked.count("GET /api/usage") == 1


def test_home_shows_past_wakes_and_how_many_calls_they_began(live: LiveSite, new_tab: NewTab) -> None:
    live.site.campaign(*map(callee, range(5)), start=True, hours=dict.fromkeys(DAYS_OF_WEEK, NINE_TO_FIVE))
    live.run_for(minutes=40)
    wakes = live.site.get("/api/receipts?limit=48").ok()["data"]
    begun = sum(wake["claimed"] for wake in wakes)
    assert begun >= 5
    row = new_tab().page.locator(".strip-row", has_text=f"{len(wakes)} wake").get_by_role("img")
    told = str(row.get_attribute("aria-label"))
    assert f"{begun} calls begun: " in told
    assert told.count(": ") == 1 + len(wakes)
    assert row.locator("[title]").count() == len(wakes)


class RefusesAll:
    def request(self, *_asked: object, **_more: object) -> HttpResponse:
        return HttpResponse(401, {}, b"{}")


def refusal() -> Refused:
    """What is said of a key that a provider does not take, by what says it."""
    api = ProviderApi(RefusesAll(), "Vapi", "https://api.example", {})
    answer = api.create("/call", b"{}", id_of=lambda _said: None, fault_of=lambda _said: None)
    assert isinstance(answer, Refused)
    return answer


def test_home_tells_of_credentials_that_a_provider_refuses(live: LiveSite, new_tab: NewTab) -> None:
    call = live.site.call(callee(1), not_before="2026-03-09T18:00:00Z")["id"]
    store = live.site.world.service.outside.store
    stored = store.get(Call, call)
    assert stored is not None
    store.commit([Update(replace(stored.record, trouble=refusal().reason), stored.version)])
    tab = new_tab()
    told = tab.page.locator("li", has_text="Vapi refused the account (401). Look at the credentials.")
    told.get_by_role("link").click()
    tab.page.get_by_text("It could not be dialled, and is tried again: Vapi refused the account").wait_for()
    taken = store.get(Call, call)
    assert taken is not None
    store.commit([Update(replace(taken.record, trouble=None), taken.version)])
    later = new_tab()
    assert later.page.get_by_text("Needs attention").count() == 0


def test_the_first_view_is_few_requests_and_few_bytes(live: LiveSite, new_tab: NewTab) -> None:
    """How long they take is printed, not asserted: that is the machine's."""
    live.site.campaign(callee(1), start=True, hours={"tue": NINE_TO_FIVE})
    tab = new_tab("")
    tab.page.add_init_script(f"sessionStorage.setItem('reveille.key', '{live.site.key}')")
    tab.page.add_init_script(FIRST_VIEW)
    tab.page.goto(live.url)
    tab.settle()
    seen = tab.page.evaluate("window.firstView")
    paint = tab.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    requests, sent = len(seen["asked"]), sum(size for _, size in seen["asked"])
    print(f"first paint {paint:.0f} ms, Home {seen['at']:.0f} ms, {requests} requests, {sent:,} bytes")
    assert "/api/receipts" in [path for path, _ in seen["asked"]]
    assert requests <= FIRST_VIEW_REQUESTS_MAX
    assert sent <= FIRST_VIEW_BYTES_MAX


def test_what_goes_wrong_while_a_page_looks_again_is_told_once(new_tab: NewTab) -> None:
    tab = new_tab()
    tab.page.route("**/api/status", lambda route: route.fulfill(status=500, body="{}"))
    for _ in range(2):
        look_again(tab)
        tab.page.get_by_text("The service answered with status 500.").wait_for()
    assert tab.page.get_by_text("The service answered with status 500.").count() == 1
    tab.troubles.clear()  # the browser says that it was answered so


def test_offline_is_said_and_ends_by_itself(new_tab: NewTab) -> None:
    tab = new_tab()
    tab.page.context.set_offline(True)
    tab.page.get_by_text("Offline: what you see may be old.").wait_for()
    tab.page.get_by_role("link", name="Campaigns", exact=True).click()
    tab.page.get_by_text("The service cannot be reached").wait_for()
    tab.troubles.clear()  # the browser says so, too
    tab.page.context.set_offline(False)
    tab.page.get_by_role("button", name="Try again").click()
    tab.page.get_by_text("There is no campaign yet.").wait_for()
    assert tab.page.get_by_text("Offline: what you see may be old.").is_hidden()


# --- how it looks, and to whom --------------------------------------------------------------------------


def pages(live: LiveSite) -> dict[str, str]:
    """Paths by name, of an account that has all that they show."""
    hours = dict.fromkeys(WORK_DAYS, NINE_TO_FIVE)
    site = live.site
    retry = {"busy": [{"after_minutes": 15}], "no_answer": [{"after_minutes": 120}]}
    running = site.campaign(
        *(callee(number) for number in range(30)),
        name="Spring reminders",
        hours=hours,
        retry=retry,
        start=True,
    )
    site.campaign(callee(40), name="Tuesday calls", hours={"tue": NINE_TO_FIVE}, start=True)
    tight = {"budget": {"amount": 1, "currency": "USD"}}
    site.campaign(callee(50), name="Tight budget", limits=tight, start=True)
    draft = site.campaign(name="A draft")
    agent = site.agent(name="Ada the agent")
    site.agent(name="Bob the agent")
    site.post("/api/do-not-call", {"phone": callee(60), "reason": "asked by letter"}).ok(201)
    live.run_for(minutes=40)
    calls = site.calls_of(running)
    return {
        "home": "",
        "campaigns": "campaigns",
        "campaign": f"campaigns/{running}",
        "draft": f"campaigns/{draft}",
        "new": "campaigns/new",
        "edit": f"campaigns/{running}/edit",
        "import": f"campaigns/{draft}/import",
        "calls": "calls",
        "call": f"calls/{next(call['id'] for call in calls if call['finished_at'])}",
        "waiting": f"calls/{next(call['id'] for call in calls if call['state'] == 'queued')}",
        "direct-call": "calls/new",
        "agents": "agents",
        "agent": f"agents/{agent}",
        "do-not-call": "do-not-call",
        "keys": "keys",
        "audit": "audit",
        "account": "account",
        "nowhere": "nowhere",
    }


def look_at(tab: Tab, name: str, theme: str) -> list[str]:
    """A picture, and what axe finds against it."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for size, shape in (("desktop", {"width": 1280, "height": 900}), ("phone", PHONE)):
        tab.page.set_viewport_size(shape)
        tab.page.screenshot(path=SCREENSHOTS / f"{name}-{theme}-{size}.png", full_page=True)
        violations = Axe().run(tab.page).response["violations"]
        found += [
            f"{name} ({theme}, {size}): {violation['id']} {node['target']} {node['failureSummary']}"
            for violation in violations
            for node in violation["nodes"]
        ]
        if not tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"{name} ({theme}, {size}) is wider than the window")
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_for_everybody(live: LiveSite, new_tab: NewTab, theme: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    tab = new_tab("", color_scheme=theme)
    tab.page.goto(live.url)
    tab.page.get_by_label("API key").wait_for()
    found = look_at(tab, "sign-in", theme)
    tab.sign_in(live.site.key)
    for name, path in pages(live).items():
        tab.go(path)
        found += look_at(tab, name, theme)
    tab.go(pages_preview(live))
    tab.page.get_by_label("Or paste the rows").fill(
        f"phone,name,day\n{callee(70)},Ada,Monday\n12,Bob,Tuesday"
    )
    tab.page.get_by_role("button", name="Look at it").click()
    tab.page.get_by_label("What “phone” is").wait_for()
    found += look_at(tab, "import-preview", theme)
    assert found == []


def pages_preview(live: LiveSite) -> str:
    return f"campaigns/{live.site.campaign()}/import"


def test_the_theme_can_be_chosen_and_stays(new_tab: NewTab) -> None:
    tab = new_tab(color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = tab.page.evaluate(ground)
    tab.page.get_by_role("button", name="Dark theme").click()
    dark = tab.page.evaluate(ground)
    tab.page.reload()
    tab.settle()
    assert tab.page.evaluate(ground) == dark != light


def test_the_keyboard_goes_everywhere(new_tab: NewTab) -> None:
    tab = new_tab()
    tab.page.reload()
    tab.settle()
    tab.page.keyboard.press("Tab")
    assert tab.page.locator(":focus").inner_text() == "Skip to the content"
    tab.page.keyboard.press("Enter")
    assert tab.page.locator(":focus").get_attribute("id") == "main"
    tab.page.get_by_role("link", name="Campaigns", exact=True).focus()
    tab.page.keyboard.press("Enter")
    tab.page.get_by_role("heading", name="Campaigns", level=1).wait_for()
    tab.page.wait_for_function("document.activeElement.tagName === 'H1'")
    assert tab.page.title() == "Campaigns · Reveille"
