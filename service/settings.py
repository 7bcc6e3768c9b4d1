"""Every setting, read once from the environment. The README's table is made from this class."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar
from urllib.parse import urlsplit

from service.domain.lane import DEFAULT_LANE

T = TypeVar("T")

LANE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

PORT_MAX = 65_535
NUMBER_MAX = 1_000_000
RING_SECONDS_MAX = 600  # Twilio's own limits: www.twilio.com/docs/voice/api/call-resource, Timeout
CALL_SECONDS_MAX = 24 * 3600  # and TimeLimit
RATE_MAX = 10_000.0


class BadSetting(Exception):
    """A variable cannot be used; the message names it."""


def _setting(variable: str, default: T, meaning: str, read: Callable[[str], T] = str) -> T:  # type: ignore[assignment]
    metadata = {"variable": variable, "meaning": meaning, "read": read}
    return field(default=default, metadata=metadata)


def _whole_number(largest: int = NUMBER_MAX) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= largest):
            raise ValueError(f"must be a whole number from 1 to {largest}")
        return int(text)

    return read


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= RATE_MAX:
        raise ValueError(f"must be a number above 0, up to {RATE_MAX:.0f}")
    return number


def _span(text: str) -> tuple[int, int]:
    read = _whole_number(CALL_SECONDS_MAX)
    try:
        shortest, longest = (read(part.strip()) for part in text.split("-"))
    except ValueError:
        shortest, longest = 1, 0
    if shortest > longest:
        raise ValueError(f"must be two numbers of seconds such as 240-720, up to {CALL_SECONDS_MAX}")
    return shortest, longest


def _store(text: str) -> str:
    if text != "firestore" and not (text.startswith("sqlite:") and len(text) > len("sqlite:")):
        raise ValueError("must be firestore, or sqlite: and a path")
    return text


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return read


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or parts.query or parts.fragment or any(map(str.isspace, text)):
        raise ValueError("must be an address such as https://calls.example.com")
    return text.rstrip("/")


def _lanes(text: str) -> tuple[str, ...]:
    lanes = tuple(name.strip() for name in text.split(","))
    if len(set(lanes)) < len(lanes) or not all(LANE_NAME.fullmatch(name) for name in lanes):
        raise ValueError("must be different names of small letters, digits and -, separated by commas")
    return lanes


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())


@dataclass(frozen=True)
class Settings:
    port: int = _setting("PORT", 8080, "The port that the service listens on.", _whole_number(PORT_MAX))
    public_base_url: str = _setting(
        "PUBLIC_BASE_URL",
        "",
        "Where tasks and the telephony provider reach the service. Default: this machine's own address.",
        _url,
    )
    store: str = _setting(
        "REVEILLE_STORE", "sqlite:.reveille/reveille.db", "`sqlite:PATH` or `firestore`.", _store
    )
    tasks: str = _setting(
        "REVEILLE_TASKS",
        "local",
        "`local` (in the SQLite file) or `cloud-tasks`.",
        _one_of("local", "cloud-tasks"),
    )
    project: str = _setting(
        "GOOGLE_CLOUD_PROJECT", "", "The Google Cloud project of Firestore and Cloud Tasks."
    )
    firestore_emulator: str = _setting(
        "FIRESTORE_EMULATOR_HOST", "", "`host:port` of Google's emulator, instead of Firestore itself."
    )
    region: str = _setting("REVEILLE_REGION", "us-central1", "The region of the Cloud Tasks queues.")
    queue: str = _setting(
        "REVEILLE_QUEUE", "reveille", "Prefix of the two queues: `-calls` and `-passes` are added."
    )
    service_account: str = _setting(
        "REVEILLE_SERVICE_ACCOUNT", "", "The service account whose identity Cloud Tasks shows to the service."
    )
    invokers: frozenset[str] = _setting(
        "REVEILLE_INVOKERS",
        frozenset(),
        "Service accounts that may tick and carry calls, separated by commas. Empty: none may.",
        _names,
    )
    lanes: tuple[str, ...] = _setting(
        "REVEILLE_LANES",
        (DEFAULT_LANE,),
        "Lanes, separated by commas: accounts are spread over them; each has a share of calls in flight.",
        _lanes,
    )
    calls_in_flight_max: int = _setting(
        "REVEILLE_CALLS_IN_FLIGHT_MAX", 10, "Calls in flight in all.", _whole_number()
    )
    account_calls_in_flight_max: int = _setting(
        "REVEILLE_ACCOUNT_CALLS_IN_FLIGHT_MAX",
        2,
        "Calls in flight of one account, where the account has no limit of its own.",
        _whole_number(),
    )
    calls_per_second: float = _setting(
        "REVEILLE_CALLS_PER_SECOND",
        1.0,
        "Dials per second (local queue; Twilio's own default is 1).",
        _positive,
    )
    ring_seconds: int = _setting(
        "REVEILLE_RING_SECONDS", 30, "How long a call may ring.", _whole_number(RING_SECONDS_MAX)
    )
    time_limit_seconds: int = _setting(
        "REVEILLE_TIME_LIMIT_SECONDS", 3600, "When the provider ends a call.", _whole_number(CALL_SECONDS_MAX)
    )
    talk_seconds: tuple[int, int] = _setting(
        "REVEILLE_TALK_SECONDS",
        (240, 720),
        "How long people talk in the local run's telephone network: the shortest and the longest call.",
        _span,
    )
    twilio_account_sid: str = _setting(
        "TWILIO_ACCOUNT_SID",
        "",
        "Places calls through Twilio. Empty in the local run: through the telephone network on this machine.",
    )
    twilio_auth_token: str = _setting("TWILIO_AUTH_TOKEN", "", "Twilio's secret; never stored or logged.")
    twilio_base_url: str = _setting("TWILIO_BASE_URL", "https://api.twilio.com", "Twilio's API.", _url)
    log: str = _setting(
        "REVEILLE_LOG", "text", "`text`, or `json` for Cloud Logging.", _one_of("json", "text")
    )

    def __repr__(self) -> str:
        """Without its values: one of them is a secret."""
        return "Settings(...)"

    @classmethod
    def read(cls, environment: Mapping[str, str], *, for_store: bool = False) -> "Settings":
        """`for_store`: nothing but the store is opened. Raises BadSetting, which names the variable."""
        values: dict[str, Any] = {}
        for setting in fields(cls):
            variable, read = setting.metadata["variable"], setting.metadata["read"]
            text = environment.get(variable, "").strip()
            if not text:
                continue
            try:
                values[setting.name] = read(text)
            except ValueError as error:
                raise BadSetting(f"{variable}: {error}") from error
        settings = cls(**values)
        settings._check_store()
        if not for_store:
            settings._check_tasks()
        return settings

    def _check_store(self) -> None:
        if self.calls_in_flight_max < len(self.lanes):
            raise BadSetting("REVEILLE_CALLS_IN_FLIGHT_MAX: must be at least one for each of REVEILLE_LANES")
        if self.store == "firestore" and not self.project:
            raise BadSetting("GOOGLE_CLOUD_PROJECT: must be set where REVEILLE_STORE is firestore")

    def _check_tasks(self) -> None:
        if self.tasks == "cloud-tasks":
            needed = {
                "GOOGLE_CLOUD_PROJECT": self.project,
                "PUBLIC_BASE_URL": self.public_base_url,
                "REVEILLE_SERVICE_ACCOUNT": self.service_account,
                "REVEILLE_INVOKERS": self.invokers,  # else every task would be refused
            }
            for variable, value in needed.items():
                if not value:
                    raise BadSetting(f"{variable}: must be set where REVEILLE_TASKS is cloud-tasks")
        if self.tasks == "local" and self.store == "firestore" and not self.firestore_emulator:
            raise BadSetting("REVEILLE_TASKS: must be cloud-tasks where REVEILLE_STORE is firestore")

    @property
    def base_url(self) -> str:
        return self.public_base_url or f"http://127.0.0.1:{self.port}"

    @property
    def sqlite_path(self) -> str:
        """Where the store, or only the local task queue, keeps its file."""
        path = self.store.removeprefix("sqlite:")
        return path if path != self.store else ".reveille/reveille.db"


def table() -> str:
    """The settings as a Markdown table."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for setting in fields(Settings):
        shown = f"`{_default(setting.default)}`" if setting.default else ""
        rows.append(f"| `{setting.metadata['variable']}` | {shown} | {setting.metadata['meaning']} |")
    return "\n".join(rows)


def _default(value: Any) -> str:
    """As it would be written in the environment."""
    return "-".join(map(str, value)) if isinstance(value, tuple) else str(value)
