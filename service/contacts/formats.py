"""Files of any format, told by how they begin: CSV, XLSX or JSON."""

from service.contacts.columns import known_columns
from service.contacts.contact_file import Table
from service.contacts.csv_file import csv_table
from service.contacts.json_file import json_table
from service.contacts.numbers import Rejected, parse_number
from service.contacts.workbook import workbook_table
from service.domain.account import Account
from service.domain.errors import Invalid

NOT_NUMBERS = frozenset({"missing_number", "invalid_number", "letters_in_number", "unknown_country"})
ZIP = b"PK\x03\x04"
JSON = (b"[", b"{")
BEGINNING_BYTES = 100


def open_table(data: bytes, account: Account, rows_max: int) -> Table:
    """The header's cells and the rows below it; Invalid when there is no such thing."""
    if data.startswith(ZIP):
        table = workbook_table(data, rows_max)
    elif is_json(data):
        table = json_table(data, rows_max)
    else:
        table = csv_table(data, rows_max)
    _refuse_numbers_as_header(table.header, account)
    return table


def is_json(data: bytes) -> bool:
    return data[:BEGINNING_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(JSON)


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
