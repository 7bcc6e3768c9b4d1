"""An agent as its user describes it, checked, and how it is shown; and how a campaign names some."""

import re
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from service.domain.agent import RECORD, SPEAKS_SCRIPTS, Agent, Provider, may_name
from service.domain.campaign import AgentShare
from service.entrypoints.schemas import E164, WEIGHT_MAX, AgentId, Body, ScriptIn, Text, VariableName
from service.entrypoints.views import script_view, time_text
from service.usecases.agents import AgentWish

CALLERS_MAX = 100
EXPECTS_MAX = 50
SPLIT_MAX = 5  # agents of one campaign
TWIML_APP = re.compile(r"AP[0-9a-f]{32}")

ProviderId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Names = Annotated[list[VariableName], Field(max_length=EXPECTS_MAX)]


class AgentIn(Body):
    """Validated in the context of the account's id."""

    model_config = ConfigDict(title="agent")

    name: Text
    provider: Provider = Field(strict=False)
    secret: Annotated[
        str,
        StringConstraints(max_length=300),
        Field(
            description="Where its credentials are. The reference names the account.",
            examples=["env:REVEILLE_SECRET_ACC_0D2C8F6B1E7A4395B8C1D0E6_VOICE"],
        ),
    ]
    assistant: ProviderId | None = None  # the provider's own id of who speaks; at Twilio, of a TwiML app
    connection: ProviderId | None = None  # Twilio: the account's SID; Telnyx: the application
    script: ScriptIn | None = None
    callers: Annotated[list[E164], Field(max_length=CALLERS_MAX)] = Field(default=[], alias="from")
    line_ids: Annotated[dict[E164, ProviderId], Field(max_length=CALLERS_MAX)] = Field(default={})
    expects: Names = Field(default=[])
    record: bool = Field(default=False, description="Twilio and Telnyx record its calls.")

    @field_validator("secret")
    @classmethod
    def _of_the_account(cls, secret: str, info: ValidationInfo) -> str:
        if not may_name(str(info.context), secret):
            raise ValueError(
                "is no reference that names this account, as env:REVEILLE_SECRET_ACC_..._NAME, "
                "file:/.../acc_.../name or projects/.../secrets/acc_...-name/versions/latest"
            )
        return secret

    @model_validator(mode="after")
    def _as_its_provider_needs(self) -> "AgentIn":
        if self.script is not None and self.provider not in SPEAKS_SCRIPTS:
            raise ValueError(f"an agent of {self.provider} needs an assistant, and no script")
        if (self.assistant is None) == (self.script is None):
            script = "a script or " if self.provider in SPEAKS_SCRIPTS else ""
            raise ValueError(f"an agent of {self.provider} needs {script}an assistant, and not both")
        if self.provider is Provider.TWILIO and self.assistant and not TWIML_APP.fullmatch(self.assistant):
            raise ValueError(
                "the assistant of an agent of twilio is the SID of a TwiML app: AP and 32 digits"
            )
        if self.record and self.provider not in RECORD:
            raise ValueError(f"an agent of {self.provider} decides by itself what is recorded")
        if self.provider in (Provider.TWILIO, Provider.TELNYX) and self.connection is None:
            raise ValueError(f"an agent of {self.provider} needs a connection")
        if self.provider is Provider.VAPI and not set(self.callers) <= set(self.line_ids):
            raise ValueError("an agent of vapi needs line_ids: Vapi's own id of each number in from")
        return self

    def to_wish(self) -> AgentWish:
        return AgentWish(
            name=self.name,
            provider=self.provider,
            secret=self.secret,
            assistant=self.assistant or "",
            connection=self.connection or "",
            script=self.script.to_script() if self.script else None,
            callers=tuple(dict.fromkeys(self.callers)),
            line_ids=self.line_ids,
            expects=tuple(dict.fromkeys(self.expects)),
            record=self.record,
        )


class ShareIn(Body):
    agent: AgentId
    weight: int = Field(default=1, ge=1, le=WEIGHT_MAX)


Split = Annotated[list[ShareIn], Field(min_length=2, max_length=SPLIT_MAX)]


def shares_of(agent: str | list[ShareIn] | None) -> tuple[AgentShare, ...]:
    if isinstance(agent, list):
        return tuple(AgentShare(share.agent, share.weight) for share in agent)
    return (AgentShare(agent),) if agent else ()


def settings_of(agent: Agent) -> dict[str, Any]:
    """What its user decides, in the form in which it is sent."""
    return {
        "name": agent.name,
        "provider": agent.provider,
        "secret": agent.secret,
        "assistant": agent.assistant or None,
        "connection": agent.connection or None,
        "script": script_view(agent.script),
        "from": list(agent.callers),
        "line_ids": agent.line_ids,
        "expects": list(agent.expects),
        "record": agent.record,
    }


def agent_view(agent: Agent) -> dict[str, Any]:
    """The reference to its secret, never the secret."""
    return {
        "id": agent.id,
        **settings_of(agent),
        "created_at": time_text(agent.created_at),
        "retired": agent.retired,
    }
