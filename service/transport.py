"""One HTTP request, and where it failed: before anything was sent, or after."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from urllib3 import PoolManager

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


class PooledHttp:
    """Over sockets, with connections kept open for a while."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._pools, self._made_at = _new_pools(), seconds()

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> HttpResponse:
        import urllib3  # only here: a tick that is not due does without it

        if self._seconds() - self._made_at > CONNECTION_SECONDS_MAX:
            self._pools, self._made_at = _new_pools(), self._seconds()
        timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS_MAX, timeout_seconds), read=timeout_seconds)
        try:
            answer = self._pools.request(
                method, url, headers=dict(headers), body=body, timeout=timeout, redirect=False
            )
        except (
            urllib3.exceptions.NewConnectionError,
            urllib3.exceptions.ConnectTimeoutError,
            urllib3.exceptions.NameResolutionError,
            urllib3.exceptions.LocationValueError,
        ) as error:
            raise NotSent(str(error)) from error
        except urllib3.exceptions.HTTPError as error:
            raise AnswerLost(str(error)) from error
        return HttpResponse(
            answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data
        )


def _new_pools() -> "PoolManager":
    from urllib3 import PoolManager

    return PoolManager(maxsize=CONNECTIONS_PER_HOST_MAX, retries=False)
