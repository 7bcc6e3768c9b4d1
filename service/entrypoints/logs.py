"""Log lines: readable on one machine, JSON for Cloud Logging. Receipts are log lines too.

Nobody's number is told but for its last two digits, whatever an error's message has in it.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, NamedTuple

from service.entrypoints.trace import present_trace
from service.receipts import Receipt

receipts = logging.getLogger("reveille.receipt")

SHOWN_FIRST = ("kind", "status", "reason", "result", "reads", "writes", "tasks", "milliseconds", "request_id")
REPORTED = "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent"

_NUMBER = re.compile(r"(?:\+|%2B)\d{5,13}(?=\d\d)", re.IGNORECASE)  # in E.164, also in an address


class Where(NamedTuple):
    """Of whom a log tells: the project, and what Cloud Run calls the service and its revision."""

    project: str = ""
    service: str = ""
    revision: str = ""


def set_up_logs(form: str, where: Where | None = None) -> None:
    """`form`: `json` or `text`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(where or Where()) if form == "json" else TextFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def log_receipt(receipt: Receipt) -> None:
    receipts.info("receipt", extra={"receipt": receipt})


def without_numbers(text: str) -> str:
    return _NUMBER.sub("+…", text)


class JsonFormatter(logging.Formatter):
    """One JSON object a line, with the field names that Cloud Logging knows:
    https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields"""

    def __init__(self, where: Where) -> None:
        super().__init__()
        self._where = where

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "severity": record.levelname,
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "logger": record.name,
            "message": without_numbers(record.getMessage()),
        }
        line |= self._trace()
        if record.exc_info:
            line |= self._error(record.levelno, without_numbers(self.formatException(record.exc_info)))
        line |= getattr(record, "receipt", {})
        return json.dumps(line, ensure_ascii=False)

    def _trace(self) -> dict[str, Any]:
        """As https://cloud.google.com/trace/docs/trace-log-integration has it."""
        trace = present_trace()
        if trace is None or not self._where.project:
            return {}
        name = f"projects/{self._where.project}/traces/{trace.id}"
        told = {
            "logging.googleapis.com/trace": name,
            "logging.googleapis.com/trace_sampled": trace.is_sampled,
        }
        return told | ({"logging.googleapis.com/spanId": trace.span} if trace.span else {})

    def _error(self, level: int, stack_trace: str) -> dict[str, Any]:
        """What nobody expected is for Error Reporting, which takes any other line with a `stack_trace` too:
        https://cloud.google.com/error-reporting/docs/formatting-error-messages"""
        if level < logging.ERROR:
            return {"traceback": stack_trace}
        context = {"service": self._where.service or "reveille", "version": self._where.revision}
        return {"@type": REPORTED, "stack_trace": stack_trace, "serviceContext": context}


class TextFormatter(logging.Formatter):
    """For a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        receipt = getattr(record, "receipt", None)
        if receipt:
            facts = [f"{name}={receipt[name]}" for name in SHOWN_FIRST if receipt.get(name) not in (None, "")]
            return f"{at} {' '.join(facts)}"
        text = f"{at} {record.levelname.lower()} {record.name}: {record.getMessage()}"
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        return without_numbers(text)
