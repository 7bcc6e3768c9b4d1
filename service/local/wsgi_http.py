"""HTTP without sockets: the applications of one process call each other directly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlsplit

from werkzeug.test import EnvironBuilder, run_wsgi_app

from service.transport import HttpResponse, NotSent

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


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
        parts = urlsplit(urldefrag(url).url)
        base_url = f"{parts.scheme}://{parts.netloc}"
        app = self._apps.get(base_url)
        if app is None:
            raise NotSent(f"There is no {base_url}.")
        builder = EnvironBuilder(
            path=f"{parts.path}?{parts.query}" if parts.query else parts.path,
            base_url=base_url,
            method=method,
            headers=list(headers.items()),
            data=body,
            environ_overrides={"REMOTE_ADDR": "127.0.0.1"},
        )
        chunks, status, answered = run_wsgi_app(app, builder.get_environ(), buffered=True)
        return HttpResponse(
            int(status.split()[0]), {name.lower(): value for name, value in answered}, b"".join(chunks)
        )
