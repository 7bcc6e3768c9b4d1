"""Contact files in CSV, as spreadsheets and other programs write them."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator

from service.contacts.columns import find_columns, known_columns
from service.contacts.contact_file import ContactFile, Rejection, Row
from service.contacts.csv_rows import cut_rows
from service.contacts.numbers import Rejected, parse_number
from service.contacts.rows import RowReader, read_rows
from service.domain.account import Account
from service.domain.calling_hours import Rulebook
from service.domain.errors import Invalid

ROWS_MAX = 100_000
DELIMITERS = (",", ";", "\t", "|")
NOT_NUMBERS = frozenset({"missing_number", "invalid_number", "letters_in_number", "unknown_country"})


def read_contacts(
    data: bytes,
    account: Account,
    rulebook: Rulebook,
    *,
    timezone: str = "UTC",
    rows_max: int = ROWS_MAX,
) -> ContactFile:
    """Every row as a contact or a rejection; Invalid when the file as a whole cannot be read. `timezone`
    (the campaign's) is for times in rows that name none."""
    header, rows = open_table(data, account)
    reader = RowReader(find_columns(header), account, timezone, rulebook)
    return read_rows(rows, reader, rows_max=rows_max)


def open_table(data: bytes, account: Account) -> tuple[list[str], Iterator[Row | Rejection]]:
    """The header's cells and the rows below it; Invalid when there is no such thing."""
    text = _text(data)
    if "\0" in text.split("\n", 1)[0]:
        raise Invalid.field("file", "This is not a text file. Save it as CSV (UTF-8).", "not_text")
    rows = cut_rows(text, _delimiter(text))
    header = next(rows, None)
    if header is None:
        raise Invalid.field("file", "The file is empty.", "empty_file")
    if isinstance(header, Rejection):
        raise Invalid.field("file", f"The header cannot be read. {header.message}", header.code)
    _refuse_numbers_as_header(header.cells, account)
    return header.cells, rows


def _text(data: bytes) -> str:
    """UTF-8 or UTF-16 where the bytes say so, else what Windows writes. All line ends become line feeds."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = _western(data)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _western(data: bytes) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:  # five bytes mean nothing there
        return data.decode("latin-1")


def _delimiter(text: str) -> str:
    """What makes most sense of the header: columns that we know, then columns at all."""

    def sense(delimiter: str) -> tuple[bool, int, int]:
        header = next(cut_rows(text, delimiter), None)
        if not isinstance(header, Row):  # an open quote begins a cell: it makes at least two
            return False, 0, 2
        known = known_columns(header.cells)
        return "phone" in known, len(known), len(header.cells)

    return max(DELIMITERS, key=sense)


def _refuse_numbers_as_header(header: list[str], account: Account) -> None:
    if "phone" not in known_columns(header) and any(_is_number(cell, account) for cell in header):
        message = "The first line holds a number, not column names. Put a header above it, such as: phone"
        raise Invalid.field("phone", message, "no_header")


def _is_number(cell: str, account: Account) -> bool:
    """A telephone number, whether or not it may be called."""
    try:
        parse_number(cell, account)
    except Rejected as rejected:
        return rejected.code not in NOT_NUMBERS
    return True
