"""A script with one contact's variables filled in."""

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote
from xml.sax.saxutils import escape

from service.domain.call import Call, Script

QUOTES = {'"': "&quot;", "'": "&apos;"}  # a value may stand in an attribute
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def fill_in(script: Script, call: Call) -> Script:
    """`{name}`, `{phone}` and the call's variables; one that the contact lacks is left empty.

    Values are escaped for where they stand: a name with `<` in it cannot change the TwiML."""
    values = values_of(call)

    def filled(text: str, safe: Callable[[str], str]) -> str:
        return PLACEHOLDER.sub(lambda match: safe(values.get(match[1].strip(), "")), text)

    return replace(
        script,
        twiml=script.twiml and filled(script.twiml, lambda value: escape(value, QUOTES)),
        url=script.url and filled(script.url, lambda value: quote(value, safe="")),
    )


def values_of(call: Call) -> dict[str, str]:
    """By the names that scripts and agents know them by."""
    return {"name": call.name or "", "phone": call.to, **call.variables}
