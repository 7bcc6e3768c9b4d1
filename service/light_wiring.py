"""Chooses the front's implementations, and loads nothing but those: start-up is what idle ticks cost."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.types import WSGIApplication

from service.entrypoints.id_tokens import GoogleCerts
from service.entrypoints.invoker import InvokerGate
from service.entrypoints.logs import log_receipt
from service.entrypoints.signed_token import Key
from service.front import Clock, Front, Parts, Wakes
from service.receipts import Meter
from service.settings import Settings

if TYPE_CHECKING:
    from service.pooled_http import PooledHttp


def front(settings: Settings, load: Callable[[], WSGIApplication]) -> Front:
    """Where this machine drives a queue of its own that has anything to carry, or has not been used before,
    the whole application is loaded at once. Raises BadSetting."""
    meter, http = Meter(), cache(_pooled_http)  # one for all who need it; on one machine nobody may
    wakes, clock = _wakes(settings, http, meter)
    is_local = settings.tasks == "local"
    gate = _gate_here(settings) if is_local else gate_of_google(settings, GoogleCerts(http()))
    made = Front(Parts(gate, wakes, clock, settings.lanes, meter, log_receipt), load)
    if is_local and not _is_at_rest(settings):
        made.whole()
    return made


def gate_of_google(settings: Settings, google: GoogleCerts) -> InvokerGate:
    is_checked = settings.serves == "worker"
    return InvokerGate(settings.worker_url, settings.invokers, google.find, is_checked=is_checked)


def gate_of_this_machine(settings: Settings, keys: Mapping[str, Key]) -> InvokerGate:
    """The same checks, with its own key and issuer."""
    from service.local.public_keys import LOCAL_EMAIL, LOCAL_ISSUER

    return InvokerGate(settings.base_url, frozenset({LOCAL_EMAIL}), keys.get, frozenset({LOCAL_ISSUER}))


def _pooled_http() -> "PooledHttp":
    from service.pooled_http import PooledHttp

    return PooledHttp()


def _wakes(settings: Settings, http: Callable[[], "PooledHttp"], meter: Meter) -> tuple[Wakes, Clock]:
    """Each loads only its own store's."""
    if settings.store != "firestore":
        from service.local.clocks import SystemClock
        from service.state.sqlite_wake import SqliteWakes

        return SqliteWakes(settings.sqlite_path, meter), SystemClock()
    from service.state.firestore_wake import FIRESTORE_URL, FirestoreWakes, MetadataToken
    from service.state.server_clock import ServerClock

    clock, emulator = ServerClock(), settings.firestore_emulator
    token = (lambda: "owner") if emulator else MetadataToken(http())
    url = f"http://{emulator}" if emulator else FIRESTORE_URL
    return FirestoreWakes(http(), token, settings.project, clock, meter, url), clock


def _is_at_rest(settings: Settings) -> bool:
    from service.dispatch.local_rest import is_at_rest

    return is_at_rest(settings.sqlite_path)


def _gate_here(settings: Settings) -> InvokerGate:
    from service.local.public_keys import read_public_keys

    return gate_of_this_machine(settings, read_public_keys(Path(settings.sqlite_path).resolve().parent))
