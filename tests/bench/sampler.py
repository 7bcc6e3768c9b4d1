"""Where the threads of a service process are, looked at many times a second: by what they do at the moment.

It counts the time of requests as it passes, not CPU: what waits for the disk or a lock is where it waits."""

import json
import linecache
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

SAMPLES_A_SECOND = 100
REQUEST = "/entrypoints/receipt_line.py"  # a thread that answers a request has been through it

# Of the innermost frame, the first that its file's path holds; of the store also by the statement.
STATEMENTS = {
    "BEGIN IMMEDIATE": "wait_for_writer",  # another connection to the file
    '"COMMIT"': "commit",  # until the disk has it
    "self._lock": "wait_for_connection",  # another thread of this process, to the store's one connection
    "self._changed": "wait_for_queue",  # likewise, to the queue's
}
STORE = ("/state/sqlite.py", "/dispatch/local")
PARTS = {
    "/service/state/sqlite": "sqlite",
    "/service/dispatch/local": "sqlite",
    "/grpc/": "firestore",
    "/google/": "firestore",
    "/service/state/firestore": "firestore",
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
            for thread, frame in sys._current_frames().items():
                if thread != own and _answers_a_request(frame):
                    self._counts[_part_of(frame)] += 1


def _answers_a_request(frame: FrameType) -> bool:
    within: FrameType | None = frame
    while within is not None:
        if within.f_code.co_filename.endswith(REQUEST):
            return True
        within = within.f_back
    return False


def _part_of(frame: FrameType) -> str:
    """Frames of the standard library are those of whom they work for."""
    within: FrameType | None = frame
    while within is not None:
        path = within.f_code.co_filename
        if any(part in path for part in STORE):
            line = linecache.getline(path, within.f_lineno)
            for words, part in STATEMENTS.items():
                if words in line:
                    return part
        for words, part in PARTS.items():
            if words in path:
                return part
        within = within.f_back
    return "other"
