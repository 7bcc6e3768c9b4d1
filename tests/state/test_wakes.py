"""The clocks of lanes as the front reads them: what the store has, and nothing that is in doubt."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.domain.lane import AWAKE, Wake
from service.local.clocks import SystemClock
from service.pooled_http import PooledHttp
from service.ports import Create, Merge, Store
from service.receipts import Meter
from service.state.firestore import FirestoreStore
from service.state.firestore_wake import FirestoreWakes, MetadataToken
from service.state.server_clock import NothingHeard, ServerClock
from service.state.sqlite import SqliteStore
from service.state.sqlite_wake import SqliteWakes
from service.transport import HttpResponse

MOMENT = datetime(2026, 3, 2, 18, 0, 0, 123456, UTC)
NEXT_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
STORED = [Wake("awake", AWAKE), Wake("moment", MOMENT), Wake("none", None), Wake("whole", NEXT_YEAR)]
LANES = [wake.id for wake in STORED]


def check(store: Store, read: Callable[[list[str]], Any], meter: Meter) -> None:
    store.commit([Create(wake) for wake in STORED])
    with meter.measure() as cost:
        found = read(["missing", *reversed(LANES)])
    assert found == [None, *reversed(STORED)]
    assert (cost.reads, cost.writes) == (5, 0)
    store.commit([Merge(Wake, "moment", {"at": AWAKE})])
    assert read(["moment"])[0].is_time(MOMENT)


def test_sqlite_tells_the_clocks_that_its_store_has(tmp_path: Path) -> None:
    path, meter = tmp_path / "a folder" / "100 %?#.db", Meter()
    path.parent.mkdir()
    store = SqliteStore(path, SystemClock(), meter)
    check(store, SqliteWakes(path, meter).read, meter)
    store.close()
    assert SqliteWakes(path, meter).read(["whole"]) == [STORED[3]]


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="unable to open"):
        SqliteWakes(tmp_path / "none.db", Meter()).read(["main"])
    assert list(tmp_path.iterdir()) == []


def test_firestore_tells_the_clocks_that_its_store_has_and_its_own_time(emulator: Any) -> None:
    client, meter, clock, heard = emulator.client(), Meter(), ServerClock(), ServerClock()
    store = FirestoreStore(client, meter, heard.observe)
    wakes = FirestoreWakes(
        PooledHttp(), lambda: "owner", client.project, clock, meter, f"http://{emulator.host}"
    )
    with pytest.raises(NothingHeard):
        clock.now()
    check(store, wakes.read, meter)
    before = heard.now()
    wakes.read(["main"])
    store.get(Wake, "main")
    assert before <= clock.now() <= heard.now() + timedelta(seconds=1)
    client.close()


class Answers:
    """An Http with one answer for all, or one that fails."""

    def __init__(self, body: Any = b"", status: int = 200, **headers: str) -> None:
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> HttpResponse:
        assert 0 < timeout_seconds <= 5
        assert not body or set(json.loads(body)) == {"documents"}
        self.asked.append((method, url, dict(headers)))
        return HttpResponse(self.status, self.headers, self.body)


def found(at: Any, read_time: Any = "2026-03-02T18:00:00Z") -> list[dict[str, Any]]:
    name = "projects/p/databases/(default)/documents/wake/main"
    return [{"found": {"name": name, "fields": {"at": at}}, "readTime": read_time}]


def wakes(http: Answers, clock: ServerClock, took_seconds: float = 0.0) -> FirestoreWakes:
    moments = iter([0, int(took_seconds * 1e9)])
    return FirestoreWakes(http, lambda: "secret", "p", clock, Meter(), monotonic_ns=lambda: next(moments))


def test_nanoseconds_are_cut_off() -> None:
    clock = ServerClock(lambda: 0)
    at = {"timestampValue": "2026-03-02T18:00:00.123456789Z"}
    http = Answers(found(at, "2026-03-02T17:59:59.000000999Z"))
    assert wakes(http, clock).read(["main"]) == [Wake("main", MOMENT)]
    assert clock.now() == datetime(2026, 3, 2, 17, 59, 59, tzinfo=UTC)
    ((method, url, headers),) = http.asked
    assert (method, headers["Authorization"]) == ("POST", "Bearer secret")
    assert url == "https://firestore.googleapis.com/v1/projects/p/databases/(default)/documents:batchGet"


@pytest.mark.parametrize(
    "http",
    [
        Answers(found({"nullValue": None}), status=503),
        Answers(found({"nullValue": None}), status=404),
        Answers(found({"stringValue": "2026-03-02T18:00:00Z"})),
        Answers(found({"timestampValue": "soon"})),
        Answers(found({"timestampValue": "2026-03-02T18:00:00"})),
        Answers(found({"nullValue": None}, read_time="now")),
        Answers(found({"nullValue": None}, read_time=None)),
        Answers([]),
        Answers({"error": {}}),
        Answers(b"<html>"),
    ],
    ids=range(10),
)
def test_an_answer_that_is_in_doubt_is_not_used(http: Answers) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        wakes(http, ServerClock()).read(["main"])


def test_an_answer_that_comes_too_late_is_not_used() -> None:
    clock, http = ServerClock(lambda: 0), Answers(found({"nullValue": None}))
    with pytest.raises(ValueError, match="too late"):
        wakes(http, clock, took_seconds=5.1).read(["main"])
    with pytest.raises(NothingHeard):
        clock.now()
    assert wakes(http, clock, took_seconds=4.9).read(["main"]) == [Wake("main", None)]


class Seconds:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def test_the_services_token_is_kept_until_shortly_before_it_expires() -> None:
    seconds = Seconds()
    http = Answers(
        {"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}, metadata_flavor="Google"
    )
    token = MetadataToken(http, seconds)
    for passed in (0, 3374):
        seconds.now = 50.0 + passed
        assert token() == "t"
    assert http.asked == [
        (
            "GET",
            "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token",
            {"Metadata-Flavor": "Google"},
        )
    ]
    seconds.now += 1
    token()
    assert len(http.asked) == 2


def test_what_is_no_metadata_server_gives_no_token() -> None:
    said = {"access_token": "t", "expires_in": 3600}
    for http in (Answers(said), Answers(said, status=404, metadata_flavor="Google"), Answers(b"")):
        with pytest.raises(ValueError, match=r"metadata"):
            MetadataToken(http, Seconds())()
