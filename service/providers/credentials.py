"""Credentials by reference: an environment variable, a file, or a secret of Google's Secret Manager.

A reference names its account, so that no account can use what was put there for another:
- `env:REVEILLE_SECRET_ACC_1F2E_VAPI`: the account's id in capitals behind the prefix;
- `file:/run/secrets/acc_1f2e/vapi.json`: a folder of the account's name;
- `projects/my-project/secrets/acc_1f2e-vapi/versions/latest`: a name that begins with the account's id.

What stands there is a JSON object of texts, as `{"api_key": "..."}`; each adapter says what it needs.
"""

import base64
import json
import os
import time
from collections.abc import Mapping
from typing import Any

from service.domain.agent import Agent, may_name
from service.ports import TelephonyUnavailable
from service.transport import AnswerLost, Http, HttpResponse, NotSent

KEPT_SECONDS = 300  # a secret that was changed counts from then on
READ_SECONDS_MAX = 5.0
BYTES_MAX = 16_384
MANAGER_URL = "https://secretmanager.googleapis.com/v1/"
TOKEN_URL = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"


class CredentialSources:
    """Reads them, and remembers them for a while."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._kept: dict[str, tuple[float, Mapping[str, str]]] = {}

    def read(self, agent: Agent) -> Mapping[str, str]:
        """Raises TelephonyUnavailable, which never says what stands there."""
        if not may_name(agent.account_id, agent.secret):
            raise TelephonyUnavailable("The agent's secret is not one of its account.")
        read_at, kept = self._kept.get(agent.secret, (0.0, {}))
        if kept and time.monotonic() - read_at < KEPT_SECONDS:
            return kept
        credentials = _texts(self._bytes(agent.secret))
        self._kept[agent.secret] = (time.monotonic(), credentials)
        return credentials

    def _bytes(self, reference: str) -> bytes:
        kind, _, rest = reference.partition(":")
        if kind == "env":
            return os.environ.get(rest, "").encode()
        if kind == "file":
            try:
                with open(rest, "rb") as file:
                    return file.read(BYTES_MAX)
            except OSError as error:
                raise TelephonyUnavailable(f"The agent's secret: {error.strerror}.") from None
        return self._managed(reference)

    def _managed(self, reference: str) -> bytes:
        """cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access."""
        token = self._get(TOKEN_URL, {"metadata-flavor": "Google"}).get("access_token")
        headers = {"authorization": f"Bearer {token}"}
        payload: Any = self._get(f"{MANAGER_URL}{reference}:access", headers).get("payload")
        try:
            return base64.b64decode(payload["data"])
        except (KeyError, TypeError, ValueError):
            raise TelephonyUnavailable("Secret Manager's answer could not be read.") from None

    def _get(self, url: str, headers: Mapping[str, str]) -> dict[str, Any]:
        try:
            answer = self._http.request(
                "GET", url, headers=headers, body=b"", timeout_seconds=READ_SECONDS_MAX
            )
        except (NotSent, AnswerLost) as error:
            raise TelephonyUnavailable(f"The agent's secret could not be read: {error}") from None
        return _object(answer)


def _object(answer: HttpResponse) -> dict[str, Any]:
    if answer.status != 200:
        raise TelephonyUnavailable(f"The agent's secret could not be read ({answer.status}).")
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise TelephonyUnavailable("Secret Manager's answer could not be read.")
    return body


def _texts(content: bytes) -> Mapping[str, str]:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not all(isinstance(value, str) and value for value in said.values()):
        raise TelephonyUnavailable("The agent's secret is not there, or is no JSON object of texts.")
    return said
