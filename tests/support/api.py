"""The service in time-lapse, as its clients see it from outside: requests, answers, and what was stored."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from service.domain.account import Account, Scope
from service.domain.campaign import Campaign, CampaignSettings
from service.domain.outbox import Event, event_of_campaign
from service.domain.webhook import EventType
from service.local.signing import LocalSigner
from service.local.time_lapse import AUTH_TOKEN, CALLER, SERVICE_URL, TimeLapse
from service.ports import Create, Update
from service.providers.twilio_signature import sign
from service.receipts import Receipt
from service.settings import Settings
from service.transport import HttpResponse
from service.usecases.accounts import NewAccount, authenticate, create_account
from service.usecases.api_keys import add_key
from tests.support.fakes import HookedStore

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)  # a Monday, 12:00 in Chicago
SCRIPT = {"twiml": "<Response><Say>Hello {name}</Say></Response>"}
CAMPAIGN: dict[str, Any] = {"name": "Reminders", "timezone": "America/Chicago", "script": SCRIPT}
NINE_TO_FIVE = [{"start": "09:00", "end": "17:00"}]
CALLEE = "+13125550123"
UNHURRIED = Settings(requests_per_minute=1_000_000)  # the clock stands still while a test asks


def callee(number: int) -> str:
    """One of the numbers that are kept for fiction."""
    return f"+1312555{100 + number:04}"


def csv(*callees: str) -> bytes:
    return "\n".join(["phone,name", *(f"{callee},Ada" for callee in callees)]).encode()


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def ok(self, status: int = 200) -> Any:
        """What it says, if it is of this status."""
        assert self.status == status, (self.status, self.body)
        return self.json

    def error(self, status: int, code: str) -> dict[str, Any]:
        """The error, if it is this one and has the shape that all errors have."""
        assert self.status == status, (self.status, self.body)
        assert self.headers["content-type"] == "application/json"
        (name, error), *others = self.json.items()
        assert (name, others) == ("error", [])
        assert list(error) == ["code", "message", "details", "request_id"]
        assert error["code"] == code
        assert error["message"]
        assert error["request_id"]
        for detail in error["details"]:
            assert list(detail) == ["field", "code", "message"]
        return dict(error)


@dataclass
class Site:
    """One account's view of the service; `beside` gives another account's."""

    world: TimeLapse
    folder: Path
    key: str
    receipts: list[Receipt] = field(default_factory=list)

    @classmethod
    def begin(cls, folder: Path, start: datetime = NOON, settings: Settings = UNHURRIED) -> "Site":
        receipts: list[Receipt] = []
        world = TimeLapse.begin(folder, start, seed=1, on_receipt=receipts.append, settings=settings)
        return cls(world, folder, world.key, receipts)

    def beside(self) -> "Site":
        new = NewAccount("Somebody else", "US", ("*",), CALLER)
        key = create_account(self.world.service.outside, new, "other")[1]
        return Site(self.world, self.folder, key, self.receipts)

    def as_scope(self, scope: Scope) -> "Site":
        """The same account, with a key of this scope."""
        return replace(self, key=add_key(self.world.service.outside, self.account, scope, scope).secret)

    def hook(self) -> HookedStore:
        """Its store, from now on with hooks."""
        outside = self.world.service.outside
        hooked = HookedStore(outside.store)
        object.__setattr__(outside, "store", hooked)
        return hooked

    def get(self, path: str) -> Reply:
        return self.send("GET", path)

    def post(self, path: str, body: Any = None) -> Reply:
        """`body`: JSON, or bytes for a CSV file."""
        if isinstance(body, bytes):
            return self.send("POST", path, body, {"Content-Type": "text/csv"})
        sent = b"" if body is None else json.dumps(body).encode()
        return self.send("POST", path, sent, {"Content-Type": "application/json"})

    def patch(self, path: str, body: Any) -> Reply:
        return self.send("PATCH", path, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def send(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Reply:
        """With the account's key, unless `headers` say who sends it."""
        sent = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        answer: HttpResponse = self.world.http.request(
            method, SERVICE_URL + path, headers=sent, body=body, timeout_seconds=60
        )
        return Reply(answer.status, dict(answer.headers), answer.body)

    def as_invoker(self, path: str, body: bytes = b"", audience: str = SERVICE_URL) -> Reply:
        """As the scheduler and the task queue send it."""
        token = LocalSigner.open(self.folder).token(audience)
        return self.send("POST", path, body, {"Authorization": f"Bearer {token}"})

    def as_twilio(self, call: dict[str, Any], auth_token: str = AUTH_TOKEN, **fields: str) -> Reply:
        """A status callback of the call's last attempt."""
        attempt = call["attempts"][-1]
        path = f"/webhooks/twilio/{call['id']}/{attempt['number']}"
        form = {"CallSid": attempt["provider_id"], "CallStatus": "completed", **fields}
        return self.post_form(path, form, sign(auth_token, SERVICE_URL + path, list(form.items())))

    def post_form(self, path: str, form: dict[str, str], signature: str) -> Reply:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature,
            "Authorization": "",
        }
        return self.send("POST", path, urlencode(form).encode(), headers)

    @property
    def account(self) -> Account:
        """As it is stored."""
        admitted = authenticate(self.world.service.outside, self.key)
        assert admitted is not None
        return admitted.account

    def change_account(self, **changes: Any) -> None:
        """As an operator does it."""
        store = self.world.service.outside.store
        stored = store.get(Account, self.account.id)
        assert stored is not None
        store.commit([Update(replace(stored.record, **changes), stored.version)])

    def campaign(self, *callees: str, start: bool = False, **settings: Any) -> str:
        """A new campaign's id."""
        id: str = self.post("/api/campaigns", CAMPAIGN | settings).ok(201)["id"]
        if callees:
            self.post(f"/api/campaigns/{id}/contacts", csv(*callees)).ok(201)
        if start:
            self.post(f"/api/campaigns/{id}/start").ok()
        return id

    def finished_campaign(self) -> str:
        """The id of one whose only call is over."""
        id = self.campaign(callee(0), start=True)
        self.world.run_until(self.world.clock.now() + timedelta(hours=1))
        assert self.get(f"/api/campaigns/{id}").ok()["status"] == "finished"
        return id

    def agent(self, **changes: Any) -> str:
        """A new agent's id."""
        id: str = self.post("/api/agents", self.agent_body(**changes)).ok(201)["id"]
        return id

    def agent_body(self, **changes: Any) -> dict[str, Any]:
        secret = f"file:/run/secrets/{self.account.id}/voice.json"
        body = {"name": "Ada", "provider": "retell", "assistant": "agent_1", "secret": secret}
        return {**body, "from": [CALLER], **changes}

    def call(self, to: str = CALLEE, **more: Any) -> Any:
        """A direct call as the API shows it after it was placed, or queued."""
        reply = self.post("/api/calls", {"to": to, "script": SCRIPT} | more)
        assert reply.status in (201, 202), reply.body
        self.world.service.local_tasks.deliver_due()  # type: ignore[union-attr]
        return self.get(f"/api/calls/{reply.json['id']}").ok()

    def webhook(self, url: str = "https://hooks.example.com/reveille", *events: str) -> Any:
        """A new one, as it is answered: with its secret."""
        body = {"url": url, "events": events or list(EventType)}
        return self.post("/api/webhooks", body).ok(201)

    def event(self) -> Event:
        """One that was told of a campaign of the account, and stored by hand."""
        now, account = self.world.clock.now(), self.account
        campaign = Campaign("cmp_told", account.id, account.lane, now, CampaignSettings("Told"))
        event = event_of_campaign("evt_told", EventType.CAMPAIGN_FINISHED, campaign, now=now)
        self.world.service.outside.store.commit([Create(event)])
        return event

    def calls_of(self, campaign_id: str) -> Any:
        return self.get(f"/api/campaigns/{campaign_id}/calls?limit=200").ok()["data"]

    def commits(self) -> int:
        """How many commits the store has seen: unchanged if nothing was stored."""
        with closing(sqlite3.connect(self.folder / "reveille.db")) as file:
            return int(file.execute("SELECT last FROM commits").fetchone()[0])

    def rung(self) -> list[str]:
        """The numbers that were dialled."""
        return [ring.to for ring in self.world.network.rings()]
