"""A file of contacts, read row by row."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from service.contacts.columns import Columns, find_columns
from service.contacts.contact_file import ROWS_MAX, Contact, Rejection, Row, Table, shown
from service.contacts.formats import open_table
from service.contacts.rows import NAME, PHONE, RowReader
from service.domain.account import Account
from service.domain.calling_hours import Rulebook
from service.domain.errors import Invalid


@dataclass(frozen=True)
class ContactList:
    """`content` tells the file, and how it is read, from others. `timezone` is for times in rows that name
    none: the campaign's."""

    table: Table
    columns: Columns
    content: str
    account: Account
    timezone: str
    rulebook: Rulebook
    expects: tuple[str, ...]

    @property
    def rows_total(self) -> int:
        return self.table.rows_total

    def rows(self) -> Iterator[Contact | Rejection]:
        """A contact or a rejection for each row."""
        reader = RowReader(self.columns, self.account, self.timezone, self.rulebook, self.expects)
        return (reader.read(row) if isinstance(row, Row) else row for row in self.table.rows())


def open_contacts(
    data: bytes,
    account: Account,
    rulebook: Rulebook,
    *,
    timezone: str = "UTC",
    chosen: Mapping[str, str] | None = None,
    expects: Iterable[str] = (),
    rows_max: int = ROWS_MAX,
) -> ContactList:
    """`chosen`: see find_columns; `expects`: the variables that every contact must have. Raises Invalid when
    the file as a whole cannot be read, lacks a column for one of those, or has too many rows."""
    table = open_table(data, account, rows_max)
    columns = find_columns(table.header, chosen, table.variables)
    wanted = tuple(name for name in expects if name != PHONE)
    _refuse_missing_columns(columns, wanted)
    return ContactList(table, columns, _hash(data, columns), account, timezone, rulebook, wanted)


def _refuse_missing_columns(columns: Columns, expects: tuple[str, ...]) -> None:
    there = {name for _, name in columns.variables} | ({NAME} if columns.name else set())
    missing = [shown(name) for name in expects if name not in there]
    if missing:
        message = f"The campaign's agent speaks of {', '.join(missing)}, and no column is called so."
        raise Invalid.field("columns", message, "missing_variable")


def _hash(data: bytes, columns: Columns) -> str:
    return sha256(repr(columns).encode() + sha256(data).digest()).hexdigest()
