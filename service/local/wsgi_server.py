"""A WSGI application behind a port of this machine."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

STOP_SECONDS_MAX = 0.1  # how long an idle server takes to notice that it is to stop


class Served:
    """One thread for each request, until `stop`."""

    def __init__(self, app: WSGIApplication, port: int) -> None:
        self._server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_QuietHandler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(STOP_SECONDS_MAX,), name="wsgi-server", daemon=True
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def serve(app: WSGIApplication, port: int = 0) -> Served:
    """Port 0: a free one, to be read from `url`."""
    served = Served(app, port)
    served.start()
    return served


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: the applications log what matters."""
