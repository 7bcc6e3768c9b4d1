"""A provider's webhook, as it was posted."""

from flask import request

from service.entrypoints.site import site
from service.ports import Webhook


def posted_webhook() -> Webhook:
    """Its address is the public one, whatever a proxy made of it: signatures cover it.
    Raises RequestEntityTooLarge."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Webhook(public_url(), headers, request.get_data())


def public_url() -> str:
    """Of this request, with its query."""
    return site().public_base_url + request.full_path.removesuffix("?")
