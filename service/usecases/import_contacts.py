"""Contacts become calls that wait, in chunks; importing a file again adds nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from service.contacts.columns import VARIABLES_MAX
from service.contacts.contact_file import Contact
from service.domain.account import Account
from service.domain.call import Call
from service.domain.campaign import Campaign, Status
from service.domain.errors import Busy, WrongState
from service.domain.lane import AWAKE
from service.ports import (
    CommitUnknown,
    Conflict,
    Create,
    Outside,
    Stored,
    StoreUnavailable,
    Update,
    Write,
)
from service.usecases.campaigns import find_campaign
from service.usecases.changes import CHANGE_TRIES_MAX
from service.usecases.pass_at_once import pass_at_once
from service.usecases.pulling import pull_clock

COHORTS_MAX = 300  # of one campaign
ZONE_VARIABLE = "timezone"
CHUNK_ROWS = 250  # one commit each, so the clock is pulled about once for each

TAKES_CONTACTS = frozenset({Status.DRAFT, Status.RUNNING, Status.PAUSED})


@dataclass
class Imported:
    created: int = 0
    present: int = 0  # numbers that the campaign had already


def import_contacts(
    outside: Outside, account: Account, campaign_id: str, contacts: Sequence[Contact]
) -> Imported:
    """Raises NotFound, WrongState, and Busy when it ended half way (its message says how far it came)."""
    read = find_campaign(outside, account, campaign_id)
    now = outside.clock.now()
    # Due in the order of the file, all of them now: a microsecond apart, the last one at this moment.
    due = [now - timedelta(microseconds=len(contacts) - row) for row in range(1, len(contacts) + 1)]
    by_id: dict[str, Call] = {}
    for contact, due_at in zip(contacts, due, strict=True):
        call = _call(read.record, contact, due_at)
        by_id.setdefault(call.id, call)
    calls = list(by_id.values())
    imported = Imported(present=len(contacts) - len(calls))
    for start in range(0, len(calls), CHUNK_ROWS):
        try:
            read = _import_chunk(outside, account, read, calls[start : start + CHUNK_ROWS], imported)
        except (Busy, CommitUnknown, StoreUnavailable) as error:
            raise Busy(
                f"Stored at least {imported.created} contacts, then the store did not answer. "
                "Import the same file again: what is stored is not added twice."
            ) from error
        except WrongState as error:
            raise WrongState(f"Stored {imported.created} contacts, then: {error.message}") from error
    if read.record.status is Status.RUNNING:
        pass_at_once(outside, account.lane)
    return imported


def call_id(campaign_id: str, number: str) -> str:
    """One call for each number of a campaign."""
    return f"call_{sha256(f'{campaign_id}/{number}'.encode()).hexdigest()[:24]}"


def _call(campaign: Campaign, contact: Contact, due_at: datetime) -> Call:
    return Call(
        id=call_id(campaign.id, contact.phone),
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
    """The hours are the campaign's, in its zone; a contact's own zone is a variable like any other."""
    return contact.variables | ({ZONE_VARIABLE: contact.timezone} if contact.timezone else {})


def _import_chunk(
    outside: Outside, account: Account, read: Stored[Campaign], chunk: list[Call], imported: Imported
) -> Stored[Campaign]:
    """Lands whole, with the campaign as it was read: one that was started, finished or canceled in the
    meantime is read again. Returns the campaign as it is now."""
    missing = chunk
    for _ in range(CHANGE_TRIES_MAX):
        if read.record.status not in TAKES_CONTACTS:
            raise WrongState(f"The campaign {read.record.id} is {read.record.status}: it takes no contacts.")
        campaign = _with_variables(_with_cohorts(_pulled(read.record), missing), missing)
        writes: list[Write] = [Update(campaign, read.version), *(Create(call) for call in missing)]
        if campaign.status is Status.RUNNING:
            writes.append(pull_clock(campaign.lane))
        try:
            committed = outside.store.commit(writes)
        except Conflict:
            again = find_campaign(outside, account, read.record.id)
            if again.version == read.version:  # so it is a call that is there already
                missing = _not_there(outside, chunk)
            read = again
            continue
        imported.created += len(missing)
        imported.present += len(chunk) - len(missing)
        return Stored(campaign, committed.versions[0])
    raise Busy(f"The campaign {read.record.id} kept changing.")


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


def _not_there(outside: Outside, chunk: list[Call]) -> list[Call]:
    found = outside.store.get_many([(Call, call.id) for call in chunk])
    return [call for call, stored in zip(chunk, found, strict=True) if stored is None]
