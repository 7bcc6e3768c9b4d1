"""An id that Firestore takes for none is one of nothing, as it is in SQLite, and no error of ours."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.receipts import Meter
from service.state.firestore import FirestoreStore
from service.state.server_clock import ServerClock
from service.usecases.accounts import NewAccount, create_account
from tests.support.api import NOON, Site
from tests.support.firestore_emulator import Emulator


@pytest.fixture(params=["sqlite", "firestore"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    site = Site.begin(tmp_path, NOON)
    if request.param == "sqlite":
        yield site
        return
    emulator: Emulator = request.getfixturevalue("emulator")
    client, outside = emulator.client(), site.world.service.outside
    object.__setattr__(outside, "store", FirestoreStore(client, Meter(), ServerClock().observe))
    site.key = create_account(outside, NewAccount("A", "US", ("*",), "+13125550100"), "k")[1]
    yield site
    client.close()


def test_nothing_has_such_an_id(site: Site) -> None:
    for kind in ("calls", "campaigns", "agents", "events", "webhooks", "imports"):
        assert site.get(f"/api/{kind}/__x__").status == 404, kind
    assert site.get("/api/calls/..%2f").status == 404


def test_no_agent_has_such_an_id(site: Site) -> None:
    for agent in ("a/b", "__x__", "."):
        assert site.post("/api/calls", {"to": "+13125550123", "agent": agent}).status in (404, 422), agent


def test_a_stranger_makes_no_errors_with_such_an_id(site: Site) -> None:
    headers = {"Authorization": "", "Content-Type": "application/json"}
    assert site.send("POST", "/webhooks/vapi/__x__", b"{}", headers).status == 404


def test_a_cursor_with_such_an_id_is_a_bad_one(site: Site) -> None:
    for id in ("a/b", "__x__", ".", ""):
        cursor = urlsafe_b64encode(f'["2026-03-02T18:00:00+00:00", "{id}"]'.encode()).decode()
        site.get(f"/api/campaigns?cursor={cursor}").error(400, "bad_cursor")
