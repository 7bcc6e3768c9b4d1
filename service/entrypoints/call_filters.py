"""`?state=`, `?outcome=`, `?phone=`, `?created_after=` and `?created_before=`: which calls a list shows."""

import re
from datetime import UTC, datetime

from flask import request

from service.contacts.any_number import parse_known_number
from service.contacts.numbers import Rejected
from service.domain.call import State
from service.domain.errors import Detail, Invalid
from service.domain.states import FINAL
from service.entrypoints.api_key import caller
from service.entrypoints.paging import asked_choice, refuse_unknown
from service.usecases.call_filter import CallFilter

FILTERS = ("state", "outcome", "phone", "created_after", "created_before")
STATES = tuple(State)
OUTCOMES = tuple(state for state in State if state in FINAL)
WITH_PHONE = "created_after and created_before"
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def asked_calls_of_account() -> CallFilter:
    """A number goes with no state: its calls are few, and no index is kept for both."""
    asked = _asked_calls()
    if asked.to is not None and asked.state is not None:
        beside = "outcome" if "outcome" in request.args else "state"
        raise _not_together("phone", beside, WITH_PHONE)
    return asked


def asked_calls_of_campaign() -> CallFilter:
    """All go together: a campaign has one call to a number."""
    return _asked_calls()


def asked_phone() -> str:
    """In a query a `+` means a space, and many clients send it as it is."""
    text = request.args["phone"]
    try:
        return parse_known_number("+" + text[1:] if text.startswith(" ") else text, caller())
    except Rejected as rejected:
        raise Invalid.field("phone", rejected.message, rejected.code) from rejected


def _asked_calls() -> CallFilter:
    refuse_unknown("limit", "cursor", *FILTERS)
    if "state" in request.args and "outcome" in request.args:
        raise _not_together("outcome", "state", f"phone, {WITH_PHONE}")
    return CallFilter(
        state=asked_choice("state", STATES) or asked_choice("outcome", OUTCOMES),
        to=asked_phone() if "phone" in request.args else None,
        since=_asked_moment("created_after"),
        until=_asked_moment("created_before"),
    )


def _asked_moment(parameter: str) -> datetime | None:
    text = request.args.get(parameter)
    if text is None:
        return None
    text = re.sub(r" (?=\d\d:\d\d$)", "+", text)  # as with numbers: 2026-03-02T09:00:00+01:00
    try:
        if not MOMENT.fullmatch(text):
            raise ValueError("not RFC 3339")
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = "must be a time with its offset, such as 2026-03-02T09:00:00Z"
        raise Invalid.field(parameter, message) from error


def _not_together(parameter: str, other: str, allowed: str) -> Invalid:
    message = f"cannot be combined with {other}; it can be with {allowed}"
    return Invalid(f"{parameter}: {message}", Detail(parameter, "not_combinable", message))
