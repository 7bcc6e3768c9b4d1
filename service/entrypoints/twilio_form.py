"""What Twilio posts: a form that it has signed."""

from flask import request
from werkzeug.exceptions import Forbidden

from service.domain.errors import NotFound
from service.entrypoints.posted import public_url
from service.entrypoints.site import site
from service.ports import NotSigned
from service.providers.twilio_signature import form_in


def signed_form() -> list[tuple[str, str]]:
    """The request's form. The signature covers the public address, whatever a proxy made of it.
    Raises NotFound where there is no account whose signature it could be; Forbidden, RequestEntityTooLarge.
    """
    is_signed = site().twilio_signed
    if is_signed is None:
        raise NotFound("There is no Twilio account here.")
    try:
        form = form_in(request.get_data())
    except NotSigned as error:
        raise Forbidden(str(error)) from error
    signature = request.headers.get("X-Twilio-Signature")
    if not is_signed(signature, public_url(), form):
        raise Forbidden("The signature does not fit.")
    return form
