"""Errors that no route decides: all of the same shape."""

import pytest

from service.domain.account import Scope
from service.entrypoints.body_limits import BODY_BYTES_MAX, JSON_BYTES_MAX
from service.entrypoints.openapi.operation import File, Operation
from service.entrypoints.openapi.operations import OPERATIONS
from service.ports import CommitUnknown, StoreUnavailable
from tests.support.api import Site


@pytest.mark.parametrize(
    "path",
    ["/web", "/nope", "/api", "/api/", "/api/nope", "/api/campaigns/", "/queue", "/tasks", "/webhooks"],
)
def test_an_unknown_address_is_not_found(module_site: Site, path: str) -> None:
    module_site.get(path).error(404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/api/calls", "GET, HEAD, OPTIONS, POST"),
        ("PUT", "/api/campaigns", "GET, HEAD, OPTIONS, POST"),
        ("DELETE", "/api/campaigns/cmp_1", "GET, HEAD, OPTIONS, PATCH"),
        ("GET", "/api/campaigns/cmp_1/start", "OPTIONS, POST"),
        ("GET", "/queue/process", "OPTIONS, POST"),
        ("GET", "/tasks/call", "OPTIONS, POST"),
        ("GET", "/webhooks/twilio/call_1/1", "OPTIONS, POST"),
        ("POST", "/healthz", "GET, HEAD, OPTIONS"),
        ("PATCH", "/api/status", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    module_site: Site, method: str, path: str, allowed: str
) -> None:
    reply = module_site.send(method, path)
    reply.error(405, "method_not_allowed")
    assert reply.headers["allow"] == allowed


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "again"}])
@pytest.mark.parametrize("operation", [op for op in OPERATIONS if op.body], ids=lambda op: op.name)
def test_a_body_beyond_the_limit_is_too_large(
    module_site: Site, operation: Operation, headers: dict[str, str]
) -> None:
    """Files may be large, and nothing else."""
    campaign = module_site.campaign()
    begun = module_site.post(f"/api/campaigns/{campaign}/imports").ok(201)["id"]
    things = {"campaign": campaign, "import": begun, "account": module_site.account.id}
    path = operation.path.replace("{number}", "1")
    for name, id in things.items():
        path = path.replace(f"{{{name}_id}}", id)
    bytes_max = BODY_BYTES_MAX if isinstance(operation.body, File) else JSON_BYTES_MAX
    operator, before = module_site.as_scope(Scope.SYSTEM), module_site.commits()
    operator.send(operation.method, path, b" " * (bytes_max + 1), headers).error(413, "too_large")
    assert operator.send(operation.method, path, b" " * bytes_max).status != 413
    assert module_site.commits() == before


def test_each_answer_has_its_own_request_id_and_its_receipt_too(module_site: Site) -> None:
    ids = [module_site.get("/nope").error(404, "not_found")["request_id"] for _ in range(2)]
    assert ids[0] != ids[1]
    assert [receipt["request_id"] for receipt in module_site.receipts[-2:]] == ids


def test_the_platforms_trace_is_the_request_id(module_site: Site) -> None:
    headers = {"X-Cloud-Trace-Context": "105445aa7843bc8bf206b12000100000/1;o=1"}
    error = module_site.send("GET", "/nope", headers=headers).error(404, "not_found")
    assert error["request_id"] == "105445aa7843bc8bf206b12000100000"


@pytest.mark.parametrize("trace", ["", "/", "<script>", "a" * 1000, "a b"])
def test_a_trace_that_is_none_is_not_repeated(module_site: Site, trace: str) -> None:
    error = module_site.send("GET", "/nope", headers={"X-Cloud-Trace-Context": trace})
    assert error.error(404, "not_found")["request_id"] != trace


@pytest.mark.parametrize("failure", [StoreUnavailable("down"), CommitUnknown("lost")], ids=repr)
def test_a_store_that_does_not_answer_is_a_reason_to_try_again(
    site: Site, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    class Down:
        def __getattr__(self, name: str) -> None:
            raise failure

    outside = site.world.service.outside
    object.__setattr__(outside, "store", Down())  # from one request to the next it went away
    reply = site.get("/api/status")
    reply.error(503, "busy")
    assert int(reply.headers["retry-after"]) >= 1
    assert "Answered 503" in caplog.text


def test_a_fault_of_ours_is_logged_and_tells_nothing(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def __getattr__(self, name: str) -> None:
            raise KeyError("secret inner detail")

    object.__setattr__(site.world.service.outside, "store", Broken())
    reply = site.get("/api/status")
    error = reply.error(500, "internal")
    assert "secret inner detail" not in reply.body.decode()
    assert error["message"] == "Something went wrong here; it has been logged."
    assert "secret inner detail" in caplog.text
    assert site.receipts[-1]["status"] == 500
