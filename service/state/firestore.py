"""The Store in Firestore: each read is asked again until a limit, each commit is sent exactly once."""

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.cloud.firestore import Client

from service.domain.documents import decode
from service.ports import (
    Committed,
    CommitUnknown,
    Conflict,
    Query,
    R,
    Record,
    Stored,
    StoreUnavailable,
    Write,
    is_id,
)
from service.receipts import Meter
from service.state.firestore_requests import Requests
from service.state.firestore_rules import reads_of_aggregation, reads_of_find
from service.state.firestore_values import moment_of, nanoseconds_of, read_fields
from service.state.indexes import COMMIT_MARK
from service.state.server_clock import READ_TRY_SECONDS

READ_SECONDS_MAX = 15.0  # no further try begins after it
READ_BACKOFF_SECONDS = (0.1, 1.0)  # the first and the longest wait between tries
COMMIT_SECONDS_MAX = 10.0

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
        self._requests = Requests(client._database_string)
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
        names = [self._requests.name_of(kind, id) if is_id(id) else "" for kind, id in keys]
        asked = list(filter(None, names))
        if not asked:
            return [None] * len(keys)
        request = self._requests.get(asked)
        results = self._read(
            lambda: self._api.batch_get_documents(
                request, retry=None, timeout=READ_TRY_SECONDS, metadata=self._metadata
            )
        )
        self._meter.add(reads=len(asked))
        read = {result.found.name or result.missing: result for result in results}  # they come in any order
        return [
            _stored(kind, read[name].found) if name and read[name].HasField("found") else None
            for (kind, _), name in zip(keys, names, strict=True)
        ]

    def find(self, query: Query[R]) -> list[Stored[R]]:
        request = self._requests.find(query)
        results = self._read(
            lambda: self._api.run_query(
                request, retry=None, timeout=READ_TRY_SECONDS, metadata=self._metadata
            )
        )
        found = [result.document for result in results if result.HasField("document")]
        self._meter.add(reads=reads_of_find(len(found)))
        return [_stored(query.kind, document) for document in found]

    def count(self, query: Query[Any]) -> int:
        return self._aggregate(query)["entries"]

    def sum(self, query: Query[Any], field: str) -> int:
        # Counted as well, in the same reading of the same index entries: their number is what is billed.
        return self._aggregate(query, field)["summed"]

    def delete_expired(self, now: datetime) -> None:
        """Its policies for a time to live do."""

    def commit(self, writes: Sequence[Write]) -> Committed:
        # A write that changes nothing leaves a document's update time as it is, and who holds that as a
        # precondition would not notice the write. So every write changes this mark.
        request = self._requests.commit(writes, {COMMIT_MARK: secrets.token_hex(8)})
        sent_ns = self._monotonic_ns()
        try:
            # Once: sent again after a lost answer, the commit would fail on its own author's writes.
            answer = self._api.commit(
                request, retry=None, timeout=COMMIT_SECONDS_MAX, metadata=self._metadata
            )
        except exceptions.GoogleAPICallError as error:
            raise _of_commit(error) from error
        received_ns = self._monotonic_ns()
        self._meter.add(writes=len(writes))
        landed = type(answer).pb(answer)
        at = moment_of(landed.commit_time)
        if _seconds(received_ns - sent_ns) <= COMMIT_SECONDS_MAX:
            self._on_answer(at, received_ns)
        return Committed(at, tuple(nanoseconds_of(result.update_time) for result in landed.write_results))

    def _aggregate(self, query: Query[Any], summed: str | None = None) -> dict[str, int]:
        """The results by their names; the number of `entries` is among them. A sum of integers comes as an
        integer, unless it does not fit into 64 bits; an empty one as 0.0."""
        request = self._requests.aggregate(query, summed)
        results = self._read(
            lambda: self._api.run_aggregation_query(
                request, retry=None, timeout=READ_TRY_SECONDS, metadata=self._metadata
            )
        )
        # What tells of progress has no result.
        result = next(each.result for each in results if each.HasField("result"))
        fields = read_fields(result.aggregate_fields)
        values = {name: int(value) for name, value in fields.items()}
        self._meter.add(reads=reads_of_aggregation(values["entries"]), aggregations=1)
        return values

    @property
    def _api(self) -> Any:
        """What sends messages as they are, over the client's connection. The library has no public name for
        it; the client's own reads and commits come down to it."""
        return self._client._firestore_api

    @property
    def _metadata(self) -> Any:
        return self._client._rpc_metadata

    def _read(self, send: Callable[[], Iterable[Any]]) -> list[Any]:
        """All messages of an answer; the library sends once. It could repeat a stream that broke off, but
        the rest would be read at another time: here the whole read is asked again."""

        def read() -> list[Any]:
            sent_ns = self._monotonic_ns()
            results = [type(result).pb(result) for result in send()]
            received_ns = self._monotonic_ns()
            if _seconds(received_ns - sent_ns) > READ_TRY_SECONDS:
                raise TimeoutError("The answer came too late to be used.")
            times = [moment_of(result.read_time) for result in results if result.HasField("read_time")]
            if times:
                self._on_answer(max(times), received_ns)
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


def _stored(kind: type[R], document: Any) -> Stored[R]:
    return Stored(decode(kind, read_fields(document.fields)), nanoseconds_of(document.update_time))


def _seconds(nanoseconds: int) -> float:
    return nanoseconds / 1_000_000_000
