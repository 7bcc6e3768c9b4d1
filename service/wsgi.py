"""The WSGI entry: `gunicorn service.wsgi:app`."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from wsgiref.types import WSGIApplication

from service.settings import Settings


@contextmanager
def _loading() -> Iterator[None]:
    """What is loaded stays: to look for garbage in it meanwhile takes a tenth of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _whole(settings: Settings) -> WSGIApplication:
    with _loading():
        from service.wiring import build  # only when a request needs it: it loads everything

        service = build(settings)
    if service.local_tasks is not None:
        service.local_tasks.start()
    return service.app


def _app(settings: Settings) -> WSGIApplication:
    """A web has no ticks to answer: whoever comes needs it all."""
    with _loading():
        from service.entrypoints.logs import Where, set_up_logs
        from service.light_wiring import front

    set_up_logs(settings.log, Where(settings.project, settings.service_name, settings.revision))
    load = partial(_whole, settings)
    return load() if settings.serves == "web" else front(settings, load)


app = _app(Settings.read(os.environ))
