"""A file that a request brings: as its body, or as a part of a form."""

import json
from dataclasses import dataclass

from flask import request

from service.domain.errors import Invalid

FORM = "multipart/form-data"
FILE = "file"
COLUMNS = "columns"


@dataclass(frozen=True)
class SentFile:
    """`columns`: what its columns are said to hold; the others are guessed."""

    data: bytes
    columns: dict[str, str]


def sent_file() -> SentFile:
    """Raises Invalid. What kind of file it is, is told by how it begins."""
    said = request.args.get(COLUMNS)
    if request.mimetype != FORM:
        return SentFile(request.get_data(), _columns(said))
    for name in (*request.form, *request.files):
        if name not in (FILE, COLUMNS):
            raise Invalid.field(name, f"is not a field of this form; these are: {FILE}, {COLUMNS}", "unknown")
    if FILE not in request.files:
        raise Invalid.field(FILE, "is missing", "missing")
    return SentFile(request.files[FILE].read(), _columns(request.form.get(COLUMNS, said)))


def _columns(text: str | None) -> dict[str, str]:
    if text is None:
        return {}
    try:
        columns = json.loads(text)
    except (ValueError, RecursionError):
        columns = None
    if not isinstance(columns, dict) or not all(isinstance(role, str) for role in columns.values()):
        raise Invalid.field(COLUMNS, 'must be a JSON object such as {"Mobile": "phone", "Notes": "ignore"}')
    return columns
