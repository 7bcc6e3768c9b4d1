"""Contacts become calls that wait, in chunks; importing a file again adds nothing.

Each chunk lands whole: its calls, the campaign that they belong to, how far the import is, and the report
of the rows that were rejected. So an import that broke off goes on where it stopped, and counts each row
once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.contacts.columns import VARIABLES_MAX
from service.contacts.contact_file import Contact, Rejection
from service.domain import imports
from service.domain.call import Call, imported_call_id
from service.domain.campaign import Campaign, Status
from service.domain.errors import Busy, WrongState
from service.domain.imports import ChunkDone, Import, RowError
from service.domain.lane import AWAKE
from service.domain.sizes import bytes_of_contact
from service.ports import (
    COMMIT_BYTES_MAX,
    CommitUnknown,
    Conflict,
    Create,
    Outside,
    Stored,
    StoreUnavailable,
    Update,
    Write,
)
from service.usecases.changes import CHANGE_TRIES_MAX
from service.usecases.imports import File, Filling, begin_part, read_again, record_part, refuse_when_over
from service.usecases.pass_at_once import pass_at_once
from service.usecases.pulling import pull_clock

COHORTS_MAX = 300  # of one campaign
ZONE_VARIABLE = "timezone"
CHUNK_ROWS = 500  # one commit each, so the clock is pulled about once for each


@dataclass(frozen=True)
class Chunk:
    """Rows of a file that follow each other; `start`: how many come before them."""

    start: int
    rows: list[Contact | Rejection]

    def after(self, rows_done: int) -> "Chunk":
        return Chunk(max(self.start, rows_done), self.rows[max(0, rows_done - self.start) :])


def import_part(outside: Outside, filling: Filling, number: int, file: File) -> Import:
    """The rows of one file; sent again it goes on where it stopped.

    Raises Invalid for another file under a known number, WrongState, and Busy when it ended half way (its
    message says how far it came)."""
    refuse_when_over(filling.campaign.record)
    filling = begin_part(outside, filling, number, file)
    try:
        for chunk in _chunks(file.rows(), filling.part(number).rows_done):
            filling = _land(outside, filling, number, chunk)
    except (Busy, CommitUnknown, StoreUnavailable) as error:
        raise Busy(
            f"{_progress(filling, number)}, then the store did not answer. "
            "Send the same file again: what is stored is not added twice."
        ) from error
    except WrongState as error:
        raise WrongState(f"{_progress(filling, number)}. {error.message}") from error
    if filling.campaign.record.status is Status.RUNNING:
        pass_at_once(outside, filling.campaign.record.lane)
    return filling.record.record


def _call(campaign: Campaign, contact: Contact, due_at: datetime) -> Call:
    return Call(
        id=imported_call_id(campaign.id, contact.phone),
        account_id=campaign.account_id,
        campaign_id=campaign.id,
        lane=campaign.lane,
        to=contact.phone,
        created_at=due_at,  # the order of the file is the order of the list
        due_at=max(contact.not_before or due_at, due_at),
        name=contact.name,
        variables=_variables(contact),
        external_id=contact.external_id,
        cohort=contact.cohort,
    )


def _variables(contact: Contact) -> dict[str, str]:
    """A zone that the file says is kept here to be shown; hours go by the cohort, which is made of it."""
    return contact.variables | ({ZONE_VARIABLE: contact.timezone} if contact.timezone else {})


def _progress(filling: Filling, number: int) -> str:
    part = filling.part(number)
    return f"At least {part.rows_done:,} of {part.rows_total:,} rows of {filling.record.record.id} are done"


def _chunks(rows: Iterator[Contact | Rejection], rows_done: int) -> Iterator[Chunk]:
    """Of the rows that are not done. Those that are have been read as well: numbers stand in a file once."""
    chunk, size = Chunk(rows_done, []), 0
    for index, row in enumerate(rows):
        if index < rows_done:
            continue
        chunk.rows.append(row)
        if isinstance(row, Contact):
            size += bytes_of_contact(row.name, row.external_id, row.variables)
        if len(chunk.rows) == CHUNK_ROWS or size > COMMIT_BYTES_MAX:
            yield chunk
            chunk, size = Chunk(index + 1, []), 0
    if chunk.rows:
        yield chunk


def _land(outside: Outside, filling: Filling, number: int, chunk: Chunk) -> Filling:
    """Lands whole, with the campaign and the import as they were read: what was changed in the meantime is
    read again. Rows that another request has done with are left out. Returns both as they are now."""
    present: set[str] = set()  # calls that the campaign has already
    for _ in range(CHANGE_TRIES_MAX):
        left = chunk.after(filling.part(number).rows_done)
        if not left.rows:
            return filling
        try:
            return _commit(outside, filling, number, left, present)
        except (Conflict, CommitUnknown):
            again = read_again(outside, filling)
            if again == filling:  # so it is calls that are there already
                present = _present(outside, [*_calls(filling, number, left)])
            filling = again
    raise Busy(f"The campaign {filling.campaign.record.id} kept changing.")


def _commit(outside: Outside, filling: Filling, number: int, chunk: Chunk, present: set[str]) -> Filling:
    read = filling.campaign
    refuse_when_over(read.record)
    calls = _calls(filling, number, chunk)
    missing = [call for id, call in calls.items() if id not in present]
    campaign = _with_variables(_with_cohorts(_pulled(read.record), missing), missing)
    errors = tuple(_error(number, row) for row in chunk.rows if isinstance(row, Rejection))
    duplicates = len(chunk.rows) - len(errors) - len(missing)
    done = ChunkDone(len(chunk.rows), len(missing), duplicates, errors)
    record = imports.with_chunk(filling.record.record, number, done)
    report = imports.report_of(filling.record.record, number, done)
    writes: list[Write] = [Update(record, filling.record.version)]
    if missing:
        writes += [Update(campaign, read.version), *(Create(call) for call in missing)]
        if campaign.status is Status.RUNNING:
            writes.append(pull_clock(campaign.lane))
    if report:
        writes.append(Create(report))
    writes.append(record_part(outside, record, number))
    versions = outside.store.commit(writes).versions
    landed = Stored(campaign, versions[1]) if missing else read
    return Filling(landed, Stored(record, versions[0]))


def _error(part: int, row: Rejection) -> RowError:
    return RowError(part, row.line, row.column, row.value, row.code, row.message)


def _calls(filling: Filling, number: int, chunk: Chunk) -> dict[str, Call]:
    """Due in the order of the file, all of them when the part was begun: a microsecond apart, the last one at
    that moment."""
    part, campaign = filling.part(number), filling.campaign.record
    calls: dict[str, Call] = {}
    for index, row in enumerate(chunk.rows, start=chunk.start + 1):
        if isinstance(row, Contact):
            due_at = part.begun_at - timedelta(microseconds=part.rows_total - index)
            call = _call(campaign, row, due_at)
            calls.setdefault(call.id, call)
    return calls


def _pulled(campaign: Campaign) -> Campaign:
    if campaign.status is not Status.RUNNING:
        return campaign
    return replace(campaign, next_due_at=AWAKE)


def _with_cohorts(campaign: Campaign, added: list[Call]) -> Campaign:
    """Raises WrongState where there would be too many."""
    new = {call.cohort for call in added} - set(campaign.cohorts)
    if len(campaign.cohorts) + len(new) > COHORTS_MAX:
        raise WrongState(
            f"Its contacts would be in more than {COHORTS_MAX} places and time zones: split the list."
        )
    return replace(campaign, cohorts=(*campaign.cohorts, *sorted(new))) if new else campaign


def _with_variables(campaign: Campaign, added: list[Call]) -> Campaign:
    """Named before the first row of an export is written. No more than one file can have, beside the zone:
    so an export can be imported. Raises WrongState where there would be more."""
    names = tuple(dict.fromkeys((*campaign.variables, *(name for call in added for name in call.variables))))
    if len([name for name in names if name != ZONE_VARIABLE]) > VARIABLES_MAX:
        raise WrongState(f"Its contacts would have more than {VARIABLES_MAX} variables: use fewer columns.")
    return campaign if names == campaign.variables else replace(campaign, variables=names)


def _present(outside: Outside, ids: list[str]) -> set[str]:
    found = outside.store.get_many([(Call, id) for id in ids])
    return {id for id, stored in zip(ids, found, strict=True) if stored is not None}
