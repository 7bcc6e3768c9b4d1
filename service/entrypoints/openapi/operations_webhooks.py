"""The operations of webhooks and events."""

from service.domain.webhook import WEBHOOKS_MAX, EventType
from service.entrypoints.openapi.answer import Page
from service.entrypoints.openapi.answers_webhooks import EventOut, NewWebhookOut, WebhookOut
from service.entrypoints.openapi.operation import PAGING, Operation, Parameter
from service.entrypoints.schemas_webhooks import WebhookChanges, WebhookIn

WEBHOOK = "/api/webhooks/{webhook_id}"
EVENT = "/api/events/{event_id}"

WEBHOOKS = (
    Operation(
        "GET", "/api/webhooks", "list_webhooks", "webhooks", "All, the oldest first.", {200: Page[WebhookOut]}
    ),
    Operation(
        "POST",
        "/api/webhooks",
        "create_webhook",
        "webhooks",
        "Events are sent there from now on. Its secret is told in this answer.",
        {201: NewWebhookOut},
        WebhookIn,
        {"url": "https://hooks.example.com/reveille", "events": ["call.finished", "campaign.finished"]},
        makes="webhook_id",
        shown_once=True,
        notes=f"At most {WEBHOOKS_MAX}. Each event is a POST of JSON, `Reveille-Signature: t=...,v1=...`: "
        "`v1` is the HMAC-SHA256 of `{t}.{body}` with the secret, in hexadecimal. Any answer but 2xx (also a "
        "redirect) is tried again for three days. An event may come twice, and not in order: its `id` tells.",
    ),
    Operation("GET", WEBHOOK, "get_webhook", "webhooks", "One of them.", {200: WebhookOut}, tagged=True),
    Operation(
        "PATCH",
        WEBHOOK,
        "edit_webhook",
        "webhooks",
        "Changes where it is, what it is told, or whether it is.",
        {200: WebhookOut},
        WebhookChanges,
        {"events": ["call.finished"], "disabled": True},
        partial=True,
        tagged=True,
    ),
    Operation("DELETE", WEBHOOK, "delete_webhook", "webhooks", "Takes it away.", {204: None}),
    Operation(
        "POST",
        f"{WEBHOOK}/rotate",
        "rotate_webhook",
        "webhooks",
        "A new secret, told in this answer. For a day the one before signs as well.",
        {201: NewWebhookOut},
    ),
)

EVENTS = (
    Operation(
        "GET",
        "/api/events",
        "list_events",
        "webhooks",
        "What webhooks were told in the last 30 days, the newest first.",
        {200: Page[EventOut]},
        query=(
            *PAGING,
            Parameter("type", {"type": "string", "enum": list(EventType)}, "Those of this type."),
        ),
    ),
    Operation("GET", EVENT, "get_event", "webhooks", "An event with its latest deliveries.", {200: EventOut}),
    Operation(
        "POST",
        f"{EVENT}/redeliver",
        "redeliver_event",
        "webhooks",
        "Sends it once more, to all webhooks that want it now.",
        {202: EventOut},
    ),
)
