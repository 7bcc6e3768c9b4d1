"""CSV text cut into rows, each with its line in the file.

A quote that is never closed must not swallow what follows. So rows are cut by a stricter rule than the csv
module's: a quote at a cell's start must be closed right before a delimiter or a line's end. Where it is not,
the row is rejected, and reading goes on at the next line.
"""

import csv
import re
from collections.abc import Iterator

from service.contacts.contact_file import Rejection, Row, shown
from service.contacts.rows import clean_cell

ROW_CHARACTERS_MAX = 120_000  # below the 131,072 at which the csv module gives up on a cell


def cut_rows(text: str, delimiter: str) -> Iterator[Row | Rejection]:
    """The rows that are not empty. Lines in `text` end with a line feed."""
    well_formed = _well_formed_cells(delimiter)
    position, line = 0, 1
    while position < len(text):
        match = well_formed.match(text, position)
        end = match.end() if match else position
        if end < len(text) and text[end] != "\n":
            quote = text.index('"', end)
            end = _line_end(text, quote)
            yield _quote_not_closed(line + text.count("\n", position, quote), text[quote:end])
        elif end - position > ROW_CHARACTERS_MAX:
            yield _row_too_long(line, text[position:end])
        elif any(cells := _cells(text[position:end], delimiter)):
            yield Row(line, cells)
        line += text.count("\n", position, end) + 1
        position = end + 1


def _well_formed_cells(delimiter: str) -> re.Pattern[str]:
    """Matches as many cells as are well-formed. All is possessive: time grows with the length alone."""
    edge = re.escape(delimiter)
    quoted = rf' *"[^"]*+(?:""[^"]*+)*+" *(?=[{edge}\n]|\Z)'
    plain = rf' *+(?!")[^{edge}\n]*+'
    return re.compile(rf"(?:{quoted}|{plain})(?:{edge}(?:{quoted}|{plain}))*+")


def _cells(row: str, delimiter: str) -> list[str]:
    cells = next(csv.reader([row], delimiter=delimiter, skipinitialspace=True), [])
    return [clean_cell(cell) for cell in cells]


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _quote_not_closed(line: int, text: str) -> Rejection:
    message = (
        f"A quote opens in line {line} and is not closed before a delimiter or the line's end. "
        "Close it; a quote inside a quoted cell is written twice."
    )
    return Rejection(line, None, shown(text), "quote_not_closed", message)


def _row_too_long(line: int, text: str) -> Rejection:
    message = f"A row can have {ROW_CHARACTERS_MAX:,} characters."
    return Rejection(line, None, shown(text), "row_too_long", message)
