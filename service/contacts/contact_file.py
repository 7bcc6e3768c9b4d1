"""What a contact file becomes: each of its rows is either a contact or a rejection."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.errors import Invalid

CELL_CHARACTERS_MAX = 1_000
SHOWN_CHARACTERS_MAX = 60  # of a value in a report


@dataclass(frozen=True, slots=True)
class Row:
    line: int  # where it begins in the file, from 1, as an editor counts
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Contact:
    line: int
    phone: str  # E.164
    name: str | None
    variables: dict[str, str]
    external_id: str | None
    timezone: str | None  # IANA
    cohort: str  # where it is: see service/domain/cohort.py
    not_before: datetime | None  # UTC


@dataclass(frozen=True, slots=True)
class Rejection:
    line: int
    column: str | None  # as the header names it; None: the row as a whole
    value: str  # shortened
    code: str
    message: str


@dataclass(frozen=True)
class ContactFile:
    contacts: list[Contact]
    rejections: list[Rejection]

    @property
    def rows_total(self) -> int:
        return len(self.contacts) + len(self.rejections)


def bounded(rows: Iterable[Row | Rejection], rows_max: int) -> Iterator[Row | Rejection]:
    """Raises Invalid when there are more."""
    for count, row in enumerate(rows):
        if count == rows_max:
            raise Invalid.field("file", f"More than {rows_max:,} rows. Split the file.", "too_many_rows")
        yield row


def too_many_cells(row: Row, header: Sequence[str]) -> Rejection | None:
    """None: whatever is beyond the header is empty."""
    if not any(row.cells[len(header) :]):
        return None
    message = f"{len(row.cells)} cells, but the header has {len(header)}."
    return Rejection(row.line, None, shown(", ".join(row.cells)), "too_many_cells", message)


def shown(value: str) -> str:
    """The value as a report shows it: one short line."""
    line = " ".join(value[: SHOWN_CHARACTERS_MAX + 1].split())
    return line if len(value) <= SHOWN_CHARACTERS_MAX else line[:SHOWN_CHARACTERS_MAX] + "…"
