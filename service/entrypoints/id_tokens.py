"""ID tokens as Google and Firebase sign them: who shows one is who it names, or nobody is admitted."""

import json
import logging
import math
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from service.entrypoints.signed_token import Key, SignedToken, is_signed_with, read_token
from service.transport import AnswerLost, Http, NotSent

GOOGLE_ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
# As JSON Web Keys; the X.509 certificates of /oauth2/v1/certs take three times as long to load.
GOOGLE_CERTS_URL = "https://www.googleapis.com/oauth2/v3/certs"
# An instance's clock may be minutes off. To refuse every tick then is worse than an old token's five minutes.
CLOCK_SKEW_SECONDS = 300
CERTS_SECONDS_MAX = 5.0  # one request
CERTS_KEPT_SECONDS_MIN = 60.0
CERTS_KEPT_SECONDS_MAX = 24 * 3600.0
# What Cloud Run puts in the place of a signature that it has verified, where it checks invokers:
# https://cloud.google.com/run/docs/troubleshooting#signature-removed
VERIFIED_BY_PLATFORM = "SIGNATURE_REMOVED_BY_GOOGLE"
REFETCH_SECONDS = 60.0  # at most one fetch in this time, however many tokens name keys that do not exist

log = logging.getLogger(__name__)


class NotAdmitted(Exception):
    """`status` is 401: nothing proves who calls. 403: somebody who may not, or nobody may."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class CannotVerify(Exception):
    """The certificates could not be had. Nothing is wrong with the token: 503, and the caller tries again."""


class Signed(NamedTuple):
    """Whose tokens are taken, and for whom they must be. `find_cert` gives the public key with a key id, None
    if there is none, or raises CannotVerify. `now` is in seconds since 1970. `is_checked`: nothing arrives
    that the platform has not verified, so a token may come without signature; what it says is checked."""

    issuers: frozenset[str]
    audience: str
    find_cert: Callable[[str], Key | None]
    now: Callable[[], float] = time.time
    is_checked: bool = False

    def email_of(self, token: str) -> tuple[str, bool]:
        """The e-mail address, and whether it is verified. Raises NotAdmitted, CannotVerify."""
        claims = self._claims(token)
        if claims.get("iss") not in self.issuers:
            raise NotAdmitted(401, "The token is of another issuer.")
        return str(claims.get("email")), claims.get("email_verified") is True

    def _claims(self, shown: str) -> Mapping[str, Any]:
        """The claims of a token with a valid signature, audience and time."""
        try:
            token = read_token(shown)
            if self.is_checked and shown.endswith("." + VERIFIED_BY_PLATFORM):
                return self._claims_that_hold(token)
            key_id = token.header.get("kid")
            if token.header.get("alg") != "RS256" or not isinstance(key_id, str):
                raise NotAdmitted(401, "The token is not signed with RS256 and a key id.")
            cert = self.find_cert(key_id)
            if cert is None:
                raise NotAdmitted(401, "The token is signed with an unknown key.")
            if not is_signed_with(token, cert):
                raise NotAdmitted(401, "The token is not signed with its key.")
            return self._claims_that_hold(token)
        except (ValueError, TypeError) as error:
            raise NotAdmitted(401, f"The token is not valid: {type(error).__name__}.") from error

    def _claims_that_hold(self, token: SignedToken) -> Mapping[str, Any]:
        """Here and now. Raises NotAdmitted, and TypeError if its times are no numbers."""
        begins, ends = token.claims.get("iat"), token.claims.get("exp")
        now, is_for_us = self.now(), token.claims.get("aud") == self.audience
        if begins is None or ends is None or not is_for_us:
            raise NotAdmitted(401, "The token is not for this service.")
        if not begins - CLOCK_SKEW_SECONDS <= now <= ends + CLOCK_SKEW_SECONDS:
            raise NotAdmitted(401, "The token is not valid at this time.")
        return token.claims


class GoogleCerts:
    """Google's public keys, kept for as long as Google says. `now` is monotonic, in seconds."""

    def __init__(
        self, http: Http, now: Callable[[], float] = time.monotonic, url: str = GOOGLE_CERTS_URL
    ) -> None:
        self._http = http
        self._url = url
        self._now = now
        self._certs: Mapping[str, Key] = {}
        self._fresh_until = -math.inf
        self._refetch_at = -math.inf
        self._lock = threading.Lock()  # one fetch at a time; whoever waits for it uses it

    def find(self, key_id: str) -> Key | None:
        """The key with this id. Raises CannotVerify."""
        with self._lock:
            now = self._now()
            is_new_key = key_id not in self._certs and now >= self._refetch_at
            if now >= self._fresh_until or is_new_key:
                self._refetch_at = now + REFETCH_SECONDS
                self._fetch(now)
            return self._certs.get(key_id)

    def _fetch(self, now: float) -> None:
        try:
            answer = self._http.request(
                "GET", self._url, headers={}, body=b"", timeout_seconds=CERTS_SECONDS_MAX
            )
            if answer.status != 200:
                raise ValueError(f"status {answer.status}")
            certs = _by_id(json.loads(answer.body))
        except (NotSent, AnswerLost, ValueError) as error:
            log.warning("Google's certificates could not be fetched: %s", error)
            raise CannotVerify(str(error)) from error
        self._certs = certs
        self._fresh_until = now + _kept_seconds(answer.headers.get("cache-control", ""))


def _by_id(published: Any) -> Mapping[str, Key]:
    """Of a set of JSON Web Keys, or of an object that has a certificate (PEM) for each key id."""
    if not isinstance(published, dict):
        raise ValueError("not a JSON object")
    keys = published.get("keys")
    if not isinstance(keys, list):
        return published
    return {key["kid"]: key for key in keys if isinstance(key, dict) and isinstance(key.get("kid"), str)}


def _kept_seconds(cache_control: str) -> float:
    max_age = re.search(r"max-age=(\d+)", cache_control)
    seconds = float(max_age[1]) if max_age else 0.0
    return min(max(seconds, CERTS_KEPT_SECONDS_MIN), CERTS_KEPT_SECONDS_MAX)
