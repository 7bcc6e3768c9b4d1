"""Bodies of the account's keys, checked, and how keys are shown."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from service.domain.account import ApiKey, key_id
from service.entrypoints.schemas import Body
from service.entrypoints.views import time_text

LABEL_CHARACTERS_MAX = 100
EMAIL_CHARACTERS_MAX = 254  # www.rfc-editor.org/errata/eid1690

Email = Annotated[
    str,
    StringConstraints(
        to_lower=True, max_length=EMAIL_CHARACTERS_MAX, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$"
    ),
    Field(examples=["ada@example.com"]),
]


class KeyIn(Body):
    """A key to make."""

    model_config = ConfigDict(title="key")

    label: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LABEL_CHARACTERS_MAX)
    ]
    scope: Literal["read", "operate", "admin"]  # one of scope system is an operator's to make
    email: Email | None = None  # of a person who signs in, instead of a key


def key_view(key: ApiKey) -> dict[str, Any]:
    """`last_characters`: null for a key that was made before they were kept."""
    return {
        "id": key_id(key),
        "label": key.label,
        "scope": key.scope,
        "email": key.email,
        "last_characters": key.last_characters or None,
        "created_at": time_text(key.created_at),
        "revoked": key.revoked,
    }
