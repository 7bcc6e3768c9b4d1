"""What Twilio posts: a form that it has signed."""

from flask import request
from werkzeug.exceptions import Forbidden

from service.entrypoints.posted import public_url
from service.entrypoints.site import site


def signed_form() -> list[tuple[str, str]]:
    """The request's form. The signature covers the public address, whatever a proxy made of it.
    Raises Forbidden."""
    form = list(request.form.items(multi=True))
    signature = request.headers.get("X-Twilio-Signature")
    if not site().twilio.signature_is_valid(signature, public_url(), form):
        raise Forbidden("The signature does not fit.")
    return form
