"""The Courier: it carries what webhooks are told to addresses that users have given."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from service.domain.webhook import Webhook


@dataclass(frozen=True)
class Carried:
    """`status`: what the receiver answered, if it did; `error`: why it is not taken, None if it is; `tried`:
    whether anything was done for it."""

    status: int | None
    error: str | None
    milliseconds: int
    tried: bool = True


class Courier(Protocol):
    def refusal(self, url: str) -> str | None:
        """Why nothing is sent there; None: it may be, as far as can be told now. Each delivery looks anew."""
        ...

    def secret(self, webhook: Webhook) -> str:
        """What its receiver checks signatures with. It is kept nowhere."""
        ...

    def carry(self, webhook: Webhook, body: bytes, now: datetime) -> Carried:
        """One POST, signed, within a few seconds; it follows no redirect. It raises nothing. A receiver that
        has just been silent may be left untried."""
        ...
