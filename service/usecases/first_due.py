"""When a campaign's next call may ring."""

from datetime import datetime

from service.domain.account import Account
from service.domain.campaign import Campaign
from service.domain.openings import Openings, may_ring_from
from service.ports import Outside
from service.usecases import queries
from service.usecases.quotas import chunks


def first_due(
    outside: Outside, campaign: Campaign, account: Account, openings: Openings, now: datetime
) -> datetime | None:
    """The earliest moment at which one of its waiting calls may ring, or somewhat before that; `now` for what
    will never open again and must expire; None: nothing waits."""
    earliest: datetime | None = None
    for opens_at, cohorts in ((now, openings.never), (now, openings.open), *openings.later):
        if earliest is not None and earliest <= opens_at:
            break  # the later ones cannot be sooner
        for chunk in chunks(cohorts):
            waiting = outside.store.find(queries.waiting_in(campaign.id, chunk, 1))
            if waiting and cohorts is openings.never:
                return now
            if waiting:
                due_at = max(opens_at, waiting[0].record.due_at)
                moment = may_ring_from(campaign, account, chunk, outside.rulebook, due_at)
                earliest = min(moment, earliest or moment)
    return earliest
