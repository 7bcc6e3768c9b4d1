"""One POST over a connection of its own, to an address that was looked at: not to what its name says by now.

A few lines of HTTP by hand, because two things are needed that clients do not give: the address and the name
are told apart, and one time limit holds for all of it, however slowly the other side speaks.
"""

import re
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress

from service.webhooks.addresses import Target

ANSWER_BYTES_MAX = 16 * 1024  # of the status and the headers; the body is not read
CHUNK_BYTES = 4096

_STATUS = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})[ \r\n]")


class NotCarried(Exception):
    """Nobody answered, as the message says. It may have been received."""


def post(
    target: Target, headers: Mapping[str, str], body: bytes, *, seconds_max: float, tls: ssl.SSLContext
) -> int:
    """The status of the answer. Raises NotCarried."""
    give_up_at = time.monotonic() + seconds_max
    try:
        with _connect(target, give_up_at, tls) as connection:
            connection.settimeout(_left(give_up_at))
            connection.sendall(_request(target, headers, body))
            return _status(_hear(connection, give_up_at))
    except TimeoutError as error:
        raise NotCarried(f"no answer within {seconds_max:g} s") from error
    except ssl.SSLError as error:
        raise NotCarried(f"TLS: {error.reason or 'failed'}") from error
    except OSError as error:
        raise NotCarried(f"the connection failed: {error.strerror or type(error).__name__}") from error


def _connect(target: Target, give_up_at: float, tls: ssl.SSLContext) -> socket.socket:
    """To the first address that can be reached. The certificate must be the name's. Raises OSError."""
    trouble: OSError | None = None
    for address in target.addresses:
        try:
            connection = socket.create_connection((address, target.port), timeout=_left(give_up_at))
        except OSError as error:
            trouble = error
            continue
        if target.scheme != "https":
            return connection
        try:
            connection.settimeout(_left(give_up_at))
            return tls.wrap_socket(connection, server_hostname=target.host)
        except BaseException:
            connection.close()
            raise
    raise trouble or OSError("there is no address")


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        "Connection: close",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _hear(connection: socket.socket, give_up_at: float) -> bytes:
    """Up to the end of the headers, so that the other side can say what it has to."""
    heard = b""
    while b"\r\n\r\n" not in heard and len(heard) < ANSWER_BYTES_MAX:
        connection.settimeout(_left(give_up_at))
        chunk = connection.recv(CHUNK_BYTES)
        if not chunk:
            break
        heard += chunk
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    return heard


def _status(heard: bytes) -> int:
    found = _STATUS.match(heard)
    if found is None:
        raise NotCarried("the answer was not HTTP")
    return int(found[1])


def _left(give_up_at: float) -> float:
    """Seconds. Raises TimeoutError."""
    seconds = give_up_at - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
