"""The public half of this machine's own key, in a file of its own: whoever checks a token needs nothing else,
and to load the private half takes as long as all else that a tick does."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

PublicKeys = Mapping[str, Mapping[str, str]]
"""JSON Web Keys by their ids."""

LOCAL_ISSUER = "reveille-local"
LOCAL_EMAIL = "local@reveille.invalid"
PUBLIC_FILE = "signing-key.public.json"


def read_public_keys(folder: Path) -> PublicKeys:
    """Without the file, or if it cannot be read: none."""
    try:
        keys = json.loads((folder / PUBLIC_FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return keys if isinstance(keys, dict) else {}


def keep_public_keys(folder: Path, keys: PublicKeys) -> None:
    """The file appears whole, and is written only if it says something else."""
    if read_public_keys(folder) == keys:
        return
    draft, draft_name = tempfile.mkstemp(dir=folder)
    with os.fdopen(draft, "w") as file:
        json.dump(keys, file)
    os.replace(draft_name, folder / PUBLIC_FILE)
