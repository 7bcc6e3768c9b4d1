"""A contact asks to be called at another time."""

from datetime import datetime, timedelta
from functools import partial

from service.contacts.numbers import Rejected, parse_number
from service.domain import calls
from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.calling_hours import timetable_of
from service.domain.campaign import Campaign, CampaignSettings, Status, agent_on, direct_queue
from service.domain.errors import Invalid, WrongState
from service.ports import Outside
from service.usecases.audit import record_change
from service.usecases.changes import change
from service.usecases.direct_calls import DirectCall, create_call
from service.usecases.pass_at_once import pass_at_once
from service.usecases.pulling import pull_campaign, pull_clock
from service.usecases.reading import find_call

CALLBACK_DAYS_MAX = 90


def call_back(
    outside: Outside, account: Account, call_id: str, at: datetime, token: str | None = None
) -> Call:
    """The call that is made then: this one, or a new direct call in the stead of one that has ended. `token`
    names a new one: repeated with the same one, the call that is there already.

    Raises NotFound; Invalid for a moment at which nobody can be called; WrongState where the call was called
    off, or its campaign is canceled; Busy and the store's errors."""
    _refuse_moment(at, outside.clock.now())
    read = find_call(outside, account, call_id)
    campaign = _campaign_of(outside, read.record)
    if read.record.is_final:
        return _call_anew(outside, account, read.record, campaign, at, token)
    _refuse_if_never(outside, account, campaign.settings, read.record.cohort, at)
    moved = change(
        outside.store,
        Call,
        call_id,
        lambda call: None if call.is_final else _moved(call, campaign, at),
        pull_campaign(campaign.id),
        pull_clock(campaign.lane),
        read=read,
        record=partial(record_change, outside),
    )
    if moved is None:  # it has ended just now
        ended = find_call(outside, account, call_id).record
        return _call_anew(outside, account, ended, campaign, at, token)
    if not moved.live:
        pass_at_once(outside, campaign.lane)
    return moved


def _refuse_moment(at: datetime, now: datetime) -> None:
    if at <= now:
        raise Invalid.field("at", "must be in the future")
    if at > now + timedelta(days=CALLBACK_DAYS_MAX):
        raise Invalid.field("at", f"must be at most {CALLBACK_DAYS_MAX} days ahead")


def _campaign_of(outside: Outside, call: Call) -> Campaign:
    stored = outside.store.get(Campaign, call.campaign_id)
    if stored is None:
        raise WrongState(f"The call {call.id} has lost its campaign.")
    return stored.record


def _refuse_if_never(
    outside: Outside, account: Account, settings: CampaignSettings, cohort: str, at: datetime
) -> None:
    """It may have to wait for its hours; but they must come."""
    if timetable_of(settings, account, cohort, outside.rulebook, at).next_opening(at) is None:
        raise Invalid.field("at", "there are no calling hours for this number from then on")


def _moved(call: Call, campaign: Campaign, at: datetime) -> Call:
    """One that is claimed gives its slot back: else it would ring now."""
    if campaign.status is Status.CANCELED:
        message = f"The campaign {campaign.id} is canceled: its calls are made no more."
        allowed = set(Status) - {Status.CANCELED, Status.ARCHIVED}
        raise WrongState.of(message, "status", campaign.status, *allowed)
    if call.called_off:
        raise WrongState(f"The call {call.id} is being canceled: ask again once it has ended.")
    waiting = calls.release(call, due_at=at) if call.state is State.CLAIMED else call
    return calls.call_back(waiting, at=at)


def _call_anew(
    outside: Outside, account: Account, ended: Call, campaign: Campaign, at: datetime, token: str | None
) -> Call:
    """It shows the number that the contact knows."""
    settings = direct_queue(account.id, account.lane, at).settings
    _refuse_if_never(outside, account, settings, ended.cohort, at)
    try:
        to = parse_number(ended.to, account)
    except Rejected as rejected:  # the account may not call there any more
        raise Invalid.field("to", rejected.message, rejected.code) from rejected
    script, agent_id = ended.script, ended.agent_id
    if script is None and agent_id is None:
        script, agent_id = campaign.settings.script, agent_on(campaign.settings, ended)
    if script is None and agent_id is None:
        raise WrongState(f"The call {ended.id} has no script that could be heard again.")
    callers = (ended.caller, *(dial.caller for dial in ended.attempts[-1:]), *campaign.settings.callers)
    wanted = DirectCall(
        to=to,
        script=script,
        agent_id=agent_id,
        caller=next(filter(None, callers), None),
        name=ended.name,
        variables=ended.variables,
        external_id=ended.external_id,
        not_before=at,
        cohort=ended.cohort,
    )
    return create_call(outside, account, wanted, token).call
