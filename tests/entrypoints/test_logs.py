import json
import logging
import sys
from typing import Any

from service.entrypoints.logs import JsonFormatter, TextFormatter

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
    line = JsonFormatter().format(record(receipt=RECEIPT))
    assert "\n" not in line
    said = json.loads(line)
    assert (said["severity"], said["logger"], said["message"]) == ("INFO", "reveille.receipt", "receipt")
    assert {name: said[name] for name in RECEIPT} == RECEIPT


def test_a_traceback_in_json_is_in_the_same_line() -> None:
    line = JsonFormatter().format(record("Unexpected", level=logging.ERROR, exc_info=failure()))
    assert "\n" not in line
    assert "ValueError" in json.loads(line)["stack_trace"]


def test_a_receipt_in_text_is_one_line_of_what_is_set() -> None:
    line = TextFormatter().format(record(receipt=RECEIPT | {"result": None}))
    facts = "kind=pass status=200 reason=tick reads=3 writes=0 tasks=0 milliseconds=1.5"
    assert line.endswith(f" {facts}")
    assert "\n" not in line


def test_a_message_in_text_says_its_level_and_who_says_it() -> None:
    line = TextFormatter().format(record("Late.", level=logging.WARNING))
    assert line.endswith(" warning reveille.receipt: Late.")
