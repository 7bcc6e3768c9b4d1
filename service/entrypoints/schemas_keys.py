"""Bodies of the account's keys, checked, and how keys are shown."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, StringConstraints

from service.domain.account import ApiKey
from service.entrypoints.schemas import Body
from service.entrypoints.views import time_text
from service.usecases.api_keys import key_id

LABEL_CHARACTERS_MAX = 100


class KeyIn(Body):
    """A key to make."""

    model_config = ConfigDict(title="key")

    label: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LABEL_CHARACTERS_MAX)
    ]
    scope: Literal["read", "operate", "admin"]  # one of scope system is an operator's to make


def key_view(key: ApiKey) -> dict[str, Any]:
    """`last_characters`: null for a key that was made before they were kept."""
    return {
        "id": key_id(key),
        "label": key.label,
        "scope": key.scope,
        "last_characters": key.last_characters or None,
        "created_at": time_text(key.created_at),
        "revoked": key.revoked,
    }
