"""The agents of an account: who may speak on its calls, and through which provider."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from service.domain.account import Account
from service.domain.agent import Agent, Provider
from service.domain.call import Script
from service.domain.errors import Invalid, NotFound
from service.ports import Conflict, Create, Heard, Outside, Stored, Webhook
from service.usecases import account_queries
from service.usecases.audit import record_change
from service.usecases.changes import change
from service.usecases.reading import Cursor, Page, page_of
from service.usecases.record_event import record_event


@dataclass(frozen=True)
class AgentWish:
    """What the user decides."""

    name: str
    provider: Provider
    secret: str
    assistant: str = ""
    connection: str = ""
    script: Script | None = None
    callers: tuple[str, ...] = ()
    line_ids: dict[str, str] = field(default_factory=dict)
    expects: tuple[str, ...] = ()
    record: bool = False


def create_agent(outside: Outside, account: Account, wish: AgentWish, token: str | None = None) -> Agent:
    """`token` names it; repeated with the same one, the agent that is there already."""
    id = f"agt_{token or outside.new_token()}"
    agent = Agent(id, account.id, outside.clock.now(), **vars(wish))
    try:
        outside.store.commit([Create(agent), *record_change(outside, None, agent)])
    except Conflict:
        stored = outside.store.get(Agent, id) if token else None
        if stored is None:
            raise
        return stored.record
    return agent


def find_agent(outside: Outside, account: Account, agent_id: str) -> Stored[Agent]:
    """Raises NotFound, also for another account's."""
    stored = outside.store.get(Agent, agent_id)
    if stored is None or stored.record.account_id != account.id:
        raise NotFound(f"There is no agent {agent_id}.")
    return stored


def list_agents(outside: Outside, account: Account, limit: int, after: Cursor | None) -> Page[Agent]:
    """The oldest first; also those that are retired."""
    return page_of(outside, account_queries.agents_of_account(account.id, limit + 1, after), limit)


def edit_agent(
    outside: Outside, account: Account, agent_id: str, amend: Callable[[Agent], AgentWish]
) -> Agent:
    """Holds from the next dial on. Its provider stays: calls that it has placed are asked for there.
    Raises NotFound, Invalid, and whatever `amend` raises."""
    read = find_agent(outside, account, agent_id)

    def decide(agent: Agent) -> Agent:
        wish = amend(agent)
        if wish.provider is not agent.provider:
            raise Invalid.field("provider", "cannot be changed: make another agent")
        return replace(agent, **vars(wish))

    record = partial(record_change, outside)
    edited = change(outside.store, Agent, agent_id, decide, read=read, record=record)
    assert edited is not None
    return edited


def retire_agent(outside: Outside, account: Account, agent_id: str) -> None:
    """Nobody new takes it; campaigns and calls that have it go on. Harmless when repeated."""
    read = find_agent(outside, account, agent_id)
    change(
        outside.store,
        Agent,
        agent_id,
        lambda agent: None if agent.retired else replace(agent, retired=True),
        read=read,
        record=partial(record_change, outside),
    )


def hear(outside: Outside, provider: str, agent_id: str, webhook: Webhook) -> tuple[Heard | None, bool]:
    """What an agent's provider has posted, and whether it changed a call. Raises NotFound, NotSigned and
    Invalid; TelephonyUnavailable, Busy and the store's errors: then the provider posts it again."""
    stored = outside.store.get(Agent, agent_id)
    if stored is None or stored.record.provider != provider:
        raise NotFound("There is no such agent.")
    received = replace(webhook, received_at=outside.clock.now())
    heard = outside.telephony.of(stored.record).parse_webhook(received)
    if heard is None:
        return None, False
    of = heard.reference
    return heard, record_event(outside, of.call_id, of.attempt, heard.event, agent_id)
