"""Why not now? For one call, and for all that waits in a campaign. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.callee import Callee, callee_id
from service.domain.calling_hours import timetable_of
from service.domain.campaign import Campaign, Status
from service.domain.cohort import parse_cohort
from service.domain.openings import openings_of
from service.domain.pacing import AHEAD_SECONDS
from service.domain.why import Block, Why, why
from service.ports import Outside
from service.usecases import queries
from service.usecases.callers import Callers
from service.usecases.campaigns import find_campaign
from service.usecases.quotas import (
    BUDGET,
    IN_FLIGHT,
    PACE,
    UNREAD,
    chunks,
    count_waiting,
    quotas_of,
    room_of_day_budget,
)
from service.usecases.reading import find_call

LIMITS = {
    IN_FLIGHT: "Its campaign has all the calls in flight that it may have.",
    PACE: "Its campaign's calls are spaced out, and the next moment is not yet there.",
    BUDGET: "Its campaign's budget allows no further call at its worst.",
    UNREAD: "How many calls its campaign may have more could not be read.",
}


def explain_call(outside: Outside, account: Account, call_id: str) -> Why:
    """Raises NotFound."""
    return explain(outside, account, find_call(outside, account, call_id).record)


def explain(outside: Outside, account: Account, call: Call) -> Why:
    """As it was just read."""
    campaign, callee = outside.store.get_many(
        [(Campaign, call.campaign_id), (Callee, callee_id(account.id, call.to))]
    )
    assert campaign is not None
    now = outside.clock.now()
    place, _ = parse_cohort(call.cohort)
    return why(
        call,
        campaign.record,
        account,
        callee.record if callee else None,
        timetable_of(campaign.record.settings, account, call.cohort, outside.rulebook, now),
        outside.rulebook.legal(place),
        tuple(_limits(outside, call, campaign.record, account, now)),
        now,
    )


def _limits(
    outside: Outside, call: Call, campaign: Campaign, account: Account, now: datetime
) -> Iterator[Block]:
    """Counted as a pass counts them."""
    if call.state is not State.QUEUED:
        return
    limits, store, accounts = outside.limits, outside.store, {account.id: account}
    if store.count(queries.live_in_lane(account.lane)) >= limits.of_lane(account.lane):
        yield Block("calls_in_flight", "All slots are in use.")
    in_flight = store.count(queries.live_of_account(account.id))
    if in_flight >= limits.of_account(account):
        yield Block("account_calls_in_flight", "The account has all the calls in flight that it may have.")
    day = account.day_of(now)
    if room_of_day_budget(outside, account, day) <= 0:
        yield Block("day_budget", "The account's budget of the day allows no further call at its worst.")
    if campaign.status is Status.RUNNING:
        yield from _campaign_limits(outside, campaign, account, in_flight, now)
    if not Callers(accounts, {account.id: day}).take(outside, call, campaign)[0]:
        yield Block("caller_number", "Its caller numbers have all the calls that they may have.")


def _campaign_limits(
    outside: Outside, campaign: Campaign, account: Account, in_flight: int, now: datetime
) -> Iterator[Block]:
    openings = openings_of(campaign, account, outside.rulebook, now)
    quotas = quotas_of(
        outside, [campaign], {account.id: account}, {campaign.id: openings}, {account.id: in_flight}, now
    )
    for rule, room in quotas.rooms.get(campaign.id, {}).items():
        if room <= 0:
            pacer = quotas.pacers.get(campaign.id) if rule == PACE else None
            until = pacer.next_at - timedelta(seconds=AHEAD_SECONDS) if pacer else None
            yield Block(rule, LIMITS[rule], until)


@dataclass(frozen=True)
class Waiting:
    """So many calls of a campaign that one rule keeps waiting."""

    rule: str
    count: int
    until: datetime | None = None
    zone: str | None = None  # on whose wall clock `until` is best read


def summarize_waiting(outside: Outside, account: Account, campaign_id: str) -> list[Waiting]:
    """Raises NotFound."""
    return waiting_of(outside, account, find_campaign(outside, account, campaign_id).record)


def waiting_of(outside: Outside, account: Account, campaign: Campaign) -> list[Waiting]:
    """What waits, by the rule that decides. What is about a single number (do-not-call, caps) is not looked
    at."""
    if campaign.status is not Status.RUNNING:
        count = outside.store.count(queries.calls_in_state(campaign.id, State.QUEUED))
        return [Waiting(campaign.status.value, count)] if count else []
    now = outside.clock.now()
    openings = openings_of(campaign, account, outside.rulebook, now)
    found = [Waiting("never", count_waiting(outside, campaign.id, openings.never))]
    found += [
        _closed(outside, campaign, account, cohorts, now, opens_at) for opens_at, cohorts in openings.later
    ]
    waiting = count_waiting(outside, campaign.id, openings.open)
    due = sum(outside.store.count(queries.due_in(campaign.id, chunk, now)) for chunk in chunks(openings.open))
    found += [Waiting("later", waiting - due), Waiting("slot", due)]
    return [part for part in found if part.count > 0]


def _closed(
    outside: Outside,
    campaign: Campaign,
    account: Account,
    cohorts: tuple[str, ...],
    now: datetime,
    opens_at: datetime,
) -> Waiting:
    """Cohorts that open at the same moment; the first one's rule stands for all."""
    closed = timetable_of(campaign.settings, account, cohorts[0], outside.rulebook, now).closed_by(now)
    rule, zone = (closed[0].rule, closed[0].zone) if closed else ("hours", campaign.settings.timezone)
    return Waiting(rule, count_waiting(outside, campaign.id, cohorts), opens_at, zone)
