"""Tables in JSON: an array of objects, or one object. An object's `variables` may be an object of their own:
whatever they are called, none of them is taken for a number, a name or a place. The top level wins over them.

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
Place = tuple[bool, str]  # whether it stands among the variables, and its name

_SPACE = re.compile(r"[ \t\n\r]*")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def json_table(data: bytes, rows_max: int) -> Table:
    """Its header: the names that any of its objects has. Raises Invalid when it is not JSON, or too long."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid.field("file", "JSON must be in UTF-8.", "malformed_json") from error
    total = counted(_elements(text), rows_max)
    places = list(dict.fromkeys(place for element in _elements(text) for place in _flat(element)))
    if any(_HALF_CHARACTER.search(name) for _, name in places):
        raise Invalid.field("file", "A name holds half of a character.", "malformed_json")

    def rows() -> Iterator[Row | Rejection]:
        return (_row(line, element, places) for line, element in enumerate(_elements(text), start=1))

    variables = frozenset(index for index, (is_variable, _) in enumerate(places) if is_variable)
    return Table([clean_cell(name) for _, name in places], total, rows, variables)


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


def _flat(element: Any) -> dict[Place, Any]:
    if not isinstance(element, dict):
        return {}
    variables = element.get(VARIABLES)
    if not isinstance(variables, dict):
        return {(False, name): value for name, value in element.items()}
    top = {(False, name): value for name, value in element.items() if name != VARIABLES}
    return top | {(True, name): value for name, value in variables.items() if (False, name) not in top}


def _row(line: int, element: Any, places: list[Place]) -> Row | Rejection:
    if not isinstance(element, dict):
        return Rejection(line, None, shown(_text(element) or "…"), "not_an_object", "must be an object")
    values = _flat(element)
    cells = []
    for place in places:
        cell = _text(values.get(place))
        if cell is None:
            message = "must be text, a number, true, false or null"
            return Rejection(line, place[1], "…", "not_text", message)
        cells.append(clean_cell(cell))
    return Row(line, cells)


def _text(value: Any) -> str | None:
    """None: it is an array or an object, or half of a character."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) and not _HALF_CHARACTER.search(value) else None
