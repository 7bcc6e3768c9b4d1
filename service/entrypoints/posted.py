"""A provider's webhook, as it was posted.

Anyone can post to its address, and what is no provider's is known only once it was read: so little is read.
"""

from flask import request

from service.entrypoints.site import site
from service.ports import Webhook

# Of two hours of talk, with a line for each word, a provider's transcript takes about two. In the cloud an
# instance has 512 MiB, and eight requests at once.
WEBHOOK_BYTES_MAX = 4 * 1024 * 1024


def posted_webhook() -> Webhook:
    """Its address is the public one, whatever a proxy made of it: signatures cover it.
    Raises RequestEntityTooLarge."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Webhook(public_url(), headers, posted_bytes())


def posted_bytes() -> bytes:
    """Raises RequestEntityTooLarge, before anything is read where the request tells its length."""
    request.max_content_length = WEBHOOK_BYTES_MAX
    return request.get_data()


def public_url() -> str:
    """Of this request, with its query."""
    return site().public_base_url + request.full_path.removesuffix("?")
