"""The clocks of lanes in Firestore, over its REST API: to read them needs none of Google's libraries."""

import json
import math
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from service.domain.lane import Wake
from service.receipts import Meter
from service.state.server_clock import READ_TRY_SECONDS, ServerClock
from service.transport import Http

FIRESTORE_URL = "https://firestore.googleapis.com"
TOKEN_URL = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
TOKEN_SECONDS_MAX = 2.0  # the metadata server is on the same machine
TOKEN_RENEWED_SECONDS = 225.0  # before it expires; the metadata server has a new one from 300 on


class MetadataToken:
    """What proves to Firestore who asks: the service's own identity, kept until shortly before it expires.
    `now` is monotonic, in seconds."""

    def __init__(self, http: Http, now: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._now = now
        self._token = ""
        self._renew_at = -math.inf
        self._lock = threading.Lock()  # one fetch at a time; whoever waits for it uses it

    def __call__(self) -> str:
        """Raises what the request raises, and ValueError."""
        with self._lock:
            if self._now() >= self._renew_at:
                self._fetch()
            return self._token

    def _fetch(self) -> None:
        asked_at = self._now()
        answer = self._http.request(
            "GET",
            TOKEN_URL,
            headers={"Metadata-Flavor": "Google"},
            body=b"",
            timeout_seconds=TOKEN_SECONDS_MAX,
        )
        if answer.status != 200 or answer.headers.get("metadata-flavor") != "Google":
            raise ValueError(f"This is no metadata server: status {answer.status}.")
        said = json.loads(answer.body)
        self._token = str(said["access_token"])
        self._renew_at = asked_at + float(said["expires_in"]) - TOKEN_RENEWED_SECONDS


class FirestoreWakes:
    """`clock` is told the time of each answer; one that comes too late is not used, as in FirestoreStore."""

    def __init__(
        self,
        http: Http,
        token: Callable[[], str],
        project: str,
        clock: ServerClock,
        meter: Meter,
        url: str = FIRESTORE_URL,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._http = http
        self._token = token
        self._documents = f"projects/{project}/databases/(default)/documents"
        self._clock = clock
        self._meter = meter
        self._url = url
        self._monotonic_ns = monotonic_ns

    def read(self, lanes: Sequence[str]) -> list[Wake | None]:
        """In one request. Raises what the request raises, ValueError, KeyError and TypeError."""
        names = [f"{self._documents}/{Wake.COLLECTION}/{lane}" for lane in lanes]
        token = self._token()
        sent_ns = self._monotonic_ns()
        answer = self._http.request(
            "POST",
            f"{self._url}/v1/{self._documents}:batchGet",
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            body=json.dumps({"documents": names}).encode(),
            timeout_seconds=READ_TRY_SECONDS,
        )
        received_ns = self._monotonic_ns()
        if (received_ns - sent_ns) / 1_000_000_000 > READ_TRY_SECONDS:
            raise ValueError("The answer came too late to be used.")
        if answer.status != 200:
            raise ValueError(f"Firestore answered {answer.status}.")
        results = json.loads(answer.body)
        self._meter.add(reads=len(lanes))
        self._clock.observe(max(_moment(result["readTime"]) for result in results), received_ns)
        documents = [result["found"] for result in results if "found" in result]  # they come in any order
        found = {document["name"]: document["fields"] for document in documents}
        return [
            Wake(lane, _at(found[name])) if name in found else None
            for lane, name in zip(lanes, names, strict=True)
        ]


def _at(fields: Any) -> datetime | None:
    value = fields["at"]
    return None if "nullValue" in value else _moment(value["timestampValue"])


def _moment(text: str) -> datetime:
    """What is below a microsecond is cut off."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} is in no zone.")
    return moment
