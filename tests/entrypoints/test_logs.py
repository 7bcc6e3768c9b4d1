import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from service.entrypoints.logs import REPORTED, JsonFormatter, TextFormatter, Where, log_receipt
from service.entrypoints.trace import Trace, following, trace_of
from service.local.time_lapse import TimeLapse
from tests.entrypoints.test_front import Cold
from tests.support.api import NOON, SCRIPT, UNHURRIED, Site

WHERE = Where("my-project", "reveille-worker", "reveille-worker-00007")
TRACE_ID, SPAN = "0123456789abcdef" * 2, "000000000000004a"
TRACED = {"HTTP_TRACEPARENT": f"00-{TRACE_ID}-{SPAN}-01"}

RECEIPT = {
    "kind": "pass",
    "status": 200,
    "reason": "tick",
    "reads": 3,
    "writes": 0,
    "tasks": 0,
    "milliseconds": 1.5,
}


def record(message: str = "receipt", *, level: int = logging.INFO, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord(
        "reveille.receipt", level, "file.py", 1, message, None, more.pop("exc_info", None)
    )
    made.__dict__ |= more
    return made


def failure() -> Any:
    try:
        raise ValueError("line one\nline two")
    except ValueError:
        return sys.exc_info()


def test_a_receipt_in_json_is_one_line_with_the_names_that_cloud_logging_knows() -> None:
    line = JsonFormatter(WHERE).format(record(receipt=RECEIPT))
    assert "\n" not in line
    said = json.loads(line)
    assert (said["severity"], said["logger"], said["message"]) == ("INFO", "reveille.receipt", "receipt")
    assert {name: said[name] for name in RECEIPT} == RECEIPT


def test_a_traceback_in_json_is_in_the_same_line() -> None:
    line = JsonFormatter(WHERE).format(record("Unexpected", level=logging.ERROR, exc_info=failure()))
    assert "\n" not in line
    assert "ValueError" in json.loads(line)["stack_trace"]


def test_what_nobody_expected_is_an_error_event_of_this_revision() -> None:
    said = json.loads(JsonFormatter(WHERE).format(record(level=logging.ERROR, exc_info=failure())))
    assert said["@type"] == REPORTED
    assert said["serviceContext"] == {"service": "reveille-worker", "version": "reveille-worker-00007"}
    assert said["stack_trace"].startswith("Traceback (most recent call last):\n")
    assert said["stack_trace"].endswith("ValueError: line one\nline two")


def test_what_is_only_worth_a_warning_is_no_error_event() -> None:
    said = json.loads(JsonFormatter(WHERE).format(record(level=logging.WARNING, exc_info=failure())))
    assert "ValueError" in said["traceback"]
    assert {"@type", "stack_trace", "serviceContext"} & said.keys() == set()


@pytest.mark.parametrize(
    ("headers", "trace"),
    [
        (TRACED, Trace(TRACE_ID, SPAN, True)),
        ({"HTTP_TRACEPARENT": f"00-{TRACE_ID}-{SPAN}-00"}, Trace(TRACE_ID, SPAN, False)),
        ({"HTTP_X_CLOUD_TRACE_CONTEXT": f"{TRACE_ID}/74;o=1"}, Trace(TRACE_ID, SPAN, True)),
        ({"HTTP_X_CLOUD_TRACE_CONTEXT": f"{TRACE_ID}/74"}, Trace(TRACE_ID, SPAN, False)),
        ({"HTTP_X_CLOUD_TRACE_CONTEXT": TRACE_ID}, Trace(TRACE_ID, None, False)),
        ({"HTTP_X_CLOUD_TRACE_CONTEXT": f"{TRACE_ID}/{2**64}"}, Trace(TRACE_ID, None, False)),
        (TRACED | {"HTTP_X_CLOUD_TRACE_CONTEXT": "f" * 32}, Trace(TRACE_ID, SPAN, True)),
        ({"HTTP_TRACEPARENT": "00-xyz", "HTTP_X_CLOUD_TRACE_CONTEXT": "a/b"}, None),
        ({}, None),
    ],
)
def test_a_trace_is_read_from_either_header(headers: dict[str, str], trace: Trace | None) -> None:
    assert trace_of(headers) == trace


def test_all_that_is_said_of_a_request_names_its_trace_and_nothing_else_does() -> None:
    fields = ("trace", "spanId", "trace_sampled")
    with following(TRACED):
        said = json.loads(JsonFormatter(WHERE).format(record()))
        assert [said[f"logging.googleapis.com/{name}"] for name in fields] == [
            f"projects/my-project/traces/{TRACE_ID}",
            SPAN,
            True,
        ]
        assert "trace" not in JsonFormatter(Where()).format(record())  # on one machine
    assert "trace" not in JsonFormatter(WHERE).format(record())


def test_a_receipt_in_text_is_one_line_of_what_is_set() -> None:
    line = TextFormatter().format(record(receipt=RECEIPT | {"result": None}))
    facts = "kind=pass status=200 reason=tick reads=3 writes=0 tasks=0 milliseconds=1.5"
    assert line.endswith(f" {facts}")
    assert "\n" not in line


def test_a_message_in_text_says_its_level_and_who_says_it() -> None:
    line = TextFormatter().format(record("Late.", level=logging.WARNING))
    assert line.endswith(" warning reveille.receipt: Late.")


# --- what a whole service says --------------------------------------------------------------------------


class Lines(logging.Handler):
    """All that is logged, in both forms."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.json: list[str] = []
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.json.append(JsonFormatter(WHERE).format(record))
        self.text.append(TextFormatter().format(record))


@contextmanager
def heard() -> Iterator[Lines]:
    root, lines = logging.getLogger(), Lines()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        root.removeHandler(lines)
        root.setLevel(level)


@pytest.fixture
def logging_site(tmp_path: Path) -> Site:
    world = TimeLapse.begin(tmp_path, NOON, seed=1, on_receipt=log_receipt, settings=UNHURRIED)
    return Site(world, tmp_path, world.key)


@pytest.mark.parametrize("light", [False, True])
def test_the_receipt_of_a_request_names_its_trace_also_the_light_fronts(
    logging_site: Site, light: bool
) -> None:
    logging_site.as_invoker("/queue/process").ok()
    cold = Cold(logging_site)
    cold.front._parts = cold.front._parts._replace(on_receipt=log_receipt)
    send = cold.send if light else cold.send_to_the_warm_one
    with heard() as lines:
        send(traceparent=TRACED["HTTP_TRACEPARENT"])
    (said,) = [json.loads(line) for line in lines.json if json.loads(line)["logger"] == "reveille.receipt"]
    assert (said["kind"], cold.loaded) == ("tick", 0)
    assert said["logging.googleapis.com/trace"] == f"projects/my-project/traces/{TRACE_ID}"


NUMBER, NAME, SECRET_WORD, RECORDING = "+13125550142", "Lovelace", "chemotherapy", "recordings.example"
FILE = f"phone,name,about\n{NUMBER},Ada {NAME},{SECRET_WORD}\n+13125550143,Grace,x\nbad {NUMBER},{NAME},y\n"


def live_through_it_all(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Imported, rung, busy, retried, answered; a direct call; do-not-call; what is refused; what breaks."""
    busy = {"busy": [{"after_minutes": 15}], "no_answer": [{"after_minutes": 15}]}
    script = {"twiml": "<Response><Say>Hello {name}, on {about}.</Say></Response>"}
    campaign = site.campaign(retry=busy, script=script)
    site.post(f"/api/campaigns/{campaign}/contacts", FILE.encode()).ok(201)
    site.post(f"/api/campaigns/{campaign}/start").ok()
    site.world.run_until(NOON.replace(hour=22))
    assert NUMBER in site.rung()
    call = site.calls_of(campaign)[0]
    site.as_twilio(call, CallStatus="busy", To=NUMBER, RecordingUrl=f"https://{RECORDING}/1")
    site.as_twilio(call, auth_token="wrong", To=NUMBER)
    site.call(NUMBER, variables={"name": NAME})
    site.post("/api/do-not-call", {"numbers": [NUMBER]})
    site.get(f"/api/do-not-call/{NUMBER}")
    site.post("/api/calls", {"to": NUMBER, "script": SCRIPT, NAME: SECRET_WORD}).error(422, "invalid")
    site.get(f"/api/calls?to={NUMBER}")

    def breaks(*_: object) -> None:
        raise RuntimeError(f"no document do_not_call/acc_1-{NUMBER}")

    for name in ("get", "get_many", "find"):
        monkeypatch.setattr(site.world.service.outside.store, name, breaks)
    site.get("/api/campaigns").error(500, "internal")


def test_no_line_tells_more_of_anybody_than_a_numbers_last_two_digits(
    logging_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with heard() as lines:
        live_through_it_all(logging_site, monkeypatch)
    kinds = {json.loads(line).get("kind") for line in lines.json}
    assert {"tick", "pass", "call", "webhook", "request"} <= kinds
    assert any('"@type"' in line and "do_not_call/acc_1-+…42" in line for line in lines.json)
    told = (NUMBER[:-2], NUMBER[2:], NAME, SECRET_WORD, RECORDING, logging_site.key)
    for line in lines.json + lines.text:
        assert [each for each in told if each in line] == []


def test_every_tick_pass_call_and_webhook_leaves_one_receipt(logging_site: Site) -> None:
    with heard() as lines:
        call = logging_site.call()
        logging_site.as_twilio(call)
        for _ in range(2):
            logging_site.as_invoker("/queue/process").ok()
    said = [json.loads(line) for line in lines.json]
    kinds = [line["kind"] for line in said if line["logger"] == "reveille.receipt"]
    assert [kinds.count(kind) for kind in ("call", "webhook", "pass", "tick")] == [1, 1, 1, 1]
    for line in said:
        if line.get("kind") in ("tick", "pass", "call", "webhook"):
            assert {"status", "reads", "writes", "tasks", "milliseconds"} <= line.keys()
