"""What a user does with a campaign."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from service.domain import campaign as campaigns
from service.domain.account import Account
from service.domain.campaign import AWAKE_IN, OVER, Campaign, CampaignSettings, Priority, Status
from service.domain.errors import Detail, Invalid, NotFound, WrongState
from service.ports import Conflict, Create, Outside, Stored
from service.usecases import queries
from service.usecases.audit import record_change
from service.usecases.changes import change
from service.usecases.pass_at_once import pass_at_once
from service.usecases.pulling import pull_clock
from service.usecases.readiness import lack_of
from service.usecases.speakers import agents_of, callers_of_agents, with_agent

STEPS: dict[str, Callable[[Campaign], Campaign]] = {
    "start": campaigns.start,
    "pause": campaigns.pause,
    "resume": campaigns.resume,
    "cancel": campaigns.cancel,
    "archive": campaigns.archive,
}


def create_campaign(
    outside: Outside, account: Account, settings: CampaignSettings, token: str | None = None
) -> Campaign:
    """A draft: nothing rings before it is started. `token` names it; repeated with the same one, the campaign
    that is there already. Raises Invalid for an agent that it cannot have."""
    settings = with_agent(outside, account, settings)
    campaign = Campaign(
        id=f"cmp_{token or outside.new_token()}",
        account_id=account.id,
        lane=account.lane,
        created_at=outside.clock.now(),
        settings=settings,
    )
    try:
        outside.store.commit([Create(campaign), *record_change(outside, None, campaign)])
    except Conflict:
        stored = outside.store.get(Campaign, campaign.id) if token else None
        if stored is None:
            raise
        return stored.record
    return campaign


def edit_campaign(
    outside: Outside,
    account: Account,
    campaign_id: str,
    amend: Callable[[Campaign], CampaignSettings],
    *,
    names_numbers: bool = False,
) -> Campaign:
    """What is new holds from the next claim and the next dial on. `amend` is given the campaign that the
    commit is based on. `names_numbers`: the user has said from which it calls.
    Raises NotFound, WrongState, Invalid for what would leave a running one nobody to call, and whatever
    `amend` raises."""
    read = find_campaign(outside, account, campaign_id)
    edited = change(
        outside.store,
        Campaign,
        campaign_id,
        lambda campaign: campaigns.edit(campaign, _amended(outside, account, campaign, amend, names_numbers)),
        pull_clock(account.lane),
        read=read,
        record=partial(record_change, outside),
    )
    assert edited is not None
    if edited.status in AWAKE_IN:
        pass_at_once(outside, account.lane)
    return edited


def _amended(
    outside: Outside,
    account: Account,
    campaign: Campaign,
    amend: Callable[[Campaign], CampaignSettings],
    names_numbers: bool,
) -> CampaignSettings:
    had, wanted = campaign.settings, amend(campaign)
    if not names_numbers:
        wanted = _without_numbers_of_others(outside, had, wanted)
    wanted = with_agent(outside, account, wanted, agents_of(had))
    if campaign.status is Status.RUNNING:
        _refuse_new_lack(outside, account, campaign, replace(campaign, settings=wanted))
    return wanted


def _refuse_new_lack(outside: Outside, account: Account, before: Campaign, after: Campaign) -> None:
    """Who wants no further call cancels it: such an edit is a slip. What it lacks already is let be."""
    lack = lack_of(outside, account, after)
    if lack is not None and lack != lack_of(outside, account, before):
        raise Invalid(f"{lack.field}: {lack.message}", lack)


def _without_numbers_of_others(
    outside: Outside, had: CampaignSettings, wanted: CampaignSettings
) -> CampaignSettings:
    """The numbers that it had from its agents go with them: the next ones' provider does not know them."""
    if agents_of(had) == agents_of(wanted) or had.callers != callers_of_agents(outside, had):
        return wanted
    return replace(wanted, callers=())


def find_campaign(outside: Outside, account: Account, campaign_id: str) -> Stored[Campaign]:
    """Raises NotFound, also for another account's."""
    stored = outside.store.get(Campaign, campaign_id)
    if stored is None or not _is_theirs(stored.record, account):
        raise NotFound(f"There is no campaign {campaign_id}.")
    return stored


def take_step(outside: Outside, account: Account, campaign_id: str, step: str) -> Campaign:
    """Start, pause, resume, cancel or archive; harmless when repeated. Raises NotFound, WrongState."""
    read = find_campaign(outside, account, campaign_id)
    if step == "start" and not outside.store.find(queries.calls_of_campaign(campaign_id, 1, None)):
        message = f"The campaign {campaign_id} has no contacts yet: import some, then start it."
        raise WrongState.of(message, "progress.total", "0", "1 or more")

    def decide(campaign: Campaign) -> Campaign | None:
        if step == "archive" and campaign.status in OVER:
            _refuse_unless_drained(outside, campaign_id, campaign.status)
        moved = STEPS[step](campaign)
        if moved == campaign:
            return None
        if moved.status is Status.RUNNING and (lack := lack_of(outside, account, moved)):
            message = f"The campaign {campaign_id} could call nobody. {lack.field}: {lack.message}."
            raise WrongState(message, lack)
        return moved

    moved = change(
        outside.store,
        Campaign,
        campaign_id,
        decide,
        pull_clock(account.lane),
        read=read,
        record=partial(record_change, outside),
    )
    if moved is not None and moved.status in AWAKE_IN:
        pass_at_once(outside, account.lane)
    return moved or read.record


def _refuse_unless_drained(outside: Outside, campaign_id: str, status: Status) -> None:
    """What is over gets no more calls: what has drained once stays so. What is live is counted first: a call
    on its way back to the queue would be seen in neither the other way round."""
    live = outside.store.count(queries.live_of_campaign(campaign_id))
    if live or outside.store.find(queries.waiting_calls(campaign_id, 1)):
        message = f"The campaign {campaign_id} is {status}, but some of its calls have not ended yet."
        raise WrongState(message, Detail("status", status, "needs all of its calls to have ended"))


def _is_theirs(campaign: Campaign, account: Account) -> bool:
    return campaign.account_id == account.id and campaign.priority is Priority.CAMPAIGN
