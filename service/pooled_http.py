"""HTTP over the standard library alone, as a cold tick loads nothing else. Connections are kept for a while,
for whichever thread comes next."""

import http.client
import select
import ssl
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, urlsplit

from service.transport import (
    CONNECT_SECONDS_MAX,
    CONNECTION_SECONDS_MAX,
    CONNECTIONS_PER_HOST_MAX,
    AnswerLost,
    HttpResponse,
    NotSent,
)

AGENT = {"User-Agent": "Reveille"}
ANSWER_BYTES_MAX = 16 * 1024 * 1024

Connection = http.client.HTTPConnection


class PooledHttp:
    """`seconds` is monotonic."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        # By scheme and host: the idle ones, each with the moment when it was made; the last used comes last.
        self._idle: defaultdict[str, deque[tuple[Connection, float]]] = defaultdict(
            lambda: deque(maxlen=CONNECTIONS_PER_HOST_MAX)
        )
        self._trust: ssl.SSLContext | None = None

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> HttpResponse:
        """Each wait for the other side may take `timeout_seconds`."""
        parts = urlsplit(url)
        idle = self._idle[f"{parts.scheme}://{parts.netloc}"]
        connection, made_at = self._kept(idle) or self._connected(parts, timeout_seconds)
        connection.sock.settimeout(timeout_seconds)
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        try:
            connection.request(method, target, body or None, AGENT | dict(headers))
            answer = connection.getresponse()
            found = answer.read(ANSWER_BYTES_MAX)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise AnswerLost(f"{type(error).__name__}: {error}") from error
        if not answer.isclosed():
            connection.close()
            raise AnswerLost("The answer is too large.")
        if not answer.will_close:
            idle.append((connection, made_at))
        return HttpResponse(
            answer.status, {name.lower(): value for name, value in answer.headers.items()}, found
        )

    def _kept(self, idle: deque[tuple[Connection, float]]) -> tuple[Connection, float] | None:
        """One that is neither old nor dropped; those that are, are let go."""
        while idle:
            try:
                connection, made_at = idle.pop()
            except IndexError:  # another thread was faster
                return None
            if self._seconds() - made_at <= CONNECTION_SECONDS_MAX and not _is_dropped(connection):
                return connection, made_at
            connection.close()
        return None

    def _connected(self, parts: SplitResult, timeout_seconds: float) -> tuple[Connection, float]:
        made_at = self._seconds()
        try:
            connection = self._new(parts, min(CONNECT_SECONDS_MAX, timeout_seconds))
            connection.connect()
        except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: a host that cannot be
            raise NotSent(f"{type(error).__name__}: {error}") from error
        return connection, made_at

    def _new(self, parts: SplitResult, seconds: float) -> Connection:
        if parts.scheme == "https":
            self._trust = self._trust or ssl.create_default_context()  # read once: it takes a while
            return http.client.HTTPSConnection(parts.netloc, timeout=seconds, context=self._trust)
        return http.client.HTTPConnection(parts.netloc, timeout=seconds)


def _is_dropped(connection: Connection) -> bool:
    """Between requests nothing is to be read but that the other side has hung up."""
    waiting = select.poll()
    waiting.register(connection.sock, select.POLLIN)
    return bool(waiting.poll(0))
