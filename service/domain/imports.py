"""An import: contacts added to a campaign, in one part or in several, and what became of each row."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from service.domain.errors import Invalid, WrongState

KEPT = timedelta(days=30)  # from its beginning on; its rejected rows hold numbers
PARTS_MAX = 100
ERRORS_KEPT_MAX = 100  # in the import itself; all of them are in its reports


class ImportStatus(StrEnum):
    OPEN = "open"  # it has no parts yet; whoever began it sends them
    RUNNING = "running"  # not all rows of its parts are done; a request is at it, or has to be sent again
    DONE = "done"  # all rows of its parts are; a further part makes it running again


@dataclass(frozen=True)
class RowError:
    """A row that was rejected."""

    part: int
    line: int
    column: str | None
    value: str  # shortened
    code: str
    message: str


@dataclass(frozen=True)
class Part:
    """One file of an import. Of its rows the first `rows_done` are done: each of them was created, was there
    already, or was rejected."""

    number: int
    content: str  # hash of the file, and of how it is read
    begun_at: datetime
    rows_total: int
    rows_done: int = 0
    created: int = 0
    duplicates: int = 0
    rejected: int = 0


@dataclass(frozen=True)
class Import:
    COLLECTION: ClassVar[str] = "imports"

    id: str
    account_id: str
    campaign_id: str
    created_at: datetime
    expires_at: datetime
    parts: tuple[Part, ...] = ()
    errors: tuple[RowError, ...] = ()  # the first ERRORS_KEPT_MAX

    @property
    def status(self) -> ImportStatus:
        if not self.parts:
            return ImportStatus.OPEN
        done = all(part.rows_done == part.rows_total for part in self.parts)
        return ImportStatus.DONE if done else ImportStatus.RUNNING

    def total(self, name: str) -> int:
        """The sum over its parts."""
        return sum(int(getattr(part, name)) for part in self.parts)

    def part(self, number: int) -> Part | None:
        return next((part for part in self.parts if part.number == number), None)


@dataclass(frozen=True)
class ErrorReport:
    """All rows of one commit that were rejected."""

    COLLECTION: ClassVar[str] = "import_errors"

    id: str  # sorts by part and row
    import_id: str
    expires_at: datetime
    errors: tuple[RowError, ...]


@dataclass(frozen=True)
class ChunkDone:
    """What became of some rows that follow each other."""

    rows: int
    created: int = 0
    duplicates: int = 0
    errors: tuple[RowError, ...] = ()


def begin_import(id: str, account_id: str, campaign_id: str, now: datetime) -> Import:
    return Import(id, account_id, campaign_id, created_at=now, expires_at=now + KEPT)


def begin_part(record: Import, number: int, content: str, rows_total: int, now: datetime) -> Import:
    """With the part. The same one again goes on where it stopped. Raises Invalid, WrongState."""
    if (known := record.part(number)) is not None:
        if known.content != content:
            message = f"Part {number} is another file, or read in another way. Give this one another number."
            raise Invalid.field("number", message, "part_mismatch")
        return record
    if len(record.parts) == PARTS_MAX:
        raise WrongState(f"An import has at most {PARTS_MAX} parts.")
    return replace(record, parts=(*record.parts, Part(number, content, now, rows_total)))


def with_chunk(record: Import, number: int, chunk: ChunkDone) -> Import:
    """With the rows that follow those that are done."""
    parts = tuple(_further(part, chunk) if part.number == number else part for part in record.parts)
    errors = (*record.errors, *chunk.errors)[:ERRORS_KEPT_MAX]
    return replace(record, parts=parts, errors=errors)


def report_of(record: Import, number: int, chunk: ChunkDone) -> ErrorReport | None:
    """Of the chunk that comes next; None: none of its rows was rejected."""
    part = record.part(number)
    if part is None or not chunk.errors:
        return None
    id = f"{record.id}_{number:03}_{part.rows_done:06}"
    return ErrorReport(id, record.id, record.expires_at, chunk.errors)


def _further(part: Part, chunk: ChunkDone) -> Part:
    return replace(
        part,
        rows_done=part.rows_done + chunk.rows,
        created=part.created + chunk.created,
        duplicates=part.duplicates + chunk.duplicates,
        rejected=part.rejected + len(chunk.errors),
    )
