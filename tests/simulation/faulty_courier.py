"""What carries events to their receiver, on a network that fails as the provider's webhooks do. The receiver
remembers what it took."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from service.domain.webhook import Webhook
from service.ports import Carried

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass
class FaultyCourier:
    world: "World"
    taken: Counter[str] = field(default_factory=Counter)  # by event: how often it was taken

    def refusal(self, url: str) -> str | None:  # noqa: ARG002
        return None

    def secret(self, webhook: Webhook) -> str:
        return webhook.id

    def carry(self, webhook: Webhook, body: bytes, now: datetime) -> Carried:  # noqa: ARG002
        told = json.loads(body)
        self.world.tell(f"told {told['type']} of {told['data']['id'][:12]}")
        if self.world.chance("webhook_lost"):
            return Carried(None, "no answer", 0)
        self.taken[told["id"]] += 1
        return Carried(200, None, 0)
