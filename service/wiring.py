"""The only place that chooses implementations."""

import secrets
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from wsgiref.types import WSGIApplication

from flask import Flask

from service.dispatch.http_delivery import HttpDelivery
from service.dispatch.local import LocalTaskQueue
from service.domain.account import Account
from service.domain.agent import Provider
from service.domain.audit import Act
from service.domain.limits import Limits
from service.entrypoints.app import create_app
from service.entrypoints.id_tokens import GOOGLE_ISSUERS, GoogleCerts, Signed
from service.entrypoints.invoker import InvokerGate
from service.entrypoints.logs import log_receipt
from service.entrypoints.people import FIREBASE_CERTS_URL, FIREBASE_ISSUER, PeopleGate
from service.entrypoints.rate_limit import RateLimiter
from service.entrypoints.site import Site
from service.light_wiring import gate_of_google, gate_of_this_machine
from service.local.clocks import SystemClock
from service.local.public_keys import LOCAL_ISSUER
from service.local.signing import LocalSigner, people_audience
from service.local.wsgi_http import HERE, WsgiHttp
from service.pooled_http import PooledHttp
from service.ports import Clock, Outside, Queue, Store, StoreUnavailable, TaskQueue
from service.providers.credentials import CredentialSources
from service.providers.registry import Registry, TwilioAccount
from service.providers.twilio_signature import is_signed
from service.receipts import Meter, Receipt
from service.rules.rulebook import Rulebook
from service.settings import BadSetting, Settings
from service.state.server_clock import ServerClock
from service.state.sqlite import SqliteStore
from service.transport import Http
from service.webhooks.addresses import Resolve, resolve
from service.webhooks.courier import SigningCourier


@dataclass
class Service:
    """The application, and the parts that somebody outside it drives."""

    app: Flask
    outside: Outside
    meter: Meter
    local_tasks: LocalTaskQueue | None  # None: Cloud Tasks drives itself
    local_token: Callable[[], str] | None  # what the local scheduler shows
    close: Callable[[], None]  # before a fork: SQLite's connections must not be carried into a child


@dataclass(frozen=True)
class OpenBooks:
    """As ports.Books, and how they are closed."""

    store: Store
    clock: Clock
    new_token: Callable[[], str]
    limits: Limits
    act: Act
    close: Callable[[], None]


def new_token() -> str:
    return secrets.token_hex(12)


@dataclass(frozen=True)
class Choices:
    """What a demo or a test chooses instead of this machine's clock, sockets, log and randomness."""

    clock: Clock = field(default_factory=SystemClock)
    http: Http = field(default_factory=PooledHttp)
    on_receipt: Callable[[Receipt], None] = log_receipt
    new_token: Callable[[], str] = new_token
    resolve: Resolve = resolve  # of the names that webhooks lead to
    provider_urls: Mapping[Provider, str] = field(default_factory=dict)


def build(settings: Settings, choices: Choices | None = None) -> Service:
    """Raises BadSetting."""
    choices = choices or Choices()
    meter = Meter()
    store, clock = _store(settings, choices.clock, meter)
    signer = LocalSigner.open(folder(settings)) if settings.tasks == "local" else None
    token = partial(signer.token, settings.base_url) if signer else None
    here: dict[str, WSGIApplication] = {}  # where the queue finds the application, which is made after it
    tasks = (
        _local_tasks(settings, choices.clock, HttpDelivery(WsgiHttp(here), HERE, token), meter)
        if token
        else _cloud_tasks(settings, clock, meter)
    )
    credentials, twilio = CredentialSources(choices.http), _twilio(settings)
    telephony = Registry(twilio, choices.http, credentials, settings.base_url, choices.provider_urls)
    outside = Outside(store, tasks, telephony, clock, choices.new_token, _limits(settings), Rulebook(), meter)
    local_tasks = tasks if isinstance(tasks, LocalTaskQueue) else None
    google = GoogleCerts(choices.http)  # one for both gates: the same certificates
    site = Site(
        outside=outside,
        gate=_gate(settings, google, signer),
        people=_people(settings, choices.http, google, signer),
        limiter=RateLimiter(settings.requests_per_minute),
        twilio_signed=partial(is_signed, twilio.auth_token) if twilio else None,
        meter=meter,
        public_base_url=settings.base_url,
        on_receipt=choices.on_receipt,
        courier=_courier(settings, choices.resolve, signer),
    )
    app = here[HERE] = create_app(site, settings.serves)
    return Service(
        app=app,
        outside=outside,
        meter=meter,
        local_tasks=local_tasks,
        local_token=token,
        close=lambda: _close(store, local_tasks),
    )


def open_books(settings: Settings, act: Act) -> OpenBooks:
    """Needs the settings of the store, and the lanes. Raises BadSetting, StoreUnavailable."""
    store, clock = _store(settings, SystemClock(), Meter())
    if isinstance(clock, ServerClock):
        store.get(Account, "nobody")  # any answer tells Firestore's time, also one that there is nothing
    return OpenBooks(store, clock, new_token, _limits(settings), act, lambda: _close(store, None))


def folder(settings: Settings) -> Path:
    """Where this machine keeps its files. Raises BadSetting."""
    path = Path(settings.sqlite_path).resolve().parent
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)  # telephone numbers are nobody else's business
    except OSError as error:
        raise BadSetting(f"REVEILLE_STORE: {path}: {error.strerror}") from error
    return path


def _close(store: Store, local_tasks: LocalTaskQueue | None) -> None:
    if local_tasks:
        local_tasks.close()
    if isinstance(store, SqliteStore):
        store.close()


def _store(settings: Settings, clock: Clock, meter: Meter) -> tuple[Store, Clock]:
    if settings.store != "firestore":
        return _sqlite(settings, clock, meter), clock
    # Only here: on one machine nobody pays for loading Google's libraries.
    from google.auth.exceptions import GoogleAuthError

    from service.state.firestore import FirestoreStore
    from service.state.firestore_client import connect

    server_clock = ServerClock()
    try:
        client = connect(settings.project, settings.firestore_emulator)
    except GoogleAuthError as error:
        raise BadSetting(f"REVEILLE_STORE: firestore: {error}") from error
    return FirestoreStore(client, meter, server_clock.observe), server_clock


def _sqlite(settings: Settings, clock: Clock, meter: Meter) -> SqliteStore:
    folder(settings)
    try:
        return SqliteStore(settings.sqlite_path, clock, meter)
    except (StoreUnavailable, sqlite3.DatabaseError) as error:
        raise BadSetting(f"REVEILLE_STORE: {settings.sqlite_path}: {error}") from error


def _local_tasks(settings: Settings, clock: Clock, deliver: HttpDelivery, meter: Meter) -> LocalTaskQueue:
    rates = {Queue.CALLS: settings.calls_per_second}
    return LocalTaskQueue(settings.sqlite_path, clock, meter, deliver, rates)


def _cloud_tasks(settings: Settings, clock: Clock, meter: Meter) -> TaskQueue:
    from google.cloud import tasks_v2

    from service.dispatch.cloud_tasks import CloudTasksQueue

    return CloudTasksQueue(
        tasks_v2.CloudTasksClient(),
        project=settings.project,
        region=settings.region,
        queues={queue: f"{settings.queue}-{queue.value}" for queue in Queue},
        base_url=settings.worker_url,
        service_account=settings.service_account,
        audience=settings.worker_url,
        clock=clock,
        meter=meter,
    )


def _courier(settings: Settings, resolve: Resolve, signer: LocalSigner | None) -> SigningCourier:
    key = settings.webhook_key.encode()
    if not key and signer:
        key = signer.derive_key("webhooks")
    return SigningCourier(key, resolve, loopback=settings.webhooks_to_loopback)


def _twilio(settings: Settings) -> TwilioAccount | None:
    if not settings.twilio_account_sid or not settings.twilio_auth_token:
        return None
    return TwilioAccount(settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_base_url)


def _gate(settings: Settings, google: GoogleCerts, signer: LocalSigner | None) -> InvokerGate:
    return gate_of_this_machine(settings, signer.certs()) if signer else gate_of_google(settings, google)


def _people(settings: Settings, http: Http, google: GoogleCerts, signer: LocalSigner | None) -> PeopleGate:
    """One machine also signs its own. They are for another audience than those that invokers show."""
    signed, google_client_id = [], None
    for way in sorted(settings.sign_in):
        kind, _, name = way.partition(":")
        if kind == "google":
            google_client_id = google_client_id or name
            signed.append(Signed(GOOGLE_ISSUERS, name, google.find))
        else:
            certs = GoogleCerts(http, url=FIREBASE_CERTS_URL)
            signed.append(Signed(frozenset({FIREBASE_ISSUER + name}), name, certs.find))
    if signer:
        signed.append(
            Signed(frozenset({LOCAL_ISSUER}), people_audience(settings.base_url), signer.certs().get)
        )
    return PeopleGate(signed, google_client_id)


def _limits(settings: Settings) -> Limits:
    return Limits(
        lanes=settings.lanes,
        calls_in_flight_max=settings.calls_in_flight_max,
        account_calls_in_flight_max=settings.account_calls_in_flight_max,
        ring_seconds=settings.ring_seconds,
        time_limit_seconds=settings.time_limit_seconds,
    )
