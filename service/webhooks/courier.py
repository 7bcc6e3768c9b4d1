"""Signs what webhooks are told, looks at where it goes, and sends it there."""

import ssl
import time
from datetime import datetime
from functools import cached_property

from service.domain.webhook import Webhook, secret_of, secrets_of, signature
from service.ports import Carried
from service.webhooks.addresses import Forbidden, Resolve, Unresolved, find_target
from service.webhooks.post import NotCarried, post
from service.webhooks.silence import SILENCE_SECONDS, Silence

DELIVERY_SECONDS_MAX = 10.0  # from the connection to the answer; the name is looked up before
SIGNATURE_HEADER = "Reveille-Signature"


class SigningCourier:
    """`key`: what all secrets are made of. `loopback`: see find_target. `authorities`: a file of those that
    receivers' certificates are checked against; None: the system's."""

    def __init__(
        self,
        key: bytes,
        resolve: Resolve,
        *,
        loopback: bool,
        authorities: str | None = None,
        seconds_max: float = DELIVERY_SECONDS_MAX,
    ) -> None:
        self._key = key
        self._resolve = resolve
        self._loopback = loopback
        self._authorities = authorities
        self._seconds_max = seconds_max
        self._silence = Silence()

    def refusal(self, url: str) -> str | None:
        try:
            find_target(url, self._resolve, loopback=self._loopback)
        except Forbidden as forbidden:
            return str(forbidden)
        except Unresolved:
            return None
        return None

    def secret(self, webhook: Webhook) -> str:
        return secret_of(self._key, webhook)

    def carry(self, webhook: Webhook, body: bytes, now: datetime) -> Carried:
        if not self._silence.may_try(webhook, now):
            error = f"not tried: it was silent less than {SILENCE_SECONDS} s before"
            return Carried(None, error, 0, tried=False)
        carried = self._try(webhook, body, now)
        took_all = carried.milliseconds >= self._seconds_max * 1000  # the look-up of its name as well
        self._silence.note(webhook, now, silent=carried.error is not None and took_all)
        return carried

    def _try(self, webhook: Webhook, body: bytes, now: datetime) -> Carried:
        began, status, error = time.perf_counter(), None, None
        try:
            target = find_target(webhook.url, self._resolve, loopback=self._loopback)
            headers = {
                "Content-Type": "application/json",
                "User-Agent": "Reveille",
                SIGNATURE_HEADER: signature(secrets_of(self._key, webhook, now=now), body, now=now),
            }
            status = post(target, headers, body, seconds_max=self._seconds_max, tls=self._tls)
            error = None if 200 <= status < 300 else f"answered {status}"
        except (Forbidden, Unresolved) as refused:
            error = f"not sent: {refused}"
        except NotCarried as lost:
            error = str(lost)
        return Carried(status, error, round((time.perf_counter() - began) * 1000))

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Only once something is sent: a tick does not pay for it."""
        return ssl.create_default_context(cafile=self._authorities)
