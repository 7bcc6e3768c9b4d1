"""What a cold instance answers first: a tick that is not due, with nothing loaded that it does not need.

All else is the whole application's: other paths, due ticks, those that sweep, and whatever is in doubt. It is
loaded when it is first needed, and from then on answers everything.
"""

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from io import BytesIO
from typing import NamedTuple, Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from service.domain.lane import NOT_TIME, Wake, first_wake, is_sweep_time
from service.entrypoints.invoker import InvokerGate
from service.entrypoints.tick_answer import WORD, tick_answer, tick_facts
from service.entrypoints.trace import following
from service.receipts import READ_BEFORE, Meter, Receipt, receipt_of

TICK_PATHS = frozenset({"/queue/process", "/api/queue/process"})
BODY_BYTES_MAX = 4096  # a tick's has two words

log = logging.getLogger(__name__)


class Doubt(Exception):
    """The whole application decides."""


class Wakes(Protocol):
    def read(self, lanes: Sequence[str]) -> Sequence[Wake | None]:
        """The clock of each lane; None: it has none yet. Raises whatever went wrong."""
        ...


class Clock(Protocol):
    """As ports.Clock; asked after the clocks of the lanes were read."""

    def now(self) -> datetime: ...


class Parts(NamedTuple):
    """What the front is given."""

    gate: InvokerGate
    wakes: Wakes
    clock: Clock
    lanes: Sequence[str]
    meter: Meter
    on_receipt: Callable[[Receipt], None]


class Asked(NamedTuple):
    lane: str | None  # None: every lane
    reason: str


class Front:
    """WSGI. `load` makes the whole application."""

    def __init__(self, parts: Parts, load: Callable[[], WSGIApplication]) -> None:
        self._parts = parts
        self._load = load
        self._app: WSGIApplication | None = None
        self._loading = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._app is None and _is_tick(environ):
            with following(environ):
                answer = self._answer(environ)
            if answer is not None:
                length = ("Content-Length", str(len(answer)))
                start_response("200 OK", [("Content-Type", "application/json"), length])
                return [answer]
        return self.whole()(environ, start_response)

    def whole(self) -> WSGIApplication:
        """The whole application, loaded once however many threads ask."""
        if self._app is None:
            with self._loading:
                if self._app is None:
                    self._app = self._load()
        return self._app

    def _answer(self, environ: WSGIEnvironment) -> bytes | None:
        """To a tick that is not due; None: ask the whole application."""
        parts = self._parts
        with parts.meter.measure() as cost:
            try:
                asked, answer = self._decided(environ)
            except Exception as doubt:  # whatever it is: the whole application finds it too, and says so
                log.info("A tick is handed on: %s: %s", type(doubt).__name__, doubt)
                environ[READ_BEFORE] = cost.reads
                return None
        facts = tick_facts(False, asked.lane, asked.reason, NOT_TIME, 0)
        kind = facts.pop("kind")
        parts.on_receipt(receipt_of(kind, 200, facts, cost))
        return answer

    def _decided(self, environ: WSGIEnvironment) -> tuple[Asked, bytes]:
        """Nothing is read before it is proved who calls. Raises Doubt, and whatever went wrong."""
        began = time.perf_counter()
        self._parts.gate.admit(environ.get("HTTP_AUTHORIZATION"))
        asked = _asked(_body(environ))
        wakes = self._parts.wakes.read((asked.lane,) if asked.lane else self._parts.lanes)
        now = self._parts.clock.now()
        if is_sweep_time(asked.reason, now):
            raise Doubt("the hour's sweep")
        sleeping = [wake for wake in wakes if wake is not None and not wake.is_time(now)]
        if len(sleeping) < len(wakes):
            raise Doubt("it is time")
        next_wake = first_wake(wake.at for wake in sleeping)
        answer = tick_answer(False, NOT_TIME, next_wake, False, round((time.perf_counter() - began) * 1000))
        return asked, json.dumps(answer, separators=(",", ":")).encode() + b"\n"


def _is_tick(environ: WSGIEnvironment) -> bool:
    return environ.get("REQUEST_METHOD") == "POST" and environ.get("PATH_INFO") in TICK_PATHS


def _body(environ: WSGIEnvironment) -> bytes:
    """It is put back for the whole application. Raises Doubt, ValueError."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if "HTTP_TRANSFER_ENCODING" in environ or not 0 <= length <= BODY_BYTES_MAX:
        raise Doubt("a body of unknown length, or a large one")
    body: bytes = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = BytesIO(body)
    return body


def _asked(body: bytes) -> Asked:
    """As TickIn reads it. Raises Doubt, ValueError."""
    said = json.loads(body.decode() or "{}")
    if not isinstance(said, dict):
        raise Doubt("a body that is no object")
    asked = Asked(said.get("lane"), said.get("reason", "tick"))
    if not (asked.lane is None or _is_word(asked.lane)) or not _is_word(asked.reason):
        raise Doubt("a body that says something else")
    return asked


def _is_word(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(WORD, value) is not None
