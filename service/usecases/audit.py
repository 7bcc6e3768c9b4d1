"""Who changes something records it in the same commit: no change without its record, nor the other way round.

It needs no read, and one write. A step that changes nothing, and a request that is repeated and meets what it
has made, commit nothing, and so record nothing.
"""

from collections.abc import Mapping
from dataclasses import replace

from service.domain import audit
from service.domain.audit import Audited, AuditRecord, Thing
from service.ports import Books, Create, Merge, Write


def record_change(books: Books, before: Audited | None, after: Audited) -> list[Write]:
    """For the commit that makes `after` of `before`; None: it makes it of nothing."""
    act, thing, now = books.act, audit.thing_of(after), books.clock.now()
    was, now_is = audit.changed(act.shown(before) if before else {}, act.shown(after))
    if not was and not now_is:
        return []
    told = audit.who_is_told(act.by, thing.account_id)
    return [
        Create(
            audit.record(
                books.new_token(),
                replace(act, by=by),
                replace(thing, account_id=account_id),
                was,
                now_is,
                now,
            )
        )
        for account_id, by in told.items()
    ]


def record_counts(books: Books, id: str, thing: Thing, counts: Mapping[str, int]) -> Write:
    """For each commit of one that needs several, with what all of them have done so far. `id`: the same for
    all of them, so that there is one record."""
    record = audit.record(id, books.act, thing, {}, dict(counts), books.clock.now())
    fields = {name: value for name, value in vars(record).items() if name != "id"}
    return Merge(AuditRecord, record.id, fields)
