"""Rows of cells, from whatever kind of file, turned into contacts or rejections."""

from collections.abc import Callable
from typing import TypeVar

from service.contacts.columns import Columns
from service.contacts.contact_file import (
    CELL_CHARACTERS_MAX,
    Contact,
    Rejection,
    Row,
    shown,
    too_many_cells,
)
from service.contacts.export_file import unmarked
from service.contacts.numbers import Rejected, parse_number
from service.contacts.places import cohort as cohort_of
from service.contacts.places import place_of
from service.contacts.times import parse_contact_timezone, parse_not_before
from service.domain.account import Account
from service.domain.calling_hours import Rulebook, is_known

T = TypeVar("T")

NAME = "name"  # as agents and scripts call it
PHONE = "phone"

PLACE_UNKNOWN = (
    "No legal calling hours are known for this number's place, so it is not called. "
    "An account may say that they do not bind its calls there."
)

CLOCKS_APART = (
    "By the clock of this time zone and that of the number's own place the legal calling hours never meet, "
    "so it is not called. Leave `timezone` out if the contact is where the number is."
)

# Line breaks and tabs become spaces, other control characters go.
_CONTROLS = {code: " " if chr(code).isspace() else None for code in (*range(32), *range(127, 160))}


def clean_cell(text: str) -> str:
    """Without control characters, space around it, and the mark that keeps text from being a formula."""
    clean = text.strip() if text.isprintable() else text.translate(_CONTROLS).strip()
    return unmarked(clean)


class _CellRejected(Exception):
    def __init__(self, column: int, reason: Rejected) -> None:
        super().__init__(column, reason)
        self.column = column
        self.reason = reason


class RowReader:
    """Reads the rows of one file and remembers their numbers. `timezone` is for rows that name none;
    `expects`: what is spoken of, so that a row without it is rejected."""

    def __init__(
        self,
        columns: Columns,
        account: Account,
        timezone: str,
        rulebook: Rulebook,
        expects: tuple[str, ...] = (),
    ) -> None:
        self._expects = expects
        self._rulebook = rulebook
        self._columns = columns
        self._account = account
        self._timezone = timezone
        self._lines: dict[str, int] = {}  # by number: of rows with the same one, the first good one keeps it

    def read(self, row: Row) -> Contact | Rejection:
        """The contact, or the first reason why there is none."""
        header = self._columns.header
        if rejection := too_many_cells(row, header):
            return rejection
        cells = row.cells + [""] * (len(header) - len(row.cells))
        try:
            return self._contact(row.line, cells)
        except _CellRejected as rejected:
            column, reason = rejected.column, rejected.reason
            return Rejection(row.line, header[column], shown(cells[column]), reason.code, reason.message)

    def _contact(self, line: int, cells: list[str]) -> Contact:
        columns = self._columns
        _refuse_long_cells(cells)
        phone = self._phone(cells)
        timezone = _parsed(cells, columns.timezone, parse_contact_timezone)
        cohort = self._cohort(phone, timezone)
        wall_clock = timezone or self._timezone
        contact = Contact(
            line=line,
            phone=phone,
            name=" ".join(cells[column] for column in columns.name if cells[column]) or None,
            variables={name: cells[column] for column, name in columns.variables},
            external_id=_parsed(cells, columns.external_id, str),
            timezone=timezone,
            cohort=cohort,
            not_before=_parsed(cells, columns.not_before, lambda text: parse_not_before(text, wall_clock)),
        )
        self._refuse_missing(contact)
        self._lines[phone] = line
        return contact

    def _refuse_missing(self, contact: Contact) -> None:
        said = {NAME: contact.name, **contact.variables}
        for name in self._expects:
            if not said.get(name):
                columns = self._columns
                at_fault = next((i for i, other in columns.variables if other == name), None)
                if name == NAME and columns.name:
                    at_fault = columns.name[0]
                reason = Rejected("missing_variable", f"The campaign's agent speaks of {name}: it is empty.")
                raise _CellRejected(columns.phone if at_fault is None else at_fault, reason)

    def _phone(self, cells: list[str]) -> str:
        columns = self._columns
        country = _parsed(cells, columns.country, str)
        try:
            phone = parse_number(cells[columns.phone], self._account, country=country)
        except Rejected as reason:
            at_fault = columns.country if reason.code == "unknown_country" else columns.phone
            raise _CellRejected(columns.phone if at_fault is None else at_fault, reason) from None
        if first := self._lines.get(phone):
            raise _CellRejected(columns.phone, Rejected("duplicate", f"Line {first} has the same number."))
        return phone

    def _cohort(self, phone: str, timezone: str | None) -> str:
        """Where the contact is; refused where the law is not known: it could never be called."""
        cohort = cohort_of(place_of(phone, timezone))
        if is_known(self._account, cohort, self._rulebook):
            return cohort
        if is_known(self._account, cohort_of(place_of(phone)), self._rulebook):
            at_fault, reason = self._columns.timezone, Rejected("invalid_timezone", CLOCKS_APART)
        else:
            at_fault, reason = self._columns.phone, Rejected("place_unknown", PLACE_UNKNOWN)
        assert at_fault is not None
        raise _CellRejected(at_fault, reason)


def _parsed(cells: list[str], column: int | None, parse: Callable[[str], T]) -> T | None:
    """What the cell says; None when there is no such column or nothing in it."""
    if column is None or not cells[column]:
        return None
    try:
        return parse(cells[column])
    except Rejected as reason:
        raise _CellRejected(column, reason) from None


def _refuse_long_cells(cells: list[str]) -> None:
    for column, cell in enumerate(cells):
        if len(cell) > CELL_CHARACTERS_MAX:
            reason = Rejected("cell_too_long", f"A cell can have {CELL_CHARACTERS_MAX:,} characters.")
            raise _CellRejected(column, reason)
