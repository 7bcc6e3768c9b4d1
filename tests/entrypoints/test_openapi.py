import json
import subprocess
import sys
from typing import Any

import pytest

from service.domain.account import Scope
from service.entrypoints.openapi.document import document
from service.entrypoints.openapi.operation import CSV, JSON, File, Operation
from service.entrypoints.openapi.operations import OPERATIONS
from tests.support.api import CALLEE, CAMPAIGN, Site, csv

NOT_IN_IT = {"/healthz", "/queue/process", "/api/queue/process", "/api/openapi.json", "/api/docs"}


def ids(operation: Operation) -> str:
    return operation.name


def test_it_is_openapi_3_1_and_open_to_all(module_site: Site) -> None:
    reply = module_site.send("GET", "/api/openapi.json", headers={"Authorization": ""})
    assert reply.ok()["openapi"].startswith("3.1.")
    unchanged = {"Authorization": "", "If-None-Match": reply.headers["etag"]}
    assert module_site.send("GET", "/api/openapi.json", headers=unchanged).status == 304


def test_it_has_every_route_of_the_api_and_no_other(module_site: Site) -> None:
    routes = {
        (method, "/".join("{}" if "<" in part else part for part in path.split("/")))
        for rule in module_site.world.service.app.url_map.iter_rules()
        for path in steps(rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if path.startswith("/api/") and path not in NOT_IN_IT and not path.startswith("/api/docs/")
    }
    documented = {
        (method.upper(), "/".join("{}" if "{" in part else part for part in path.split("/")))
        for path, methods in document()["paths"].items()
        for method in methods
    }
    assert documented == routes


def steps(rule: str) -> list[str]:
    """One route serves several steps of a campaign."""
    before, any_of, rest = rule.partition("<any(")
    return [before + step.strip() for step in rest.partition(")")[0].split(",")] if any_of else [rule]


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [
        operation["operationId"] for methods in document()["paths"].values() for operation in methods.values()
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("operation", OPERATIONS, ids=ids)
def test_every_operation_has_an_example(operation: Operation) -> None:
    described = document()["paths"][operation.path][operation.method.lower()]
    if operation.body is not None:
        assert all(content["example"] for content in described["requestBody"]["content"].values())
    for parameter in described["parameters"]:
        assert parameter["in"] != "path" or parameter["example"]


@pytest.mark.parametrize(
    "operation", [operation for operation in OPERATIONS if operation.body is not None], ids=ids
)
def test_the_examples_of_bodies_are_taken(site: Site, operation: Operation) -> None:
    """As they stand, of an account that has what they speak of."""
    campaign = site.post("/api/campaigns", CAMPAIGN).ok(201)["id"]
    site.post(f"/api/campaigns/{campaign}/contacts", csv(CALLEE)).ok(201)
    call = site.calls_of(campaign)[0]["id"]
    path = operation.path.replace("{campaign_id}", campaign).replace("{call_id}", call)
    path = path.replace("{account_id}", site.account.id).replace("{number}", "1")
    path = path.replace("{import_id}", site.post(f"/api/campaigns/{campaign}/imports").ok(201)["id"])
    path = path.replace("{webhook_id}", site.webhook()["id"])
    path = path.replace("{agent_id}", site.agent())
    content_type, body = sent(operation)
    body = body.replace(b"{account_id}", site.account.id.encode())
    headers = {"Content-Type": content_type}
    reply = site.as_scope(Scope.SYSTEM).send(operation.method, path, body, headers)
    assert reply.status in operation.answers, reply.body
    if isinstance(operation.body, File):
        assert reply.json["rejected"] == 0


def sent(operation: Operation) -> tuple[str, bytes]:
    if isinstance(operation.body, File):
        return CSV, operation.body.kinds[CSV][1].encode()
    return JSON, json.dumps(operation.example).encode()


def test_the_docs_load_nothing_from_elsewhere(module_site: Site) -> None:
    page = module_site.send("GET", "/api/docs", headers={"Authorization": ""})
    assert page.status == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert b"://" not in page.body
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "docs.js"):
        assert f'"docs/{name}"'.encode() in page.body
        assert module_site.send("GET", f"/api/docs/{name}", headers={"Authorization": ""}).status == 200


@pytest.mark.parametrize("name", ["index.html", "..%2fdocument.py", "%2e%2e/document.py", "docs.html"])
def test_no_other_file_is_served(module_site: Site, name: str) -> None:
    assert module_site.send("GET", f"/api/docs/{name}").status == 404


def test_the_application_begins_without_the_document() -> None:
    """A tick must not pay for it."""
    look = "import sys, service.wiring; print([name for name in sys.modules if 'openapi' in name])"
    said: Any = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
