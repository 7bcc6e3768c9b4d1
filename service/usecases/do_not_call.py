"""The numbers that an account does not call: put on its list, taken off it, looked at.

What is on the list counts from the next dial on, also for calls that are claimed already: place_call reads it
right before it dials. The record also remembers the dials, so every change of it is conditional.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.contacts.do_not_call_file import ToBar
from service.domain import callee as callees
from service.domain.account import Account
from service.domain.audit import Kind, Thing
from service.domain.call import Call
from service.domain.callee import Callee, callee_id
from service.domain.errors import Busy, Invalid, NotFound
from service.ports import CommitUnknown, Conflict, Create, Outside, StoreUnavailable, Update, Write
from service.usecases import account_queries
from service.usecases.audit import record_change, record_counts
from service.usecases.changes import CHANGE_TRIES_MAX
from service.usecases.reading import Cursor, Page, page_of

CHUNK_NUMBERS = 250  # of an import; one commit each

log = logging.getLogger(__name__)

Decide = Callable[[Callee | None], Callee | None]
Changed = Sequence[tuple[Callee | None, Callee]]  # before and after
Recorder = Callable[[Changed], Sequence[Write]]


@dataclass(frozen=True)
class Added:
    callee: Callee
    is_new: bool  # it could be called until now


@dataclass
class Imported:
    created: int = 0
    present: int = 0  # on the list already, or in this one before


def add_number(outside: Outside, account: Account, wanted: ToBar) -> Added:
    """Harmless when repeated. Raises Invalid, Busy, StoreUnavailable."""
    now = outside.clock.now()
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise Invalid.field("expires_at", "must be in the future", "in_the_past")
    decide = _bar(account, wanted, now)
    before = _change(outside, account.id, {wanted.phone: decide}, _each(outside))[wanted.phone]
    added = decide(before)
    assert added is not None
    return Added(added, not callees.is_barred(before, now))


def add_numbers(outside: Outside, account: Account, wanted: Sequence[ToBar]) -> Imported:
    """Raises Busy when it ended half way (its message says how far it came): then it can be repeated."""
    now = outside.clock.now()
    by_number: dict[str, ToBar] = {}
    for each in wanted:
        by_number[each.phone] = _together(by_number.get(each.phone), each)
    decisions = [(each.phone, _bar(account, each, now)) for each in by_number.values()]
    imported = Imported(present=len(wanted) - len(decisions))
    record = _all_in_one(outside, account, imported, now)
    for start in range(0, len(decisions), CHUNK_NUMBERS):
        try:
            before = _change(outside, account.id, dict(decisions[start : start + CHUNK_NUMBERS]), record)
        except (Busy, StoreUnavailable) as error:
            raise Busy(
                f"Put at least {imported.created} numbers on the list, then the store did not answer. "
                "Import the same file again: what is on the list is not added twice."
            ) from error
        present = sum(callees.is_barred(callee, now) for callee in before.values())
        imported.created += len(before) - present
        imported.present += present
    return imported


def remove_number(outside: Outside, account: Account, number: str) -> None:
    """Whoever put it there. Raises NotFound, Busy, StoreUnavailable."""
    decisions: dict[str, Decide] = {number: lambda callee: callee and callees.unbar(callee)}
    before = _change(outside, account.id, decisions, _each(outside))[number]
    if before is None or not before.do_not_call:
        raise NotFound("This number is not on the list.")


def find_number(outside: Outside, account: Account, number: str) -> Callee | None:
    """None: it is not on the list."""
    stored = outside.store.get(Callee, callee_id(account.id, number))
    return stored.record if stored and stored.record.do_not_call else None


def list_numbers(outside: Outside, account: Account, limit: int, after: Cursor | None) -> Page[Callee]:
    """What was put on the list last comes first."""
    return page_of(outside, account_queries.do_not_call_list(account.id, limit + 1, after), limit)


def opt_out(outside: Outside, account: Account, number: str) -> None:
    """Whoever has the number wants no calls from this account. Raises Busy, StoreUnavailable."""
    now = outside.clock.now()
    _change(outside, account.id, {number: lambda callee: callees.opt_out(callee, account.id, number, now)})


def opt_out_if_possible(outside: Outside, account: Account, number: str) -> None:
    """A provider says so of a number that it does not call. If it cannot be stored now, the provider will say
    so again."""
    try:
        opt_out(outside, account, number)
    except (Busy, CommitUnknown, StoreUnavailable):
        log.warning("An opt-out that the provider told of could not be stored.", exc_info=True)


def heed_opt_out(outside: Outside, call: Call) -> None:
    """Whoever was called has asked for no more calls. Raises Busy, StoreUnavailable."""
    stored = outside.store.get(Account, call.account_id)
    if stored is not None:
        opt_out(outside, stored.record, call.to)


def opt_in(outside: Outside, account: Account, number: str) -> None:
    """They take it back; what a user put on the list stays. Raises Busy, StoreUnavailable."""
    _change(outside, account.id, {number: lambda callee: callee and callees.opt_in(callee)})


def _bar(account: Account, wanted: ToBar, now: datetime) -> Decide:
    return lambda callee: callees.bar(
        callee, account.id, wanted.phone, now, until=wanted.expires_at, reason=wanted.reason
    )


def _together(first: ToBar | None, again: ToBar) -> ToBar:
    """Two rows with one number: it is barred for as long as either says."""
    if first is None:
        return again
    expires_at = callees.later(first.expires_at, again.expires_at)
    return ToBar(first.phone, first.reason or again.reason, expires_at)


def _each(outside: Outside) -> Recorder:
    """A record for each number."""
    return lambda changed: [write for pair in changed for write in record_change(outside, *pair)]


def _all_in_one(outside: Outside, account: Account, imported: Imported, now: datetime) -> Recorder:
    """One for all commits of an import. It also tells of one that only bars numbers for longer."""
    id, thing = outside.new_token(), Thing(account.id, Kind.DO_NOT_CALL, account.id)

    def record(changed: Changed) -> Sequence[Write]:
        created = imported.created + sum(not callees.is_barred(before, now) for before, _ in changed)
        return [record_counts(outside, id, thing, {"created": created})]

    return record


def _change(
    outside: Outside, account_id: str, decisions: Mapping[str, Decide], record: Recorder = lambda _changed: ()
) -> dict[str, Callee | None]:
    """Commits what is decided for each number, all together with its record; returns what there was at first.
    After a conflict, or an answer that was lost, they are read and decided again."""
    keys = [(Callee, callee_id(account_id, number)) for number in decisions]
    first: dict[str, Callee | None] | None = None
    for _ in range(CHANGE_TRIES_MAX):
        read = dict(zip(decisions, outside.store.get_many(keys), strict=True))
        records = {number: stored.record if stored else None for number, stored in read.items()}
        first = records if first is None else first
        writes: list[Write] = []
        changed: list[tuple[Callee | None, Callee]] = []
        for number, decide in decisions.items():
            stored, decided = read[number], decide(records[number])
            if decided is not None and decided != records[number]:
                writes.append(Update(decided, stored.version) if stored else Create(decided))
                changed.append((records[number], decided))
        if not writes:
            return first
        try:
            outside.store.commit([*writes, *record(changed)])
        except (Conflict, CommitUnknown):
            continue
        return first
    raise Busy("The do-not-call list kept changing. Try again: what is on it is not added twice.")
