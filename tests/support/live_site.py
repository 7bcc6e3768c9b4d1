"""A service in time-lapse behind a port of this machine, for a real browser: time stands still until the test
moves it."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from service.local.wsgi_server import serve
from service.settings import Settings
from tests.support.api import NOON, UNHURRIED, Site

GOOGLE_CLIENT_ID = "123.apps.googleusercontent.com"


class OneAtATime:
    """The world in time-lapse has one thread: a request waits while the clock moves, and the
    other way round."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self.lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self.lock:
            return list(self._app(environ, start_response))


class LiveSite:
    def __init__(self, site: Site, url: str, lock: threading.Lock) -> None:
        self.site = site
        self.url = url
        self._lock = lock

    def run_for(self, **duration: float) -> None:
        """As `timedelta` has it."""
        with self._lock:
            self.site.world.run_until(self.site.world.clock.now() + timedelta(**duration))

    def step(self, **at_most: float) -> None:
        """To the next thing that happens."""
        with self._lock:
            self.site.world.step(self.site.world.clock.now() + timedelta(**at_most))


@contextmanager
def live_site(folder: Path, start: datetime = NOON, settings: Settings = UNHURRIED) -> Iterator[LiveSite]:
    site = Site.begin(folder, start, settings)
    app = OneAtATime(site.world.service.app)
    served = serve(app)
    try:
        yield LiveSite(site, served.url, app.lock)
    finally:
        served.stop()
