"""The telephone network as a process of its own: it survives the service that it calls back."""

import os
import sys
import threading
from pathlib import Path

from service.local.clocks import SystemClock
from service.local.telephone_network import TelephoneNetwork
from service.local.wsgi_server import serve
from service.pooled_http import PooledHttp
from service.settings import Settings

NETWORK_FILE = "telephone-network.db"


def run_network(settings: Settings) -> int:
    """Prints its address, then serves until its standard input is closed: so it ends with its parent, however
    that ends."""
    folder = Path(settings.sqlite_path).resolve().parent
    network = TelephoneNetwork(
        str(folder / NETWORK_FILE),
        SystemClock(),
        PooledHttp(),
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
        seed=int.from_bytes(os.urandom(4)),
        talk_seconds=settings.talk_seconds,
    )
    server = serve(network, 0)
    network.start()
    print(server.url, flush=True)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    threading.Event().wait()
    return 0


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)
