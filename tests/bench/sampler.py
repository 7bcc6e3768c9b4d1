"""Where the threads of a service process are, looked at many times a second: by what they do at the moment.

It counts the time of requests as it passes, not CPU: what waits for the disk or a lock is where it waits."""

import json
import linecache
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

SAMPLES_A_SECOND = 100
REQUEST = "/entrypoints/receipt_line.py"  # a thread that answers a request has been through it
LOOKS = "looks"  # counted beside the parts: those that found a request

# Of the innermost frame, the first that its file's path holds; where threads wait also by the statement.
STATEMENTS = {
    "/service/state/sqlite.py": {
        "self._lock": "wait_for_connection",  # another thread of this process has the store's one connection
        "BEGIN IMMEDIATE": "wait_for_writer",  # another connection to the file
        '"COMMIT"': "commit",  # until the disk has it
    },
    "/service/dispatch/local": {"self._changed": "wait_for_queue"},  # likewise the queue's connection
    "/grpc/": {"next_event(": "wait_for_firestore", "wait_fn(": "wait_for_firestore"},
}
USES_THE_CONNECTION = frozenset({"wait_for_writer", "commit", "sqlite"})  # one thread at a time
PARTS = {
    "/service/state/sqlite": "sqlite",
    "/service/dispatch/local": "queue",
    "/grpc/": "firestore_client",  # its messages are made and read there
    "/google/": "firestore_client",
    "/service/state/firestore": "firestore_client",
    "/domain/documents.py": "documents",
    "/json/": "documents",
    "/pydantic/": "documents",
    "/urllib3/": "http_client",
    "/http/": "http_client",
    "/service/transport.py": "http_client",
    "/socket.py": "http_client",
    "/flask/": "web",
    "/werkzeug/": "web",
    "/gunicorn/": "web",
    "/logging/": "log",
    "/service/entrypoints/": "entrypoints",
    "/service/": "rules_and_use_cases",
}


class Sampler:
    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self._counts))

    def _run(self) -> None:
        own = threading.get_ident()
        while True:
            time.sleep(1 / SAMPLES_A_SECOND)
            frames = [frame for thread, frame in sys._current_frames().items() if thread != own]
            parts = [part_of(frame) for frame in frames if _answers_a_request(frame)]
            self._counts.update(parts)
            self._counts[LOOKS] += bool(parts)


def _answers_a_request(frame: FrameType) -> bool:
    return any(within.f_code.co_filename.endswith(REQUEST) for within in outwards(frame))


def part_of(frame: FrameType) -> str:
    """Frames of the standard library are those of whom they work for."""
    for within in outwards(frame):
        part = _part_by_statement(within) or first(PARTS, within.f_code.co_filename)
        if part:
            return part
    return "other"


def outwards(frame: FrameType | None) -> Iterator[FrameType]:
    """The frame, and those that it was called from."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def _part_by_statement(frame: FrameType) -> str | None:
    path = frame.f_code.co_filename
    statements = first(STATEMENTS, path)
    return first(statements, linecache.getline(path, frame.f_lineno)) if statements else None


def first(of: Mapping[str, T], text: str) -> T | None:
    """What stands for the first of the words that the text holds."""
    return next((meant for words, meant in of.items() if words in text), None)
