"""`ETag`, `If-None-Match` and `If-Match`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.account import Account
from service.domain.campaign import Campaign
from service.ports import Update
from tests.support.api import CAMPAIGN, Reply, Site, callee, csv
from tests.support.fakes import HookedStore, committing

Address = Callable[[Site], str]


def of_campaign(site: Site) -> str:
    return f"/api/campaigns/{site.campaign()}"


def of_call(site: Site) -> str:
    return f"/api/calls/{site.call()['id']}"


def of_account(_site: Site) -> str:
    return "/api/account"


LISTS = (
    "/api/campaigns",
    "/api/calls",
    "/api/receipts",
    "{campaign}/calls",
    "{campaign}/waiting",
    "{campaign}/overview",
)

each_resource = pytest.mark.parametrize("address", [of_campaign, of_call, of_account])
each_edited = pytest.mark.parametrize("address", [of_campaign, of_account])


def seen(site: Site, path: str) -> str:
    reply = site.get(path)
    reply.ok()
    return reply.headers["etag"]


def get(site: Site, path: str, if_none_match: str) -> Reply:
    return site.send("GET", path, headers={"If-None-Match": if_none_match})


def patch(site: Site, path: str, if_match: str, body: bytes = b'{"name": "Other"}') -> Reply:
    return site.send("PATCH", path, body, {"If-Match": if_match, "Content-Type": "application/json"})


def move(site: Site, kind: type[Any], id: str, **changes: Any) -> None:
    """As a pass does it."""
    store = site.world.service.outside.store
    read = store.get(kind, id)
    assert read is not None
    store.commit([Update(replace(read.record, **changes), read.version)])


# --- reading --------------------------------------------------------------------------------------------


@each_resource
def test_what_has_not_changed_is_not_sent_again(site: Site, address: Address) -> None:
    path = address(site)
    etag = seen(site, path)
    assert etag.startswith('"')  # strong
    assert etag.endswith('"')
    reply = get(site, path, etag)
    assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", etag)
    assert "content-type" not in reply.headers


@each_resource
@pytest.mark.parametrize("if_none_match", ["*", "W/{}", '"other", {}'])
def test_it_is_named_in_several_ways(site: Site, address: Address, if_none_match: str) -> None:
    path = address(site)
    assert get(site, path, if_none_match.format(seen(site, path))).status == 304


@each_resource
@pytest.mark.parametrize("if_none_match", ['"other"', "", "other", '""'])
def test_what_was_not_seen_is_sent(site: Site, address: Address, if_none_match: str) -> None:
    path = address(site)
    assert get(site, path, if_none_match).ok() == site.get(path).ok()


def test_a_campaign_whose_calls_went_on_is_sent_again(site: Site) -> None:
    path = of_campaign(site)
    etag = seen(site, path)
    site.post(f"{path}/contacts", csv(callee(0))).ok(201)
    assert get(site, path, etag).ok()["progress"]["total"] == 1


def test_a_call_that_went_on_is_sent_again(site: Site) -> None:
    path = of_call(site)
    etag = seen(site, path)
    site.world.run_until(site.world.clock.now() + timedelta(hours=1))
    assert get(site, path, etag).ok()["finished_at"]


@pytest.mark.parametrize("path", LISTS)
def test_what_is_looked_at_again_and_again_is_sent_when_it_has_changed(site: Site, path: str) -> None:
    """It costs the reads that it costs; the bytes are spared."""
    path = path.format(campaign=of_campaign(site))
    etag = seen(site, path)
    told = site.receipts[-1]
    reply = get(site, path, etag)
    assert (reply.status, reply.body) == (304, b"")
    assert site.receipts[-1]["reads"] == told["reads"]
    campaign = site.get("/api/campaigns").ok()["data"][0]["id"]
    site.post(f"/api/campaigns/{campaign}/contacts", csv(*map(callee, range(3)))).ok(201)
    site.post(f"/api/campaigns/{campaign}/start").ok()
    assert get(site, path, etag).ok()


def test_the_status_is_the_same_while_only_the_time_goes_on(site: Site) -> None:
    site.campaign(callee(0), start=True, hours={"tue": [{"start": "09:00", "end": "17:00"}]})
    etag = seen(site, "/api/status")
    assert etag.startswith('W/"')
    site.world.clock.advance(hours=1)
    assert get(site, "/api/status", etag).status == 304
    site.world.clock.advance(hours=20, seconds=1)  # it opens
    assert get(site, "/api/status", etag).ok()["awake"]


def test_what_does_not_exist_has_no_tag(module_site: Site) -> None:
    reply = get(module_site, "/api/campaigns/cmp_none", "*")
    reply.error(404, "not_found")
    assert "etag" not in reply.headers


# --- editing --------------------------------------------------------------------------------------------


@each_edited
def test_what_was_seen_is_edited_and_the_answers_tag_serves_for_the_next_edit(
    site: Site, address: Address
) -> None:
    path = address(site)
    etag = seen(site, path)
    for name in (b'{"name": "One"}', b'{"name": "Two"}', b'{"name": "Three"}'):
        reply = patch(site, path, etag, name)
        reply.ok()
        etag = reply.headers["etag"]
    assert site.get(path).ok()["name"] == "Three"


@each_edited
@pytest.mark.parametrize("if_match", ['"other"', "", '""', "other", "W/{}"])
def test_what_was_not_seen_is_not_edited(site: Site, address: Address, if_match: str) -> None:
    """A weak tag never matches, whatever it says."""
    path = address(site)
    before, stored = site.get(path).ok(), site.commits()
    patch(site, path, if_match.format(seen(site, path))).error(412, "stale")
    assert (site.get(path).ok(), site.commits()) == (before, stored)


@each_edited
def test_an_edit_by_a_stale_tag_changes_nothing(site: Site, address: Address) -> None:
    path = address(site)
    etag = seen(site, path)
    patch(site, path, etag, b'{"name": "First"}').ok()
    stored = site.commits()
    patch(site, path, etag, b'{"name": "Second"}').error(412, "stale")
    assert (site.get(path).ok()["name"], site.commits()) == ("First", stored)


@each_edited
@pytest.mark.parametrize("if_match", ["*", '"other", {}'])
def test_if_match_names_what_will_do(site: Site, address: Address, if_match: str) -> None:
    path = address(site)
    patch(site, path, if_match.format(seen(site, path))).ok()


@pytest.mark.parametrize(("address", "kind"), [(of_campaign, Campaign), (of_account, Account)])
def test_of_two_edits_by_one_tag_at_one_time_one_lands(site: Site, address: Address, kind: type[Any]) -> None:
    """The other comes between the first one's look and its commit."""
    path = address(site)
    etag = seen(site, path)
    outside = site.world.service.outside
    hooked = HookedStore(outside.store)
    hooked.before(committing(kind), lambda: patch(site, path, etag, b'{"name": "Second"}').ok())
    object.__setattr__(outside, "store", hooked)
    patch(site, path, etag, b'{"name": "First"}').error(412, "stale")
    assert hooked.hooks_left == 0
    assert site.get(path).ok()["name"] == "Second"


def test_what_passes_move_does_not_make_a_campaigns_tag_stale(site: Site) -> None:
    id = site.campaign()
    path = f"/api/campaigns/{id}"
    etag = seen(site, path)
    site.post(f"{path}/contacts", csv(callee(0))).ok(201)
    now = site.world.clock.now()
    move(site, Campaign, id, turn=7.0, pace=3.0, next_due_at=now, paced_at=now)
    assert seen(site, path) != etag
    patch(site, path, etag).ok()


def test_what_passes_move_does_not_make_an_accounts_tag_stale(site: Site) -> None:
    etag = seen(site, "/api/account")
    move(site, Account, site.get("/api/account").ok()["id"], turn=7.0, pace=3.0, tail=9.0)
    assert seen(site, "/api/account") == etag
    patch(site, "/api/account", etag).ok()


@pytest.mark.parametrize("step", ["start", "cancel"])
def test_another_status_makes_a_campaigns_tag_stale(site: Site, step: str) -> None:
    path = f"/api/campaigns/{site.campaign(callee(0))}"
    etag = seen(site, path)
    site.post(f"{path}/{step}").ok()
    patch(site, path, etag).error(412, "stale")


def test_one_campaigns_tag_is_not_anothers(site: Site) -> None:
    one, other = of_campaign(site), of_campaign(site)
    patch(site, other, seen(site, one)).error(412, "stale")


def test_a_bad_change_is_bad_before_it_is_stale(site: Site) -> None:
    patch(site, of_campaign(site), '"other"', b"{").error(400, "malformed_json")


def test_another_accounts_campaign_is_not_found_whatever_the_tag(site: Site) -> None:
    path = of_campaign(site)
    patch(site.beside(), path, seen(site, path)).error(404, "not_found")


def test_without_if_match_an_edit_costs_what_it_did(site: Site) -> None:
    path = f"/api/campaigns/{site.post('/api/campaigns', CAMPAIGN).ok(201)['id']}"
    site.patch(path, {"name": "x"}).ok()
    plain = site.receipts[-1]
    patch(site, path, "*").ok()
    assert [site.receipts[-1][each] for each in ("reads", "writes")] == [plain["reads"], plain["writes"]]
