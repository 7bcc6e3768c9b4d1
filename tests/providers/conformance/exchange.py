"""A provider on this machine: it speaks the provider's documented API over HTTP, and misbehaves when told to.

What a provider says in its own words is in the exchanges beside this file, one for each provider.
"""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qsl, urlsplit

from service.domain.agent import Agent, Provider
from service.pooled_http import PooledHttp
from service.ports import CallOrder, Telephony, Webhook

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)  # in Chicago
TO, CALLER = "+13125550123", "+13125550100"
PUBLIC = "https://calls.example"
API_KEY = "key-1234567890"
WEBHOOK_SECRET = "nobody-can-guess-this"
RECORDING_URL = "https://r.example/1.wav"
PATIENT_SECONDS = 10.0


Test = TypeVar("Test", bound=Callable[..., Any])


def of_each(name: str, cases_of: Callable[[type["Exchange"]], Iterable[Any]]) -> Callable[[Test], Test]:
    """The test runs with each of the cases that a provider has."""

    def marked(test: Test) -> Test:
        test.of_each = (name, cases_of)  # type: ignore[attr-defined]
        return test

    return marked


def where(has: Callable[[type["Exchange"]], bool]) -> Callable[[Test], Test]:
    """The test is of such providers alone."""

    def marked(test: Test) -> Test:
        test.where = has  # type: ignore[attr-defined]
        return test

    return marked


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True)
class Reply:
    status: int
    said: Any = None  # JSON, or bytes as they are
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return self.said if isinstance(self.said, bytes) else json.dumps(self.said).encode()


HANG = Reply(0)  # it never answers
CLOSE = Reply(-1)  # it closes the connection in its stead


@dataclass
class Line:
    """One call at the provider."""

    id: str
    order: Any  # the create request's fields
    words: dict[str, Any]  # how the provider describes it


class Exchange(ABC):
    """One provider. `create_request` says which requests make calls."""

    name: str
    posts_of_others = True
    is_believed = True  # its webhooks are signed; else it is asked whether they are true
    BREAKS = Reply(500, {"message": "Oh"})
    REFUSED_NUMBER: Reply  # what it says of a number that is none
    UNAUTHORIZED: Reply
    TOO_OFTEN: Reply
    OUTCOMES: ClassVar[
        dict[str, dict[str, Any]]
    ]  # its words for how a call ends: completed, busy, no_answer, ...
    UNKNOWN_STATUS: ClassVar[dict[str, Any]]  # words that it may add one day, of a call that is not over
    UNKNOWN_END: ClassVar[dict[str, Any] | None] = None  # and of one that is, where it has such
    LIVE: ClassVar[dict[str, Any]]  # of a call that goes on
    OPTED_OUT: ClassVar[dict[str, Any] | None] = None  # of one whose callee asked for no more, where it tells

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}
        self.requests: list[Request] = []
        self.of_create: Callable[[Callable[[], Reply]], Reply] = lambda create: create()
        self.of_all: Reply | None = None  # what it says to whatever it is asked
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def adapter(
        self, *, timeout_seconds: float = PATIENT_SECONDS, url: str | None = None, api_key: str = API_KEY
    ) -> Telephony:
        return self.make(PooledHttp(), url or self.url, timeout_seconds, api_key)

    @abstractmethod
    def make(self, http: PooledHttp, url: str, timeout_seconds: float, api_key: str) -> Telephony: ...

    @abstractmethod
    def is_create(self, request: Request) -> bool: ...

    @abstractmethod
    def is_authorized(self, request: Request) -> bool: ...

    @abstractmethod
    def create(self, request: Request) -> Reply: ...

    @abstractmethod
    def answer(self, request: Request) -> Reply:
        """To every request that creates no call."""

    @abstractmethod
    def webhooks(self, id: str) -> list[Webhook]:
        """What it posts of the call as it is now, signed as it signs."""

    @abstractmethod
    def forgeries(self, webhook: Webhook) -> Iterator[Webhook]:
        """The same, in every way that is not the provider's."""

    @abstractmethod
    def limits_of(self, request: Request) -> tuple[int, int] | None:
        """The ring and time limits of a create request, in seconds; None: it takes none."""

    @abstractmethod
    def numbers_of(self, request: Request) -> tuple[str, str]:
        """Whom a create request calls, and with which number."""

    def foreign(self, id: str) -> Webhook | None:
        """A webhook of a call that somebody else placed with the same account, where it gets such."""
        if not self.posts_of_others:
            return None
        line = self.lines[id]
        line.order = self.without_reference(line.order)
        return self.webhooks(id)[0]

    def without_reference(self, order: Any) -> Any:
        return order

    @property
    def creates(self) -> list[Request]:
        return [request for request in self.requests if self.is_create(request)]

    def say(self, id: str, words: dict[str, Any]) -> None:
        """From now on it describes the call with these words."""
        self.lines[id].words = {**self.lines[id].words, **words}

    def new_line(self, order: Any, words: dict[str, Any]) -> Line:
        id = self.id_of(len(self.lines) + 1)
        self.lines[id] = Line(id, order, words)
        return self.lines[id]

    def id_of(self, number: int) -> str:
        return f"{self.name}-{number}"

    def handle(self, request: Request) -> Reply:
        self.requests.append(request)
        if self.of_all:
            return self.of_all
        if not self.is_authorized(request):
            return self.UNAUTHORIZED
        if self.is_create(request):
            return self.of_create(lambda: self.create(request))
        return self.answer(request)


def agent_of(provider: Provider, **more: Any) -> Agent:
    fields = {"assistant": "assistant-1", "connection": "connection-1", "line_ids": {CALLER: "line-1"}}
    return Agent("agt_1", "acc_1", NOON, "Ada", provider, "env:NOWHERE", **{**fields, **more})


def posted(url: str, said: Any, headers: dict[str, str]) -> Webhook:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return Webhook(url, headers, body, NOON)


def order(**changes: Any) -> CallOrder:
    fields: dict[str, Any] = {
        "call_id": "call_1",
        "attempt": 2,
        "to": TO,
        "caller": CALLER,
        "script": None,
        "ring_seconds": 25,
        "time_limit_seconds": 600,
        "key": "token-1",
        "variables": {"name": "Ada", "plan": "Pro"},
    }
    return CallOrder(**{**fields, **changes})


def _handler(exchange: Exchange) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)
            reply = exchange.handle(request)
            self.close_connection = True
            if reply is HANG:
                exchange.released.wait()
            elif reply is not CLOSE:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

        do_GET = do_POST = do_DELETE = handle_one

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler
