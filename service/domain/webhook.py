"""Where an account's events are sent, and how what is sent is signed."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

WEBHOOKS_MAX = 10  # of one account
URL_CHARACTERS_MAX = 2000
SECRET_PREFIX = "whsec_"
OLD_SECRET_HOURS = 24  # after a rotation the secret before it signs as well


class EventType(StrEnum):
    CALL_FINISHED = "call.finished"  # it is in its final state
    CALL_UNCERTAIN = "call.uncertain"  # nobody knows whether it rang
    CAMPAIGN_FINISHED = "campaign.finished"  # every call is final
    CAMPAIGN_PAUSED = "campaign.paused"  # by a pass, which says why: its budget allows no further call


@dataclass(frozen=True)
class Webhook:
    """Its secret is kept nowhere: it is made of the service's own key, this id and the generation."""

    COLLECTION: ClassVar[str] = "webhooks"

    id: str
    account_id: str
    url: str
    events: tuple[EventType, ...]
    created_at: datetime
    disabled: bool = False  # its user wants nothing sent for now
    deleted: bool = False  # by its user; nobody sees it again
    generation: int = 1  # of its secret
    rotated_at: datetime | None = None

    def wants(self, type: EventType) -> bool:
        return type in self.events and not self.disabled and not self.deleted


def wanted_by(webhooks: Iterable[Webhook]) -> tuple[EventType, ...]:
    """What any of them is to be told."""
    hooks = list(webhooks)
    return tuple(type for type in EventType if any(hook.wants(type) for hook in hooks))


def rotate(webhook: Webhook, *, now: datetime) -> Webhook:
    """It gets a new secret."""
    return replace(webhook, generation=webhook.generation + 1, rotated_at=now)


def secret_of(key: bytes, webhook: Webhook) -> str:
    """Of its present generation."""
    made = hmac.digest(key, f"webhook/{webhook.id}/{webhook.generation}".encode(), "sha256")
    return SECRET_PREFIX + made.hex()


def secrets_of(key: bytes, webhook: Webhook, *, now: datetime) -> list[str]:
    """Those that sign now: its secret, and for a day after a rotation the one before."""
    secrets = [secret_of(key, webhook)]
    if webhook.rotated_at is not None and now < webhook.rotated_at + timedelta(hours=OLD_SECRET_HOURS):
        secrets.append(secret_of(key, replace(webhook, generation=webhook.generation - 1)))
    return secrets


def signature(secrets: Sequence[str], body: bytes, *, now: datetime) -> str:
    """As Stripe's: docs.stripe.com/webhooks#verify-manually."""
    seconds = int(now.timestamp())
    signed = str(seconds).encode() + b"." + body
    made = (hmac.digest(secret.encode(), signed, "sha256").hex() for secret in secrets)
    return ",".join([f"t={seconds}", *(f"v1={each}" for each in made)])
