"""One HTTP request, and where it failed: before anything was sent, or after."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

CONNECT_SECONDS_MAX = 5.0
CONNECTIONS_PER_HOST_MAX = 16


@dataclass(frozen=True)
class HttpResponse:
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
    """Over sockets, with connections kept open."""

    def __init__(self) -> None:
        import urllib3  # only here: a tick that is not due does without it

        self._pools = urllib3.PoolManager(maxsize=CONNECTIONS_PER_HOST_MAX, retries=False)

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> HttpResponse:
        import urllib3

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
