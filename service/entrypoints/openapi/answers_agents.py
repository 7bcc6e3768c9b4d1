"""The shape of agents as they are answered."""

from datetime import datetime

from pydantic import ConfigDict, Field

from service.domain.agent import Provider
from service.entrypoints.openapi.answer import Answer, Phone
from service.entrypoints.openapi.answers_campaigns import ScriptOut


class AgentOut(Answer):
    model_config = ConfigDict(title="Agent")

    id: str
    name: str
    provider: Provider
    secret: str | None = Field(
        description="Where its credentials are, for admins alone; they themselves are shown nowhere."
    )
    assistant: str | None = Field(
        description="The provider's own id of who speaks; at Twilio, of a TwiML app."
    )
    connection: str | None
    script: ScriptOut | None
    callers: list[Phone] = Field(alias="from")
    line_ids: dict[str, str] = Field(description="The provider's own id of each caller number.")
    expects: list[str] = Field(description="The variables that it speaks of.")
    record: bool = Field(description="Twilio and Telnyx record its calls.")
    created_at: datetime
    retired: bool = Field(description="Nobody new takes it; what has it goes on.")
