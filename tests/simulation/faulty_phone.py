"""A telephone network that keeps the truth, and a provider in front of it that loses answers and webhooks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from service.domain.agent import Agent
from service.domain.call import State
from service.domain.events import CallEvent
from service.ports import (
    Accepted,
    Ambiguous,
    Answer,
    CallOrder,
    Capabilities,
    Heard,
    LostOrder,
    Refused,
    TelephonyUnavailable,
    Webhook,
)
from service.providers.twilio_signature import sign
from tests.simulation.instance_url import BASE_URL, encode_form

if TYPE_CHECKING:
    from tests.simulation.instance import Instance
    from tests.simulation.world import World

OUTCOMES = ("completed",) * 6 + ("busy", "busy", "no-answer", "no-answer", "failed")
EVENTS = {
    "ringing": State.RINGING,
    "in-progress": State.IN_PROGRESS,
    "completed": State.COMPLETED,
    "busy": State.BUSY,
    "no-answer": State.NO_ANSWER,
    "failed": State.FAILED,
    "canceled": State.CANCELED,
}
WEBHOOK_TRIES_MAX = 3
TALK_SECONDS_MIN = 5.0


@dataclass
class Line:
    """One call at the network."""

    sid: str
    order: CallOrder
    created_at: datetime
    status: str = "queued"
    seconds: int = 0


@dataclass
class PhoneService:
    world: "World"
    lines: dict[str, Line] = field(default_factory=dict)

    def create(self, order: CallOrder) -> Line:
        world = self.world
        line = Line(f"CA{len(self.lines):032x}", order, world.scheduler.now)
        self.lines[line.sid] = line
        world.oracle.saw_own_id(line.sid, order.call_id, order.attempt)
        world.oracle.saw_received(order.call_id, order.attempt, order.caller, line.created_at)
        world.tell(f"RINGS {order.call_id} attempt {order.attempt} as {line.sid[-4:]}")
        held_back = world.dice.uniform(0, world.profile.provider_queue_seconds)
        world.scheduler.after(held_back, lambda: self._ring(line))
        return line

    def _ring(self, line: Line) -> None:
        if line.status != "queued":
            return
        world, order = self.world, line.order
        planned = world.profile.outcomes[order.attempt - 1 : order.attempt]
        outcome = planned[0] if planned else world.dice.choice(OUTCOMES)
        if outcome in {"busy", "failed"}:
            world.scheduler.after(world.dice.uniform(0.5, 5), lambda: self._end(line, outcome, 0))
        elif outcome == "no-answer":
            world.scheduler.after(order.ring_seconds, lambda: self._end(line, outcome, 0))
        else:
            ring = world.dice.uniform(1, order.ring_seconds)
            world.scheduler.after(ring, lambda: self._answer(line))

    def _answer(self, line: Line) -> None:
        if line.status != "queued":
            return
        line.status = "in-progress"
        self._tell_service(line, "in-progress", 0)
        longest = min(self.world.profile.talk_seconds_max, line.order.time_limit_seconds)
        talk = self.world.dice.uniform(TALK_SECONDS_MIN, longest)
        self.world.scheduler.after(talk, lambda: self._end(line, "completed", int(talk)))

    def _end(self, line: Line, status: str, seconds: int) -> None:
        if line.status in EVENTS and EVENTS[line.status] not in {State.RINGING, State.IN_PROGRESS}:
            return
        line.status, line.seconds = status, seconds
        self.world.oracle.saw_end(line.order.call_id, line.order.attempt, self.world.scheduler.now, seconds)
        self._tell_service(line, status, seconds)

    def hang_up(self, sid: str) -> None:
        self._end(self.lines[sid], "completed" if self.lines[sid].status == "in-progress" else "canceled", 0)

    def _tell_service(self, line: Line, status: str, seconds: int) -> None:
        """A webhook: lost, repeated, late."""
        world = self.world
        if world.chance("webhook_lost"):
            world.webhooks_lost += 1
            return
        for _ in range(world.dice.randint(1, world.profile.webhook_copies_max)):
            delay = world.dice.uniform(0, world.profile.webhook_delay_seconds)
            world.scheduler.after(delay, lambda: self._webhook(line, status, seconds, 0))

    def _webhook(self, line: Line, status: str, seconds: int, tries: int) -> None:
        self.world.scheduler.spawn(lambda: self._post(line, status, seconds, tries))

    def _post(self, line: Line, status: str, seconds: int, tries: int) -> None:
        path = f"/webhooks/twilio/{line.order.call_id}/{line.order.attempt}"
        form = {"CallSid": line.sid, "CallStatus": status, "CallDuration": str(seconds)}
        signature = sign(self.world.twilio_token, BASE_URL + path, list(form.items()))
        answered = self.world.any_instance().post(
            path, encode_form(form), form=True, headers={"X-Twilio-Signature": signature}
        )
        self.world.tell(f"webhook {line.order.call_id}/{line.order.attempt} {status} -> {answered}")
        if not 200 <= answered < 300 and tries < WEBHOOK_TRIES_MAX:
            self.world.scheduler.after(1 + tries, lambda: self._webhook(line, status, seconds, tries + 1))


class FaultyPhone:
    """One instance's connection to the provider."""

    name = "twilio"
    capabilities = Capabilities()
    takes_scripts = True

    def __init__(self, instance: "Instance") -> None:
        self._instance = instance
        self._world = instance.world

    def place(self, order: CallOrder) -> Answer:
        world = self._world
        began_at = world.scheduler.now
        world.oracle.saw_create_request(order.call_id, began_at, self._instance.request.check)
        if world.chance("provider_refuses"):
            return Refused("429", permanent=False)
        self._instance.travel(f"place {order.call_id}")
        if world.chance("provider_never_receives"):
            return Ambiguous("never received")
        if world.chance("provider_rejects"):
            return Refused("21211", permanent=True)
        line = world.phone.create(order)
        if world.chance("webhook_first"):
            world.scheduler.pause(world.dice.uniform(5, 14), lambda: False)
        self._instance.travel(f"answer to place {order.call_id}")
        if world.chance("provider_times_out"):
            return Ambiguous("timeout after it was accepted")
        return Accepted(line.sid)

    def look_up(self, provider_id: str) -> CallEvent | None:
        self._ask("look up")
        line = self._world.phone.lines.get(provider_id)
        return line and _event(line)

    def of(self, agent: Agent | None) -> "FaultyPhone":
        assert agent is None, "these worlds have scripts only"
        return self

    def parse_webhook(self, webhook: Webhook) -> Heard | None:
        return self._world.twilio.parse_webhook(webhook)

    def find(self, lost: LostOrder) -> list[CallEvent]:
        self._ask("find")
        earliest = lost.since - timedelta(seconds=5)
        found = [
            line
            for line in self._world.phone.lines.values()
            if (line.order.to, line.order.caller) == (lost.to, lost.caller) and line.created_at >= earliest
        ]
        return [_event(line) for line in found]

    def hang_up(self, provider_id: str) -> None:
        self._ask("hang up")
        self._world.phone.hang_up(provider_id)

    def _ask(self, what: str) -> None:
        self._instance.travel(what)
        if self._world.chance("provider_down"):
            raise TelephonyUnavailable("503")
        self._instance.travel(f"answer to {what}")


def _event(line: Line) -> CallEvent:
    return CallEvent(EVENTS.get(line.status, State.DIALING), line.sid, line.seconds)
