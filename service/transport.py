"""One HTTP request, and where it failed: before anything was sent, or after."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

CONNECT_SECONDS_MAX = 5.0
CONNECTIONS_PER_HOST_MAX = 16
# The other side closes what is idle, after a minute or so. A request that meets that half-way is one whose
# answer is lost; and an instance that stood still meanwhile has not heard of it. So none is kept for long.
CONNECTION_SECONDS_MAX = 20.0


class HttpResponse(NamedTuple):
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


class NotSent(Exception):
    """No byte of the request has left: the other side cannot have processed it."""


class AnswerLost(Exception):
    """The request was sent, wholly or in part, and there is no answer: it may have been processed."""


class Http(Protocol):
    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> HttpResponse:
        """Sends the request once; follows no redirect. Raises NotSent, AnswerLost."""
        ...
