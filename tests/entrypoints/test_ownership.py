"""What one account owns, no other account can see or touch."""

from datetime import timedelta

import pytest

from service.usecases.accounts import first_account
from tests.support.api import NINE_TO_FIVE, Reply, Site, callee, csv


def same(one: Reply, other: Reply) -> bool:
    """Apart from the request's own id and the thing's name that was asked for."""
    hers, nobodys = one.error(404, "not_found"), other.error(404, "not_found")
    return hers["message"].split(" ")[:-1] == nobodys["message"].split(" ")[:-1]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/campaigns/{}"),
        ("GET", "/api/campaigns/{}/calls"),
        ("GET", "/api/campaigns/{}/calls?phone=+13125550100"),
        ("GET", "/api/campaigns/{}/export"),
        ("GET", "/api/campaigns/{}/export?format=jsonl"),
        ("POST", "/api/campaigns/{}/start"),
        ("POST", "/api/campaigns/{}/pause"),
        ("POST", "/api/campaigns/{}/resume"),
        ("POST", "/api/campaigns/{}/cancel"),
        ("POST", "/api/campaigns/{}/contacts"),
    ],
)
def test_anothers_campaign_does_not_exist(site: Site, method: str, path: str) -> None:
    id = site.campaign(callee(0), start=True, hours={"tue": NINE_TO_FIVE})
    other = site.beside()
    before = site.commits()
    body = csv(callee(1)) if path.endswith("contacts") else b""
    reply = other.send(method, path.format(id), body)
    assert same(reply, other.send(method, path.format("cmp_nobody"), body))
    assert site.commits() == before


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/calls/{}"), ("POST", "/api/calls/{}/cancel")])
def test_anothers_call_does_not_exist(site: Site, method: str, path: str) -> None:
    direct, (of_campaign,) = site.call(), site.calls_of(site.campaign(callee(0)))
    other = site.beside()
    before = site.commits()
    for call in (direct, of_campaign):
        reply = other.send(method, path.format(call["id"]))
        assert same(reply, other.send(method, path.format("call_nobody")))
    assert site.commits() == before


def test_lists_hold_the_accounts_own(site: Site) -> None:
    other = site.beside()
    mine, theirs = site.campaign(), other.campaign()
    assert [campaign["id"] for campaign in site.get("/api/campaigns").ok()["data"]] == [mine]
    assert [campaign["id"] for campaign in other.get("/api/campaigns").ok()["data"]] == [theirs]


def test_the_queue_of_direct_calls_is_no_campaign(site: Site) -> None:
    site.call()
    assert site.get("/api/campaigns").ok()["data"] == []


def test_the_queue_of_direct_calls_cannot_be_touched(site: Site) -> None:
    account = first_account(site.world.service.outside)
    assert account is not None
    for path in ("", "/calls"):
        site.get(f"/api/campaigns/direct_{account.id}{path}").error(404, "not_found")
    for step in ("pause", "cancel", "contacts"):
        site.post(f"/api/campaigns/direct_{account.id}/{step}", b"phone\n+13125550100").error(
            404, "not_found"
        )


def test_two_accounts_may_call_the_same_number_and_both_do(site: Site) -> None:
    other = site.beside()
    ids = [each.campaign(callee(0), start=True) for each in (site, other)]
    site.world.run_until(site.world.clock.now() + timedelta(hours=1))
    assert site.rung() == [callee(0)] * 2
    for each, id in zip((site, other), ids, strict=True):
        assert each.get(f"/api/campaigns/{id}").ok()["progress"]["total"] == 1


def test_one_account_with_everything_waiting_leaves_the_other_its_slots(site: Site) -> None:
    site.campaign(*(callee(number) for number in range(20)), start=True)
    other = site.beside()
    id = other.campaign(callee(50), start=True)
    assert other.get(f"/api/campaigns/{id}").ok()["progress"]["in_flight"] == 1


@pytest.mark.parametrize("id", ["cmp_nobody", "%00", "%ff", "..%2f..", "a" * 2000, "direct_", "%F0%9F%93%9E"])
def test_what_nobody_owns_is_not_found(module_site: Site, id: str) -> None:
    module_site.get(f"/api/campaigns/{id}").error(404, "not_found")
    module_site.get(f"/api/calls/{id}").error(404, "not_found")
