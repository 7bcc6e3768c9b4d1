"""Which trace a request belongs to, so that all that is logged for it can be found together.

The headers are Cloud Run's: `traceparent` (https://www.w3.org/TR/trace-context/#traceparent-header) and the
older `X-Cloud-Trace-Context` (https://cloud.google.com/trace/docs/trace-context#legacy-http-header).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

_TRACEPARENT = r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})"
_CLOUD = r"([0-9a-f]{32})(?:/(\d{1,20}))?(?:;o=(\d))?"
_SAMPLED = 1  # the last bit of the flags, in either


class Trace(NamedTuple):
    id: str  # 32 hexadecimal digits
    span: str | None  # 16 of them
    is_sampled: bool


_present: ContextVar[Trace | None] = ContextVar("trace", default=None)


@contextmanager
def following(environ: Mapping[str, Any]) -> Iterator[None]:
    """While a request is answered; `environ` is WSGI's."""
    token = _present.set(trace_of(environ))
    try:
        yield
    finally:
        _present.reset(token)


def present_trace() -> Trace | None:
    return _present.get()


def trace_of(environ: Mapping[str, Any]) -> Trace | None:
    """None: there is none, or nothing that is one."""
    told = _told(_TRACEPARENT, environ.get("HTTP_TRACEPARENT"))
    if told:
        return Trace(told[1], told[2], bool(int(told[3], 16) & _SAMPLED))
    told = _told(_CLOUD, environ.get("HTTP_X_CLOUD_TRACE_CONTEXT"))
    if told:
        span = int(told[2] or 0)  # in decimal digits there, and in hexadecimal ones where it is logged
        return Trace(told[1], f"{span:016x}" if 0 < span < 2**64 else None, told[3] == "1")
    return None


def _told(pattern: str, header: str | None) -> re.Match[str] | None:
    """Without the header no pattern is compiled: a cold tick has no time for it."""
    return re.fullmatch(pattern, header) if header else None
