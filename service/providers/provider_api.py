"""One request to a provider's API, and what its answer says: did it ring, did it not, or may it?

Where a request failed decides. Nothing here sends one a second time.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service.domain.errors import Invalid
from service.ports import Accepted, Ambiguous, Answer, Refused, TelephonyUnavailable, Webhook
from service.transport import AnswerLost, Http, HttpResponse, NotSent

REQUEST_SECONDS_MAX = 15.0  # for the answer; a connection is waited for as long as transport.py says
RETRY_AFTER_SECONDS_MAX = 3600
FAULT_CHARACTERS_MAX = 200
WEBHOOK_SECRET_CHARACTERS_MIN = 20

TOO_OFTEN = 429
LATER = frozenset({401, 402, 403, 404})  # the account or its agent is at fault, and a person can put it right
REFUSALS = frozenset({400, 409, 422}) | LATER

_PLAIN = re.compile(r"[!-~]+")
_NUMBER = re.compile(r"\+?\d[\d\s().-]{5,}\d")
_A_NUMBER = r"(?:number(?!s? of\b)|phone(?!_| call)|recipient|destination)"
_NO_GOOD = r"(?:\b(?:in)?valid\b|malformed|incorrect|unallocated|format|e\.?164)"
_OF_THE_NUMBER = re.compile(f"{_A_NUMBER}.{{0,40}}{_NO_GOOD}|{_NO_GOOD}.{{0,40}}{_A_NUMBER}", re.IGNORECASE)
_OF_THE_ACCOUNT = re.compile(
    r"limit|concurren|credit|balance|payment|billing|quota|wallet|subscription|account|kyc|agent|assistant"
    r"|from\b|from_|caller|number_?id|uuid",
    re.IGNORECASE,
)

Said = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """Why a provider says no. Permanent: as far as the provider's own words tell, it always will."""

    text: str
    permanent: bool = True
    opted_out: bool = False
    counted: bool = False  # else it is the account's or the agent's, which a person can put right


@dataclass(frozen=True)
class ProviderApi:
    http: Http
    name: str  # as it stands in messages
    base_url: str
    headers: Mapping[str, str]
    timeout_seconds: float = REQUEST_SECONDS_MAX

    def create(
        self,
        path: str,
        body: bytes,
        *,
        id_of: Callable[[Said], object],
        fault_of: Callable[[Said], Fault | None],
    ) -> Answer:
        """Sends one create request. `id_of`: where a success names the call. `fault_of`: what a refusal in
        the provider's own words says; None: these are not its words."""
        try:
            answer = self.send("POST", path, body)
        except NotSent as error:
            return Refused(f"{self.name} was not reached: {error}", permanent=False)
        except AnswerLost as error:
            return Ambiguous(f"{self.name}'s answer was lost: {error}")
        said = object_in(answer)
        id = id_of(said) if answer.status in (200, 201) else None
        if isinstance(id, str) and id:
            return Accepted(id)
        return self._refused(answer, fault_of(said)) or Ambiguous(
            f"{self.name}'s answer of status {answer.status} says nothing of the call."
        )

    def _refused(self, answer: HttpResponse, fault: Fault | None) -> Refused | None:
        if answer.status == TOO_OFTEN:  # never processed
            return Refused(f"{self.name} is asked too often.", False, _retry_after(answer))
        if answer.status in (401, 403):  # its words may name the key
            return Refused(f"{self.name} refused the account ({answer.status}).", permanent=False)
        if answer.status not in REFUSALS or fault is None:
            return None
        permanent = fault.permanent and answer.status not in LATER
        counted = fault.counted and answer.status not in LATER
        return Refused(f"{self.name} {fault.text}", permanent, _retry_after(answer), fault.opted_out, counted)

    def ask(self, method: str, path: str, body: bytes = b"") -> HttpResponse:
        """Raises TelephonyUnavailable where there is no answer."""
        try:
            return self.send(method, path, body)
        except (NotSent, AnswerLost) as error:
            raise TelephonyUnavailable(f"{self.name} did not answer: {error}") from error

    def read(self, method: str, path: str, body: bytes = b"") -> Any:
        """What a successful answer says; None: there is no such thing. Raises TelephonyUnavailable."""
        answer = self.ask(method, path, body)
        return None if answer.status == 404 else self.said(answer)

    def said(self, answer: HttpResponse) -> Any:
        """Raises TelephonyUnavailable where it is none of success, or cannot be read."""
        if answer.status not in (200, 201, 202, 204):
            raise TelephonyUnavailable(f"{self.name} answered {answer.status}.")
        try:
            return parsed(answer.body) if answer.body else {}
        except ValueError as error:
            raise TelephonyUnavailable(f"{self.name}'s answer could not be read.") from error

    def unreadable(self, what: str) -> TelephonyUnavailable:
        return TelephonyUnavailable(f"{self.name}'s {what} could not be read.")

    def send(self, method: str, path: str, body: bytes) -> HttpResponse:
        """Raises NotSent, AnswerLost."""
        return self.http.request(
            method,
            f"{self.base_url}{path}",
            headers=self.headers,
            body=body,
            timeout_seconds=self.timeout_seconds,
        )


def webhook_secret(credentials: Mapping[str, str]) -> str:
    """Of the account's own choice. Raises KeyError; ValueError where it could be guessed."""
    secret = credentials["webhook_secret"]
    if len(secret) < WEBHOOK_SECRET_CHARACTERS_MIN:
        raise ValueError("too short")
    return secret


def plain(key: str) -> str:
    """The key, or the account's id, as a header and an address can hold it: what was copied from a page may
    bring a sign that nobody sees, and no request could be written then. Raises ValueError."""
    if not _PLAIN.fullmatch(key):
        raise ValueError("not plain")
    return key


def json_headers(api_key: str) -> Mapping[str, str]:
    """Raises ValueError."""
    return {
        "authorization": f"Bearer {plain(api_key)}",
        "content-type": "application/json",
        "accept": "application/json",
    }


def parsed(body: bytes) -> Any:
    """JSON. A text that was cut inside an emoji has a question mark for what is left of it, as no store takes
    half a character. Raises ValueError."""
    try:
        said = json.loads(body)
        whole = json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")
    except RecursionError as error:
        raise ValueError("too deep") from error
    return json.loads(whole)


def json_in(webhook: Webhook) -> Any:
    """Raises Invalid."""
    try:
        return parsed(webhook.body)
    except ValueError as error:
        raise Invalid("The body is not JSON.") from error


def object_in(answer: HttpResponse) -> Said:
    """The object in the body; empty if there is none that can be read."""
    try:
        body = parsed(answer.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def within(said: Any, *names: str) -> Any:
    """What stands there, however deep; None if anything on the way is missing."""
    for name in names:
        said = said.get(name) if isinstance(said, dict) else None
    return said


def text_within(said: Any, *names: str) -> str:
    """The text that stands there; empty if it is missing, or something else."""
    text = within(said, *names)
    return text if isinstance(text, str) else ""


def objects_in(listed: Any) -> list[Said]:
    """Those in the list, if it is one."""
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def in_words(text: object) -> str:
    """A provider's own words, without the numbers in them: reasons are shown and logged."""
    return _NUMBER.sub("(a number)", str(text))[:FAULT_CHARACTERS_MAX]


def spoken_fault(message: object) -> Fault:
    """Of a provider whose refusals are words without codes. Permanent if they say that the number is none,
    and speak of nothing of the account's: a refusal that is taken for a passing one costs a few further
    requests, the other way round a call. Counted where they speak of neither."""
    text = str(message)
    of_account = bool(_OF_THE_ACCOUNT.search(text))
    permanent = bool(_OF_THE_NUMBER.search(text)) and not of_account
    return Fault(f'said "{in_words(text)}"', permanent, counted=not of_account and not permanent)


def _retry_after(answer: HttpResponse) -> int | None:
    """Seconds; a date, which is as good, is not read."""
    text = answer.headers.get("retry-after", "")
    return min(int(text), RETRY_AFTER_SECONDS_MAX) if text.isdecimal() else None
