"""Our reference of an attempt, as providers give it back, and what they keep of its call, in our units."""

import re
from typing import Any

from service.domain.call import Conversation
from service.domain.money import MICROS
from service.ports import Reference

FIELD = "reveille"  # under which it stands in what a provider keeps for us
TALK_SECONDS_MAX = 7 * 24 * 3600  # what is above is none: no store takes a number without end
CHARGED_MICROS_MAX = 10**15
_CURRENCY = re.compile(r"[A-Z]{3}")
_REFERENCE = re.compile(r"([A-Za-z0-9_-]{1,100})/([1-9]\d{0,4})")


def reference_text(reference: Reference) -> str:
    return f"{reference.call_id}/{reference.attempt}"


def reference_in(text: object) -> Reference | None:
    """None: it is none of ours."""
    found = _REFERENCE.fullmatch(text) if isinstance(text, str) else None
    return Reference(found[1], int(found[2])) if found else None


def whole_seconds(value: Any, per_second: int = 1) -> int | None:
    """Of a number that a provider sends, a part of a second counted as one; None: it is no number, or none
    that can be true."""
    try:
        seconds = max(0, -int(-float(value) // per_second))
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if seconds <= TALK_SECONDS_MAX else None


def conversation(
    *,
    transcript: object = None,
    summary: object = None,
    recording_url: object = None,
    price: object = None,
    per_unit: int = 1,
    currency: object = "USD",
) -> Conversation | None:
    """What of it there is; None: nothing. `per_unit`: 100 where the price is in cents."""
    paid_in = currency if isinstance(currency, str) and _CURRENCY.fullmatch(currency) else ""
    charged = _micros(price, per_unit) if paid_in else None
    kept = Conversation(
        transcript=transcript if isinstance(transcript, str) and transcript else None,
        summary=summary if isinstance(summary, str) and summary else None,
        recording_url=recording_url if isinstance(recording_url, str) and recording_url else None,
        charged=charged,
        currency="" if charged is None else paid_in,
    )
    return kept if kept != Conversation() else None


def _micros(price: Any, per_unit: int) -> int | None:
    try:
        micros = round(float(price) * MICROS / per_unit)
    except (TypeError, ValueError, OverflowError):
        return None
    return micros if 0 < micros <= CHARGED_MICROS_MAX else None
