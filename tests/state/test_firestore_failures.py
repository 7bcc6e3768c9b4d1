"""What Firestore's failures come to. No commit is sent twice."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from types import SimpleNamespace

import grpc
import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud.firestore_v1.types.firestore import RunAggregationQueryResponse
from grpc import StatusCode

from service.domain.call import Call
from service.ports import CommitUnknown, Conflict, Create, Store, StoreUnavailable
from service.receipts import Meter
from service.state import firestore
from service.state.firestore import FirestoreStore
from service.usecases import queries
from tests.state.firestore_proxy import FirestoreProxy, When
from tests.state.records import call
from tests.support.firestore_emulator import Emulator

UNKNOWN = [
    StatusCode.UNAVAILABLE,
    StatusCode.DEADLINE_EXCEEDED,
    StatusCode.CANCELLED,
    StatusCode.INTERNAL,
    StatusCode.UNKNOWN,
    StatusCode.DATA_LOSS,
    StatusCode.RESOURCE_EXHAUSTED,
]
CONFLICTS = [
    StatusCode.ALREADY_EXISTS,
    StatusCode.FAILED_PRECONDITION,
    StatusCode.NOT_FOUND,
    StatusCode.ABORTED,
]
WRONG = [StatusCode.INVALID_ARGUMENT, StatusCode.PERMISSION_DENIED, StatusCode.UNAUTHENTICATED]
REPEATED = [StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED, StatusCode.INTERNAL]
READS: dict[str, tuple[str, Callable[[Store], object]]] = {
    "get": ("BatchGetDocuments", lambda store: store.get(Call, "a")),
    "find": ("RunQuery", lambda store: store.find(queries.waiting_calls("cmp_1", 2))),
    "count": ("RunAggregationQuery", lambda store: store.count(queries.waiting_calls("cmp_1", 2))),
    "sum": ("RunAggregationQuery", lambda store: store.sum(queries.waiting_calls("cmp_1", 2), "attempt")),
}


@pytest.fixture
def proxy(emulator: Emulator) -> Iterator[FirestoreProxy]:
    proxy = FirestoreProxy(emulator.host)
    yield proxy
    proxy.stop()


@pytest.fixture
def heard() -> list[datetime]:
    return []


@pytest.fixture
def store(emulator: Emulator, proxy: FirestoreProxy, heard: list[datetime]) -> Iterator[FirestoreStore]:
    client = emulator.client(proxy.host)
    yield FirestoreStore(client, Meter(), lambda at, _: heard.append(at))
    client.close()


@pytest.mark.parametrize("code", UNKNOWN)
def test_a_lost_answer_leaves_the_commit_unknown_and_it_is_not_sent_again(
    store: FirestoreStore, proxy: FirestoreProxy, code: grpc.StatusCode
) -> None:
    proxy.fail("Commit", code, When.AFTER)
    with pytest.raises(CommitUnknown):
        store.commit([Create(call("a"))])
    assert proxy.requests["Commit"] == 1
    assert store.get(Call, "a") is not None


def test_a_commit_that_gets_no_answer_is_unknown_after_its_limit(
    store: FirestoreStore, proxy: FirestoreProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.get(Call, "a")  # the connection is there
    monkeypatch.setattr(firestore, "COMMIT_SECONDS_MAX", 0.5)
    proxy.fail("Commit", StatusCode.OK, When.NEVER)
    with pytest.raises(CommitUnknown):
        store.commit([Create(call("a"))])
    assert proxy.requests["Commit"] == 1


@pytest.mark.parametrize("code", CONFLICTS)
def test_a_failed_precondition_is_a_conflict(
    store: FirestoreStore, proxy: FirestoreProxy, code: grpc.StatusCode
) -> None:
    proxy.fail("Commit", code)
    with pytest.raises(Conflict):
        store.commit([Create(call("a"))])
    assert proxy.requests["Commit"] == 1


@pytest.mark.parametrize("code", WRONG)
def test_a_request_that_is_wrong_or_forbidden_says_so(
    store: FirestoreStore, proxy: FirestoreProxy, code: grpc.StatusCode
) -> None:
    proxy.fail("Commit", code)
    proxy.fail("BatchGetDocuments", code)
    with pytest.raises(GoogleAPICallError, match="by the proxy"):
        store.commit([Create(call("a"))])
    with pytest.raises(GoogleAPICallError, match="by the proxy"):
        store.get(Call, "a")
    assert proxy.requests == {"Commit": 1, "BatchGetDocuments": 1}


@pytest.mark.parametrize("code", REPEATED)
@pytest.mark.parametrize("name", READS)
def test_a_read_that_fails_is_asked_again(
    store: FirestoreStore, proxy: FirestoreProxy, name: str, code: grpc.StatusCode
) -> None:
    method, read = READS[name]
    store.commit([Create(call("a"))])
    answer = read(store)
    proxy.requests.clear()
    proxy.fail(method, code, times=2)
    assert read(store) == answer
    assert proxy.requests[method] == 3


@pytest.mark.parametrize("code", [*REPEATED, StatusCode.RESOURCE_EXHAUSTED, StatusCode.UNKNOWN])
@pytest.mark.parametrize("name", READS)
def test_a_read_that_goes_on_failing_is_given_up(
    emulator: Emulator, proxy: FirestoreProxy, name: str, code: grpc.StatusCode
) -> None:
    method, read = READS[name]
    impatient = FirestoreStore(emulator.client(proxy.host), Meter(), lambda *_: None, read_seconds_max=0)
    proxy.fail(method, code)
    with pytest.raises(StoreUnavailable):
        read(impatient)
    assert proxy.requests[method] == 1


@pytest.mark.parametrize("code", REPEATED)
def test_a_query_that_breaks_off_is_read_anew_and_keeps_its_limit(
    store: FirestoreStore, proxy: FirestoreProxy, code: grpc.StatusCode
) -> None:
    store.commit([Create(call(id)) for id in "abcd"])
    proxy.fail("RunQuery", code, When.MIDWAY)
    found = store.find(queries.waiting_calls("cmp_1", 3))
    assert [stored.record.id for stored in found] == ["a", "b", "c"]
    assert proxy.requests["RunQuery"] == 2


def test_a_server_that_is_not_there_is_unavailable(emulator: Emulator, proxy: FirestoreProxy) -> None:
    proxy.stop()
    lonely = FirestoreStore(emulator.client(proxy.host), Meter(), lambda *_: None, read_seconds_max=0)
    with pytest.raises(StoreUnavailable):
        lonely.get(Call, "a")
    with pytest.raises(CommitUnknown):
        lonely.commit([Create(call("a"))])


def test_each_answer_tells_the_servers_time(store: FirestoreStore, heard: list[datetime]) -> None:
    committed = store.commit([Create(call("a"))])
    assert heard == [committed.at]
    store.get(Call, "missing")
    store.get_many([(Call, "a"), (Call, "b")])
    store.find(queries.waiting_calls("cmp_1", 1))
    store.find(queries.waiting_calls("nothing", 1))
    store.count(queries.live_in_lane("main"))
    store.sum(queries.live_in_lane("main"), "attempt")
    assert len(heard) == 7
    assert heard == sorted(heard)
    assert {type(time) for time in heard} == {datetime}


def test_an_answer_that_waited_too_long_in_a_process_that_stood_still_is_not_used(
    emulator: Emulator, proxy: FirestoreProxy, heard: list[datetime]
) -> None:
    """What it says is old, and its time would put the clock back."""
    readings = count(0, 6_000_000_000)  # six seconds pass between any two looks at the counter
    client = emulator.client(proxy.host)
    store = FirestoreStore(
        client,
        Meter(),
        lambda at, _: heard.append(at),
        read_seconds_max=0,
        monotonic_ns=lambda: next(readings),
    )
    with pytest.raises(StoreUnavailable):
        store.get(Call, "a")
    assert heard == []
    client.close()


class ProgressFirst:
    """What Firestore documents of an aggregation, and its emulator never does: an answer without a result,
    which reports progress, comes first."""

    def run_aggregation_query(self, *_: object, **__: object) -> Iterator[object]:
        answer = RunAggregationQueryResponse
        progress, result = answer.pb()(), answer.pb()()
        result.result.aggregate_fields["entries"].integer_value = 7
        return iter([answer.wrap(progress), answer.wrap(result)])


def test_a_count_that_reports_its_progress_is_its_result() -> None:
    client = SimpleNamespace(_database_string="d", _firestore_api=ProgressFirst(), _rpc_metadata=[])
    counting = FirestoreStore(client, Meter(), lambda *_: None)  # type: ignore[arg-type]
    assert counting.count(queries.live_in_lane("main")) == 7
