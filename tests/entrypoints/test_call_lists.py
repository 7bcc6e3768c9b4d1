"""Lists of calls: an account's, the newest first, and a campaign's; all of them, or those that are wanted."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from tests.support.api import NINE_TO_FIVE, Site, callee

ENDED = 3  # of the campaign's calls; the others wait


@pytest.fixture(scope="module")
def filled(module_site: Site) -> tuple[Site, str]:
    """A direct call, then a campaign with calls of which some are canceled, each a minute later."""
    site = module_site
    site.call(callee(90))
    site.world.clock.advance(seconds=60)
    campaign = site.campaign(hours={"tue": NINE_TO_FIVE})
    for number in range(7):
        site.world.clock.advance(seconds=60)
        site.post(f"/api/campaigns/{campaign}/contacts", f"phone\n{callee(number)}\n".encode()).ok(201)
    for call in site.calls_of(campaign)[:ENDED]:
        site.post(f"/api/calls/{call['id']}/cancel").ok()
    site.world.clock.advance(seconds=60)
    site.call(callee(0), not_before="2026-03-04T18:00:00Z")
    return site, campaign


def listed(site: Site, path: str, query: str = "") -> list[Any]:
    return site.get(f"{path}?limit=200&{query}".rstrip("&?")).ok()["data"]


def numbers(calls: Iterable[Any]) -> list[str]:
    return [call["to"] for call in calls]


def paths(campaign: str) -> tuple[str, str]:
    return "/api/calls", f"/api/campaigns/{campaign}/calls"


def test_an_accounts_calls_are_all_there_the_newest_first(filled: tuple[Site, str]) -> None:
    site, campaign = filled
    calls = listed(site, "/api/calls")
    assert numbers(calls) == [callee(0), *(callee(n) for n in reversed(range(7))), callee(90)]
    assert [call["campaign_id"] for call in calls] == [None, *[campaign] * 7, None]
    assert calls[1] == site.get(f"/api/calls/{calls[1]['id']}").ok()


def wanted(call: Any, **filters: str) -> bool:
    """As the parameters mean it, said once more."""
    return (
        filters.get("state", call["state"]) == call["state"]
        and filters.get("outcome", call["outcome"]) == call["outcome"]
        and filters.get("phone", call["to"]) == call["to"]
        and filters.get("created_after", "") <= call["created_at"]
        and call["created_at"] < filters.get("created_before", "9")
    )


BOTH: list[dict[str, str]] = [
    {},
    {"state": "queued"},
    {"state": "canceled"},
    {"state": "ringing"},
    {"outcome": "canceled"},
    {"outcome": "busy"},
    {"phone": callee(0)},
    {"phone": callee(55)},
    {"created_after": "2026-03-02T18:04:00.000Z"},
    {"created_before": "2026-03-02T18:04:00.000Z"},
    {"created_after": "2026-03-02T18:03:00.000Z", "created_before": "2026-03-02T18:06:00.000Z"},
    {"created_after": "2026-03-02T18:06:00.000Z", "created_before": "2026-03-02T18:03:00.000Z"},
    {"state": "queued", "created_after": "2026-03-02T18:06:00.000Z"},
    {"outcome": "canceled", "created_before": "2026-03-02T18:04:00.000Z"},
    {"phone": callee(0), "created_after": "2026-03-02T18:05:00.000Z"},
]
OF_CAMPAIGNS: list[dict[str, str]] = [
    {"phone": callee(0), "state": "canceled"},
    {"phone": callee(0), "state": "queued"},
    {"phone": callee(6), "outcome": "canceled"},
    {"phone": callee(6), "state": "queued", "created_after": "2026-03-02T18:07:00.000Z"},
]


def query_of(filters: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in filters.items())


@pytest.mark.parametrize("filters", BOTH, ids=query_of)
def test_a_list_shows_what_is_wanted_in_the_same_order(
    filled: tuple[Site, str], filters: dict[str, str]
) -> None:
    site, campaign = filled
    for path in paths(campaign):
        everything = listed(site, path)
        assert listed(site, path, query_of(filters)) == [c for c in everything if wanted(c, **filters)]


@pytest.mark.parametrize("filters", OF_CAMPAIGNS, ids=query_of)
def test_in_a_campaign_a_number_goes_with_all_others(
    filled: tuple[Site, str], filters: dict[str, str]
) -> None:
    site, campaign = filled
    path = f"/api/campaigns/{campaign}/calls"
    assert listed(site, path, query_of(filters)) == [c for c in listed(site, path) if wanted(c, **filters)]


SPAN = "created_after=2026-03-02T18:03:00Z&created_before=2026-03-02T18:08:00Z"


@pytest.mark.parametrize("query", ["", "state=queued", SPAN, f"{SPAN}&state=queued"])
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_hold_what_is_wanted_once_and_in_order(
    filled: tuple[Site, str], query: str, limit: int
) -> None:
    site, campaign = filled
    for path in paths(campaign):
        everything = [call["id"] for call in listed(site, path, query)]
        found, cursor = [], ""
        while cursor is not None:
            page = site.get(f"{path}?limit={limit}&{query}&cursor={cursor}".replace("&&", "&")).ok()
            assert 0 < len(page["data"]) <= limit
            found += [call["id"] for call in page["data"]]
            cursor = page["next_cursor"]
        assert found == everything


def test_a_cursor_from_outside_of_what_is_wanted_shows_nothing_else(filled: tuple[Site, str]) -> None:
    site, campaign = filled
    for path in paths(campaign):
        everything = listed(site, path)
        page = site.get(f"{path}?limit=2").ok()
        assert listed(site, path, f"{SPAN}&cursor={page['next_cursor']}") == [
            call
            for call in everything[2:]
            if wanted(call, created_after="2026-03-02T18:03", created_before="2026-03-02T18:08")
        ]


@pytest.mark.parametrize("phone", ["%2B13125550100", "+13125550100", "312-555-0100", "(312)%20555%200100"])
def test_a_number_may_be_written_in_many_ways(filled: tuple[Site, str], phone: str) -> None:
    site, campaign = filled
    assert numbers(listed(site, "/api/calls", f"phone={phone}")) == [callee(0)] * 2
    assert numbers(listed(site, f"/api/campaigns/{campaign}/calls", f"phone={phone}")) == [callee(0)]


@pytest.mark.parametrize(
    "moment", ["2026-03-02T18:05:00Z", "2026-03-02t19:05:00+01:00", "2026-03-02T12:05:00.000-06:00"]
)
def test_a_moment_may_have_any_offset(filled: tuple[Site, str], moment: str) -> None:
    site, campaign = filled
    for path in paths(campaign):
        later = [call for call in listed(site, path) if call["created_at"] >= "2026-03-02T18:05"]
        assert listed(site, path, f"created_after={moment}") == later != []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=ended", "state"),
        ("state=", "state"),
        ("state=queued,busy", "state"),
        ("state=queued&state=busy", "state"),
        ("outcome=queued", "outcome"),
        ("outcome=ringing", "outcome"),
        ("state=busy&outcome=busy", "outcome"),
        ("phone=", "phone"),
        ("phone=Ada", "phone"),
        ("created_after=yesterday", "created_after"),
        ("created_after=", "created_after"),
        ("created_after=2026-03-02", "created_after"),
        ("created_after=1772474700", "created_after"),
        ("created_before=2026-03-02T18:05:00", "created_before"),
        ("created_before=2026-02-30T18:05:00Z", "created_before"),
        ("created_before=0001-01-01T00:00:00%2B14:00", "created_before"),
        ("created_before=٢026-03-02T18:05:00Z", "created_before"),
        ("limit=0", "limit"),
        ("sort=name", "sort"),
        ("State=busy", "State"),
        (f"{'x' * 150}=1", "x" * 100),
    ],
)
def test_a_wrong_parameter_is_refused_by_its_name(filled: tuple[Site, str], query: str, field: str) -> None:
    site, campaign = filled
    for path in paths(campaign):
        error = site.get(f"{path}?{query}").error(422, "invalid")
        assert error["details"][0]["field"] == field


@pytest.mark.parametrize("other", ["state", "outcome"])
def test_what_no_index_serves_is_refused_and_says_what_goes_together(
    filled: tuple[Site, str], other: str
) -> None:
    site, _ = filled
    error = site.get(f"/api/calls?phone=%2B13125550100&{other}=busy").error(422, "invalid")
    assert error["details"][0]["field"] == "phone"
    assert error["message"] == (
        f"phone: cannot be combined with {other}; it can be with created_after and created_before"
    )


def test_another_accounts_calls_are_not_there(filled: tuple[Site, str]) -> None:
    site, campaign = filled
    other = site.beside()
    for filters in BOTH:
        assert listed(other, "/api/calls", query_of(filters)) == []
        reply = other.get(f"/api/campaigns/{campaign}/calls?{query_of(filters)}")
        reply.error(404, "not_found")


def test_a_page_costs_the_calls_that_it_shows(filled: tuple[Site, str]) -> None:
    """Beside them the key and the account, one call more than is shown, and for a campaign's the campaign."""
    site, campaign = filled
    for path, beside in zip(paths(campaign), (3, 4), strict=True):
        for query in ("", "&state=queued", "&created_after=2026-03-02T18:03:00Z"):
            shown = site.get(f"{path}?limit=2{query}").ok()["data"]
            assert site.receipts[-1]["reads"] == len(shown) + beside
    site.get(f"/api/campaigns/{campaign}/calls?phone=%2B13125550100").ok()
    assert site.receipts[-1]["reads"] == 4


def test_a_call_that_moves_on_is_found_by_its_new_state(site: Site) -> None:
    campaign = site.campaign(callee(0), start=True)
    site.world.run_until(site.world.clock.now() + timedelta(hours=1))
    (call,) = site.calls_of(campaign)
    for path in paths(campaign):
        assert listed(site, path, f"outcome={call['outcome']}") == [call]
        assert listed(site, path, "state=queued") == []
