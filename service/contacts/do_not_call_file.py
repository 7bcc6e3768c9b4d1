"""Do-not-call lists: each of its rows is either a number to bar or a rejection."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from service.contacts.any_number import parse_any_number
from service.contacts.columns import Columns, find_columns, known_columns
from service.contacts.contact_file import ROWS_MAX, Rejection, Row, shown, too_many_cells
from service.contacts.formats import open_table
from service.contacts.numbers import Rejected
from service.contacts.times import parse_not_before
from service.domain.account import Account

REASON_CHARACTERS_MAX = 200
ALIASES = {
    "reason": ("reason",),
    "expires_at": ("expires at", "expires"),
}


@dataclass(frozen=True, slots=True)
class ToBar:
    phone: str  # E.164
    reason: str | None = None
    expires_at: datetime | None = None  # None: for good


@dataclass(frozen=True)
class DoNotCallFile:
    numbers: list[ToBar] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def rows_total(self) -> int:
        return len(self.numbers) + len(self.rejections)


def read_do_not_call(
    data: bytes,
    account: Account,
    now: datetime,
    *,
    chosen: Mapping[str, str] | None = None,
) -> DoNotCallFile:
    """Every row; Invalid when the file as a whole cannot be read. Times without an offset are the account's
    wall clock. Only what says whom to bar, and until when, can make a row rejected."""
    table = open_table(data, account, ROWS_MAX)
    columns = find_columns(table.header, chosen, table.variables)
    reader = _RowReader(columns, known_columns(table.known_by_name, ALIASES), account, now)
    file = DoNotCallFile()
    for row in table.rows():
        result = reader.read(row) if isinstance(row, Row) else row
        if isinstance(result, ToBar):
            file.numbers.append(result)
        else:
            file.rejections.append(result)
    return file


class _RowReader:
    def __init__(self, columns: Columns, also: Mapping[str, int], account: Account, now: datetime) -> None:
        self._header = columns.header
        self._columns = {"phone": columns.phone, **also}
        if columns.country is not None:
            self._columns["country"] = columns.country
        self._account = account
        self._now = now

    def read(self, row: Row) -> ToBar | Rejection:
        """The number, or the first reason why there is none."""
        if rejection := too_many_cells(row, self._header):
            return rejection
        role = "phone"
        try:
            phone = self._phone(row)
            role = "expires_at"
            expires_at = self._expires_at(row)
        except Rejected as reason:
            if reason.code == "unknown_country" and "country" in self._columns:
                role = "country"
            column = self._header[self._columns[role]]
            return Rejection(row.line, column, shown(self._cell(row, role)), reason.code, reason.message)
        return ToBar(phone, self._cell(row, "reason")[:REASON_CHARACTERS_MAX] or None, expires_at)

    def _phone(self, row: Row) -> str:
        country = self._cell(row, "country")
        return parse_any_number(self._cell(row, "phone"), self._account, country=country or None)

    def _expires_at(self, row: Row) -> datetime | None:
        text = self._cell(row, "expires_at")
        if not text:
            return None
        moment = parse_not_before(text, self._account.timezone)
        if moment <= self._now:
            raise Rejected("in_the_past", "It is over already.")
        return moment

    def _cell(self, row: Row, role: str) -> str:
        column = self._columns.get(role)
        return row.cells[column] if column is not None and column < len(row.cells) else ""
