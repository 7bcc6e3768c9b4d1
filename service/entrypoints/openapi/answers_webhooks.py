"""The shapes of webhooks and events as they are answered; an event's first five fields are what is sent."""

from datetime import datetime

from pydantic import ConfigDict, Field

from service.domain.campaign import Status
from service.domain.webhook import EventType
from service.entrypoints.openapi.answer import Answer
from service.entrypoints.openapi.answers_calls import CallOut


class WebhookOut(Answer):
    model_config = ConfigDict(title="Webhook")

    id: str
    url: str
    events: list[EventType]
    disabled: bool = Field(description="Nothing is sent to it.")
    created_at: datetime
    rotated_at: datetime | None = Field(description="Its secret; for a day the one before signs as well.")


class NewWebhookOut(WebhookOut):
    model_config = ConfigDict(title="NewWebhook")

    secret: str = Field(
        description="Told in this answer alone: signatures are checked with it.", examples=["whsec_..."]
    )


class CampaignTold(Answer):
    id: str
    name: str
    status: Status
    paused_reason: str | None


class DeliveryOut(Answer):
    model_config = ConfigDict(title="Delivery")

    at: datetime
    webhook_id: str
    status: int | None = Field(description="What the receiver answered, if it did.")
    error: str | None = Field(description="Why it is not taken; null: it is.")
    milliseconds: int


class EventOut(Answer):
    model_config = ConfigDict(title="Event")

    id: str
    type: EventType
    created_at: datetime
    account_id: str
    data: CallOut | CampaignTold = Field(description="The call or the campaign, as it was then.")
    next_delivery_at: datetime | None = Field(description="null: nothing more is sent by itself.")
    not_taken_by: list[str] | None = Field(description="Webhooks; null: nobody was asked yet.")
    deliveries: list[DeliveryOut] = Field(description="The latest 20, the oldest first.")
