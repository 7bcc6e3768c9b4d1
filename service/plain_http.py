"""HTTP over the standard library alone: a tick that is not due loads nothing else.

Each thread keeps a connection to each host. What does not matter to so few requests is left out: there is no
pool, and no answer is larger than a megabyte.
"""

import http.client
import select
import ssl
import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

from service.transport import CONNECT_SECONDS_MAX, AnswerLost, HttpResponse, NotSent

ANSWER_BYTES_MAX = 1024 * 1024


class PlainHttp:
    def __init__(self) -> None:
        self._kept = threading.local()  # this thread's connections, by scheme and host
        self._trust: ssl.SSLContext | None = None

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> HttpResponse:
        """Each wait for the other side may take `timeout_seconds`."""
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        connection = self._connected(host, timeout_seconds)
        try:
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            connection.request(method, target, body or None, dict(headers))
            answer = connection.getresponse()
            found = answer.read(ANSWER_BYTES_MAX)
            if not answer.isclosed():
                raise AnswerLost("The answer is too large.")
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise AnswerLost(f"{type(error).__name__}: {error}") from error
        except AnswerLost:
            connection.close()
            raise
        if not answer.will_close:
            vars(self._kept)[host] = connection
        return HttpResponse(
            answer.status, {name.lower(): value for name, value in answer.headers.items()}, found
        )

    def _connected(self, host: str, timeout_seconds: float) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = vars(self._kept).pop(host, None)
        if connection is None or _is_dropped(connection):
            connection = self._new(host, min(CONNECT_SECONDS_MAX, timeout_seconds))
            try:
                connection.connect()
            except (OSError, http.client.HTTPException) as error:
                raise NotSent(f"{type(error).__name__}: {error}") from error
        connection.sock.settimeout(timeout_seconds)
        return connection

    def _new(self, host: str, timeout_seconds: float) -> http.client.HTTPConnection:
        scheme, _, address = host.partition("://")
        if scheme == "https":
            # Read once: a tenth of a cold tick goes into the list of all authorities.
            self._trust = self._trust or ssl.create_default_context()
            return http.client.HTTPSConnection(address, timeout=timeout_seconds, context=self._trust)
        return http.client.HTTPConnection(address, timeout=timeout_seconds)


def _is_dropped(connection: http.client.HTTPConnection) -> bool:
    """Between requests nothing is to be read but that the other side has hung up."""
    if connection.sock is None:
        return True
    dropped = bool(select.select([connection.sock], [], [], 0)[0])
    if dropped:
        connection.close()
    return dropped
