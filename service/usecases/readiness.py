"""What a campaign needs, or it could call nobody: a number to call from, and hours that come.

It is looked at when it is started, resumed or edited. A number that is taken from its account later is missed
when a call is to be dialled: then the campaign is paused, and none of its calls is lost.
"""

from service.domain.account import Account
from service.domain.campaign import Campaign, Status, pause_by
from service.domain.errors import Detail
from service.domain.openings import closed_for_good
from service.domain.outbox import Event
from service.ports import Outside, Write
from service.usecases import outbox, prompts
from service.usecases.callers import pool_of
from service.usecases.changes import change

NO_CALLER_NUMBER = "no_caller_number"


def lack_of(outside: Outside, account: Account, campaign: Campaign) -> Detail | None:
    """The field that says what it lacks, and why; None: it can call somebody, now or later."""
    if not pool_of(campaign, account):
        return Detail("from", "missing", "neither it nor the account has a number to call from")
    field = closed_for_good(campaign, account, outside.rulebook, outside.clock.now())
    return Detail(field, "never", "leaves no moment to call any of its contacts") if field else None


def pause_without_caller(outside: Outside, account: Account, campaign_id: str) -> None:
    """Its user resumes it when there is a number again: to try each of its calls in vain, or to put each off,
    would cost reads and writes for as long as nobody looks. Raises Busy, the store's errors."""
    events: list[Event] = []

    def decide(campaign: Campaign) -> Campaign | None:
        missed = campaign.status is Status.RUNNING and not pool_of(campaign, account)
        return pause_by(campaign, NO_CALLER_NUMBER) if missed else None

    def tell(before: Campaign, after: Campaign) -> list[Write]:
        events[:] = outbox.of_campaign(outside, account, before, after)
        return outbox.creates(events)

    if change(outside.store, Campaign, campaign_id, decide, record=tell) is not None:
        prompts.ask_for_deliveries(outside, events)
