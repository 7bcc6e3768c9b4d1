"""The WSGI entry: `gunicorn service.wsgi:app`."""

import os

from service.entrypoints.logs import set_up_logs
from service.settings import Settings
from service.wiring import build

_settings = Settings.read(os.environ)
set_up_logs(_settings.log)
_service = build(_settings)
if _service.local_tasks is not None:
    _service.local_tasks.start()
app = _service.app
