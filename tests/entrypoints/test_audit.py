"""`/api/audit`: every operation that changes something is recorded, with who, what, before and after."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.account import Scope
from service.entrypoints.openapi.operation import File, Operation
from service.entrypoints.openapi.operations import OPERATIONS
from service.entrypoints.scopes import READS
from service.local.signing import LocalSigner, people_audience
from service.local.time_lapse import SERVICE_URL
from tests.support.api import CALLEE, NINE_TO_FIVE, Site, csv

LOOKS = {"forecast_new_campaign", "forecast_what_if", "preview_contacts"}  # they change nothing
RECORDED = [
    operation for operation in OPERATIONS if operation.method not in READS and operation.name not in LOOKS
]
HARMLESS_WHEN_REPEATED = {
    "edit_campaign",
    "start_campaign",
    "pause_campaign",
    "resume_campaign",
    "cancel_campaign",
    "archive_campaign",
    "cancel_call",
    "call_back",
    "bar_number",
    "unbar_number",
    "import_do_not_call",
    "edit_account",
    "revoke_key",
    "limit_account",
}
NUMBER = "+13125550177"
ASLEEP = {"hours": {"tue": NINE_TO_FIVE}}  # today is Monday


def later(site: Site) -> None:
    """The clock stands still meanwhile, and records of one moment are in no order."""
    site.world.clock.advance(seconds=1)


def running(site: Site) -> str:
    id = site.campaign(**ASLEEP)
    later(site)
    site.post(f"/api/campaigns/{id}/contacts", csv(CALLEE, NUMBER)).ok(201)
    later(site)
    site.post(f"/api/campaigns/{id}/start").ok()
    later(site)
    return id


def moved(site: Site, *steps: str) -> str:
    id = running(site)
    for step in steps:
        site.post(f"/api/campaigns/{id}/{step}").ok()
        site.as_invoker("/queue/process").ok()
    return id


CAMPAIGN_FOR: dict[str, Callable[[Site], str]] = {
    "start_campaign": lambda site: site.campaign(CALLEE, **ASLEEP),
    "resume_campaign": lambda site: moved(site, "pause"),
    "archive_campaign": lambda site: moved(site, "cancel"),
}


def barred(site: Site) -> str:
    site.post("/api/do-not-call", {"phone": NUMBER}).ok(201)
    return NUMBER.replace("+", "%2B")


THINGS: dict[str, Callable[[Site], str]] = {
    "account_id": lambda site: site.account.id,
    "agent_id": lambda site: site.agent(),
    "call_id": lambda site: str(site.calls_of(running(site))[0]["id"]),
    "event_id": lambda site: site.event().id,
    "import_id": lambda site: made(site, f"/api/campaigns/{running(site)}/imports"),
    "key_id": lambda site: made(site, "/api/keys", {"label": "mine", "scope": "read"}),
    "number": lambda _: "1",
    "phone": barred,
    "webhook_id": lambda site: str(site.webhook()["id"]),
}


def made(site: Site, path: str, body: Any = None) -> str:
    return str(site.post(path, body).ok(201)["id"])


def path_of(site: Site, operation: Operation) -> str:
    """Of a thing of the account that the operation changes."""
    makers = THINGS | {"campaign_id": CAMPAIGN_FOR.get(operation.name, running)}
    return operation.path.format(**{name: makers[name](site) for name in operation.path_parameters})


def carry_out(site: Site, operation: Operation, path: str, **headers: str) -> int:
    """As its example says."""
    body, content_type = b"", "application/json"
    if isinstance(operation.body, File):
        body, content_type = csv("+13125550178"), "text/csv"
    elif operation.body is not None:
        body = json.dumps(operation.example).replace("{account_id}", site.account.id).encode()
    return site.send(operation.method, path, body, {"Content-Type": content_type, **headers}).status


def records(site: Site, query: str = "") -> list[dict[str, Any]]:
    """The newest first."""
    page: list[dict[str, Any]] = site.get(f"/api/audit?limit=200&{query}").ok()["data"]
    return page


@pytest.mark.parametrize("operation", RECORDED, ids=lambda operation: operation.name)
def test_each_operation_is_recorded_once_under_its_name(site: Site, operation: Operation) -> None:
    site = site.as_scope(Scope.SYSTEM)
    path = path_of(site, operation)
    before = records(site)
    later(site)
    assert carry_out(site, operation, path) < 300
    new, *rest = records(site)
    assert sorted(rest, key=_id) == sorted(before, key=_id)
    assert new["operation"] == operation.name
    assert new["by"]["label"] == "system"  # as this key is called
    if operation.name in HARMLESS_WHEN_REPEATED:
        carry_out(site, operation, path)
        assert len(records(site)) == len(before) + 1


def _id(record: dict[str, Any]) -> str:
    return str(record["id"])


@pytest.mark.parametrize(
    "operation",
    [operation for operation in RECORDED if operation.method == "POST"],
    ids=lambda operation: operation.name,
)
def test_a_request_that_is_repeated_with_its_key_is_recorded_once(site: Site, operation: Operation) -> None:
    site = site.as_scope(Scope.SYSTEM)
    path = path_of(site, operation)
    before = len(records(site))
    later(site)
    for _ in range(2):
        assert carry_out(site, operation, path, **{"Idempotency-Key": "once"}) < 300
    assert len(records(site)) == before + 1


def test_an_edit_shows_who_did_what_before_and_after(site: Site) -> None:
    id = site.campaign(CALLEE, limits={"calls_in_flight": 5, "calls_per_minute": 9})
    change = {
        "name": "Other",
        "limits": {"calls_in_flight": 10, "budget": {"amount": 500, "currency": "USD"}},
    }
    site.patch(f"/api/campaigns/{id}", change).ok()
    key = site.get("/api/keys").ok()["data"][0]
    (edited,) = records(site, "operation=edit_campaign")
    assert list(edited) == [
        "id",
        "created_at",
        "operation",
        "thing",
        "by",
        "before",
        "after",
        "request_id",
    ]
    assert edited["thing"] == {"kind": "campaign", "id": id}
    assert edited["by"] == {"label": key["label"], "key_id": key["id"], "email": None}
    assert edited["before"] == {"name": "Reminders", "limits": {"calls_in_flight": 5, "budget": None}}
    assert edited["after"] == change
    assert edited["created_at"] == "2026-03-02T18:00:00.000Z"


def test_a_record_leads_to_the_receipt_of_its_request(site: Site) -> None:
    id = site.campaign()
    assert records(site)[0]["request_id"] == [r for r in site.receipts if "request_id" in r][-1]["request_id"]
    later(site)
    trace = "105445aa7843bc8bf206b12000100000"
    headers = {"X-Cloud-Trace-Context": f"{trace}/1;o=1", "Content-Type": "application/json"}
    site.send("PATCH", f"/api/campaigns/{id}", b'{"name": "Other"}', headers).ok()
    assert records(site)[0]["request_id"] == trace


def test_a_step_shows_the_status_alone(site: Site) -> None:
    id = running(site)
    site.post(f"/api/campaigns/{id}/pause").ok()
    newest = records(site)[0]
    assert (newest["before"], newest["after"]) == ({"status": "running"}, {"status": "paused"})


def test_a_call_is_recorded_without_what_is_said_of_the_contact(site: Site) -> None:
    call = site.call(name="Ada", variables={"disease": "none of yours"})
    record = records(site)[0]
    assert record["thing"] == {"kind": "call", "id": call["id"]}
    assert record["after"]["to"] == CALLEE
    assert "none of yours" not in json.dumps(record)
    assert "Ada" not in json.dumps(record)


def test_a_call_on_the_line_that_is_canceled_is_recorded(site: Site) -> None:
    """It is hung up, and ends later, by its webhook."""
    call = site.call()
    site.world.step(site.world.clock.now() + timedelta(seconds=8))
    site.post(f"/api/calls/{call['id']}/cancel").ok()
    newest = records(site)[0]
    assert (newest["operation"], newest["before"], newest["after"]) == (
        "cancel_call",
        {"called_off": False},
        {"called_off": True},
    )


def test_of_a_person_who_signed_in_the_address_is_told(site: Site) -> None:
    key = site.post("/api/keys", {"label": "Ada", "scope": "operate", "email": "ada@example.com"}).ok(201)
    id = site.campaign()
    later(site)
    token = LocalSigner.open(site.folder).token(people_audience(SERVICE_URL), "ada@example.com")
    replace(site, key=token).patch(f"/api/campaigns/{id}", {"name": "Other"}).ok()
    assert records(site)[0]["by"] == {"label": "Ada", "key_id": key["id"], "email": "ada@example.com"}


def test_no_record_shows_a_key(site: Site) -> None:
    system = site.as_scope(Scope.SYSTEM)
    secrets = [
        system.post("/api/keys", {"label": "mine", "scope": "read"}).ok(201)["key"],
        system.post("/api/accounts", ACME).ok(201)["key"],
        site.key,
        system.key,
    ]
    for file in site.folder.iterdir():
        assert not [secret for secret in secrets if secret.encode() in file.read_bytes()], file.name


ACME = {"name": "Acme", "default_country": "US", "allowed_countries": ["US"]}


def test_an_account_is_told_what_its_operator_did_and_not_by_which_key(site: Site) -> None:
    system = site.as_scope(Scope.SYSTEM)
    other = site.beside()
    later(site)
    system.patch(f"/api/accounts/{other.account.id}", {"weight": 3}).ok()
    told, own = records(other)[0], records(system)[0]
    assert told["by"] == {"label": "operator", "key_id": None, "email": None}
    assert own["by"]["key_id"] is not None
    for record in (told, own):
        assert record["thing"] == {"kind": "account", "id": other.account.id}
        assert (record["before"], record["after"]) == ({"weight": 1.0}, {"weight": 3.0})
    assert told["request_id"] == own["request_id"]


def test_an_account_sees_its_own_records_alone(site: Site) -> None:
    id = site.campaign()
    other = site.beside()
    assert records(other, f"thing={id}") == []
    assert id not in json.dumps(records(other))


def test_records_are_filtered_by_thing_by_operation_and_by_both(site: Site) -> None:
    first, second = running(site), running(site)
    site.post(f"/api/campaigns/{first}/pause").ok()
    later(site)
    site.post(f"/api/campaigns/{second}/pause").ok()
    assert [r["operation"] for r in records(site, f"thing={first}")] == [
        "pause_campaign",
        "start_campaign",
        "add_contacts",
        "create_campaign",
    ]
    assert [r["thing"]["id"] for r in records(site, "operation=pause_campaign")] == [second, first]
    (both,) = records(site, f"thing={first}&operation=pause_campaign")
    assert (both["thing"]["id"], both["operation"]) == (first, "pause_campaign")
    assert records(site, "operation=nobody_does") == []


def test_a_number_is_found_by_itself(site: Site) -> None:
    site.post("/api/do-not-call", {"phone": NUMBER, "reason": "asked"}).ok(201)
    later(site)
    site.send("DELETE", f"/api/do-not-call/{NUMBER.replace('+', '%2B')}")
    removed, added = records(site, f"thing={NUMBER.replace('+', '%2B')}")
    assert added["before"] == removed["after"] == {}
    assert added["after"] == removed["before"]
    assert added["after"]["reason"] == "asked"


def test_pages_follow_each_other(site: Site) -> None:
    for number in range(5):
        site.campaign(name=f"Campaign {number}")
        site.world.clock.advance(seconds=1)
    whole, pages, cursor = records(site), [], ""
    while True:
        page = site.get(f"/api/audit?limit=2{cursor}").ok()
        pages += page["data"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert pages == whole
    assert [record["after"].get("name") for record in whole[:2]] == ["Campaign 4", "Campaign 3"]


@pytest.mark.parametrize(
    "query", ["thing=", "operation=", f"thing={'x' * 101}", "kind=campaign", "thing=a&thing=b"]
)
def test_what_cannot_be_asked_is_refused(module_site: Site, query: str) -> None:
    module_site.get(f"/api/audit?{query}").error(422, "invalid")
