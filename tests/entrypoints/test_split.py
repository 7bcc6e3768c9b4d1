"""One image, two services: a public web that has no tick and no task, and a worker that has nothing else."""

import json
from pathlib import Path

import pytest
from google.cloud import tasks_v2

from service import wiring
from service.entrypoints.app import create_app
from service.entrypoints.site import EXTENSION
from service.light_wiring import gate_of_google
from service.local.clocks import VirtualClock
from service.local.time_lapse import SERVICE_URL
from service.local.wsgi_http import WsgiHttp
from service.receipts import Meter
from service.settings import Settings
from tests.dispatch.benches import NOON, call
from tests.support.api import Site
from tests.support.cloud_tasks_server import cloud_tasks_client, cloud_tasks_server
from tests.support.fresh_process import ASLEEP, python
from tests.support.tokens import CERTS, bearer

WORKER_URL = "https://worker.example"
CLOUD = {
    "REVEILLE_TASKS": "cloud-tasks",
    "GOOGLE_CLOUD_PROJECT": "p",
    "PUBLIC_BASE_URL": "https://web.example",
    "REVEILLE_WORKER_URL": WORKER_URL,
    "REVEILLE_SERVICE_ACCOUNT": "tasks@p.iam.gserviceaccount.com",
    "REVEILLE_INVOKERS": "tasks@p.iam.gserviceaccount.com",
    "REVEILLE_WEBHOOK_KEY": "k" * 32,
}
TWILIO = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "secret"}
INTERNAL = ("/queue/process", "/api/queue/process", "/tasks/call", "/tasks/event")
PUBLIC = ("/", "/healthz", "/api/status", "/api/campaigns", "/api/openapi.json", "/webhooks/twilio/c_1/1")


def statuses(site: Site, serves: str, paths: tuple[str, ...]) -> set[int]:
    app = create_app(site.world.service.app.extensions[EXTENSION], serves)
    http = WsgiHttp({SERVICE_URL: app})
    methods = {path: "POST" if path in INTERNAL or "webhooks" in path else "GET" for path in paths}
    return {
        http.request(method, SERVICE_URL + path, headers={}, body=b"", timeout_seconds=60).status
        for path, method in methods.items()
    }


def test_a_web_knows_no_tick_and_no_task(module_site: Site) -> None:
    assert statuses(module_site, "web", INTERNAL) == {404}
    assert statuses(module_site, "web", PUBLIC) == {200, 401, 403}


def test_a_worker_knows_nothing_else(module_site: Site) -> None:
    assert statuses(module_site, "worker", INTERNAL) == {401}
    assert statuses(module_site, "worker", PUBLIC) == {404}


def test_undivided_it_has_it_all(module_site: Site) -> None:
    assert statuses(module_site, "all", INTERNAL + PUBLIC) == {200, 401, 403}


@pytest.mark.parametrize("serves", ["web", "worker"])
def test_either_half_sends_tasks_to_the_worker_with_a_token_for_it(
    serves: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.read(CLOUD | {"REVEILLE_SERVES": serves})
    with cloud_tasks_server() as server, cloud_tasks_client(server.port) as client:
        monkeypatch.setattr(tasks_v2, "CloudTasksClient", lambda: client)
        wiring._cloud_tasks(settings, VirtualClock(NOON), Meter()).create([call()])
        (request,) = server.requests
    sent = request.task.http_request
    assert sent.url == f"{WORKER_URL}/tasks/call"
    assert sent.oidc_token.audience == WORKER_URL
    token = bearer(aud=sent.oidc_token.audience, email=sent.oidc_token.service_account_email)
    certs = type("Certs", (), {"find": staticmethod(CERTS.get)})()
    assert gate_of_google(settings, certs).admit(token) == settings.service_account


def test_providers_and_people_still_come_to_the_web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = {"REVEILLE_STORE": f"sqlite:{tmp_path}/reveille.db"}
    settings = Settings.read(CLOUD | TWILIO | store | {"REVEILLE_SERVES": "worker"})
    monkeypatch.setattr(wiring, "_cloud_tasks", lambda *_: None)
    service = wiring.build(settings)
    site = service.app.extensions[EXTENSION]
    assert site.public_base_url == "https://web.example"
    assert site.outside.telephony.public_base_url == "https://web.example"
    service.close()


NO_CLIENT = (
    "import google.cloud.tasks_v2 as made; made.CloudTasksClient = lambda: None\n"  # it wants credentials
)
LOG_TO_STDOUT = "import sys; sys.stderr = sys.stdout\n"
TICK = """
import io, json, sys
from wsgiref.util import setup_testing_defaults
from service.wsgi import app
said = {}
environ = {
    "REQUEST_METHOD": "POST", "PATH_INFO": "/queue/process", "HTTP_AUTHORIZATION": sys.argv[1],
    "CONTENT_LENGTH": "18", "wsgi.input": io.BytesIO(b'{"reason": "wake"}'),
    "HTTP_TRACEPARENT": f"00-{'ab' * 16}-{'cd' * 8}-01",
}
setup_testing_defaults(environ)
list(app(environ, lambda status, *_: said.update(status=status)))
print(json.dumps({"status": said["status"], "modules": sorted(sys.modules)}))
"""


def test_a_workers_cold_tick_loads_no_key_and_asks_for_none(tmp_path: Path) -> None:
    """The platform has verified the signature, and taken it out."""
    python(ASLEEP, folder=tmp_path)
    token = bearer(aud=WORKER_URL).rpartition(".")[0] + ".SIGNATURE_REMOVED_BY_GOOGLE"
    ticked = json.loads(python(TICK, token, folder=tmp_path, **CLOUD, REVEILLE_SERVES="worker"))
    assert ticked["status"] == "200 OK"
    tops = {name.partition(".")[0] for name in ticked["modules"]}
    assert {"flask", "cryptography", "grpc", "google"} & tops == set()


def test_a_workers_cold_tick_logs_its_receipt_as_cloud_logging_knows_it(tmp_path: Path) -> None:
    python(ASLEEP, folder=tmp_path)
    token = bearer(aud=WORKER_URL).rpartition(".")[0] + ".SIGNATURE_REMOVED_BY_GOOGLE"
    log = {"REVEILLE_LOG": "json", "K_SERVICE": "reveille-worker", "REVEILLE_SERVES": "worker"}
    said = python(LOG_TO_STDOUT + TICK, token, folder=tmp_path, **CLOUD, **log)
    receipt, _ = (json.loads(line) for line in said.splitlines())
    assert (receipt["kind"], receipt["status"], receipt["reads"]) == ("tick", 200, 1)
    assert receipt["logging.googleapis.com/trace"] == f"projects/p/traces/{'ab' * 16}"
    assert receipt["logging.googleapis.com/spanId"] == "cd" * 8


def test_an_instance_of_a_web_refuses_a_tick_and_has_no_front(tmp_path: Path) -> None:
    python(ASLEEP, folder=tmp_path)
    ticked = json.loads(
        python(NO_CLIENT + TICK, bearer(aud=WORKER_URL), folder=tmp_path, **CLOUD, REVEILLE_SERVES="web")
    )
    assert ticked["status"] == "404 NOT FOUND"
    assert "flask" in ticked["modules"]
