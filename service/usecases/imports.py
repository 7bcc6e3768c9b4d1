"""Imports: begun, looked at, and what they know of their parts. The rows themselves: import_contacts.py."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from service.contacts.contact_file import Contact, Rejection
from service.domain import imports
from service.domain.account import Account
from service.domain.audit import Kind, Thing
from service.domain.campaign import Campaign, Status
from service.domain.errors import Busy, NotFound, WrongState
from service.domain.imports import Import, Part, RowError
from service.ports import CommitUnknown, Conflict, Create, Outside, Stored, Update, Write
from service.usecases import account_queries
from service.usecases.audit import record_counts
from service.usecases.campaigns import find_campaign
from service.usecases.changes import CHANGE_TRIES_MAX
from service.usecases.reading import Cursor, Page, page_of

ONLY_PART = 1  # of an import in one request
NO_PART = 0
REPORTS_READ_MAX = 20  # at once

TAKES_CONTACTS = frozenset({Status.DRAFT, Status.RUNNING, Status.PAUSED})


class File(Protocol):
    """As service/contacts/contact_list.py has it."""

    @property
    def content(self) -> str: ...

    @property
    def rows_total(self) -> int: ...

    def rows(self) -> Iterator[Contact | Rejection]: ...


@dataclass(frozen=True)
class Filling:
    """An import and its campaign, as they were read."""

    campaign: Stored[Campaign]
    record: Stored[Import]

    def part(self, number: int) -> Part:
        part = self.record.record.part(number)
        assert part is not None
        return part


def begin_import(
    outside: Outside,
    account: Account,
    campaign: Stored[Campaign],
    token: str | None = None,
    file: File | None = None,
) -> Filling:
    """With `file` as its part ONLY_PART, or without parts. `token` names it; repeated with the same one, the
    import that is there already. Raises WrongState."""
    refuse_when_over(campaign.record)
    id, now = f"imp_{token or outside.new_token()}", outside.clock.now()
    record = imports.begin_import(id, account.id, campaign.record.id, now)
    if file is not None:
        record = imports.begin_part(record, ONLY_PART, file.content, file.rows_total, now)
    writes = [Create(record), record_part(outside, record, ONLY_PART if file else NO_PART)]
    try:
        return Filling(campaign, Stored(record, outside.store.commit(writes).versions[0]))
    except Conflict:
        if token is None:
            raise
        return find_filling(outside, account, id)


def record_part(outside: Outside, record: Import, number: int) -> Write:
    """For each commit of a part, so that the audit tells what all of them have done so far."""
    part = record.part(number)
    names = ("created", "duplicates", "rejected")
    counts = {name: int(getattr(part, name)) for name in names} if part else {}
    thing = Thing(record.account_id, Kind.CAMPAIGN, record.campaign_id)
    return record_counts(outside, f"{record.id}_{number}", thing, counts)


def find_import(outside: Outside, account: Account, import_id: str) -> Stored[Import]:
    """Raises NotFound, also for another account's."""
    stored = outside.store.get(Import, import_id)
    if stored is None or stored.record.account_id != account.id:
        raise NotFound(f"There is no import {import_id}.")
    return stored


def find_filling(outside: Outside, account: Account, import_id: str) -> Filling:
    """Raises NotFound."""
    record = find_import(outside, account, import_id)
    return Filling(find_campaign(outside, account, record.record.campaign_id), record)


def list_imports(
    outside: Outside, account: Account, campaign_id: str, limit: int, after: Cursor | None
) -> Page[Import]:
    """The newest first. Raises NotFound."""
    find_campaign(outside, account, campaign_id)
    return page_of(outside, account_queries.imports_of_campaign(campaign_id, limit + 1, after), limit)


def errors_of(outside: Outside, record: Import) -> Iterator[RowError]:
    """Of all of its rows, in the order of parts and rows."""
    after: Cursor | None = None
    while True:
        page = page_of(
            outside, account_queries.error_reports(record.id, REPORTS_READ_MAX + 1, after), REPORTS_READ_MAX
        )
        for report in page.items:
            yield from report.errors
        if page.cursor is None:
            return
        after = page.cursor


def begin_part(outside: Outside, filling: Filling, number: int, file: File) -> Filling:
    """One that is known already is taken up again. Raises Invalid, WrongState, Busy."""
    now = outside.clock.now()
    record = filling.record
    for _ in range(CHANGE_TRIES_MAX):
        begun = imports.begin_part(record.record, number, file.content, file.rows_total, now)
        if begun == record.record:
            return replace(filling, record=record)
        try:
            committed = outside.store.commit([Update(begun, record.version)])
            return replace(filling, record=Stored(begun, committed.versions[0]))
        except (Conflict, CommitUnknown):
            record = read_again(outside, filling).record
    raise Busy(f"The import {record.record.id} kept changing.")


def read_again(outside: Outside, filling: Filling) -> Filling:
    """As they are now."""
    keys = [(Campaign, filling.campaign.record.id), (Import, filling.record.record.id)]
    campaign, record = outside.store.get_many(keys)
    if campaign is None or record is None:
        raise NotFound(f"There is no import {filling.record.record.id} any more.")
    return Filling(campaign, record)


def refuse_when_over(campaign: Campaign) -> None:
    if campaign.status not in TAKES_CONTACTS:
        message = f"The campaign {campaign.id} is {campaign.status}: it takes no contacts."
        raise WrongState.of(message, "status", campaign.status, *TAKES_CONTACTS)
