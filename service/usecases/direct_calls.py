"""A call that a user asks for by itself; it goes before all campaigns. And calling one off."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from service.domain import calls
from service.domain.account import Account
from service.domain.call import Call, Script, State
from service.domain.campaign import Campaign, direct_queue_id
from service.domain.errors import Busy, Invalid, WrongState
from service.ports import (
    CommitUnknown,
    Conflict,
    Create,
    Outside,
    StoreUnavailable,
    TelephonyUnavailable,
)
from service.usecases import prompts, queries
from service.usecases.audit import record_change
from service.usecases.changes import change
from service.usecases.explain import explain
from service.usecases.outbox import change_call, told
from service.usecases.pass_at_once import pass_at_once
from service.usecases.pulling import pull_campaign, pull_clock
from service.usecases.reading import find_call
from service.usecases.speakers import refuse_unheard, refuse_unknown_lines, telephony_of, usable_agent

# One that is dialing, or uncertain, only once the provider has named it.
CANCELABLE = (State.QUEUED, State.CLAIMED, State.RINGING, State.IN_PROGRESS)


@dataclass(frozen=True)
class DirectCall:
    """What the user asked for."""

    to: str  # E.164
    script: Script | None = None
    agent_id: str | None = None  # who speaks in the script's stead
    caller: str | None = None
    name: str | None = None
    variables: dict[str, str] | None = None
    external_id: str | None = None
    not_before: datetime | None = None
    cohort: str = ""  # where the number is


@dataclass(frozen=True)
class Placed:
    """The call, and for one that still waits its place in the account's direct queue and why."""

    call: Call
    position: int | None = None
    reason: str | None = None


def create_call(outside: Outside, account: Account, wanted: DirectCall, token: str | None = None) -> Placed:
    """Stored and claimed at once if there is a slot. `token` names it; repeated with the same one, the call
    that is there already. Raises Invalid, and the store's errors."""
    now = outside.clock.now()
    refuse_unheard(outside, wanted.script)
    agent = usable_agent(outside, account, wanted.agent_id) if wanted.agent_id else None
    if agent and wanted.caller:
        refuse_unknown_lines(agent, [wanted.caller])
    caller = wanted.caller or (agent.callers[0] if agent and agent.callers else None)
    if caller is None and account.caller is None:
        raise Invalid.field("from", "is missing, and the account has no number to call from", "missing")
    queue = direct_queue_id(account.id)
    call = Call(
        id=f"call_{token or outside.new_token()}",
        account_id=account.id,
        campaign_id=queue,
        lane=account.lane,
        to=wanted.to,
        created_at=now,
        due_at=max(wanted.not_before or now, now),
        name=wanted.name,
        variables=wanted.variables or {},
        external_id=wanted.external_id,
        caller=caller,
        script=wanted.script,
        agent_id=wanted.agent_id,
        cohort=wanted.cohort,
    )
    _let_into_queue(outside, queue, wanted.cohort)
    pulls = [pull_campaign(queue), pull_clock(account.lane)]
    try:
        outside.store.commit([Create(call), *pulls, *record_change(outside, None, call)])
    except (CommitUnknown, Conflict):
        # To say "try again" would make a second call of it, or none for ever: the answer is in the store.
        if outside.store.get(Call, call.id) is None:
            raise
    pass_at_once(outside, account.lane)
    try:
        return _placed(outside, account, find_call(outside, account, call.id).record)
    except StoreUnavailable:  # it is stored, whatever has become of it since
        return Placed(call, 1, "It is stored; its place could not be read.")


def _let_into_queue(outside: Outside, queue_id: str, cohort: str) -> None:
    """A queue knows where its contacts are. It forgets no place, so the call itself can pull it blindly."""
    read = outside.store.get(Campaign, queue_id)
    if read is not None and cohort not in read.record.cohorts:
        change(outside.store, Campaign, queue_id, lambda queue: _with_cohort(queue, cohort), read=read)


def _with_cohort(queue: Campaign, cohort: str) -> Campaign | None:
    return None if cohort in queue.cohorts else replace(queue, cohorts=(*queue.cohorts, cohort))


def _placed(outside: Outside, account: Account, call: Call) -> Placed:
    if call.state is not State.QUEUED:
        return Placed(call)
    position = outside.store.count(queries.waiting_until(call.campaign_id, call.due_at))
    if call.due_at > outside.clock.now():
        return Placed(call, position, "It waits for its not_before.")
    blocks = explain(outside, account, call).blocks
    return Placed(call, position, blocks[0].message if blocks else "It is next.")


def cancel_call(outside: Outside, account: Account, call_id: str) -> Call:
    """One that waits never rings; one on the line is hung up, and its webhook ends it.

    Raises NotFound; WrongState for one that has ended, or whose dial is in doubt."""
    read = find_call(outside, account, call_id)
    held_slot = False

    def decide(call: Call) -> Call | None:
        nonlocal held_slot
        if call.state in {State.QUEUED, State.CLAIMED}:
            held_slot = call.live
            return calls.finish(told(account, call), State.CANCELED, now=outside.clock.now())
        if call.state is State.CANCELED or call.called_off:
            return None
        if call.is_final or call.dialed is None or call.dialed.provider_id is None:
            message = f"The call {call.id} is {call.state}: there is nothing to cancel."
            raise WrongState.of(message, "state", call.state, *CANCELABLE)
        return calls.call_off(call)  # first: a busy line that crosses the hang-up is not tried again

    record = partial(record_change, outside)
    changed = change_call(outside, call_id, decide, read=read, record=record)
    call = changed or find_call(outside, account, call_id).record
    if call.called_off and not call.is_final:
        _hang_up(outside, call)
    elif held_slot:
        prompts.ask_for_refill(outside, call.lane, outside.clock.now())
    return call


def _hang_up(outside: Outside, call: Call) -> None:
    if call.dialed is None or call.dialed.provider_id is None:  # it has come back to the queue since
        return
    try:
        telephony_of(outside, call.dialed).hang_up(call.dialed.provider_id)
    except TelephonyUnavailable as error:
        raise Busy(f"The provider could not be asked to end the call {call.id}: {error}") from error
