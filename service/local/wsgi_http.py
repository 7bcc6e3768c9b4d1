"""HTTP without sockets: the applications of one process call each other directly."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, quote, unquote, urldefrag, urlsplit

from service.transport import HttpResponse, NotSent

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

HERE = "http://here"  # an application's address for its own process
PORTS = {"http": 80, "https": 443}
RESERVED = "%:/?#[]@!$&'()*+,;="  # of an address; what is not ASCII is sent encoded
OWN_NAMES = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})  # headers that WSGI has without HTTP_


class WsgiHttp:
    """Sends each request to the application that stands for its host. Holds no state, so an application may
    itself send a request while it answers one. What an application raises comes out of the request: a fault
    of this process is not a fault of the network."""

    def __init__(self, apps: Mapping[str, WSGIApplication]) -> None:
        """`apps`: by base URL, as `http://service.local` or `https://127.0.0.1:8080`. Two applications that
        need each other can be added to the mapping later."""
        self._apps = apps

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        timeout_seconds: float,  # noqa: ARG002  an application in this process answers before it returns
    ) -> HttpResponse:
        parts = urlsplit(quote(urldefrag(url).url, safe=RESERVED))
        base_url = f"{parts.scheme}://{parts.netloc}"
        app = self._apps.get(base_url)
        if app is None:
            raise NotSent(f"There is no {base_url}.")
        return _answer(app, _environ(method, parts, headers, body))


def _environ(method: str, parts: SplitResult, headers: Mapping[str, str], body: bytes) -> WSGIEnvironment:
    """As PEP 3333 has it, with the address as it was sent (`REQUEST_URI`), as web servers add it."""
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path, "latin-1"),
        "QUERY_STRING": parts.query,
        "REQUEST_URI": f"{parts.path}?{parts.query}" if parts.query else parts.path,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or PORTS[parts.scheme]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{_variable(name): value for name, value in headers.items()},
    }


def _variable(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in OWN_NAMES else f"HTTP_{name}"


def _answer(app: WSGIApplication, environ: WSGIEnvironment) -> HttpResponse:
    status, headers = "", dict[str, str]()
    body = list[bytes]()

    def start_response(line: str, named: list[tuple[str, str]], _exc_info: Any = None) -> Any:
        nonlocal status, headers
        status, headers = line, {name.lower(): value for name, value in named}
        return body.append

    chunks = app(environ, start_response)
    try:
        body.extend(chunks)
    finally:
        getattr(chunks, "close", lambda: None)()
    return HttpResponse(int(status.split()[0]), headers, b"".join(body))
