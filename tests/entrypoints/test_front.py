"""What a cold instance answers before the whole application is loaded, and what it loads for that."""

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service.domain.lane import Wake
from service.front import Front, Parts
from service.light_wiring import gate_of_this_machine
from service.local.public_keys import PUBLIC_FILE
from service.local.signing import LocalSigner
from service.local.time_lapse import SERVICE_URL, local_settings
from service.local.wsgi_http import WsgiHttp
from service.receipts import Meter, Receipt
from service.settings import Settings
from service.state.sqlite_wake import SqliteWakes
from service.transport import HttpResponse
from tests.support.api import NINE_TO_FIVE, Site, callee
from tests.support.firestore_emulator import Emulator
from tests.support.fresh_process import ASLEEP, python
from tests.support.processes import environment

PATHS = ("/queue/process", "/api/queue/process")
THREADS = 8
NOT_LOADED = {
    "flask",
    "google",
    "grpc",
    "holidays",
    "openpyxl",
    "phonenumbers",
    "pydantic",
    "requests",
    "twilio",
    "urllib3",
    "werkzeug",
}
NOT_LOADED_OF_OURS = {"contacts", "ports", "providers", "rules", "usecases", "webhooks", "wiring"}


class Cold:
    """A cold instance beside a warm one: one store, one clock, one key."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.receipts: list[Receipt] = []
        self.loaded = 0
        self.meter = Meter()
        self._wakes = SqliteWakes(site.folder / "reveille.db", self.meter)
        self.read_of: list[str] = []
        signer = LocalSigner.open(site.folder)
        gate = gate_of_this_machine(local_settings(site.folder, Settings()), signer.certs())
        lanes = site.world.service.outside.limits.lanes
        parts = Parts(gate, self, site.world.clock, lanes, self.meter, self.receipts.append)
        self.front = Front(parts, self._load)
        self.token = signer.token(SERVICE_URL)

    def read(self, lanes: Sequence[str]) -> Sequence[Wake | None]:
        self.read_of += lanes
        return self._wakes.read(lanes)

    def _load(self) -> Any:
        self.loaded += 1
        return self.site.world.service.app

    def send(
        self, path: str = PATHS[0], body: bytes = b"", method: str = "POST", **more: str
    ) -> HttpResponse:
        headers = {"Authorization": f"Bearer {self.token}", **more}
        http = WsgiHttp({SERVICE_URL: self.front})
        return http.request(method, SERVICE_URL + path, headers=headers, body=body, timeout_seconds=60)

    def send_to_the_warm_one(
        self, path: str = PATHS[0], body: bytes = b"", method: str = "POST", **more: str
    ) -> HttpResponse:
        reply = self.site.send(method, path, body, {"Authorization": f"Bearer {self.token}", **more})
        return HttpResponse(reply.status, reply.headers, reply.body)


@pytest.fixture
def cold(site: Site) -> Cold:
    """Asleep until Tuesday at 9."""
    site.campaign(callee(0), start=True, hours={"tue": NINE_TO_FIVE})
    site.as_invoker("/queue/process").ok()
    site.receipts.clear()
    return Cold(site)


def without_times(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in facts.items() if "milliseconds" not in name and name != "executionTime"
    }


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"lane": "main"}', b'{"lane": null, "reason": "refill", "new": [1]}'],
)
def test_a_tick_that_is_not_due_is_answered_as_the_whole_application_does(
    cold: Cold, path: str, body: bytes
) -> None:
    answer, whole = cold.send(path, body), cold.send_to_the_warm_one(path, body)
    assert cold.loaded == 0
    assert answer.status == whole.status == 200
    assert set(whole.headers.items()) - {("content-length", whole.headers["content-length"])} <= set(
        answer.headers.items()
    )
    assert answer.body.endswith(b"}\n")
    said, wholes = json.loads(answer.body), json.loads(whole.body)
    assert list(said) == list(wholes)
    assert without_times(said) == without_times(wholes)
    assert said["nextWake"] == "2026-03-03T15:00:00.000Z"


def test_its_receipt_is_that_of_the_whole_application(cold: Cold) -> None:
    for body in (b"", b'{"lane": "main", "reason": "wake"}'):
        cold.send(body=body)
        cold.send_to_the_warm_one(body=body)
    for receipt, whole in zip(cold.receipts, cold.site.receipts, strict=True):
        assert list(receipt) == list(whole)
        assert without_times(receipt) == without_times(whole)
        assert (receipt["kind"], receipt["reads"], receipt["writes"]) == ("tick", 1, 0)


def test_a_lane_that_sleeps_without_an_end_is_not_due(site: Site) -> None:
    site.as_invoker("/queue/process").ok()
    cold = Cold(site)
    assert json.loads(cold.send().body)["nextWake"] is None
    assert cold.loaded == 0


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer a.b.c"}, 401),
        ({"body": b"{"}, 400),
        ({"body": b"[]"}, 422),
        ({"body": b'{"lane": 5}'}, 422),
        ({"body": b'{"lane": ""}'}, 422),
        ({"body": b'{"reason": null}'}, 422),
        ({"body": b'{"reason": "wake\\n"}'}, 422),
        ({"body": '{"lane": "main"}'.encode("utf-16")}, 400),
        ({"body": b"[" * 4000}, 400),
        ({"body": b'{"x": "' + b"a" * 5000 + b'"}'}, 200),
        ({"method": "GET"}, 405),
        ({"path": "/queue/process/"}, 404),
        ({"path": "/healthz", "method": "GET"}, 200),
        ({"path": "/tasks/call"}, 400),
    ],
    ids=str,
)
def test_all_else_is_the_whole_applications(cold: Cold, sent: dict[str, Any], status: int) -> None:
    commits = cold.site.commits()
    answer, whole = cold.send(**sent), cold.send_to_the_warm_one(**sent)
    assert (answer.status, whole.status) == (status, status)
    assert answer.headers.keys() == whole.headers.keys()
    assert cold.loaded == 1
    assert cold.read_of == []
    assert cold.site.commits() == commits


@pytest.mark.parametrize("audience", ["https://elsewhere.example", SERVICE_URL + "/api"])
def test_nothing_is_read_before_it_is_proved_who_calls(cold: Cold, audience: str) -> None:
    cold.token = LocalSigner.open(cold.site.folder).token(audience)
    assert cold.send().status == 401
    assert cold.read_of == []


def test_a_due_tick_runs_the_pass_of_the_whole_application(cold: Cold) -> None:
    cold.site.world.clock.advance(hours=21)
    answer = json.loads(cold.send().body)
    assert (answer["processed"], answer["claimed"], cold.loaded) == (True, 1, 1)


def test_what_the_front_read_is_in_the_receipt_of_what_it_hands_on(cold: Cold) -> None:
    body = b'{"lane": "new"}'  # without a clock yet
    cold.send(body=body)
    cold.send_to_the_warm_one(body=b'{"lane": "newer"}')
    handed_on, usual = cold.site.receipts
    assert handed_on["reads"] == usual["reads"] + 1


def test_the_hours_sweep_is_the_whole_applications(cold: Cold) -> None:
    cold.site.world.clock.advance(minutes=44, seconds=59)
    cold.send()
    assert cold.loaded == 0
    cold.site.world.clock.advance(seconds=1)
    cold.send(body=b'{"reason": "wake"}')
    assert cold.loaded == 0
    cold.send()
    assert cold.loaded == 1
    assert cold.site.receipts[-1]["reads"] == 3  # the front's, the whole application's and the sweep's


def test_one_lane_that_is_due_is_enough(cold: Cold) -> None:
    cold.front._parts = cold.front._parts._replace(lanes=("main", "new"))
    assert json.loads(cold.send(body=b'{"lane": "main"}').body)["processed"] is False
    assert cold.loaded == 0
    cold.send()
    assert cold.loaded == 1


def test_a_store_that_cannot_be_read_is_the_whole_applications_trouble(cold: Cold, tmp_path: Path) -> None:
    cold._wakes = SqliteWakes(tmp_path / "nothing" / "here.db", cold.meter)
    assert cold.send().status == 200
    assert cold.loaded == 1


def test_once_it_is_loaded_the_whole_application_answers_everything(cold: Cold) -> None:
    cold.send("/healthz")
    for _ in range(2):
        assert json.loads(cold.send().body)["processed"] is False
    assert (cold.loaded, cold.read_of, cold.receipts) == (1, [], [])


def test_requests_that_come_together_load_it_once(cold: Cold) -> None:
    arrived, loads = threading.Semaphore(0), []

    def load() -> Any:
        loads.append(1)
        for _ in range(THREADS):  # until all have asked
            assert arrived.acquire(timeout=30)
        for _ in range(THREADS):
            arrived.release()
        return cold.site.world.service.app

    front = Front(cold.front._parts, load)

    def ask() -> None:
        arrived.release()
        front.whole()

    threads = [threading.Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(loads) == 1


TICK = """
import io, json, sys
from wsgiref.util import setup_testing_defaults
from service.wsgi import app
said = {}
environ = {
    "REQUEST_METHOD": "POST", "PATH_INFO": "/queue/process", "HTTP_AUTHORIZATION": f"Bearer {sys.argv[1]}",
    "CONTENT_LENGTH": "18", "wsgi.input": io.BytesIO(b'{"reason": "wake"}'),
}
setup_testing_defaults(environ)
body = b"".join(app(environ, lambda status, headers, error=None: said.update(status=status)))
print(json.dumps({"status": said["status"], "answer": json.loads(body), "modules": sorted(sys.modules)}))
"""


def check_that_a_tick_loads_little(folder: Path, **settings: object) -> None:
    token = python(ASLEEP, folder=folder, **settings)
    ticked = json.loads(python(TICK, token, folder=folder, **settings))
    assert ticked["status"] == "200 OK"
    assert ticked["answer"]["reason"] == "Not time to process"
    loaded = [name.split(".") for name in ticked["modules"]]
    assert {top for top, *_ in loaded} & NOT_LOADED == set()
    assert {rest[0] for top, *rest in loaded if top == "service" and rest} & NOT_LOADED_OF_OURS == set()
    assert "cryptography.hazmat.primitives.serialization" not in ticked["modules"]  # of private keys


def test_a_tick_that_is_not_due_loads_nothing_but_what_it_needs(tmp_path: Path) -> None:
    check_that_a_tick_loads_little(tmp_path)


def test_nor_does_it_on_firestore(tmp_path: Path, emulator: Emulator) -> None:
    project = emulator.client().project
    check_that_a_tick_loads_little(
        tmp_path,
        REVEILLE_STORE="firestore",
        GOOGLE_CLOUD_PROJECT=project,
        FIRESTORE_EMULATOR_HOST=emulator.host,
    )


def test_in_the_cloud_the_start_loads_nothing_but_what_it_needs(tmp_path: Path) -> None:
    loaded = python(
        "import sys, service.wsgi; print(*sys.modules)",
        folder=tmp_path,
        REVEILLE_STORE="firestore",
        REVEILLE_TASKS="cloud-tasks",
        GOOGLE_CLOUD_PROJECT="p",
        PUBLIC_BASE_URL=SERVICE_URL,
        REVEILLE_SERVICE_ACCOUNT="tasks@p.iam.gserviceaccount.com",
        REVEILLE_INVOKERS="tasks@p.iam.gserviceaccount.com",
        REVEILLE_WEBHOOK_KEY="k" * 32,
    ).split()
    assert {name.partition(".")[0] for name in loaded} & {*NOT_LOADED, "cryptography", "sqlite3"} == set()


def test_a_machine_whose_queue_has_work_loads_all_at_once(tmp_path: Path) -> None:
    loaded = "import sys, service.wsgi; print('flask' in sys.modules)"
    python(ASLEEP, folder=tmp_path)
    assert python(loaded, folder=tmp_path) == "False"
    with closing(sqlite3.connect(tmp_path / ".reveille" / "reveille.db")) as file:
        columns = "(queue, name, path, body, due)"
        file.execute(f"INSERT INTO tasks {columns} VALUES ('passes', 'x', '/queue/process', '', {2**52})")
        file.commit()
    assert python(loaded, folder=tmp_path) == "True"


def test_a_machine_whose_public_key_is_lost_knows_it_by_the_private_one(tmp_path: Path) -> None:
    token = python(ASLEEP, folder=tmp_path)
    (tmp_path / ".reveille" / PUBLIC_FILE).unlink()
    ticks = [json.loads(python(TICK, token, folder=tmp_path)) for _ in range(2)]
    assert [tick["answer"]["reason"] for tick in ticks] == ["Not time to process"] * 2
    assert ["flask" in tick["modules"] for tick in ticks] == [True, False]


def test_a_machine_that_was_never_used_loads_all_at_once(tmp_path: Path) -> None:
    assert python("import sys, service.wsgi; print('flask' in sys.modules)", folder=tmp_path) == "True"


@pytest.mark.parametrize("name", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"])
def test_half_of_a_twilio_account_does_not_start(tmp_path: Path, name: str) -> None:
    python(ASLEEP, folder=tmp_path)
    ran = subprocess.run(
        [sys.executable, "-c", "import service.wsgi"],
        cwd=tmp_path,
        env=environment(tmp_path, **{"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "s", name: ""}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert f"{name}: must be set where TWILIO_" in ran.stderr


def test_without_a_twilio_account_it_starts_and_an_idle_tick_needs_none(tmp_path: Path) -> None:
    none = {"TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": ""}
    ran = subprocess.run(
        [sys.executable, "-c", f"{ASLEEP}\nimport service.wsgi"],
        cwd=tmp_path,
        env=environment(tmp_path, **none),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
