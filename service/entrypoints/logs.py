"""Log lines: readable on one machine, JSON for Cloud Logging. Receipts are log lines too."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from service.receipts import Receipt

receipts = logging.getLogger("reveille.receipt")

SHOWN_FIRST = ("kind", "status", "reason", "result", "reads", "writes", "tasks", "milliseconds", "request_id")


def set_up_logs(form: str) -> None:
    """`json` or `text`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def log_receipt(receipt: Receipt) -> None:
    receipts.info("receipt", extra={"receipt": receipt})


class JsonFormatter(logging.Formatter):
    """One JSON object a line, with the field names that Cloud Logging knows."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "severity": record.levelname,
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["stack_trace"] = self.formatException(record.exc_info)
        line |= getattr(record, "receipt", {})
        return json.dumps(line, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """For a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        receipt = getattr(record, "receipt", None)
        if receipt:
            facts = [f"{name}={receipt[name]}" for name in SHOWN_FIRST if receipt.get(name) not in (None, "")]
            return f"{at} {' '.join(facts)}"
        text = f"{at} {record.levelname.lower()} {record.name}: {record.getMessage()}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text
