"""The whole service on a virtual clock, in one process and one thread: days pass in seconds.

Everything is real but the clock, the sockets and the telephones: the Flask application, the SQLite store,
the task queue, the Twilio adapter and the signatures.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from service.local.clocks import VirtualClock
from service.local.scheduler import next_quarter
from service.local.telephone_network import TelephoneNetwork
from service.local.wsgi_http import WsgiHttp
from service.receipts import Receipt
from service.settings import Settings
from service.transport import HttpResponse
from service.usecases.accounts import NewAccount, create_account
from service.wiring import Choices, Service, build

SERVICE_URL = "http://service.local"
NETWORK_URL = "http://network.local"
ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "only-between-these-two"
CALLER = "+13125550100"
STEPS_AT_ONE_TIME_MAX = 10_000
REQUEST_SECONDS_MAX = 60.0


@dataclass
class TimeLapse:
    clock: VirtualClock
    service: Service
    network: TelephoneNetwork
    http: WsgiHttp
    key: str
    names: dict[str, list[str]]  # addresses of the hosts that webhooks lead to; numbers are their own

    @classmethod
    def begin(
        cls,
        folder: Path,
        start: datetime,
        *,
        seed: int,
        on_receipt: Callable[[Receipt], None],
        settings: Settings | None = None,
        network: Callable[..., TelephoneNetwork] = TelephoneNetwork,
    ) -> "TimeLapse":
        """A service without work, at `start`, with one account."""
        clock = VirtualClock(start)
        apps: dict[str, WSGIApplication] = {}
        http = WsgiHttp(apps)
        phones = network(":memory:", clock, http, account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, seed=seed)
        dice = random.Random(seed)
        names: dict[str, list[str]] = {}
        choices = Choices(clock, http, on_receipt, lambda: f"{dice.getrandbits(96):024x}", _resolve(names))
        service = build(local_settings(folder, settings or Settings()), choices)
        apps[SERVICE_URL], apps[NETWORK_URL] = service.app, phones
        new = NewAccount("Time-lapse", "US", ("*",), CALLER)
        key = create_account(service.outside, new, "time-lapse")[1]
        return cls(clock, service, phones, http, key, names)

    def step(self, until: datetime) -> datetime:
        """To the next thing that happens, or to `until`, and does what is due then."""
        tick_at = next_quarter(self.clock.now())
        moments = [tick_at, until, self.network.next_at(), self._tasks.next_at()]
        self.clock.move_to(min(moment for moment in moments if moment is not None))
        if self.clock.now() == tick_at:
            self.tick()
        for _ in range(STEPS_AT_ONE_TIME_MAX):
            if not self.network.deliver_due() + self._tasks.deliver_due():
                break
        return self.clock.now()

    def run_until(self, moment: datetime) -> None:
        while self.clock.now() < moment:
            self.step(moment)

    def tick(self) -> None:
        assert self.service.local_token is not None
        self._send("POST", "/queue/process", b"", self.service.local_token(), "application/json")

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """What the REST API answers; `body` is JSON, or bytes for a file. Raises for an error."""
        answer = self.request(method, path, body)
        if answer.status >= 400:
            raise ValueError(answer.body.decode())
        return json.loads(answer.body)

    def request(self, method: str, path: str, body: Any = None) -> HttpResponse:
        if isinstance(body, bytes):
            return self._send(method, path, body, self.key, "text/csv")
        sent = b"" if body is None else json.dumps(body).encode()
        return self._send(method, path, sent, self.key, "application/json")

    def _send(self, method: str, path: str, body: bytes, token: str, mimetype: str) -> HttpResponse:
        return self.http.request(
            method,
            SERVICE_URL + path,
            headers={"Authorization": f"Bearer {token}", "Content-Type": mimetype},
            body=body,
            timeout_seconds=REQUEST_SECONDS_MAX,
        )

    @property
    def _tasks(self) -> Any:
        assert self.service.local_tasks is not None
        return self.service.local_tasks


def _resolve(names: dict[str, list[str]]) -> Callable[[str, int], list[str]]:
    """Nobody outside is asked."""

    def resolve(host: str, _port: int) -> list[str]:
        if host in names:
            return names[host]
        try:
            return [str(ip_address(host))]
        except ValueError as error:
            raise OSError(f"There is no {host}.") from error

    return resolve


def local_settings(folder: Path, settings: Settings) -> Settings:
    return replace(
        settings,
        store=f"sqlite:{folder / 'reveille.db'}",
        public_base_url=SERVICE_URL,
        twilio_account_sid=ACCOUNT_SID,
        twilio_auth_token=AUTH_TOKEN,
        twilio_base_url=NETWORK_URL,
    )
