"""Who may tick and carry tasks: the scheduler and the task queue, known by the signed tokens they send."""

import hmac
from collections.abc import Callable

from service.entrypoints.id_tokens import GOOGLE_ISSUERS, NotAdmitted, Signed
from service.entrypoints.signed_token import Key

ADMITTED_SECONDS = 60.0  # the same token again is not verified anew for so long


class InvokerGate:
    """`find_cert`: see Signed. Without an audience or invokers nobody is admitted.

    `is_checked`: the platform lets nobody through whose token it has not verified itself; see Signed."""

    def __init__(
        self,
        audience: str,
        invokers: frozenset[str],
        find_cert: Callable[[str], Key | None],
        issuers: frozenset[str] = GOOGLE_ISSUERS,
        *,
        is_checked: bool = False,
    ) -> None:
        self._invokers = invokers
        self._signed = Signed(issuers, audience, find_cert, is_checked=is_checked)
        self._last = ("", "", 0.0)  # the token that was admitted last, whose it is, and until when

    def admit(self, authorization: str | None) -> str:
        """The caller's e-mail address, of an `Authorization` header. Raises NotAdmitted, CannotVerify."""
        if not self._signed.audience or not self._invokers:
            raise NotAdmitted(403, "No audience or no invokers are configured.")
        token, now = _bearer(authorization), self._signed.now()
        admitted, email, kept_until = self._last
        if now < kept_until and hmac.compare_digest(token.encode(), admitted.encode()):
            return email
        email, verified = self._signed.email_of(token)
        if not verified or email not in self._invokers:
            raise NotAdmitted(403, "The token's e-mail address is not an invoker's.")
        self._last = token, email, now + ADMITTED_SECONDS
        return email


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAdmitted(401, "There is no bearer token.")
    return token
