"""What users look at. Reads only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from service.domain.account import Account, ApiKey
from service.domain.agent import Agent
from service.domain.audit import AuditRecord
from service.domain.call import Call, State, imported_call_id
from service.domain.callee import Callee
from service.domain.campaign import Campaign
from service.domain.campaign import Status as CampaignStatus
from service.domain.errors import NotFound
from service.domain.imports import ErrorReport, Import
from service.domain.lane import AWAKE, Lane
from service.domain.outbox import Event
from service.domain.pass_receipt import PassReceipt, receipt_in
from service.domain.states import FINAL, LIVE
from service.ports import Books, Outside, Query, Stored
from service.usecases import account_queries, queries
from service.usecases.call_filter import ALL, CallFilter
from service.usecases.campaigns import find_campaign

Item = TypeVar("Item")
T = TypeVar("T", Account, Agent, ApiKey, AuditRecord, Campaign, Call, Callee, Import, ErrorReport, Event)
Cursor = tuple[Any, ...]


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some of a list; `cursor` continues behind it, None at its end."""

    items: list[Item]
    cursor: Cursor | None


@dataclass(frozen=True)
class Status:
    now: datetime
    next_wake: datetime | None
    reason: str
    calls_in_flight: int


def progress_of(outside: Outside, campaign_id: str, queued: int | None = None) -> dict[str, int]:
    """Counted from the calls: by final state, and what waits, is in flight or uncertain. Adds up to total.
    `queued`: if what waits was counted just now."""
    count = outside.store.count
    live = count(queries.live_of_campaign(campaign_id))
    uncertain = count(queries.calls_in_state(campaign_id, State.UNCERTAIN)) if live else 0
    if queued is None:
        queued = count(queries.calls_in_state(campaign_id, State.QUEUED))
    progress = {
        "queued": queued,
        "in_flight": live - uncertain,
        "uncertain": uncertain,
    }
    for state in sorted(FINAL):
        progress[state.value] = count(queries.calls_in_state(campaign_id, state))
    return {"total": sum(progress.values()), **progress}


def results_of_agents(outside: Outside, campaign: Campaign) -> list[dict[str, Any]]:
    """For each agent of the campaign the calls that it was last dialled for, by state: counted, so exact."""
    return [
        {"agent": id, "weight": weight, **_counts(outside, campaign.id, id)}
        for id, weight in ((share.agent_id, share.weight) for share in campaign.settings.agents)
    ]


def _counts(outside: Outside, campaign_id: str, agent_id: str) -> dict[str, int]:
    def count(*states: State) -> int:
        asked = (queries.calls_of_agent(campaign_id, agent_id, state) for state in states)
        return sum(map(outside.store.count, asked))

    counts = {"queued": count(State.QUEUED), "in_flight": count(*sorted(LIVE))}
    counts |= {state.value: count(state) for state in sorted(FINAL)}
    return {"total": sum(counts.values()), **counts}


def list_campaigns(
    outside: Outside, account: Account, limit: int, after: Cursor | None, status: CampaignStatus | None = None
) -> Page[Campaign]:
    """None: in any status but archived."""
    statuses = queries.LISTED if status is None else (status,)
    return page_of(outside, queries.campaigns_of_account(account.id, limit + 1, after, statuses), limit)


def list_calls(
    outside: Outside,
    account: Account,
    campaign_id: str,
    limit: int,
    after: Cursor | None,
    wanted: CallFilter = ALL,
) -> Page[Call]:
    """Raises NotFound."""
    find_campaign(outside, account, campaign_id)
    if wanted.to is not None:  # a campaign has one call to a number, whose id tells both
        stored = outside.store.get(Call, imported_call_id(campaign_id, wanted.to))
        return Page([stored.record] if stored and wanted.admits(stored.record) else [], None)
    return page_of(outside, wanted.of_campaign(campaign_id, limit + 1, after), limit)


def find_call(outside: Outside, account: Account, call_id: str) -> Stored[Call]:
    """Raises NotFound, also for another account's."""
    stored = outside.store.get(Call, call_id)
    if stored is None or stored.record.account_id != account.id:
        raise NotFound(f"There is no call {call_id}.")
    return stored


def list_account_calls(
    outside: Outside, account: Account, limit: int, after: Cursor | None, wanted: CallFilter = ALL
) -> Page[Call]:
    """Of its campaigns, and direct ones."""
    return page_of(outside, wanted.of_account(account.id, limit + 1, after), limit)


def list_audit(
    outside: Outside,
    account: Account,
    limit: int,
    after: Cursor | None,
    thing: str | None = None,
    operation: str | None = None,
) -> Page[AuditRecord]:
    """The newest first; of one thing, by one operation, or both."""
    return page_of(
        outside, account_queries.audit_of_account(account.id, limit + 1, after, thing, operation), limit
    )


def page_of(books: Books, query: Query[T], limit: int) -> Page[T]:
    """The query asks for one more than is shown: is there more?"""
    records = [stored.record for stored in books.store.find(query)]
    shown = records[:limit]
    if len(records) == len(shown):
        return Page(shown, None)
    last: Any = shown[-1]
    return Page(shown, (*(getattr(last, name.removeprefix("-")) for name in query.order_by), last.id))


def list_passes(outside: Outside, account: Account, limit: int, after: Cursor | None) -> Page[PassReceipt]:
    """Those that did something for the account, the newest first. One read."""
    stored = outside.store.get(Lane, account.lane)
    passes = map(receipt_in, stored.record.receipts if stored else ())
    own = [each for each in passes if account.id in each.claimed and (after is None or each.at < after[0])]
    shown = own[:limit]
    return Page(shown, (shown[-1].at, account.lane) if len(own) > len(shown) else None)


def status_of(outside: Outside, account: Account) -> Status:
    """Whether it has anything to do now, else when, and why; nothing of it tells of other accounts. Of its
    campaigns and its direct queue the one that is due first is read."""
    first = outside.store.find(queries.campaigns_with_work(account.id, 1, None))
    now = outside.clock.now()
    in_flight = outside.store.count(queries.live_of_account(account.id))
    due_at = first[0].record.next_due_at if first else None
    at = AWAKE if in_flight else due_at  # a paused campaign's calls may still be on the line
    return Status(now, at, _why_awake(at, now, in_flight), in_flight)


def _why_awake(at: datetime | None, now: datetime, in_flight: int) -> str:
    if at is None:
        return "Asleep: nothing waits. It wakes when there is work."
    if at > now:
        return "Asleep until the next call is due."
    if in_flight:
        return "Awake: calls are in flight."
    return "Awake: work is waiting for the next pass."
