"""All of Reveille on this machine: gunicorn, the task queue, a scheduler, a telephone network."""

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gunicorn.app.base import BaseApplication

from service.entrypoints.logs import set_up_logs
from service.local.clocks import SystemClock
from service.local.scheduler import Scheduler
from service.settings import Settings
from service.transport import AnswerLost, NotSent, PooledHttp
from service.usecases.accounts import NewAccount, create_account, first_account
from service.wiring import build, folder

THREADS = 8
GRACE_SECONDS = 10
TICK_SECONDS_MAX = 60.0
LOCAL_SID = "AC" + "0" * 32
LOCAL_CALLER = "+14155550100"


def run(settings: Settings) -> int:
    set_up_logs(settings.log)
    where = folder(settings)
    network = None
    if not settings.twilio_account_sid:
        network, settings = _with_network(settings)
    _greet(settings, make_first_account(settings), network is not None, str(where))
    LocalServer(settings).run()
    return 0


def make_first_account(settings: Settings) -> str | None:
    """Its key, on the first run; None on every other."""
    service = build(settings)
    if first_account(service.outside) is not None:
        return None
    new = NewAccount(
        "Local", "US", ("*",), LOCAL_CALLER if settings.twilio_account_sid == LOCAL_SID else None
    )
    return create_account(service.outside, new, "first key")[1]


def _with_network(settings: Settings) -> tuple[subprocess.Popen[bytes], Settings]:
    """Starts the telephone network, which ends when this process does."""
    settings = replace(settings, twilio_account_sid=LOCAL_SID, twilio_auth_token=secrets.token_hex(16))
    process = subprocess.Popen(
        [sys.executable, "-m", "service", "network"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(settings),
        start_new_session=True,  # Ctrl-C is for the service; the network ends with it
    )
    assert process.stdout is not None
    url = process.stdout.readline().decode().strip()
    if not url:
        raise SystemExit("The telephone network did not start.")
    return process, replace(settings, twilio_base_url=url)


def _environment(settings: Settings) -> Mapping[str, str]:
    return os.environ | {
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": settings.twilio_auth_token,
    }


def _greet(settings: Settings, key: str | None, local_network: bool, where: str) -> None:
    calls = "a telephone network on this machine: nobody is really called" if local_network else "Twilio"
    lines = [
        f"Reveille  {settings.base_url}",
        f"Calls go through {calls}.",
        f"Data      {where}",
        f"API key   {key}  (shown this once)"
        if key
        else "API key   the one of the first run; `python -m service admin new-key` makes another",
    ]
    print("\n".join(lines), flush=True)


class LocalServer(BaseApplication):  # type: ignore[misc]
    """Gunicorn with one worker: it also drives the task queue and the scheduler."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": f"127.0.0.1:{self._settings.port}",
            "workers": 1,
            "threads": THREADS,
            "worker_class": "gthread",
            "graceful_timeout": GRACE_SECONDS,
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """In the worker."""
        service = build(self._settings)
        assert service.local_tasks is not None
        assert service.local_token is not None
        service.local_tasks.start()
        http, token = PooledHttp(), service.local_token

        def post_tick() -> None:
            try:
                http.request(
                    "POST",
                    f"{self._settings.base_url}/queue/process",
                    headers={"Authorization": f"Bearer {token()}"},
                    body=b"",
                    timeout_seconds=TICK_SECONDS_MAX,
                )
            except (NotSent, AnswerLost) as error:
                raise RuntimeError("The tick was not answered.") from error

        Scheduler(post_tick, SystemClock()).start()
        return service.app
