"""Tables in Excel workbooks (XLSX): the first sheet that is not hidden.

A workbook is a zip file, so a small one may unpack to very much. All that is unpacked is bounded before it is
read: the sheets, which are read as a stream, by one limit, and all else, which stays in memory, by a smaller
one. What the rows become is bounded as the text of a CSV file is.
"""

import csv
from collections.abc import Iterable
from datetime import datetime, time
from io import BytesIO, StringIO
from typing import Any

from service.contacts.contact_file import CELL_CHARACTERS_MAX, Table
from service.contacts.csv_file import cut_table
from service.domain.errors import Invalid

SHEETS_BYTES_MAX = 128 * 1024 * 1024  # unpacked
OTHER_BYTES_MAX = 16 * 1024 * 1024  # unpacked: shared texts, styles
TEXT_CHARACTERS_MAX = 32 * 1024 * 1024
CUT_CHARACTERS = 4 * CELL_CHARACTERS_MAX  # of a cell: no less too long than it was
SHEET_ROWS_MAX = 1_048_576  # support.microsoft.com: "Excel specifications and limits"


def workbook_table(data: bytes, rows_max: int) -> Table:
    """Raises Invalid when it is no such thing, or too large."""
    try:
        text = _first_sheet(data)
    except Invalid:
        raise
    except Exception as error:  # of a broken file the library raises whatever comes
        message = "This workbook cannot be read. Save it again as XLSX, or as CSV."
        raise Invalid.field("file", message, "broken_workbook") from error
    return cut_table(text, ",", rows_max)


def _first_sheet(data: bytes) -> bytes:
    from openpyxl.reader.excel import ExcelReader  # only here: most files are of other kinds

    reader = ExcelReader(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    _refuse_bombs(reader)
    reader.read()
    sheet = next((each for each in reader.wb.worksheets if each.sheet_state == "visible"), None)
    if sheet is None:
        return b""
    sheet.reset_dimensions()  # those in the file may be wrong, or far too large
    return _as_csv(sheet.iter_rows(values_only=True)).encode(errors="replace")


def _refuse_bombs(reader: Any) -> None:
    """By what the file says of its parts: more than that is never unpacked. A part that is also named as
    something else than a sheet is not read as a stream."""
    from openpyxl.xml.constants import ARC_CONTENT_TYPES, WORKSHEET_TYPE

    sizes = {part.filename: part.file_size for part in reader.archive.infolist()}
    _refuse_over(OTHER_BYTES_MAX, sizes.get(ARC_CONTENT_TYPES, 0))
    reader.read_manifest()
    types: dict[str, set[str]] = {}
    for part in reader.package.Override:  # the library cuts the first character off the name, whatever it is
        types.setdefault(part.PartName[1:], set()).add(part.ContentType)
    sheets = sum(size for name, size in sizes.items() if types.get(name) == {WORKSHEET_TYPE})
    _refuse_over(SHEETS_BYTES_MAX, sheets)
    _refuse_over(OTHER_BYTES_MAX, sum(sizes.values()) - sheets)


def _refuse_over(limit: int, size: int) -> None:
    if size > limit:
        raise Invalid.field("file", "This workbook is too large. Split it, or save it as CSV.", "too_large")


def _as_csv(rows: Iterable[tuple[Any, ...]]) -> str:
    """A line for each row, so that lines are counted as the sheet counts its rows."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for count, row in enumerate(rows):
        if count == SHEET_ROWS_MAX:
            raise Invalid.field("file", "This sheet has more rows than Excel allows.", "too_many_rows")
        writer.writerow([_text(value) for value in row])
        _refuse_over(TEXT_CHARACTERS_MAX, text.tell())
    return text.getvalue()


def _text(value: Any) -> str:
    """As a person would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes") if value.time() != time() else value.date().isoformat()
    text = str(value)
    if len(text) > CUT_CHARACTERS:  # a short row may name one long text a thousand times
        text = text[:CUT_CHARACTERS] + "…"
    return " ".join(text.splitlines())
