"""People and scripts: they create, import, start, pause, resume, edit, cancel and call at random moments."""

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.simulation.oracle_calendar import AREAS

if TYPE_CHECKING:
    from tests.simulation.world import World

TRIES_MAX = 300
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SCRIPT = {"twiml": "<Response><Say>Hello {name}</Say></Response>"}
WINDOWS = (
    [{"start": "09:00", "end": "17:00"}],
    [{"start": "09:05", "end": "09:25"}, {"start": "13:00", "end": "13:20"}],
    [{"start": "00:00", "end": "24:00"}],
    [{"start": "22:30", "end": "02:30", "overnight": True}],
    [{"start": "01:30", "end": "03:10"}],
)


class Users:
    def __init__(self, world: "World") -> None:
        self._world = world
        self._dice = world.dice
        self._numbers = 0
        self._campaigns: list[tuple[str, str]] = []  # key, id
        self._until = world.scheduler.now

    def begin(self, until: datetime) -> None:
        self._until = until
        profile = self._world.profile
        for number in range(self._dice.choice((1, 2))):
            key = self._world.make_account(f"account {number}")
            for _ in range(self._dice.randint(*profile.campaigns)):
                self._sometime(lambda key=key: self._run_campaign(key))
            for _ in range(self._dice.randint(*profile.direct_calls)):
                self._sometime(lambda key=key: self._call(key))

    def nothing_waits(self) -> bool:
        """Whether all calls have come to rest, but those that a user holds back."""
        oracle, now = self._world.oracle, self._world.scheduler.now
        records, far = oracle.records, set[str]()
        for call in records.get("calls", {}).values():
            held = records["campaigns"][call.campaign_id].status in {"paused", "draft"}
            if call.finished_at is not None or (held and call.state == "queued"):
                continue
            if not oracle.waits_for_a_far_day(call, now):
                return False
            far.add(call.campaign_id)
        campaigns = records.get("campaigns", {}).values()
        return not any(c.priority == 1 and c.status == "running" and c.id not in far for c in campaigns)

    # --- what they do -----------------------------------------------------------------------------

    def _sometime(self, do: Any) -> None:
        seconds = (self._until - self._world.scheduler.now).total_seconds()
        delay = self._dice.uniform(0, max(0.0, seconds * 0.8))
        self._world.scheduler.after(delay, lambda: self._world.scheduler.spawn(do))

    def _run_campaign(self, key: str) -> None:
        zone, hours = self._dice.choice(self._world.profile.zones), self._dice.choice(WINDOWS)
        body = {
            "name": "campaign",
            "timezone": zone,
            "hours": dict.fromkeys(WEEK, hours),
            "retry": {
                "busy": [{"after_minutes": 1}, {"after_minutes": 30}],
                "no_answer": [{"after_minutes": 90}],
            },
            "hours_zone": self._dice.choice(("campaign", "campaign", "contact")),
            "limits": self._limits(),
            "weight": self._dice.choice((1, 3)),
            "on_unknown": self._dice.choice(("assume_placed", "assume_placed", "redial")),
            "script": SCRIPT,
        }
        made = self._ask("POST", "/api/campaigns", key, body)
        if made is None:
            return
        self._campaigns.append((key, made["id"]))
        starts_early = self._dice.random() < 0.3
        if not starts_early:
            self._import(key, made["id"])
            self._step(key, made["id"], "start")
        else:  # the import is still under way when it is started
            self._world.scheduler.spawn(lambda: self._import(key, made["id"]))
            self._world.scheduler.after(
                self._dice.uniform(0, 1),
                lambda: self._world.scheduler.spawn(lambda: self._step(key, made["id"], "start")),
            )
        for _ in range(self._dice.randint(*self._world.profile.user_steps)):
            self._sometime(lambda: self._meddle(key, made["id"]))

    def _limits(self) -> dict[str, Any]:
        profile, limits = self._world.profile, {"calls_in_flight": self._dice.choice((None, 1, 3))}
        if self._dice.random() < profile.budgeted:
            limits["budget"] = {"amount": self._dice.choice((60, 200)), "currency": "USD"}
        if self._dice.random() < profile.paced:
            limits["calls_per_minute"] = self._dice.choice((1, 6))
        return limits

    def _number(self) -> str:
        self._numbers += 1
        index = self._numbers % self._world.profile.numbers
        return f"{tuple(AREAS)[index % len(AREAS)]}555{index:04}"

    def _bar(self, key: str) -> None:
        number = self._dice.choice(sorted(c.to for c in self._calls()) or [self._number()])
        if self._ask("POST", "/api/do-not-call", key, {"phone": number}) is not None:
            account = self._world.account_of(key)
            self._world.oracle.saw_do_not_call(account, number, self._world.scheduler.now)

    def _calls(self) -> list[Any]:
        return list(self._world.oracle.records.get("calls", {}).values())

    def _import(self, key: str, campaign_id: str) -> None:
        rows = []
        for _ in range(self._dice.randint(*self._world.profile.contacts)):
            rows.append(f"{self._number()},Contact {self._numbers}")
        csv = "\n".join(["phone,name", *rows])
        self._ask("POST", f"/api/campaigns/{campaign_id}/contacts", key, csv.encode())

    def _step(self, key: str, campaign_id: str, step: str) -> None:
        self._ask("POST", f"/api/campaigns/{campaign_id}/{step}", key, None)

    def _meddle(self, key: str, campaign_id: str) -> None:
        match self._dice.choice(("pause", "pause", "cancel", "import", "edit", "cancel_call", "bar")):
            case "pause":
                self._step(key, campaign_id, "pause")
                minutes = self._dice.uniform(0, 60)
                self._world.scheduler.after(
                    minutes * 60,
                    lambda: self._world.scheduler.spawn(lambda: self._step(key, campaign_id, "resume")),
                )
            case "cancel":
                self._step(key, campaign_id, "cancel")
            case "import":
                self._import(key, campaign_id)
            case "edit":
                hours = self._dice.choice(WINDOWS)
                changes = {"hours": dict.fromkeys(WEEK, hours)}
                self._ask("PATCH", f"/api/campaigns/{campaign_id}", key, changes)
            case "bar":
                self._bar(key)
            case "cancel_call":
                self._cancel_some_call(key, campaign_id)

    def _cancel_some_call(self, key: str, campaign_id: str) -> None:
        calls = [call.id for call in self._calls() if call.campaign_id == campaign_id]
        if calls:
            self._ask("POST", f"/api/calls/{self._dice.choice(calls)}/cancel", key, None)

    def _call(self, key: str) -> None:
        body: dict[str, Any] = {"to": self._number(), "script": SCRIPT}
        if self._dice.random() < 0.3:
            later = self._world.scheduler.now + timedelta(minutes=self._dice.uniform(0, 120))
            body["not_before"] = later.isoformat()
        self._ask("POST", "/api/calls", key, body)

    # --- how --------------------------------------------------------------------------------------

    def _ask(self, method: str, path: str, key: str, body: Any) -> Any:
        """Asks until there is an answer; None when it is no."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "text/csv" if isinstance(body, bytes) else "application/json",
        }
        for _ in range(TRIES_MAX):
            instance = self._world.any_instance()
            status, answer = instance.ask(method, path, raw, headers)
            self._world.tell(f"user {method} {path} -> {status}")
            if status in {0, 503}:
                self._world.scheduler.pause(self._dice.uniform(0.5, 5), lambda: False)
                continue
            return json.loads(answer) if status < 400 else None
        return None
