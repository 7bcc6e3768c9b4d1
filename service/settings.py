"""Every setting, read once from the environment. The README's table is made from this class."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from service import setting_values
from service.domain.lane import DEFAULT_LANE

T = TypeVar("T")


class BadSetting(Exception):
    """A variable cannot be used; the message names it."""


def _setting(variable: str, default: T, meaning: str, read: Callable[[str], T] = str) -> T:  # type: ignore[assignment]
    metadata = {"variable": variable, "meaning": meaning, "read": read}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    port: int = _setting(
        "PORT",
        8080,
        "The port that the service listens on.",
        setting_values.whole_number(setting_values.PORT_MAX),
    )
    public_base_url: str = _setting(
        "PUBLIC_BASE_URL",
        "",
        "Where tasks and the telephony provider reach the service. Default: this machine's own address.",
        setting_values.url,
    )
    serves: str = _setting(
        "REVEILLE_SERVES",
        "all",
        "`all`; or `web`: no ticks and tasks; or `worker`: nothing else, and the platform checks who calls.",
        setting_values.one_of("all", "web", "worker"),
    )
    worker_base_url: str = _setting(
        "REVEILLE_WORKER_URL",
        "",
        "Where tasks reach the worker, and whom their tokens are for. Default: PUBLIC_BASE_URL.",
        setting_values.url,
    )
    store: str = _setting(
        "REVEILLE_STORE",
        "sqlite:.reveille/reveille.db",
        "`sqlite:PATH` or `firestore`.",
        setting_values.store,
    )
    tasks: str = _setting(
        "REVEILLE_TASKS",
        "local",
        "`local` (in the SQLite file) or `cloud-tasks`.",
        setting_values.one_of("local", "cloud-tasks"),
    )
    project: str = _setting(
        "GOOGLE_CLOUD_PROJECT", "", "The Google Cloud project of Firestore and Cloud Tasks."
    )
    firestore_emulator: str = _setting(
        "FIRESTORE_EMULATOR_HOST", "", "`host:port` of Google's emulator, instead of Firestore itself."
    )
    region: str = _setting("REVEILLE_REGION", "us-central1", "The region of the Cloud Tasks queues.")
    queue: str = _setting(
        "REVEILLE_QUEUE", "reveille", "Prefix of the queues: `-calls`, `-passes` and `-events` are added."
    )
    service_account: str = _setting(
        "REVEILLE_SERVICE_ACCOUNT", "", "The service account whose identity Cloud Tasks shows to the service."
    )
    invokers: frozenset[str] = _setting(
        "REVEILLE_INVOKERS",
        frozenset(),
        "Service accounts that may tick and carry calls, separated by commas. Empty: none may.",
        setting_values.names,
    )
    sign_in: frozenset[str] = _setting(
        "REVEILLE_SIGN_IN",
        frozenset(),
        "How people sign in beside keys: `google:CLIENT_ID`, `firebase:PROJECT_ID`, separated by commas.",
        setting_values.sign_in,
    )
    webhook_key: str = _setting(
        "REVEILLE_WEBHOOK_KEY",
        "",
        "What webhooks' signing secrets are made of; never stored or logged. Default: this machine's own.",
        setting_values.secret_key,
    )
    requests_per_minute: int = _setting(
        "REVEILLE_REQUESTS_PER_MINUTE",
        600,
        "Requests that each key may make to an instance, and as many at once.",
        setting_values.whole_number(),
    )
    lanes: tuple[str, ...] = _setting(
        "REVEILLE_LANES",
        (DEFAULT_LANE,),
        "Lanes, separated by commas: accounts are spread over them; each has a share of calls in flight.",
        setting_values.lanes,
    )
    calls_in_flight_max: int = _setting(
        "REVEILLE_CALLS_IN_FLIGHT_MAX", 10, "Calls in flight in all.", setting_values.whole_number()
    )
    account_calls_in_flight_max: int = _setting(
        "REVEILLE_ACCOUNT_CALLS_IN_FLIGHT_MAX",
        2,
        "Calls in flight of one account, where the account has no limit of its own.",
        setting_values.whole_number(),
    )
    calls_per_second: float = _setting(
        "REVEILLE_CALLS_PER_SECOND",
        1.0,
        "Dials per second (local queue; Twilio's own default is 1).",
        setting_values.positive,
    )
    ring_seconds: int = _setting(
        "REVEILLE_RING_SECONDS",
        30,
        "How long a call may ring.",
        setting_values.whole_number(setting_values.RING_SECONDS_MAX),
    )
    time_limit_seconds: int = _setting(
        "REVEILLE_TIME_LIMIT_SECONDS",
        3600,
        "When the provider ends a call.",
        setting_values.whole_number(setting_values.CALL_SECONDS_MAX),
    )
    talk_seconds: tuple[int, int] = _setting(
        "REVEILLE_TALK_SECONDS",
        (240, 720),
        "How long people talk in the local run's telephone network: the shortest and the longest call.",
        setting_values.span,
    )
    twilio_account_sid: str = _setting(
        "TWILIO_ACCOUNT_SID",
        "",
        "Places the calls of scripts, through Twilio. Empty: agents alone speak; in the local run, "
        "scripts go through the telephone network on this machine.",
    )
    twilio_auth_token: str = _setting("TWILIO_AUTH_TOKEN", "", "Twilio's secret; never stored or logged.")
    twilio_base_url: str = _setting(
        "TWILIO_BASE_URL", "https://api.twilio.com", "Twilio's API.", setting_values.url
    )
    log: str = _setting(
        "REVEILLE_LOG", "text", "`text`, or `json` for Cloud Logging.", setting_values.one_of("json", "text")
    )
    service_name: str = _setting("K_SERVICE", "", "Whose errors are reported; Cloud Run sets it.")
    revision: str = _setting("K_REVISION", "", "Of which revision; Cloud Run sets it.")

    def __repr__(self) -> str:
        """Without its values: some of them are secrets."""
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
            settings._check_twilio()
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
                "REVEILLE_WEBHOOK_KEY": self.webhook_key,
            }
            for variable, value in needed.items():
                if not value:
                    raise BadSetting(f"{variable}: must be set where REVEILLE_TASKS is cloud-tasks")
        if self.serves != "all" and self.tasks == "local":
            raise BadSetting("REVEILLE_SERVES: must be all where REVEILLE_TASKS is local")
        if self.serves != "all" and not self.worker_base_url:  # else tasks would go to the web
            raise BadSetting("REVEILLE_WORKER_URL: must be set where REVEILLE_SERVES is not all")
        if self.tasks == "local" and self.store == "firestore" and not self.firestore_emulator:
            raise BadSetting("REVEILLE_TASKS: must be cloud-tasks where REVEILLE_STORE is firestore")

    def _check_twilio(self) -> None:
        """Agents have credentials of their own: without Twilio here, only scripts cannot be heard."""
        if self.twilio_account_sid and not self.twilio_auth_token:
            raise BadSetting("TWILIO_AUTH_TOKEN: must be set where TWILIO_ACCOUNT_SID is")
        if self.twilio_auth_token and not self.twilio_account_sid:
            raise BadSetting("TWILIO_ACCOUNT_SID: must be set where TWILIO_AUTH_TOKEN is")

    @property
    def base_url(self) -> str:
        return self.public_base_url or f"http://127.0.0.1:{self.port}"

    @property
    def worker_url(self) -> str:
        return self.worker_base_url or self.base_url

    @property
    def webhooks_to_loopback(self) -> bool:
        """Whether webhooks may lead to this machine itself: where it runs the service for itself alone.
        Behind an https address others have accounts, and what else listens here is not theirs to reach."""
        return self.tasks == "local" and self.base_url.startswith("http://")

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
