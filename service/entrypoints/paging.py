"""What a query asks for; first of all `?limit=` and `?cursor=`, which is opaque to clients."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import request

from service.domain.errors import Invalid
from service.entrypoints.problems import BadCursor
from service.ports import is_id
from service.usecases.reading import Cursor, Item, Page

C = TypeVar("C", bound=str)

LIMIT_DEFAULT = 50
LIMIT_MAX = 200
LIMIT_DIGITS_MAX = 3
CURSOR_CHARACTERS_MAX = 500
PARAMETER_CHARACTERS_MAX = 100  # of a text; of an unknown one's name, in a message


def asked_limit() -> int:
    text = request.args.get("limit", str(LIMIT_DEFAULT))
    is_short_number = text.isascii() and text.isdigit() and len(text) <= LIMIT_DIGITS_MAX
    if not is_short_number or not 1 <= int(text) <= LIMIT_MAX:
        raise Invalid.field("limit", f"must be a number from 1 to {LIMIT_MAX}")
    return int(text)


def asked_cursor() -> Cursor | None:
    text = request.args.get("cursor")
    if not text:
        return None
    try:
        if len(text) > CURSOR_CHARACTERS_MAX:
            raise ValueError("too long")
        moment, id = json.loads(urlsafe_b64decode(text.encode()))
        if not is_id(id):
            raise ValueError("no id")
        return datetime.fromisoformat(moment).astimezone(UTC), id
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise BadCursor("cursor: use the next_cursor of the page before, unchanged.") from error


def asked_choice(parameter: str, choices: Sequence[C]) -> C | None:
    """None: it is not given."""
    text = request.args.get(parameter)
    if text is None:
        return None
    for choice in choices:
        if choice == text:
            return choice
    raise Invalid.field(parameter, f"must be one of {', '.join(choices)}")


def asked_text(parameter: str) -> str | None:
    """None: it is not given."""
    text = request.args.get(parameter)
    if text is not None and not 1 <= len(text) <= PARAMETER_CHARACTERS_MAX:
        raise Invalid.field(parameter, f"must have 1 to {PARAMETER_CHARACTERS_MAX} characters")
    return text


def refuse_unknown(*known: str) -> None:
    """A parameter that is misspelt must not show what was not asked for; of two alike, one would be lost."""
    for name, values in request.args.lists():
        if name not in known:
            shown = name[:PARAMETER_CHARACTERS_MAX]
            raise Invalid.field(shown, f"is not a parameter here; these are: {', '.join(known)}", "unknown")
        if len(values) > 1:
            raise Invalid.field(name, "is given twice")


def page_view(page: Page[Item], view: Callable[[Item], dict[str, Any]]) -> dict[str, Any]:
    return {"data": [view(item) for item in page.items], "next_cursor": _text(page.cursor)}


def _text(cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    moment, id = cursor
    return urlsafe_b64encode(json.dumps([moment.isoformat(), id]).encode()).decode()
