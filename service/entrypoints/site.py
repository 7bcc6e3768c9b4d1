"""What the routes share: the outside, who is admitted, and where receipts go."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from flask import current_app, request

from service.entrypoints.invoker import InvokerGate
from service.entrypoints.people import PeopleGate
from service.entrypoints.rate_limit import RateLimiter
from service.ports import Courier, Outside
from service.providers.twilio_signature import SignatureCheck
from service.receipts import Meter, Receipt

EXTENSION = "reveille"
RECEIPT = "reveille.receipt"  # the WSGI environment's key


@dataclass(frozen=True)
class Site:
    outside: Outside
    gate: InvokerGate
    people: PeopleGate
    limiter: RateLimiter
    twilio_signed: SignatureCheck | None  # by the account in the settings, if there is one
    meter: Meter
    public_base_url: str
    on_receipt: Callable[[Receipt], None]
    courier: Courier  # of webhooks out


def site() -> Site:
    return cast(Site, current_app.extensions[EXTENSION])


def note(**facts: Any) -> None:
    """Adds facts to this request's receipt."""
    request.environ.setdefault(RECEIPT, {}).update(facts)
