"""From the API's document: no operation touches or shows what another account owns. None is left out."""

import json
from collections.abc import Iterator

import pytest

from service.entrypoints.openapi.operation import File, Operation
from service.entrypoints.openapi.operations import OPERATIONS
from tests.support.api import CALLEE, NINE_TO_FIVE, Site, csv

ON_ONE_THING = [operation for operation in OPERATIONS if operation.path_parameters]
ON_ALL = [operation for operation in OPERATIONS if not operation.path_parameters]


def name(operation: Operation) -> str:
    return operation.name


def owned(site: Site) -> dict[str, str]:
    """What an operation's path can name, by the parameter's name; all of it is the account's."""
    campaign = site.campaign(CALLEE, start=True, hours={"tue": NINE_TO_FIVE})
    site.post("/api/do-not-call", {"phone": CALLEE}).ok(201)  # a contact of the campaign, and barred
    return {
        "campaign_id": campaign,
        "call_id": site.calls_of(campaign)[0]["id"],
        "phone": CALLEE.replace("+", "%2B"),
        "account_id": site.account.id,
        "import_id": site.post(f"/api/campaigns/{campaign}/imports").ok(201)["id"],
        "number": "1",
        "agent_id": site.agent(),
        "key_id": site.post("/api/keys", {"label": "mine", "scope": "read"}).ok(201)["id"],
        "webhook_id": site.webhook()["id"],
        "event_id": site.event().id,
    }


def send(site: Site, operation: Operation, path: str) -> tuple[int, bytes]:
    """With the body of its example."""
    body, content_type = b"", "application/json"
    if isinstance(operation.body, File):
        body, content_type = csv("+13125550178"), "text/csv"
    elif operation.body is not None:
        body = json.dumps(operation.example).replace("{account_id}", site.account.id).encode()
    reply = site.send(operation.method, path, body, {"Content-Type": content_type})
    return reply.status, reply.body


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


@pytest.mark.parametrize("operation", ON_ONE_THING, ids=name)
def test_anothers_things_do_not_exist(site: Site, operation: Operation) -> None:
    things = owned(site)
    path = operation.path.format(**things)
    before = site.commits()
    status, body = send(site.beside(), operation, path)
    made_beside = 1  # the other account itself
    assert status == 404, body
    assert json.loads(body)["error"]["code"] == "not_found"
    assert site.commits() == before + made_beside


@pytest.mark.parametrize("operation", ON_ONE_THING, ids=name)
def test_ones_own_things_do(site: Site, operation: Operation) -> None:
    """So it is the owner that makes the difference."""
    status, body = send(site, operation, operation.path.format(**owned(site)))
    assert status != 404, body


@pytest.mark.parametrize("operation", ON_ALL, ids=name)
def test_what_is_not_asked_by_name_shows_nothing_of_another_account(site: Site, operation: Operation) -> None:
    things = owned(site)
    other = site.beside()
    status, body = send(other, operation, operation.path)
    assert status < 400 or (operation.tag == "accounts" and status == 403), body
    if b"{" in body:
        shown = set(strings(json.loads(body)))
        assert not shown & {*things.values(), site.account.id}
    assert site.get(f"/api/calls/{things['call_id']}").ok()["state"] == "queued"
