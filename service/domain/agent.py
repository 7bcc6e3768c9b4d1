"""An agent: who speaks on an account's calls, and through which provider."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from service.domain.attempt import Script
from service.domain.campaign import Machine


class Provider(StrEnum):
    TWILIO = "twilio"
    TELNYX = "telnyx"
    VAPI = "vapi"
    RETELL = "retell"
    BOLNA = "bolna"


MACHINES = {  # what its calls can be asked to do with one; all else its agents decide by themselves
    Provider.TWILIO: frozenset(Machine),
    Provider.TELNYX: frozenset({Machine.HANG_UP, Machine.COUNT_AS_ANSWERED}),
    **dict.fromkeys((Provider.VAPI, Provider.RETELL, Provider.BOLNA), frozenset({Machine.COUNT_AS_ANSWERED})),
}
SPEAKS_SCRIPTS = frozenset({Provider.TWILIO})
RECORD = frozenset({Provider.TWILIO, Provider.TELNYX})  # when they are asked to; the agents of others decide
OF_SCRIPTS = Provider.TWILIO  # with the account in the settings: of scripts that no agent speaks

_MANAGED = re.compile(r"projects/[a-z0-9-]+/secrets/([A-Za-z0-9_-]+)/versions/(latest|[0-9]+)")


@dataclass(frozen=True)
class Agent:
    COLLECTION: ClassVar[str] = "agents"

    id: str
    account_id: str
    created_at: datetime
    name: str
    provider: Provider  # it never changes: calls that it has placed are asked for there
    secret: str  # where its credentials are; never they themselves
    assistant: str = ""  # the provider's own id of who speaks, at Twilio of an application; empty: the script
    connection: str = ""  # Twilio: the account; Telnyx: the call control application
    script: Script | None = None
    callers: tuple[str, ...] = ()  # E.164
    line_ids: dict[str, str] = field(default_factory=dict)  # Vapi: its own id of each caller number
    expects: tuple[str, ...] = ()  # the variables that it speaks of
    record: bool = False  # its calls are recorded by the provider
    retired: bool = False  # nobody new takes it; what has it goes on


def may_name(account_id: str, secret: str) -> bool:
    """Whether it is a reference, and one that names the account, so that no account uses another's."""
    kind, _, rest = secret.partition(":")
    if kind == "env":
        return bool(re.fullmatch(rf"REVEILLE_SECRET_{re.escape(account_id.upper())}_[A-Z0-9_]+", rest))
    if kind == "file":
        first, *folders, _ = rest.split("/") if "/" in rest else ("no path", rest)
        return first == "" and account_id in folders and ".." not in folders and "\0" not in rest
    managed = _MANAGED.fullmatch(secret)
    return bool(managed and managed[1].startswith(f"{account_id}-"))
