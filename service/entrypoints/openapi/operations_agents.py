"""Agents: who may speak on an account's calls."""

from service.entrypoints.openapi.answer import Page
from service.entrypoints.openapi.answers_agents import AgentOut
from service.entrypoints.openapi.operation import PAGING, Operation
from service.entrypoints.schemas_agents import AgentIn

ONE = "/api/agents/{agent_id}"
TAG = "agents"

OPERATIONS = (
    Operation(
        "GET",
        "/api/agents",
        "list_agents",
        TAG,
        "The account's agents, the oldest first; also those that are retired. `secret` is for admins to see.",
        {200: Page[AgentOut]},
        query=PAGING,
    ),
    Operation(
        "POST",
        "/api/agents",
        "create_agent",
        TAG,
        "Makes an agent: who speaks on calls, through which provider.",
        {201: AgentOut},
        AgentIn,
        {
            "name": "Ada",
            "provider": "retell",
            "assistant": "agent_4f1c",
            "secret": "file:/run/secrets/{account_id}/retell.json",
            "from": ["+13125550100"],
            "expects": ["name", "day"],
        },
        makes="agent_id",
        notes="`secret` says where the provider's credentials are. It names the account: "
        "`env:REVEILLE_SECRET_{ACCOUNT}_{NAME}`, `file:/.../{account}/{name}`, or "
        "`projects/{project}/secrets/{account}-{name}/versions/latest`. "
        "An agent of Twilio has a `script`, or as `assistant` a TwiML app (`AP...`).",
    ),
    Operation("GET", ONE, "get_agent", TAG, "One of them.", {200: AgentOut}, tagged=True),
    Operation(
        "PATCH",
        ONE,
        "edit_agent",
        TAG,
        "Changes it from the next dial on. Its provider stays.",
        {200: AgentOut},
        AgentIn,
        {"name": "Grace"},
        partial=True,
        tagged=True,
    ),
    Operation(
        "DELETE",
        ONE,
        "retire_agent",
        TAG,
        "Nobody new takes it; campaigns and calls that have it go on. Harmless when repeated.",
        {204: None},
    ),
)
