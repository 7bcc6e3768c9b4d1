"""One receipt for each request: what it was, and what it cost."""

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from service.entrypoints.site import RECEIPT, Site
from service.entrypoints.trace import following
from service.receipts import READ_BEFORE, receipt_of

SILENT_PATHS = frozenset({"/healthz"})
KINDS = {"/queue/": "tick", "/api/queue/": "tick", "/tasks/": "call", "/webhooks/": "webhook"}


class ReceiptLine:
    """WSGI middleware around the whole application."""

    def __init__(self, app: WSGIApplication, site: Site) -> None:
        self._app = app
        self._site = site

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with following(environ):
            if environ.get("PATH_INFO") in SILENT_PATHS:
                return self._app(environ, start_response)
            return self._answer(environ, start_response)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status = ""

        def remember(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal status
            status = line
            return start_response(line, headers, exc_info)

        with self._site.meter.measure() as cost:
            self._site.meter.add(reads=environ.get(READ_BEFORE, 0))
            answer = self._app(environ, remember)
        facts = environ.get(RECEIPT, {})
        kind = facts.pop("kind", None) or kind_of(environ.get("PATH_INFO", ""))
        self._site.on_receipt(receipt_of(kind, int(status[:3] or 500), facts, cost))
        return answer


def kind_of(path: str) -> str:
    return next((kind for prefix, kind in KINDS.items() if path.startswith(prefix)), "request")
