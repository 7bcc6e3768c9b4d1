"""Who speaks on a call, and through which provider."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from service.domain.account import Account
from service.domain.agent import MACHINES, OF_SCRIPTS, Agent
from service.domain.call import Attempt, Call, Script
from service.domain.campaign import Campaign, CampaignSettings, agent_on
from service.domain.errors import Invalid
from service.domain.script import fill_in, values_of
from service.ports import Outside, Refused, Telephony, TelephonyUnavailable


@dataclass(frozen=True)
class Speaker:
    """A script, or an agent, which may have a script of its own."""

    script: Script | None
    agent: Agent | None = None

    @property
    def is_recorded(self) -> bool:
        return bool(self.script and self.script.record) or bool(self.agent and self.agent.record)


def speaker_of(outside: Outside, call: Call, campaign: Campaign) -> Speaker | None:
    """The call's own, else the campaign's; None: there is nobody. Raises the store's errors."""
    script, agent_id = call.script, call.agent_id
    if script is None and agent_id is None:
        script, agent_id = campaign.settings.script, agent_on(campaign.settings, call)
    if agent_id is None:
        return Speaker(script) if script else None
    stored = outside.store.get(Agent, agent_id)
    if stored is None or stored.record.account_id != call.account_id:
        return None
    return Speaker(stored.record.script, stored.record)


def usable_agent(outside: Outside, account: Account, agent_id: str, *, may_be_retired: bool = False) -> Agent:
    """Raises Invalid."""
    stored = outside.store.get(Agent, agent_id)
    agent = stored.record if stored and stored.record.account_id == account.id else None
    if agent is None or (agent.retired and not may_be_retired):
        raise Invalid.field("agent", f"there is no agent {agent_id}, or it is retired", "unknown")
    return agent


def refuse_unheard(outside: Outside, script: Script | None) -> None:
    """Here, and not when it would be dialled, if there is nobody to read it out. Raises Invalid."""
    if script and not outside.telephony.takes_scripts:
        why = "goes through a Twilio account in the service's settings, and there is none: name an agent"
        raise Invalid.field("script", why, "no_provider")


def refuse_unknown_lines(agent: Agent, callers: Iterable[str]) -> None:
    """Where the provider knows its numbers by ids of its own. Raises Invalid."""
    unknown = set(callers) - set(agent.line_ids)
    if agent.line_ids and unknown:
        raise Invalid.field("from", f"{agent.id} has no line_ids for {', '.join(sorted(unknown))}")


def with_agent(
    outside: Outside, account: Account, settings: CampaignSettings, had: Collection[str] = ()
) -> CampaignSettings:
    """A campaign without numbers of its own has those that its agents have now. `had`: agents that it had so
    far, which may be retired. Raises Invalid."""
    refuse_unheard(outside, settings.script)
    named = [share.agent_id for share in settings.agents]
    agents = [usable_agent(outside, account, id, may_be_retired=id in had) for id in named]
    for agent in agents:
        refuse_unknown_lines(agent, settings.callers)
        if settings.on_machine not in MACHINES[agent.provider]:
            can = ", ".join(sorted(MACHINES[agent.provider]))
            raise Invalid.field("on_machine", f"with an agent of {agent.provider} it can be {can}")
    return replace(settings, callers=settings.callers or _shared_callers(agents))


def agents_of(settings: CampaignSettings) -> set[str]:
    return {share.agent_id for share in settings.agents}


def callers_of_agents(outside: Outside, settings: CampaignSettings) -> tuple[str, ...]:
    """The numbers that its agents have in common now. One request to the store, where there are agents."""
    if not settings.agents:
        return ()
    found = outside.store.get_many([(Agent, share.agent_id) for share in settings.agents])
    return _shared_callers([stored.record for stored in found if stored])


def _shared_callers(agents: Sequence[Agent]) -> tuple[str, ...]:
    """A call's number is taken before it is known who speaks on it."""
    first = agents[0].callers if agents else ()
    return tuple(caller for caller in first if all(caller in agent.callers for agent in agents))


def expected_variables(outside: Outside, settings: CampaignSettings) -> list[str]:
    """What its agents speak of, each once. One request to the store, where there are agents."""
    if not settings.agents:
        return []
    found = outside.store.get_many([(Agent, share.agent_id) for share in settings.agents])
    return list(dict.fromkeys(name for stored in found if stored for name in stored.record.expects))


def provider_of(speaker: Speaker) -> str:
    """Its name; nothing is loaded for it."""
    return (speaker.agent.provider if speaker.agent else OF_SCRIPTS).value


def filled_in(speaker: Speaker, call: Call) -> tuple[Script | None, dict[str, str]]:
    """The script with the contact's variables; or these, for an agent to speak of."""
    if speaker.script is not None:
        return fill_in(speaker.script, call), {}
    return None, values_of(call)


def reach(outside: Outside, speaker: Speaker) -> Telephony | Refused:
    """Its provider; refused where the agent's secret cannot be read, which takes its time: so it is asked for
    before the dial is committed, and only the request itself comes after."""
    try:
        return outside.telephony.of(speaker.agent)
    except TelephonyUnavailable as error:
        return Refused(str(error), permanent=False)


def telephony_of(outside: Outside, dialed: Attempt) -> Telephony:
    """That through which an attempt was dialled. Raises TelephonyUnavailable, and the store's errors."""
    if dialed.agent_id is None:
        return outside.telephony.of(None)
    stored = outside.store.get(Agent, dialed.agent_id)
    if stored is None:
        raise TelephonyUnavailable(f"The agent {dialed.agent_id} is gone.")
    return outside.telephony.of(stored.record)
