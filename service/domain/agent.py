"""An agent: who speaks on an account's calls, and through which provider."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from service.domain.attempt import Script


class Provider(StrEnum):
    TWILIO = "twilio"
    TELNYX = "telnyx"
    VAPI = "vapi"
    RETELL = "retell"
    BOLNA = "bolna"


@dataclass(frozen=True)
class Agent:
    COLLECTION: ClassVar[str] = "agents"

    id: str
    account_id: str
    created_at: datetime
    name: str
    provider: Provider  # it never changes: calls that it has placed are asked for there
    secret: str  # where its credentials are; never they themselves
    assistant: str = ""  # the provider's own id of who speaks; empty: the script does
    connection: str = ""  # Twilio: the account; Telnyx: the call control application
    script: Script | None = None
    callers: tuple[str, ...] = ()  # E.164
    line_ids: dict[str, str] = field(default_factory=dict)  # Vapi: its own id of each caller number
    expects: tuple[str, ...] = ()  # the variables that it speaks of
    retired: bool = False  # nobody new takes it; what has it goes on
