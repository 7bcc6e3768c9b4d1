"""What Twilio posts: a form that it has signed."""

from flask import request
from werkzeug.exceptions import Forbidden

from service.entrypoints.site import site


def signed_form() -> list[tuple[str, str]]:
    """The request's form. The signature covers the public address, whatever a proxy made of it.
    Raises Forbidden."""
    url = site().public_base_url + request.full_path.removesuffix("?")
    form = list(request.form.items(multi=True))
    if not site().twilio.signature_is_valid(request.headers.get("X-Twilio-Signature"), url, form):
        raise Forbidden("The signature does not fit.")
    return form
