"""Who may tick and carry tasks: the scheduler and the task queue, known by the signed tokens they send."""

from collections.abc import Callable

from service.entrypoints.id_tokens import GOOGLE_ISSUERS, NotAdmitted, Signed
from service.entrypoints.signed_token import Key


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

    def admit(self, authorization: str | None) -> str:
        """The caller's e-mail address, of an `Authorization` header. Raises NotAdmitted, CannotVerify."""
        if not self._signed.audience or not self._invokers:
            raise NotAdmitted(403, "No audience or no invokers are configured.")
        email, verified = self._signed.email_of(_bearer(authorization))
        if not verified or email not in self._invokers:
            raise NotAdmitted(403, "The token's e-mail address is not an invoker's.")
        return email


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAdmitted(401, "There is no bearer token.")
    return token
