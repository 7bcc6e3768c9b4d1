"""Tables in JSON: an array of objects, or one object. An object's `variables` may be an object of their own.

Elements are decoded one by one, so that an array is never in memory as objects.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from service.contacts.contact_file import Rejection, Row, Table, counted, shown
from service.contacts.rows import clean_cell
from service.domain.errors import Invalid

VARIABLES = "variables"

_SPACE = re.compile(r"[ \t\n\r]*")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def json_table(data: bytes, rows_max: int) -> Table:
    """Its header: the names that any of its objects has. Raises Invalid when it is not JSON, or too long."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid.field("file", "JSON must be in UTF-8.", "malformed_json") from error
    total = counted(_elements(text), rows_max)
    names = list(dict.fromkeys(name for element in _elements(text) for name in _flat(element)))
    if any(_HALF_CHARACTER.search(name) for name in names):
        raise Invalid.field("file", "A name holds half of a character.", "malformed_json")

    def rows() -> Iterator[Row | Rejection]:
        return (_row(line, element, names) for line, element in enumerate(_elements(text), start=1))

    return Table([clean_cell(name) for name in names], total, rows)


def _elements(text: str) -> Iterator[Any]:
    position = _after_space(text, 0)
    is_array = text.startswith("[", position)
    if is_array:
        position = _after_space(text, position + 1)
    end = position
    if not (is_array and text.startswith("]", position)):
        while True:
            element, end = _decoded(text, position)
            yield element
            end = _after_space(text, end)
            if not (is_array and text.startswith(",", end)):
                break
            position = _after_space(text, end + 1)
    if is_array and not text.startswith("]", end):
        _refuse(end)
    if _after_space(text, end + is_array) != len(text):
        _refuse(end)


def _decoded(text: str, position: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, position)
    except (ValueError, RecursionError):
        _refuse(position)


def _refuse(position: int) -> NoReturn:
    message = f"This is not valid JSON, at or after character {position + 1:,}."
    raise Invalid.field("file", message, "malformed_json")


def _no_such_number(constant: str) -> NoReturn:
    raise ValueError(constant)


# Numbers stay as they are written: a telephone number is not to be rounded.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_no_such_number)


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _flat(element: Any) -> dict[str, Any]:
    if not isinstance(element, dict):
        return {}
    variables = element.get(VARIABLES)
    if not isinstance(variables, dict):
        return element
    return {name: value for name, value in element.items() if name != VARIABLES} | variables


def _row(line: int, element: Any, names: list[str]) -> Row | Rejection:
    if not isinstance(element, dict):
        return Rejection(line, None, shown(_text(element) or "…"), "not_an_object", "must be an object")
    values = _flat(element)
    cells = []
    for name in names:
        cell = _text(values.get(name))
        if cell is None:
            message = "must be text, a number, true, false or null"
            return Rejection(line, name, "…", "not_text", message)
        cells.append(clean_cell(cell))
    return Row(line, cells)


def _text(value: Any) -> str | None:
    """None: it is an array or an object, or half of a character."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) and not _HALF_CHARACTER.search(value) else None
