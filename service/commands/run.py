"""All of Reveille on this machine: gunicorn, the task queue, a scheduler, a telephone network."""

import gc
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gunicorn.app.base import BaseApplication

from service.commands.tick import post_tick
from service.domain.audit import Act, By
from service.domain.calling_hours import EVERYWHERE
from service.entrypoints.logs import set_up_logs
from service.entrypoints.schemas_accounts import operators_view
from service.local.clocks import SystemClock
from service.local.scheduler import Scheduler
from service.pooled_http import PooledHttp
from service.settings import BadSetting, Settings
from service.transport import AnswerLost, NotSent
from service.usecases.accounts import NewAccount, create_account, first_account
from service.wiring import build, folder

HOST = "127.0.0.1"
PORT_SECONDS_MAX = 3.0  # the worker of a run that was killed lets go of the port a little later
THREADS = 8
GRACE_SECONDS = 10
KEEP_ALIVE_SECONDS = 30  # longer than its own requests keep a connection: see transport.py
LOCAL_SID = "AC" + "0" * 32
LOCAL_CALLER = "+14155550100"


def run(settings: Settings) -> int:
    """Until it is told to end. Raises BadSetting."""
    set_up_logs(settings.log)
    if settings.tasks != "local":
        raise BadSetting(
            "REVEILLE_TASKS: this command drives the local queue; for the other run the container"
        )
    _refuse_port_in_use(settings.port)
    key = make_first_account(with_local_calls(settings))
    network = None
    if not settings.twilio_account_sid:
        network, settings = _with_network(with_local_calls(settings))
    greeting = _greeting(settings, key, network is not None)
    LocalServer(settings, lambda: print(greeting, flush=True)).run()
    return 0


def _refuse_port_in_use(port: int) -> None:
    """Before anything is made, and before the key is shown its one time."""
    deadline = time.monotonic() + PORT_SECONDS_MAX
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
                return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise BadSetting(
                        f"PORT: {port} cannot be used ({error.strerror}); set another"
                    ) from error
        time.sleep(0.1)


def make_first_account(settings: Settings) -> str | None:
    """Its key, on the first run; None on every other."""
    service = build(settings)
    try:
        if first_account(service.outside) is not None:
            return None
        new = NewAccount("Local", "US", ("*",))
        if settings.twilio_account_sid == LOCAL_SID:  # nobody is really called, so at any hour
            new = replace(new, caller=LOCAL_CALLER, widened=(EVERYWHERE,))
        outside = replace(service.outside, act=Act("create_account", By("first run"), operators_view))
        return create_account(outside, new)[1]
    finally:
        service.close()  # gunicorn forks


def with_local_calls(settings: Settings) -> Settings:
    """Calls go through the telephone network on this machine, unless Twilio is configured."""
    if settings.twilio_account_sid:
        return settings
    return replace(settings, twilio_account_sid=LOCAL_SID, twilio_auth_token=secrets.token_hex(16))


def _with_network(settings: Settings) -> tuple[subprocess.Popen[bytes], Settings]:
    """Starts the telephone network, which ends when this process does."""
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


def _greeting(settings: Settings, key: str | None, local_network: bool) -> str:
    calls = "a telephone network on this machine: nobody is really called" if local_network else "Twilio"
    lines = [
        f"Reveille  {settings.base_url}",
        f"Calls go through {calls}.",
        f"Data      {folder(settings)}",
        f"API key   {key}  (shown this once)"
        if key
        else "API key   the one of the first run; the command `admin new-key` makes another",
    ]
    return "\n".join(lines)


class LocalServer(BaseApplication):  # type: ignore[misc]
    """Gunicorn with one worker: it also drives the task queue and the scheduler."""

    def __init__(self, settings: Settings, on_listening: Callable[[], None]) -> None:
        self._settings = settings
        self._on_listening = on_listening
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": f"{HOST}:{self._settings.port}",
            "workers": 1,
            "threads": THREADS,
            "worker_class": "gthread",
            "keepalive": KEEP_ALIVE_SECONDS,
            "graceful_timeout": GRACE_SECONDS,
            "loglevel": "warning",
            "control_socket_disable": True,
            "when_ready": lambda _: self._on_listening(),
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

        def tick() -> None:
            try:
                post_tick(http, self._settings.base_url, token())
            except (NotSent, AnswerLost) as error:
                raise RuntimeError("The tick was not answered.") from error

        Scheduler(tick, SystemClock()).start()
        gc.freeze()  # what is loaded stays: it need not be looked through again and again
        return service.app
