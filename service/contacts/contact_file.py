"""What a contact file becomes: each of its rows is either a contact or a rejection."""

from dataclasses import dataclass
from datetime import datetime

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


def shown(value: str) -> str:
    """The value as a report shows it: one short line."""
    line = " ".join(value[: SHOWN_CHARACTERS_MAX + 1].split())
    return line if len(value) <= SHOWN_CHARACTERS_MAX else line[:SHOWN_CHARACTERS_MAX] + "…"
