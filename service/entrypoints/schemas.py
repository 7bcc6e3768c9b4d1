"""Bodies of the REST API, checked; each turns into what a use case takes. Unknown fields are refused.

What several bodies are made of, and those of calls; a campaign's is in schemas_campaign.py.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic.functional_validators import AfterValidator

from service.contacts import any_number
from service.contacts.numbers import Rejected
from service.contacts.times import parse_contact_timezone, parse_timezone
from service.domain.call import Script

VARIABLES_MAX = 50
WEIGHT_MAX = 100
TEXT_CHARACTERS_MAX = 200
VARIABLE_NAME_CHARACTERS_MAX = 100
NOT_BEFORE_MAX = datetime(2100, 1, 1, tzinfo=UTC)


class Body(BaseModel):
    """Strict: a number in quotes is not a number. Its title is what messages call it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    def sent(self) -> dict[str, Any]:
        """Its fields without those that have their default because they were not sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def e164(number: str) -> str:
    if not any_number.E164.fullmatch(number):
        raise ValueError(
            "must be a number with + and the country code, in digits alone, such as +13125550100"
        )
    return number


def _zone(parse: Callable[[str], str]) -> AfterValidator:
    def check(name: str) -> str:
        try:
            return parse(name)
        except Rejected as rejected:
            raise ValueError(rejected.message) from rejected

    return AfterValidator(check)


def _variable_name(name: str) -> str:
    """Firestore keeps names with two underscores around them for itself."""
    if not 1 <= len(name) <= VARIABLE_NAME_CHARACTERS_MAX or (name[:2] == name[-2:] == "__"):
        raise ValueError(
            f"a variable's name has 1 to {VARIABLE_NAME_CHARACTERS_MAX} characters, not __ around it"
        )
    return name


def _storable(moment: datetime) -> datetime:
    """In UTC."""
    try:
        in_utc = moment.astimezone(UTC)
    except OverflowError:
        in_utc = NOT_BEFORE_MAX
    if in_utc >= NOT_BEFORE_MAX:
        raise ValueError(f"must be before {NOT_BEFORE_MAX.year}")
    return in_utc


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_CHARACTERS_MAX)]
NUMBER_SCHEMA = {"type": "string", "pattern": f"^{any_number.E164.pattern}$", "examples": ["+13125550142"]}
E164 = Annotated[str, AfterValidator(e164), WithJsonSchema(NUMBER_SCHEMA)]
ZoneName = Annotated[str, _zone(parse_timezone), Field(description="IANA", examples=["America/Chicago"])]
ContactZone = Annotated[
    str, _zone(parse_contact_timezone), Field(description="IANA, of a place", examples=["America/Chicago"])
]
VariableName = Annotated[str, AfterValidator(_variable_name)]
Moment = Annotated[AwareDatetime, AfterValidator(_storable)]


class ScriptIn(Body):
    model_config = ConfigDict(
        title="script", json_schema_extra={"anyOf": [{"required": ["twiml"]}, {"required": ["url"]}]}
    )

    twiml: Annotated[str, StringConstraints(min_length=1, max_length=4000)] | None = None
    url: Annotated[str, StringConstraints(pattern=r"^https://", max_length=2000)] | None = None
    record: bool = Field(default=False, description="The call is recorded; its attempt shows where.")

    @model_validator(mode="after")
    def _one_of_two(self) -> "ScriptIn":
        if (self.twiml is None) == (self.url is None):
            raise ValueError("needs exactly one of twiml and url")
        return self

    def to_script(self) -> Script:
        return Script(self.twiml, self.url, self.record)


ONE_SPEAKS: dict[str, Any] = {"anyOf": [{"required": ["script"]}, {"required": ["agent"]}]}


def one_speaks(script: ScriptIn | None, info: ValidationInfo) -> ScriptIn | None:
    """A body's `agent` stands before its `script`."""
    if (script is None) == (info.data.get("agent") is None):
        raise ValueError("needs exactly one of script and agent")
    return script


AgentId = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Speech = Annotated[ScriptIn | None, AfterValidator(one_speaks), Field(validate_default=True)]


class CallIn(Body):
    """A direct call."""

    model_config = ConfigDict(title="call", json_schema_extra=ONE_SPEAKS)

    to: Text
    agent: AgentId | None = None
    script: Speech = None
    caller: E164 | None = Field(default=None, alias="from")
    name: Annotated[str, StringConstraints(max_length=200)] | None = None
    variables: dict[VariableName, Annotated[str, StringConstraints(max_length=1000)]] = Field(
        default={}, max_length=VARIABLES_MAX
    )
    not_before: Moment | None = None
    timezone: ContactZone | None = None  # the contact's; else what the number tells


class CallbackIn(Body):
    """When a contact wants to be called."""

    model_config = ConfigDict(title="callback")

    at: Moment
