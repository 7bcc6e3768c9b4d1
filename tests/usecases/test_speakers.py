"""Who speaks on a call decides which provider dials, hangs up and is asked."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.agent import Agent, Provider
from service.domain.call import Conversation, Script, State
from service.domain.callee import Callee, callee_id
from service.domain.campaign import AgentShare, Campaign, Machine, Retry
from service.domain.events import CallEvent
from service.pooled_http import PooledHttp
from service.ports import (
    Ambiguous,
    Capabilities,
    Create,
    Queue,
    Refused,
    StoreUnavailable,
    TelephonyUnavailable,
)
from service.providers.registry import Registry
from service.usecases.enquiry import UNANSWERED_MAX
from service.usecases.place_call import Result
from service.usecases.reading import results_of_agents
from service.usecases.record_event import record_event
from tests.support.fakes import committing, raising
from tests.support.world import NOON, World

KEPT = Conversation(transcript="AI: Hello.", recording_url="https://r.example/1.wav")


def with_agent(world: World, account_id: str = "acc_1", **settings):
    world.account()
    agent = Agent("agt_1", account_id, NOON, "Ada", Provider.RETELL, "env:X", assistant="a")
    world.store.inner.commit([Create(agent)])
    world.campaign(calls=1, script=None, agents=(AgentShare("agt_1"),), **settings)


def claim(world: World):
    world.run()
    (task,) = world.tasks.take(Queue.CALLS)
    return task


def hear(world: World, event: CallEvent, attempt: int = 1, agent_id: str | None = "agt_1") -> bool:
    return record_event(world.elsewhere, "cmp_1-0000", attempt, event, agent_id)


def test_the_campaign_s_agent_dials_and_is_told_the_variables(world: World) -> None:
    with_agent(world)
    task = claim(world)
    world.edit(type(world.call()), "cmp_1-0000", name="Zoë", variables={"day": "Monday"})
    assert world.handle(task) is Result.PLACED
    (order,) = world.telephony.orders
    assert (order.script, order.variables["name"], order.variables["day"]) == (None, "Zoë", "Monday")
    dialed = world.call().attempts[0]
    assert (dialed.provider, dialed.agent_id, order.key) == ("retell", "agt_1", dialed.owner)
    assert world.telephony.agents == ["agt_1"]


@pytest.mark.parametrize(
    ("script", "agent", "recorded"),
    [
        (Script(twiml="<Response/>"), None, False),
        (Script(twiml="<Response/>", record=True), None, True),
        (None, {"provider": Provider.TELNYX, "assistant": "a"}, False),
        (None, {"provider": Provider.TELNYX, "assistant": "a", "record": True}, True),
        (None, {"provider": Provider.TWILIO, "script": Script(url="https://x.example", record=True)}, True),
    ],
)
def test_a_call_is_recorded_where_its_script_or_its_agent_says_so(
    world: World, script: Script | None, agent: dict[str, Any] | None, recorded: bool
) -> None:
    world.account()
    if agent:
        world.store.inner.commit([Create(Agent("agt_1", "acc_1", NOON, "Ada", secret="env:X", **agent))])
    world.campaign(calls=1, script=script, agents=(AgentShare("agt_1"),) if agent else ())
    world.handle(claim(world))
    (order,) = world.telephony.orders
    assert order.record is recorded


def test_an_agent_costs_one_read_more_than_a_script(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    task = claim(world)
    with world.meter.measure() as script:
        world.handle(task)
    with_agent_world = World(world.store.inner, world.meter, world.clock)
    agent = Agent("agt_1", "acc_1", NOON, "Ada", Provider.RETELL, "env:X", assistant="a")
    with_agent_world.store.inner.commit([Create(agent)])
    with_agent_world.campaign("cmp_2", calls=1, script=None, agents=(AgentShare("agt_1"),))
    task = claim(with_agent_world)
    with world.meter.measure() as spoken:
        with_agent_world.handle(task)
    assert (spoken.reads - script.reads, spoken.writes - script.writes) == (1, 0)


@pytest.mark.parametrize("owner", ["acc_2", None])
def test_a_call_whose_agent_is_another_account_s_or_gone_fails(world: World, owner: str | None) -> None:
    with_agent(world, account_id=owner or "acc_1")
    task = claim(world)
    if owner is None:
        world.edit(type(world.get(Agent, "agt_1")), "agt_1", account_id="acc_9")
    assert world.handle(task) is Result.REFUSED
    assert (world.call().state, world.telephony.orders) == (State.FAILED, [])


def test_the_next_request_of_an_attempt_that_was_refused_has_another_key(world: World) -> None:
    with_agent(world)
    world.telephony.answers = [Refused("429", permanent=False, retry_after_seconds=120)]
    assert world.handle(claim(world)) is Result.RELEASED
    assert world.call().due_at == NOON + timedelta(seconds=120)  # as long as the provider asks for
    world.pass_over(minutes=2)
    world.handle(claim(world))
    first, second = world.telephony.orders
    assert (first.attempt, second.attempt) == (1, 1)
    assert first.key != second.key


def test_an_agent_whose_key_no_request_can_hold_dials_nobody_and_nothing_of_it_is_in_doubt(
    world: World,
) -> None:
    class Copied:
        def read(self, _agent: Agent) -> dict[str, str]:
            return {"api_key": "key_1\u200b"}  # a sign that nobody sees came along from a page

    registry = Registry(None, PooledHttp(), Copied(), "https://r.example")
    world.outside = replace(world.outside, telephony=registry)
    with_agent(world)
    assert world.handle(claim(world)) is Result.RELEASED
    call = world.call()
    assert (call.state, call.spent) == (State.QUEUED, 0)


def test_what_another_agent_s_provider_says_changes_nothing(world: World) -> None:
    with_agent(world)
    world.handle(claim(world))
    ended = CallEvent(State.COMPLETED, "CA1", 42)
    assert not hear(world, ended, agent_id="agt_2")
    assert not hear(world, ended, agent_id=None)
    assert world.call().state is State.DIALING
    assert hear(world, ended)


def test_what_is_kept_of_a_call_is_taken_over_long_after_its_end_and_frees_no_slot_again(
    world: World,
) -> None:
    with_agent(world)
    world.handle(claim(world))
    hear(world, CallEvent(State.COMPLETED, "CA1", 42))
    asked = len(world.tasks.asked)
    late = CallEvent(State.COMPLETED, "CA1", 42, conversation=KEPT)
    assert hear(world, late)
    assert not hear(world, late)
    assert world.call().attempts[0].conversation == KEPT
    assert (world.call().state, len(world.tasks.asked)) == (State.COMPLETED, asked)


def test_what_is_kept_of_a_call_whose_webhooks_were_lost_is_taken_over_when_it_is_asked_about(
    world: World,
) -> None:
    with_agent(world)
    world.handle(claim(world))
    world.telephony.known["CA1"] = CallEvent(State.COMPLETED, "CA1", 42, conversation=KEPT)
    world.pass_over(minutes=2)
    world.run()
    (dialed,) = world.call().attempts
    assert (world.call().state, dialed.conversation) == (State.COMPLETED, KEPT)


def test_what_names_our_reference_and_no_call_is_kept_and_moves_nothing(world: World) -> None:
    with_agent(world)
    world.handle(claim(world))
    before = world.call()
    nameless = CallEvent(State.COMPLETED, "", 42, conversation=KEPT)
    assert hear(world, nameless)
    (dialed,) = world.call().attempts
    assert (world.call().state, dialed.conversation) == (before.state, KEPT)
    assert dialed.provider_id == "CA1"


def test_what_names_no_call_does_not_name_a_dial_whose_answer_was_lost(world: World) -> None:
    with_agent(world)
    world.telephony.answers = [Ambiguous("timed out")]
    world.handle(claim(world))
    assert hear(world, CallEvent(State.COMPLETED, "", conversation=KEPT))
    (dialed,) = world.call().attempts
    assert (world.call().state, dialed.provider_id, dialed.conversation) == (State.UNCERTAIN, None, KEPT)


def test_what_is_kept_of_an_earlier_attempt_goes_to_that_attempt(world: World) -> None:
    with_agent(world, retry=Retry(failed=(1,)))
    world.handle(claim(world))
    hear(world, CallEvent(State.FAILED, "CA1", 3))
    assert hear(world, CallEvent(State.FAILED, "CA1", 3, conversation=KEPT))
    call = world.call()
    assert (call.state, call.attempt, call.attempts[0].conversation) == (State.QUEUED, 2, KEPT)
    assert not hear(world, CallEvent(State.FAILED, "CA9", 3, conversation=Conversation(summary="no")))


def test_a_long_transcript_is_cut_to_what_a_document_holds(world: World) -> None:
    with_agent(world)
    world.handle(claim(world))
    long = Conversation(transcript="é" * 100_000, summary="s" * 5_000)
    hear(world, CallEvent(State.COMPLETED, "CA1", 42, conversation=long))
    kept = world.call().attempts[0].conversation
    assert (kept.transcript, kept.summary) == ("é" * 12_000, "s" * 3_000)


def test_what_became_of_a_lost_order_is_asked_of_the_agent_s_provider(world: World) -> None:
    with_agent(world)
    world.telephony.answers = [Ambiguous("timed out")]
    world.handle(claim(world))
    world.telephony.found = [CallEvent(State.IN_PROGRESS, "CA7")]
    world.telephony.agents.clear()
    world.pass_over(minutes=1)
    world.run()
    assert world.telephony.agents == ["agt_1"]
    assert world.call().dialed.provider_id == "CA7"


def test_a_provider_that_keeps_our_reference_is_believed_whoever_else_dials_the_number(world: World) -> None:
    """By the numbers alone two dials in doubt could not be told apart."""
    with_agent(world)
    world.account("acc_2")
    world.telephony.capabilities = Capabilities(finds_by_reference=True)
    world.telephony.answers = [Ambiguous("timed out"), Ambiguous("timed out")]
    world.handle(claim(world))
    world.place_direct(world.call().to, account="acc_2")
    for task in world.tasks.take(Queue.CALLS):
        world.handle(task)
    world.telephony.found = [CallEvent(State.IN_PROGRESS, "CA7")]
    world.pass_over(minutes=1)
    world.run()
    assert world.call().dialed.provider_id == "CA7"


def test_a_machine_is_hung_up_on_by_the_agent_s_provider(world: World) -> None:
    with_agent(world, on_machine=Machine.HANG_UP)
    world.handle(claim(world))
    world.telephony.agents.clear()
    hear(world, CallEvent(State.IN_PROGRESS, "CA1", machine=True))
    assert (world.telephony.hung_up, world.telephony.agents) == (["CA1"], ["agt_1"])


def test_a_call_of_which_its_provider_knows_only_that_it_is_over_ends_as_unconfirmed(world: World) -> None:
    with_agent(world)
    world.handle(claim(world))
    hear(world, CallEvent(State.IN_PROGRESS, "CA1"))
    world.telephony.known["CA1"] = CallEvent(State.UNCONFIRMED, "CA1", 40, "It is over, not how.")
    world.pass_over(hours=2)
    world.run()
    call = world.call()
    assert (call.state, call.live, call.attempts[0].duration_seconds) == (State.UNCONFIRMED, False, 40)


def test_a_number_whose_owner_has_opted_out_at_the_provider_is_called_no_more(world: World) -> None:
    with_agent(world)
    world.telephony.answers = [Refused("Twilio error 21610", permanent=True, opted_out=True)]
    assert world.handle(claim(world)) is Result.REFUSED
    placed = world.place_direct(world.call().to).call
    for task in world.tasks.take(Queue.CALLS):
        assert world.handle(task) is Result.CANCELED
    assert world.call(placed.id).state is State.CANCELED
    assert len(world.telephony.orders) == 1


def test_who_asks_an_agent_for_no_more_calls_gets_none(world: World) -> None:
    with_agent(world)
    world.handle(claim(world))
    said = CallEvent(State.COMPLETED, "CA1", 42, opted_out=True)
    assert not hear(world, said, agent_id="agt_2")
    listed = callee_id("acc_1", world.call().to)
    before = world.store.inner.get(Callee, listed)
    assert before is None or not before.record.do_not_call
    assert hear(world, said)
    assert world.get(Callee, listed).do_not_call
    placed = world.place_direct(world.call().to).call
    for task in world.tasks.take(Queue.CALLS):
        assert world.handle(task) is Result.CANCELED
    assert world.call(placed.id).state is State.CANCELED


def test_an_opt_out_that_was_heard_and_could_not_be_stored_is_posted_again(world: World) -> None:
    """The provider is told to try again: the call has ended already, and its slot is free."""
    with_agent(world)
    world.handle(claim(world))
    said = CallEvent(State.COMPLETED, "CA1", 42, opted_out=True)
    world.store.before(committing(Callee), raising(StoreUnavailable("503")))
    with pytest.raises(StoreUnavailable):
        record_event(world.outside, "cmp_1-0000", 1, said, "agt_1")
    assert world.tasks.passes("refill")
    assert not hear(world, said)
    assert world.get(Callee, callee_id("acc_1", world.call().to)).do_not_call


def test_a_split_campaign_shares_its_calls_out_by_weight_and_counts_how_each_agent_did(world: World) -> None:
    world.account()
    for id in ("agt_1", "agt_2"):
        agent = Agent(id, "acc_1", NOON, id, Provider.RETELL, "env:X", assistant="a")
        world.store.inner.commit([Create(agent)])
    split = (AgentShare("agt_1", 3), AgentShare("agt_2", 1))
    world.campaign(calls=40, script=None, agents=split, retry=Retry(busy=(1,)))
    world.limit(calls_in_flight_max=100, account_calls_in_flight_max=100)
    world.run()
    world.carry()
    spoken = {call.id: call.spoken_by for call in world.calls()}
    for id, agent in spoken.items():
        outcome = State.BUSY if agent == "agt_2" else State.COMPLETED
        dialed = world.call(id).dialed
        assert dialed.agent_id == agent
        record_event(world.elsewhere, id, 1, CallEvent(outcome, dialed.provider_id, 9), agent)
    first, second = results_of_agents(world.outside, world.get(Campaign, "cmp_1"))
    assert first["total"] + second["total"] == 40
    assert 22 <= first["total"] <= 38  # 30, give or take what chance does
    assert (first["completed"], first["busy"]) == (first["total"], 0)
    assert (second["queued"], second["completed"]) == (second["total"], 0)
    campaign: Campaign = world.get(Campaign, "cmp_1")
    turned = (AgentShare("agt_1", 1000), AgentShare("agt_2", 1))
    world.edit(Campaign, "cmp_1", settings=replace(campaign.settings, agents=turned))
    world.pass_over(minutes=1)
    world.run()
    world.carry()
    assert {call.id: call.spoken_by for call in world.calls()} == spoken  # a further try has the same agent


def test_an_agent_s_secret_is_read_before_the_dial_is_committed(world: World) -> None:
    """Reading it may take seconds: the window, and the handler's time, are looked at after that."""
    with_agent(world)
    task = claim(world)
    looked: list[State] = []
    of = world.telephony.of

    def read_slowly(agent: Agent | None) -> Any:
        looked.append(world.call().state)
        world.pass_over(seconds=9)
        return of(agent)

    world.telephony.of = read_slowly
    assert world.handle(task) is Result.RELEASED
    assert (looked, world.telephony.orders) == ([State.CLAIMED], [])


def doubtful(world: World, n: int, calls: int) -> None:
    """An account whose agent has placed so many calls of which nobody knows whether they ring."""
    world.account(f"acc_{n}")
    agent = Agent(f"agt_{n}", f"acc_{n}", NOON, "Ada", Provider.RETELL, "env:X", assistant="a")
    world.store.inner.commit([Create(agent)])
    shares = (AgentShare(agent.id),)
    world.campaign(f"cmp_{n}", calls=calls, account=f"acc_{n}", script=None, agents=shares)
    world.telephony.answers = [Ambiguous("lost")] * calls
    world.run()
    world.carry()
    world.pass_over(seconds=1)


def lose_secret_of(world: World, agent_id: str) -> None:
    of = world.telephony.of

    def gone(agent: Agent | None) -> Any:
        if agent is not None and agent.id == agent_id:
            raise TelephonyUnavailable("The agent's secret is not there.")
        return of(agent)

    world.telephony.of = gone  # type: ignore[method-assign]


CHECKS = (1, 5, 15)  # minutes after a doubtful dial when its provider is asked


def test_one_account_s_lost_secret_does_not_keep_another_s_doubtful_calls_from_being_asked_about(
    world: World,
) -> None:
    world.telephony.capabilities = Capabilities(finds_by_reference=True)
    doubtful(world, 1, UNANSWERED_MAX)
    doubtful(world, 2, 1)
    world.telephony.found = [CallEvent(State.COMPLETED, "RE1", 60)]
    lose_secret_of(world, "agt_1")
    for minute in CHECKS:
        world.clock.move_to(NOON + timedelta(minutes=minute, seconds=5))
        world.run("check")
    assert world.call("cmp_2-0000").state is State.COMPLETED


def test_a_doubtful_call_is_given_up_only_after_a_question_of_its_own(world: World) -> None:
    """Of more calls than a silent provider is asked about in one pass, the last ones wait their turn."""
    world.telephony.capabilities = Capabilities(finds_by_reference=True)
    doubtful(world, 1, UNANSWERED_MAX + 1)
    lose_secret_of(world, "agt_1")
    for minute in CHECKS:
        world.clock.move_to(NOON + timedelta(minutes=minute, seconds=5))
        world.run("check")
    assert world.states() == {"unconfirmed": UNANSWERED_MAX, "uncertain": 1}
    world.pass_over(minutes=1)
    world.run("check")
    assert world.states() == {"unconfirmed": UNANSWERED_MAX + 1}
