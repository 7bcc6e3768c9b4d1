"""Tables in CSV, as spreadsheets and other programs write them."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Iterator

from service.contacts.columns import known_columns
from service.contacts.contact_file import Rejection, Row, Table, counted
from service.contacts.csv_rows import cut_rows
from service.domain.errors import Invalid

DELIMITERS = (",", ";", "\t", "|")
DECODED_BYTES = 1024 * 1024  # at once


def csv_table(data: bytes, rows_max: int) -> Table:
    """Raises Invalid when it is no such thing, or too long."""
    text = _utf8(data)
    if b"\0" in text.split(b"\n", 1)[0]:
        raise Invalid.field("file", "This is not a text file. Save it as CSV (UTF-8).", "not_text")
    return cut_table(text, _delimiter(text), rows_max)


def cut_table(text: bytes, delimiter: str, rows_max: int) -> Table:
    """`text` as `cut_rows` takes it; its first row is the header. Raises Invalid."""
    header = next(cut_rows(text, delimiter), None)
    if header is None:
        raise Invalid.field("file", "The file is empty.", "empty_file")
    if isinstance(header, Rejection):
        raise Invalid.field("file", f"The header cannot be read. {header.message}", header.code)

    def rows() -> Iterator[Row | Rejection]:
        below = cut_rows(text, delimiter)
        next(below)
        return below

    return Table(header.cells, counted(rows(), rows_max), rows)


def _utf8(data: bytes) -> bytes:
    """Read as UTF-8 or UTF-16 where the bytes say so, else as what Windows writes. All line ends become line
    feeds."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        data = data.decode("utf-16", errors="replace").encode()
    elif not _is_utf8(data):
        data = _western(data).encode()
    text = data.removeprefix(BOM_UTF8)
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text


def _is_utf8(data: bytes) -> bool:
    decoder = getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), DECODED_BYTES):
            decoder.decode(data[start : start + DECODED_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _western(data: bytes) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:  # five bytes mean nothing there
        return data.decode("latin-1")


def _delimiter(text: bytes) -> str:
    """What makes most sense of the header: columns that we know, then columns at all."""

    def sense(delimiter: str) -> tuple[bool, int, int]:
        header = next(cut_rows(text, delimiter), None)
        if not isinstance(header, Row):  # an open quote begins a cell: it makes at least two
            return False, 0, 2
        known = known_columns(header.cells)
        return "phone" in known, len(known), len(header.cells)

    return max(DELIMITERS, key=sense)
