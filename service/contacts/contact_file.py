"""What a contact file becomes: each of its rows is either a contact or a rejection."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.errors import Invalid

ROWS_MAX = 100_000
CELL_CHARACTERS_MAX = 1_000
SHOWN_CHARACTERS_MAX = 60  # of a value in a report


@dataclass(frozen=True, slots=True)
class Row:
    line: int  # where it begins in the file, from 1, as an editor counts; in JSON: which element it is
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
class Table:
    """A file of any format. Its rows are read anew each time that they are asked for: they are never all in
    memory."""

    header: list[str]
    rows_total: int
    rows: Callable[[], Iterator[Row | Rejection]]
    variables: frozenset[int] = frozenset()  # columns that are variables, whatever they are called

    @property
    def known_by_name(self) -> list[str]:
        """The header without the names that mean nothing to us."""
        return ["" if index in self.variables else name for index, name in enumerate(self.header)]


def counted(rows: Iterable[object], rows_max: int) -> int:
    """How many there are. Raises Invalid when there are too many, before anything is done with the first."""
    total = 0
    for total, _ in enumerate(rows, start=1):
        if total > rows_max:
            raise Invalid.field("file", f"More than {rows_max:,} rows. Split the file.", "too_many_rows")
    return total


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
