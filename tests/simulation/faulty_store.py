"""One instance's connection to the store, over a network that fails as the seed says."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from service.domain.campaign import Campaign
from service.ports import (
    Committed,
    CommitUnknown,
    Conflict,
    Merge,
    Query,
    Record,
    Stored,
    StoreUnavailable,
    Write,
)

if TYPE_CHECKING:
    from tests.simulation.instance import Instance

T = TypeVar("T")

ANSWER_AGE_MAX = timedelta(seconds=5)


class FaultyStore:
    def __init__(self, instance: "Instance") -> None:
        self._instance = instance
        self._world = instance.world

    def get(self, kind: type[Any], id: str) -> Stored[Any] | None:
        return self.get_many([(kind, id)])[0]

    def get_many(self, keys: Sequence[tuple[type[Record], str]]) -> list[Stored[Any] | None]:
        found = self._read(
            f"get {keys[0][1] if keys else 'nothing'}", lambda: self._world.store.get_many(keys)
        )
        for stored in found:
            if stored is not None and isinstance(stored.record, Campaign):
                self._instance.request.check = (stored.record, self._instance.request.answered_at)
        return found

    def find(self, query: Query[Any]) -> list[Stored[Any]]:
        return self._read(f"find {query.kind.COLLECTION}", lambda: self._world.store.find(query))

    def count(self, query: Query[Any]) -> int:
        return self._read("count", lambda: self._world.store.count(query))

    def sum(self, query: Query[Any], field: str) -> int:
        return self._read("sum", lambda: self._world.store.sum(query, field))

    def delete_expired(self, now: datetime) -> None:
        """Its worlds are over before anything expires."""

    def commit(self, writes: Sequence[Write]) -> Committed:
        def apply() -> Committed:
            if self._world.chance("store_aborts"):
                raise Conflict("ABORTED")
            committed = self._world.store.commit(writes)
            self._tell_oracle(writes)
            return committed

        name = "commit " + " ".join(_name(write) for write in writes[:6])
        return self._send(name, apply, CommitUnknown("the answer was lost"))

    def _read(self, name: str, apply: Callable[[], T]) -> T:
        return self._send(name, apply, StoreUnavailable("the answer was lost"))

    def _send(self, name: str, apply: Callable[[], T], lost: Exception) -> T:
        world, instance = self._world, self._instance
        sent_at = world.scheduler.now
        instance.travel(name)
        if world.chance("store_refuses"):
            raise StoreUnavailable("UNAVAILABLE")
        result = apply()
        answered_at = world.scheduler.now
        instance.travel(f"answer to {name}")
        if world.loses_answer() or world.scheduler.now - sent_at > ANSWER_AGE_MAX:
            raise lost  # an answer that took too long is as good as none: FirestoreStore does not use it
        instance.request.answered_at = answered_at
        instance.clock.observe(answered_at, instance.monotonic_ns())
        return result

    def _tell_oracle(self, writes: Sequence[Write]) -> None:
        for write in writes:
            if isinstance(write, Merge):
                stored = self._world.store.get(write.kind, write.id)
                assert stored is not None
                self._world.saw_record(stored.record)
            else:
                self._world.saw_record(write.record)


def _name(write: Write) -> str:
    if isinstance(write, Merge):
        return f"{write.id}~"
    record: Any = write.record
    return f"{record.id[:12]}={getattr(record, 'state', getattr(record, 'status', ''))}"
