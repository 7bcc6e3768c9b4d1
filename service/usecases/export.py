"""A campaign's calls for an export: page after page, so that no more than one is held."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.domain.account import Account
from service.domain.call import Call
from service.domain.campaign import Campaign
from service.ports import Outside
from service.usecases import queries
from service.usecases.campaigns import find_campaign

EXPORT_PAGE_CALLS = 500


@dataclass(frozen=True)
class Export:
    campaign: Campaign
    pages: Iterator[list[Call]]  # in the order of the import; raises StoreUnavailable


def export_calls(outside: Outside, account: Account, campaign_id: str) -> Export:
    """The first page is read at once: a store that does not answer is known before anything is sent.
    Raises NotFound, StoreUnavailable."""
    campaign = find_campaign(outside, account, campaign_id).record
    first = _page(outside, campaign_id, None)
    return Export(campaign, _pages(outside, campaign_id, first))


def _pages(outside: Outside, campaign_id: str, page: list[Call]) -> Iterator[list[Call]]:
    while page:
        last, is_full = page[-1], len(page) == EXPORT_PAGE_CALLS
        yield page
        page = _page(outside, campaign_id, last) if is_full else []


def _page(outside: Outside, campaign_id: str, behind: Call | None) -> list[Call]:
    after = None if behind is None else (behind.created_at, behind.id)
    found = outside.store.find(queries.calls_of_campaign(campaign_id, EXPORT_PAGE_CALLS, after))
    return [stored.record for stored in found]
