"""The three that do the same day of work: each as real processes on this machine."""

import os
import pwd
import shutil
import socket
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import urllib3

from tests.bench.peers.network import ACCOUNT_SID, AUTH_TOKEN
from tests.bench.peers.processes import Processes, cpu_seconds, megabytes
from tests.support.processes import PROJECT, START_SECONDS_MAX, LocalRun, free_port, wait_for

HERE = Path(__file__).parent
PYTHON = PROJECT / ".venv-peers" / "bin" / "python"
SETUP = "tests/bench/peers/setup.sh"
POSTGRES_USER = "postgres"  # Debian's; PostgreSQL does not run as root
REQUEST_SECONDS_MAX = 10.0
THREADS = 8  # of each web server, as in the Dockerfile
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ToolsMissing(Exception):
    """The message says which, and what to do."""


@dataclass(frozen=True)
class Day:
    """What the contenders are set to."""

    network_url: str
    slots: int
    poll_seconds: float
    retry_minutes: int


class Contender(ABC):
    """Its `database` is the name of the process that would be a service of its own."""

    title: str
    always_on: int  # processes that a machine of their own would be paid for, all day
    database = ""

    @abstractmethod
    def begin(self, folder: Path, day: Day) -> None: ...

    @abstractmethod
    def load(self, numbers: list[str]) -> None:
        """Calls that are due now."""

    @abstractmethod
    def is_done(self) -> bool:
        """Whether each call is in a final state."""

    @abstractmethod
    def kill_worker(self) -> None:
        """SIGKILL to what dials, and starts it again as a supervisor would."""

    @abstractmethod
    def cpu_seconds(self) -> dict[str, float]:
        """By process, with what it has started."""

    @abstractmethod
    def megabytes(self) -> float: ...

    @abstractmethod
    def end(self) -> None: ...


class Reveille(Contender):
    """`python -m service`: with its own task queue and scheduler, all of it in what is measured."""

    title, always_on = "Reveille", 0

    def begin(self, folder: Path, day: Day) -> None:
        self._day = day
        self._lost_seconds = 0.0
        self._run = LocalRun(
            folder,
            TWILIO_ACCOUNT_SID=ACCOUNT_SID,
            TWILIO_AUTH_TOKEN=AUTH_TOKEN,
            TWILIO_BASE_URL=day.network_url,
            REVEILLE_CALLS_IN_FLIGHT_MAX=day.slots,
            REVEILLE_ACCOUNT_CALLS_IN_FLIGHT_MAX=day.slots,
            REVEILLE_CALLS_PER_SECOND=1000,
        )
        self._run.start()

    def load(self, numbers: list[str]) -> None:
        again = [{"after_minutes": self._day.retry_minutes}] * 2
        campaign = {
            "name": "Day",
            "timezone": "UTC",
            "hours": {day: [{"start": "00:00", "end": "24:00"}] for day in DAYS},
            "retry": {"busy": again, "no_answer": again},
            "script": {"twiml": "<Response/>"},
        }
        self._id: str = self._run.api("POST", "/api/campaigns", campaign)["id"]
        file = "\n".join(["phone", *numbers]).encode()
        self._run.api("POST", f"/api/campaigns/{self._id}/contacts", file)
        self._run.api("POST", f"/api/campaigns/{self._id}/start")

    def is_done(self) -> bool:
        return bool(self._run.api("GET", f"/api/campaigns/{self._id}")["status"] == "finished")

    def kill_worker(self) -> None:
        self._lost_seconds += cpu_seconds(self._run.pid)
        self._run.kill()
        self._run.start()

    def cpu_seconds(self) -> dict[str, float]:
        return {"service": cpu_seconds(self._run.pid) + self._lost_seconds}

    def megabytes(self) -> float:
        return megabytes(self._run.pid)

    def end(self) -> None:
        self._run.clean_up()


class Peer(Contender):
    """A web server, a worker, and what they need: the web server takes the provider's webhooks."""

    module: str
    web = "web"

    def begin(self, folder: Path, day: Day) -> None:
        port = free_port()
        self._url = f"http://127.0.0.1:{port}"
        self._http = urllib3.PoolManager()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_BASE_URL": day.network_url,
            "PUBLIC_BASE_URL": self._url,
            "PEER_SLOTS": str(day.slots),
            "PEER_POLL_SECONDS": str(day.poll_seconds),
            "PEER_RETRY_SECONDS": str(day.retry_minutes * 60),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.processes = Processes(folder, environment | self._start_database(folder, environment))
        self._start_in(folder)
        serve = [str(PYTHON), "-m", "gunicorn", f"{self.module}:{self.web}", "--bind", f"127.0.0.1:{port}"]
        serve += ["--threads", str(THREADS), "--worker-class", "gthread", "--no-control-socket"]
        self.processes.start("web", serve, HERE)
        wait_for(lambda: self._left() is not None, START_SECONDS_MAX, f"{self.title} answers")
        self.start_worker()

    @abstractmethod
    def _start_database(self, folder: Path, environment: Mapping[str, str]) -> Mapping[str, str]:
        """Returns where it is, for the environment of the others."""

    def _start_in(self, folder: Path) -> None:
        """What else runs all day."""

    @abstractmethod
    def start_worker(self) -> None: ...

    def load(self, numbers: list[str]) -> None:
        answer = self._http.request("POST", f"{self._url}/calls", json=numbers, timeout=REQUEST_SECONDS_MAX)
        assert answer.json() == {"left": len(numbers)}, answer.data

    def is_done(self) -> bool:
        return self._left() == 0

    def _left(self) -> int | None:
        try:
            answer = self._http.request(
                "GET", f"{self._url}/left", timeout=REQUEST_SECONDS_MAX, retries=False
            )
        except urllib3.exceptions.HTTPError:
            return None
        return answer.json()["left"] if answer.status == 200 else None

    def kill_worker(self) -> None:
        self.processes.kill("worker")
        self.start_worker()

    def cpu_seconds(self) -> dict[str, float]:
        return self.processes.cpu_seconds() | self._database.cpu_seconds()

    def megabytes(self) -> float:
        return self.processes.megabytes() + self._database.megabytes()

    def end(self) -> None:
        self.processes.end_all()
        self._database.end_all()


class CeleryPeer(Peer):
    title, always_on, database = "Celery, Redis, beat", 3, "redis"
    module = "celery_peer"

    def _start_database(self, folder: Path, environment: Mapping[str, str]) -> Mapping[str, str]:
        port = free_port()
        self._database = Processes(folder, environment)
        options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes"]
        self._database.start("redis", ["redis-server", *options])
        wait_for(lambda: _listens(port), START_SECONDS_MAX, "Redis listens")
        return {"PEER_REDIS": f"redis://127.0.0.1:{port}/0"}

    def _start_in(self, folder: Path) -> None:
        beat = [str(PYTHON), "-m", "celery", "-A", self.module, "beat", "--schedule", str(folder / "beat")]
        self.processes.start("beat", [*beat, "--pidfile", ""], HERE)

    def start_worker(self) -> None:
        worker = [str(PYTHON), "-m", "celery", "-A", self.module, "worker", "--pool", "threads"]
        quiet = ["--concurrency", "10", "--without-gossip", "--without-mingle", "--loglevel", "info"]
        log = self.processes.folder / "worker.log"
        began = log.stat().st_size if log.exists() else 0
        self.processes.start("worker", [*worker, *quiet], HERE)
        wait_for(lambda: b"ready." in log.read_bytes()[began:], START_SECONDS_MAX, "the worker is ready")


class PollingPeer(Peer):
    title, always_on, database = "polling worker, PostgreSQL", 2, "postgres"
    module, web = "polling_peer", "serving()"

    def _start_database(self, folder: Path, environment: Mapping[str, str]) -> Mapping[str, str]:
        data, programs = folder / "data", postgres_programs()
        as_user = []
        if os.geteuid() == 0:
            user = pwd.getpwnam(POSTGRES_USER)
            folder.chmod(0o755)
            data.mkdir(0o700)
            os.chown(data, user.pw_uid, user.pw_gid)
            as_user = ["setpriv", f"--reuid={POSTGRES_USER}", f"--regid={POSTGRES_USER}", "--clear-groups"]
        self._database = Processes(folder, environment)
        make = [str(programs / "initdb"), "-D", str(data), "-U", "peer", "-A", "trust", "-E", "UTF8"]
        self._database.start("initdb", [*as_user, *make, "--locale=C.UTF-8"])
        self._database.wait("initdb")
        options = ["-D", str(data), "-k", str(data), "-c", "listen_addresses="]
        self._database.start("postgres", [*as_user, str(programs / "postgres"), *options])
        wait_for((data / ".s.PGSQL.5432").exists, START_SECONDS_MAX, "PostgreSQL listens")
        return {"PEER_POSTGRES": f"host={data} user=peer dbname=postgres"}

    def start_worker(self) -> None:
        self.processes.start("worker", [str(PYTHON), "-m", self.module], HERE)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def postgres_programs() -> Path:
    """Raises ToolsMissing."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise ToolsMissing("PostgreSQL")
    return found[-1].parent


def require_tools() -> None:
    """Raises ToolsMissing."""
    missing = [] if shutil.which("redis-server") else ["redis-server"]
    missing += [] if any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) else ["postgresql"]
    missing += [] if PYTHON.exists() else [f"the peers' packages in {PYTHON.parent.parent.name}"]
    if missing:
        raise ToolsMissing(f"The benchmark peers needs {', '.join(missing)}: run {SETUP} first.")
