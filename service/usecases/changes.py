"""Read, decide, one conditional commit: a bounded number of times."""

from collections.abc import Callable, Sequence

from service.domain.errors import Busy, NotFound
from service.ports import Conflict, R, Store, Stored, Update, Write

Recorder = Callable[[R, R], Sequence[Write]]  # what is written beside a change, told by before and after

CHANGE_TRIES_MAX = 8


def change(
    store: Store,
    kind: type[R],
    id: str,
    decide: Callable[[R], R | None],
    *also: Write,
    read: Stored[R] | None = None,
    tries: int = CHANGE_TRIES_MAX,
    record: Recorder[R] = lambda _before, _after: (),
) -> R | None:
    """Commits `decide(record)`, `also` and what `record` makes of the step, together; None from `decide`
    leaves all as it is.

    Returns what was committed, or None. `read` saves the first read. Raises NotFound, Busy, whatever
    `decide` raises, and the store's CommitUnknown and StoreUnavailable.
    """
    for _ in range(tries):
        stored = read or store.get(kind, id)
        read = None
        if stored is None:
            raise NotFound(f"There is no {kind.__name__.lower()} {id}.")
        decided = decide(stored.record)
        if decided is None:
            return None
        writes: Sequence[Write] = [Update(decided, stored.version), *also, *record(stored.record, decided)]
        try:
            store.commit(writes)
        except Conflict:
            continue
        return decided
    raise Busy(f"The {kind.__name__.lower()} {id} kept changing. Nothing was changed: try again.")
