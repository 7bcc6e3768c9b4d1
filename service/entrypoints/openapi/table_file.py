"""A table that is sent as a file, of any of the formats that are read."""

from typing import Any

from service.contacts.columns import ROLES
from service.entrypoints.openapi.operation import CSV, FORM, JSON, XLSX, File, Parameter, Schema

TEXT: Schema = {"type": "string"}
BINARY = TEXT | {"format": "binary"}
CELL: Schema = {"type": ["string", "number", "boolean", "null"]}
ROW: Schema = {
    "type": "object",
    "properties": {"variables": {"type": "object", "additionalProperties": CELL}},
    "additionalProperties": CELL,
}

COLUMNS = Parameter(
    "columns",
    TEXT | {"contentMediaType": JSON, "examples": ['{"Mobile": "phone", "Notes": "ignore"}']},
    f"What columns hold, by their names, as a JSON object: {', '.join(ROLES)}. The others are guessed. "
    "In a form it is a field.",
)


def table_file(text: str, rows: list[dict[str, Any]]) -> File:
    """With the same table as CSV and as JSON for examples."""
    form = {
        "type": "object",
        "properties": {"file": BINARY, "columns": TEXT},
        "required": ["file"],
        "additionalProperties": False,
    }
    return File(
        {
            CSV: (TEXT, text),
            JSON: ({"type": "array", "items": ROW}, rows),
            XLSX: (BINARY, "the workbook's bytes"),
            FORM: (form, {"file": text}),
        }
    )
