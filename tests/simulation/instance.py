"""One instance of the service: the real application on its own connections and its own clock."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

from service.domain.documents import EPOCH
from service.entrypoints.app import create_app
from service.entrypoints.people import PeopleGate
from service.entrypoints.rate_limit import RateLimiter
from service.entrypoints.site import EXTENSION, Site
from service.ports import Outside
from service.receipts import Meter
from service.rules.rulebook import Rulebook
from service.state.server_clock import ServerClock
from tests.simulation.faulty_phone import FaultyPhone
from tests.simulation.faulty_queue import FaultyQueue
from tests.simulation.instance_url import BASE_URL
from tests.simulation.scheduler import Crash

if TYPE_CHECKING:
    from tests.simulation.world import World

MICROSECOND = timedelta(microseconds=1)
REQUESTS_PER_MINUTE = 1_000_000  # here users are to hurry
COUNTER_MAX_NS = 10**15  # what a machine's counter may stand at when the process starts
RULEBOOK = Rulebook()
_apps: list[Any] = []  # making an application takes longer than a world lives: they are used again


class Unlocked:
    """Who may tick is another suite's matter, and real signatures would take most of the time here."""

    def admit(self, authorization: str | None) -> str:  # noqa: ARG002
        return "scheduler"


@dataclass
class Request:
    """What the world knows of a request under way."""

    epoch: int
    answered_at: datetime = EPOCH
    check: tuple[Any, datetime] | None = None


@dataclass
class Instance:
    world: "World"
    number: int
    clock: ServerClock = field(init=False)
    epoch: int = 0  # how often its process has died
    requests: dict[Any, Request] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._app = _apps.pop() if _apps else create_app(_no_site())
        self.meter = Meter()
        self._start()

    def retire(self) -> None:
        _apps.append(self._app)

    def _start(self) -> None:
        """A new process: it has heard nothing yet. Its counter begins anywhere and runs fast or slow."""
        world = self.world
        began, counter = world.scheduler.now, world.dice.randrange(COUNTER_MAX_NS)
        rate = 1 + world.dice.uniform(-1, 1) * world.profile.clock_drift
        self.monotonic_ns = lambda: counter + int((world.scheduler.now - began) / MICROSECOND * 1000 * rate)
        self.clock = ServerClock(self.monotonic_ns)
        outside = Outside(
            store=world.connect(self),
            tasks=FaultyQueue(self),
            telephony=FaultyPhone(self),
            clock=self.clock,
            new_token=world.new_token,
            limits=world.limits,
            rulebook=RULEBOOK,
            meter=self.meter,
        )
        self._app.extensions[EXTENSION] = Site(
            outside=outside,
            gate=Unlocked(),  # type: ignore[arg-type]
            people=PeopleGate(),
            limiter=RateLimiter(REQUESTS_PER_MINUTE),
            twilio_signed=None,
            meter=self.meter,
            public_base_url=BASE_URL,
            on_receipt=lambda _: None,
            courier=world.courier,
        )

    @property
    def request(self) -> Request:
        """The one that runs now."""
        return self.requests[getcurrent()]

    def travel(self, name: str) -> None:
        """A message is on its way: others run, and this process may die on either side."""
        world = self.world
        if world.dies_at(name):
            self.die(name)
            raise Crash
        request = self.request
        world.scheduler.pause(world.latency(), lambda: request.epoch != self.epoch)

    def die(self, why: str) -> None:
        self.world.crashes += 1
        self.world.tell(f"instance {self.number} dies at {why}")
        self.epoch += 1
        self._start()

    def post(
        self, path: str, body: bytes, *, form: bool = False, headers: dict[str, str] | None = None
    ) -> int:
        """The status of the answer; 0: the process died."""
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        return self.ask("POST", path, body, {"Content-Type": kind, **(headers or {})})[0]

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "CONTENT_TYPE": headers["Content-Type"],
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "service",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "https",
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        }
        answer: list[Any] = []
        with self._running():
            try:
                chunks = self._app(environ, lambda status, *_: answer.append(status))
                status = int(answer[0][:3])
                self.world.oracle.saw_answer(f"{method} {path}", status)
                return status, b"".join(chunks)
            except Crash:
                return 0, b""

    @contextmanager
    def _running(self) -> Iterator[None]:
        me = getcurrent()
        self.requests[me] = Request(self.epoch)
        try:
            yield
        finally:
            del self.requests[me]


def _no_site() -> Any:
    """`create_app` only keeps it; each world puts its own there."""

    class Later:
        meter = Meter()
        on_receipt: Callable[[Any], None] = staticmethod(lambda _: None)

    return Later()
