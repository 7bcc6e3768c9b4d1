"""`/api/webhooks`: where the account's events are sent."""

from typing import Any

from flask import Blueprint, Response, request

from service.domain.webhook import Webhook
from service.entrypoints.api_key import acting, caller, require_key
from service.entrypoints.etags import refuse_stale, tag_of, with_tag
from service.entrypoints.idempotency import answer_shown_once, new_thing_token
from service.entrypoints.paging import refuse_unknown
from service.entrypoints.schemas_webhooks import WebhookChanges, WebhookIn, webhook_view
from service.entrypoints.site import site
from service.ports import Outside
from service.usecases.webhooks import (
    change_webhook,
    create_webhook,
    delete_webhook,
    find_webhook,
    list_webhooks,
    refuse_url,
    rotate_secret,
)

blueprint = Blueprint("api_webhooks", __name__, url_prefix="/api/webhooks")
blueprint.before_request(require_key)


@blueprint.get("")
def list_all() -> dict[str, Any]:
    """The oldest first: one page, as there are few."""
    refuse_unknown()
    webhooks = list_webhooks(site().outside, caller())
    return {"data": [webhook_view(webhook) for webhook in webhooks], "next_cursor": None}


@blueprint.post("")
def make() -> Response:
    """Its secret is told in this answer."""
    wanted = WebhookIn.model_validate_json(request.get_data()).to_new()
    token = new_thing_token()
    return _with_secret(create_webhook(_acting("create_webhook"), site().courier, caller(), wanted, token))


@blueprint.get("/<webhook_id>")
def show(webhook_id: str) -> Response:
    return _tagged(find_webhook(site().outside, caller(), webhook_id))


@blueprint.patch("/<webhook_id>")
def edit(webhook_id: str) -> Response:
    """What is not sent stays as it is."""
    changes = WebhookChanges.model_validate_json(request.get_data())
    find_webhook(site().outside, caller(), webhook_id)
    if "url" in changes.sent():
        refuse_url(site().courier, changes.url)

    def amend(webhook: Webhook) -> Webhook:
        refuse_stale(tag_of(webhook_view(webhook)))
        return changes.to_webhook(webhook)

    return _tagged(change_webhook(_acting("edit_webhook"), caller(), webhook_id, amend))


@blueprint.delete("/<webhook_id>")
def delete(webhook_id: str) -> tuple[str, int]:
    delete_webhook(_acting("delete_webhook"), caller(), webhook_id)
    return "", 204


@blueprint.post("/<webhook_id>/rotate")
def rotate(webhook_id: str) -> Response:
    """A new secret, told in this answer. For a day the one before signs as well."""
    return _with_secret(rotate_secret(_acting("rotate_webhook"), caller(), webhook_id))


def _acting(operation: str) -> Outside:
    return acting(operation, _recorded)


def _recorded(webhook: Webhook) -> dict[str, Any]:
    """For the audit. One that is deleted is nothing any more."""
    return {} if webhook.deleted else webhook_view(webhook)


def _tagged(webhook: Webhook) -> Response:
    shown = webhook_view(webhook)
    return with_tag(shown, tag_of(shown))


def _with_secret(webhook: Webhook) -> Response:
    return answer_shown_once(webhook_view(webhook) | {"secret": site().courier.secret(webhook)})
