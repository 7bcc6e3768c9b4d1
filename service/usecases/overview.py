"""One campaign at a glance, in as few reads as that takes; and how it does by the hour of the day."""

from dataclasses import dataclass
from typing import Any

from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.campaign import Campaign
from service.ports import Outside
from service.usecases import queries
from service.usecases.campaigns import find_campaign
from service.usecases.explain import Waiting, waiting_of
from service.usecases.reading import Page, progress_of

HOURS = 24


@dataclass(frozen=True)
class Overview:
    campaign: Campaign
    progress: dict[str, int]
    waiting: list[Waiting]
    calls: Page[Call]


@dataclass(frozen=True)
class Hour:
    hour: int  # 0 to 23, by the campaign's clock
    dials: int
    answered: int


def overview_of(outside: Outside, account: Account, campaign_id: str, limit: int) -> Overview:
    """What waits is counted by rule, and adds up to what is queued: that is not counted once more. Whether
    there are more calls than are shown is told by their number. Raises NotFound."""
    campaign = find_campaign(outside, account, campaign_id).record
    waiting = waiting_of(outside, account, campaign)
    progress = progress_of(outside, campaign_id, queued=sum(part.count for part in waiting))
    first = [
        stored.record for stored in outside.store.find(queries.calls_of_campaign(campaign_id, limit, None))
    ]
    cursor: tuple[Any, ...] | None = None
    if first and progress["total"] > len(first):
        cursor = (first[-1].created_at, first[-1].id)
    return Overview(campaign, progress, waiting, Page(first, cursor))


def hours_of(outside: Outside, account: Account, campaign_id: str) -> list[Hour]:
    """Of each call the first dial counts: in which hour it was, and whether it was answered. The others do
    not: whom the first one did not reach is harder to reach at any hour. An aggregation for each hour, and
    one more for each hour in which there were dials. Raises NotFound."""
    find_campaign(outside, account, campaign_id)
    count, found = outside.store.count, []
    for hour in range(HOURS):
        dials = count(queries.dialed_at(campaign_id, hour))
        answered = count(queries.dialed_at_with(campaign_id, hour, State.COMPLETED)) if dials else 0
        found.append(Hour(hour, dials, min(answered, dials)))  # another call may have ended between the two
    return found
