"""The WSGI entry: `gunicorn service.wsgi:app`."""

import gc
import os
from wsgiref.types import WSGIApplication

from service.entrypoints.logs import Where, set_up_logs
from service.light_wiring import front
from service.settings import Settings

_settings = Settings.read(os.environ)
set_up_logs(_settings.log, Where(_settings.project, _settings.service_name, _settings.revision))


def _load() -> WSGIApplication:
    from service.wiring import build  # only when a request needs it: it loads everything

    service = build(_settings)
    if service.local_tasks is not None:
        service.local_tasks.start()
    gc.freeze()  # what is loaded stays: it need not be looked through again and again
    return service.app


# A web has no ticks to answer: whoever comes needs it all.
app = _load() if _settings.serves == "web" else front(_settings, _load)
