"""The Store in Firestore: each read is asked again until a limit, each commit is sent exactly once."""

import secrets
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.cloud.firestore import Client, WriteBatch
from google.cloud.firestore_v1.base_query import FieldFilter

from service.domain.documents import EPOCH, decode, encode, plain
from service.ports import (
    Committed,
    CommitUnknown,
    Conflict,
    Create,
    Merge,
    Query,
    R,
    Record,
    Stored,
    StoreUnavailable,
    Update,
    Write,
)
from service.receipts import Meter
from service.state.firestore_rules import check_map_keys, order_of, reads_of_aggregation, reads_of_find
from service.state.indexes import COMMIT_MARK
from service.state.server_clock import READ_TRY_SECONDS

READ_SECONDS_MAX = 15.0  # no further try begins after it
READ_BACKOFF_SECONDS = (0.1, 1.0)  # the first and the longest wait between tries
COMMIT_SECONDS_MAX = 10.0

# The library would repeat a query that broke off from the last document on, its limit counted anew and the
# rest read at another time. Here the whole read is repeated instead, so the library itself tries once.
_ONCE = Retry(predicate=if_exception_type())
_PASSING = (
    exceptions.ServiceUnavailable,
    exceptions.DeadlineExceeded,
    exceptions.InternalServerError,
    TimeoutError,
)
_READ_FAILED = (
    exceptions.ServerError,
    exceptions.TooManyRequests,
    exceptions.Aborted,
    exceptions.Cancelled,
    exceptions.RetryError,
    TimeoutError,
)
# The preconditions are checked before anything is written, and Firestore gives up a commit that it aborts.
_PRECONDITION_FAILED = (
    exceptions.AlreadyExists,
    exceptions.FailedPrecondition,
    exceptions.NotFound,
    exceptions.Aborted,
)
# The request itself is wrong, or not allowed: it was refused unread, and no second try will help.
_REFUSED = (exceptions.BadRequest, exceptions.Unauthorized, exceptions.Forbidden)


class FirestoreStore:
    """`on_answer` is told the server's time that came with each answer, and when that came in by
    `monotonic_ns`.

    An answer that comes too late is as good as none. A process can stand still for minutes while an answer
    waits for it: what it says is old by then, and its time would put the clock back by as much."""

    def __init__(
        self,
        client: Client,
        meter: Meter,
        on_answer: Callable[[datetime, int], None],
        read_seconds_max: float = READ_SECONDS_MAX,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._client = client
        self._meter = meter
        self._on_answer = on_answer
        self._monotonic_ns = monotonic_ns
        first, longest = READ_BACKOFF_SECONDS
        self._repeated = Retry(
            if_exception_type(*_PASSING), initial=first, maximum=longest, timeout=read_seconds_max
        )

    def get(self, kind: type[R], id: str) -> Stored[R] | None:
        found: Stored[R] | None = self.get_many([(kind, id)])[0]
        return found

    def get_many(self, keys: Sequence[tuple[type[Record], str]]) -> list[Stored[Any] | None]:
        references = [self._client.collection(kind.COLLECTION).document(id) for kind, id in keys]
        snapshots = self._read(
            lambda: list(self._client.get_all(references, retry=_ONCE, timeout=READ_TRY_SECONDS))
        )
        self._meter.add(reads=len(keys))
        read = {snapshot.reference.path: snapshot for snapshot in snapshots}  # they come in any order
        return [
            _stored(kind, read[reference.path]) if read[reference.path].exists else None
            for (kind, _), reference in zip(keys, references, strict=True)
        ]

    def find(self, query: Query[R]) -> list[Stored[R]]:
        asked = self._filtered(query)
        direction = "ASCENDING"
        for name in order_of(query):
            direction = "DESCENDING" if name.startswith("-") else "ASCENDING"
            asked = asked.order_by(name.removeprefix("-"), direction=direction)
        asked = asked.order_by("__name__", direction=direction)
        if query.after is not None:
            asked = asked.start_after([plain(value) for value in query.after])
        if query.limit is not None:
            asked = asked.limit(query.limit)
        snapshots = self._read(lambda: list(asked.get(retry=_ONCE, timeout=READ_TRY_SECONDS)))
        self._meter.add(reads=reads_of_find(len(snapshots)))
        return [_stored(query.kind, snapshot) for snapshot in snapshots]

    def count(self, query: Query[Any]) -> int:
        return self._aggregate(self._filtered(query).count(alias="entries"))["entries"]

    def sum(self, query: Query[Any], field: str) -> int:
        # Counted as well, in the same reading of the same index entries: their number is what is billed.
        asked = self._filtered(query).count(alias="entries").sum(field, alias="summed")
        return self._aggregate(asked)["summed"]

    def commit(self, writes: Sequence[Write]) -> Committed:
        batch: Any = self._client.batch()
        # A write that changes nothing leaves a document's update time as it is, and who holds that as a
        # precondition would not notice the write. So every write changes this mark.
        mark = {COMMIT_MARK: secrets.token_hex(8)}
        for write in writes:
            self._add(batch, write, mark)
        sent_ns = self._monotonic_ns()
        try:
            # Once: sent again after a lost answer, the commit would fail on its own author's writes.
            results = batch.commit(retry=None, timeout=COMMIT_SECONDS_MAX)
        except exceptions.GoogleAPICallError as error:
            raise _of_commit(error) from error
        received_ns = self._monotonic_ns()
        self._meter.add(writes=len(writes))
        at = _moment(batch.commit_time)
        if _seconds(received_ns - sent_ns) <= COMMIT_SECONDS_MAX:
            self._on_answer(at, received_ns)
        return Committed(at, tuple(result.update_time for result in results))

    def _add(self, batch: WriteBatch, write: Write, mark: dict[str, str]) -> None:
        if isinstance(write, Merge):
            fields = {name: plain(value) for name, value in write.fields.items()}
            document, kind, id = {**fields, "id": write.id, **mark}, write.kind, write.id
        else:
            document, kind, id = {**encode(write.record), **mark}, type(write.record), write.record.id
        check_map_keys(document)
        reference = self._client.collection(kind.COLLECTION).document(id)
        if isinstance(write, Create):
            batch.create(reference, document)
        elif isinstance(write, Update):
            unchanged = self._client.write_option(last_update_time=write.version)
            batch.update(reference, document, option=unchanged)
        else:
            batch.set(reference, document, merge=list(document))  # named: a map replaces the map before it

    def _aggregate(self, asked: Any) -> dict[str, int]:
        """The results by their names; the number of `entries` is among them. A sum of integers comes as an
        integer, unless it does not fit into 64 bits; an empty one as 0.0."""
        results = self._read(lambda: asked.get(retry=_ONCE, timeout=READ_TRY_SECONDS)[0])
        values = {result.alias: int(result.value) for result in results}
        self._meter.add(reads=reads_of_aggregation(values["entries"]), aggregations=1)
        return values

    def _filtered(self, query: Query[Any]) -> Any:
        asked: Any = self._client.collection(query.kind.COLLECTION)
        for name, operator, value in query.where:
            asked = asked.where(filter=FieldFilter(name, operator, plain(value)))
        return asked

    def _read(self, send: Callable[[], list[Any]]) -> list[Any]:
        """Each result carries the time of its answer; a query that finds nothing shows none."""

        def read() -> list[Any]:
            sent_ns = self._monotonic_ns()
            results = send()
            received_ns = self._monotonic_ns()
            if _seconds(received_ns - sent_ns) > READ_TRY_SECONDS:
                raise TimeoutError("The answer came too late to be used.")
            if results:
                self._on_answer(max(_moment(result.read_time) for result in results), received_ns)
            return results

        try:
            answer: list[Any] = self._repeated(read)()
        except _READ_FAILED as error:
            raise StoreUnavailable(str(error)) from error
        return answer


def _of_commit(error: exceptions.GoogleAPICallError) -> Exception:
    """What a failed commit means for its author: unless it is certain that nothing landed, it is unknown.
    An exhausted quota is not certain either: to take it for unknown costs one read."""
    if isinstance(error, _PRECONDITION_FAILED):
        return Conflict(str(error))
    if isinstance(error, _REFUSED):
        return error
    return CommitUnknown(str(error))


def _stored(kind: type[R], snapshot: Any) -> Stored[R]:
    return Stored(decode(kind, snapshot.to_dict()), snapshot.update_time)


def _seconds(nanoseconds: int) -> float:
    return nanoseconds / 1_000_000_000


def _moment(moment: datetime) -> datetime:
    """Firestore's own kind of datetime, which carries nanoseconds, as a plain one."""
    return EPOCH + (moment - EPOCH)
