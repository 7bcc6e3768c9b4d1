"""CSV cut into rows, each with its line in the file.

A quote that is never closed must not swallow what follows. So rows are cut by a stricter rule than the csv
module's: a quote at a cell's start must be closed right before a delimiter or a line's end. Where it is not,
the row is rejected, and reading goes on at the next line.

The text stays as UTF-8 until a row is cut: as a string, one emoji would make a file four times as large.
"""

import csv
import re
from collections.abc import Iterator

from service.contacts.contact_file import Rejection, Row, shown
from service.contacts.rows import clean_cell

ROW_BYTES_MAX = 120_000  # below the 131,072 characters at which the csv module gives up on a cell
SHOWN_BYTES_MAX = 1_000  # of a row that is rejected: more than a report shows


def cut_rows(text: bytes, delimiter: str) -> Iterator[Row | Rejection]:
    """The rows that are not empty. `text` is UTF-8, its lines end with a line feed."""
    well_formed = _well_formed_cells(delimiter.encode())
    position, line = 0, 1
    while position < len(text):
        match = well_formed.match(text, position)
        end = match.end() if match else position
        if end < len(text) and text[end] != 0x0A:
            quote = text.index(b'"', end)
            end = _line_end(text, quote)
            yield _quote_not_closed(line + text.count(b"\n", position, quote), _beginning(text, quote, end))
        elif end - position > ROW_BYTES_MAX:
            yield _row_too_long(line, _beginning(text, position, end))
        elif any(cells := _cells(text[position:end].decode(), delimiter)):
            yield Row(line, cells)
        line += text.count(b"\n", position, end) + 1
        position = end + 1


def _well_formed_cells(delimiter: bytes) -> re.Pattern[bytes]:
    """Matches as many cells as are well-formed. All is possessive: time grows with the length alone."""
    edge = re.escape(delimiter)
    quoted = rb' *"[^"]*+(?:""[^"]*+)*+" *(?=[%b\n]|\Z)' % edge
    plain = rb' *+(?!")[^%b\n]*+' % edge
    return re.compile(rb"(?:%b|%b)(?:%b(?:%b|%b))*+" % (quoted, plain, edge, quoted, plain))


def _cells(row: str, delimiter: str) -> list[str]:
    cells = next(csv.reader([row], delimiter=delimiter, skipinitialspace=True), [])
    return [clean_cell(cell) for cell in cells]


def _line_end(text: bytes, position: int) -> int:
    end = text.find(b"\n", position)
    return len(text) if end < 0 else end


def _beginning(text: bytes, start: int, end: int) -> str:
    return text[start : min(end, start + SHOWN_BYTES_MAX)].decode(errors="ignore")


def _quote_not_closed(line: int, text: str) -> Rejection:
    message = (
        f"A quote opens in line {line} and is not closed before a delimiter or the line's end. "
        "Close it; a quote inside a quoted cell is written twice."
    )
    return Rejection(line, None, shown(text), "quote_not_closed", message)


def _row_too_long(line: int, text: str) -> Rejection:
    message = f"A row can have {ROW_BYTES_MAX:,} bytes."
    return Rejection(line, None, shown(text), "row_too_long", message)
