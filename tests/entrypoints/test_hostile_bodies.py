"""Bodies that are meant to break a parser, sent to every operation that takes one."""

import pytest

from service.domain.account import Scope
from service.entrypoints.openapi.operation import File, Operation
from service.entrypoints.openapi.operations import OPERATIONS
from tests.support.api import Site

DEPTH = 10_000
MEBIBYTE = 1024 * 1024
HOSTILE = {
    "ten megabytes of one string": b'{"name": "' + b"a" * 10 * MEBIBYTE + b'"}',
    "ten megabytes of fields": b"{" + b",".join(b'"f%d": 1' % n for n in range(800_000)) + b"}",
    "deep lists": b"[" * DEPTH + b"]" * DEPTH,
    "deep objects": b'{"settings": ' * DEPTH + b"1" + b"}" * DEPTH,
    "deep and not closed": b'{"a": [' * DEPTH,
    "not a number": b'{"name": NaN, "weight": NaN}',
    "infinity": b'{"weight": Infinity, "name": -Infinity}',
    "too large a number": b'{"weight": 1e309, "name": "n", "to": 1e309, "at": 1e309, "phone": 1e309}',
    "a number of a million digits": b'{"weight": ' + b"9" * 1_000_000 + b"}",
    "negative zero": b'{"weight": -0.0, "name": "n", "to": -0, "at": -0, "phone": -0}',
    "a lone surrogate": b'{"name": "\\ud800", "to": "\\udfff", "phone": "\\ud800", "at": "\\ud800"}',
    "surrogates as bytes": b'{"name": "\xed\xa0\x80"}',
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "a NUL": b'{"name": "\\u0000", "to": "+1312555\\u0000", "phone": "\\u0000"}',
    "a prototype": b'{"__proto__": {"admin": true}, "constructor": {"prototype": {}}}',
    "a field twice": b'{"name": "a", "name": 5}',
    "null": b"null",
    "a bare string": b'"name"',
    "nothing": b"",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(
    "operation",
    [op for op in OPERATIONS if op.body is not None and not isinstance(op.body, File)],
    ids=lambda operation: operation.name,
)
def test_it_is_refused_with_a_clear_error(module_site: Site, operation: Operation, body: bytes) -> None:
    campaign = module_site.campaign("+13125550199")
    call = module_site.calls_of(campaign)[0]["id"]
    path = operation.path.replace("{campaign_id}", campaign).replace("{call_id}", call)
    path = path.replace("{account_id}", module_site.account.id)
    operator = module_site.as_scope(Scope.SYSTEM)
    reply = operator.send(operation.method, path, body, {"Content-Type": "application/json"})
    if body or operation.body_required:
        assert 400 <= reply.status < 500, (reply.status, reply.body[:500])
        reply.error(reply.status, reply.json["error"]["code"])
    assert len(reply.body) < 64 * 1024
    assert module_site.get("/api/status").ok()
