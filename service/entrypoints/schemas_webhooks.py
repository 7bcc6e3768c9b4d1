"""Bodies of webhooks, checked, and how webhooks and events are shown and sent."""

import json
from dataclasses import replace
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from service.domain.outbox import CampaignFacts, Delivery, Event
from service.domain.webhook import URL_CHARACTERS_MAX, EventType, Webhook
from service.entrypoints.schemas import Body
from service.entrypoints.views import call_view, time_text
from service.usecases.webhooks import NewWebhook

Url = Annotated[
    str,
    StringConstraints(max_length=URL_CHARACTERS_MAX, pattern=r"^https?://[!-~]+$"),
    Field(description="https; http only to the machine that runs the service for itself alone."),
]
Events = Annotated[list[EventType], Field(min_length=1, max_length=len(EventType))]


class WebhookIn(Body):
    """A webhook to make."""

    model_config = ConfigDict(title="webhook")

    url: Url
    events: Events

    def to_new(self) -> NewWebhook:
        return NewWebhook(self.url, tuple(dict.fromkeys(self.events)))


class WebhookChanges(Body):
    """What is not sent stays."""

    model_config = ConfigDict(title="change of a webhook")

    url: Url = ""
    events: Events = Field(default=[])
    disabled: bool = Field(default=False, description="Nothing is sent to it for now.")

    def to_webhook(self, webhook: Webhook) -> Webhook:
        sent = self.sent()
        if "events" in sent:
            sent["events"] = tuple(dict.fromkeys(self.events))
        return replace(webhook, **sent)


def webhook_view(webhook: Webhook) -> dict[str, Any]:
    """Without its secret, which is told when it is made or rotated."""
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": list(webhook.events),
        "disabled": webhook.disabled,
        "created_at": time_text(webhook.created_at),
        "rotated_at": time_text(webhook.rotated_at),
    }


def told_view(event: Event) -> dict[str, Any]:
    """What receivers are sent: what it tells is as it was then."""
    return {
        "id": event.id,
        "type": event.type,
        "created_at": time_text(event.created_at),
        "account_id": event.account_id,
        "data": call_view(event.call) if event.call else _campaign(event.campaign),
    }


def body_of(event: Event) -> bytes:
    """The same bytes at each delivery."""
    return json.dumps(told_view(event), separators=(",", ":")).encode()


def event_view(event: Event) -> dict[str, Any]:
    return told_view(event) | {
        "next_delivery_at": time_text(event.due_at),
        "not_taken_by": None if event.open is None else list(event.open),
        "deliveries": [_delivery(delivery) for delivery in event.deliveries],
    }


def _campaign(campaign: CampaignFacts | None) -> dict[str, Any]:
    assert campaign is not None
    return {
        "id": campaign.id,
        "name": campaign.name,
        "status": campaign.status,
        "paused_reason": campaign.paused_reason,
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "at": time_text(delivery.at),
        "webhook_id": delivery.webhook_id,
        "status": delivery.status,
        "error": delivery.error,
        "milliseconds": delivery.milliseconds,
    }
