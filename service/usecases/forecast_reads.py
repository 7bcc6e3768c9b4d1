"""What a forecast looks up: what waits, what was measured, and who else wants slots. All of it is bounded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf

from service.domain.account import Account
from service.domain.call import Attempt, Call, State
from service.domain.calling_hours import timetable_of
from service.domain.campaign import Campaign, Priority, Status
from service.domain.forecast_calendar import Calendar
from service.domain.forecast_lines import Lot, Waiting
from service.domain.forecast_odds import OUTCOMES
from service.domain.forecast_rates import Measured
from service.domain.forecast_scene import Line
from service.domain.states import FINAL
from service.domain.timetable import Timetable
from service.ports import Outside, Query, Stored
from service.usecases import queries
from service.usecases.callers import pool_of
from service.usecases.quotas import count_waiting

WAITING_READ_MAX = 300  # calls that wait; if there are more, these stand for all
MEASURED_READ_MAX = 60  # calls of each final state
OTHERS_MAX = 10  # other campaigns of the lane

Cohorts = tuple[str, ...]


@dataclass(frozen=True)
class Waits:
    """Calls under way; a sample of those that wait, and how many do."""

    live: tuple[Call, ...]
    sample: tuple[Call, ...]
    calls: int


def read_waits(outside: Outside, campaign_id: str) -> Waits:
    """The ids of imported calls are hashes, so that those with the first ids are any."""
    in_queue = queries.calls_in_state(campaign_id, State.QUEUED)
    live = _some(outside, queries.live_of_campaign(campaign_id), WAITING_READ_MAX)
    sample = _some(outside, in_queue, WAITING_READ_MAX)
    return Waits(live, sample, _count(outside, in_queue, sample, WAITING_READ_MAX))


def groups_of(outside: Outside, campaign: Campaign, account: Account, now: datetime) -> list[Cohorts]:
    """The campaign's cohorts, those together that are open together."""
    groups: dict[Timetable, list[str]] = {}
    for cohort in campaign.cohorts:
        timetable = timetable_of(campaign.settings, account, cohort, outside.rulebook, now)
        groups.setdefault(timetable, []).append(cohort)
    return [tuple(cohorts) for cohorts in groups.values()]


def calendar_of(
    outside: Outside, campaign: Campaign, account: Account, cohort: str, now: datetime
) -> Calendar:
    def timetable_at(moment: datetime) -> Timetable:
        return timetable_of(campaign.settings, account, cohort, outside.rulebook, moment)

    return Calendar(timetable_at, now)


def calls_of(
    outside: Outside, campaign_id: str, cohorts: Cohorts, waits: Waits, now: datetime
) -> list[Waiting]:
    """What waits in some cohorts, and what is under way: that goes first, as if it had just begun."""
    live = [_waiting(call, 1, now) for call in waits.live if call.cohort in cohorts]
    sample = [call for call in waits.sample if call.cohort in cohorts]
    is_all = len(waits.sample) == waits.calls
    count = len(sample) if is_all else count_waiting(outside, campaign_id, cohorts)
    if count and not sample:
        return [*live, Waiting(0.0, count)]
    stands_for = [count * (n + 1) // len(sample) - count * n // len(sample) for n in range(len(sample))]
    return live + [_waiting(call, n, now) for call, n in zip(sample, stands_for, strict=True) if n]


def _waiting(call: Call, calls: int, now: datetime) -> Waiting:
    """One that is under way goes first."""
    tried = sorted(a.outcome for a in call.attempts if a.outcome is not None and a.outcome in OUTCOMES)
    dials = tuple((attempt.dialed_at - now).total_seconds() for attempt in call.attempts if attempt.outcome)
    due = -inf if call.live else (call.due_at - now).total_seconds()
    return Waiting(due, calls, tuple(tried), dials)


def measure(outside: Outside, campaign_id: str, waits: Waits) -> Measured:
    """From calls of all states, also of those that wait for another attempt, each sample standing for all of
    its state. Else those that are soon over, as the answered ones, would count for too much."""
    samples = [(waits.live, len(waits.live)), (waits.sample, waits.calls)]
    for state in sorted(FINAL):
        query = queries.calls_in_state(campaign_id, state)
        sample = _some(outside, query, MEASURED_READ_MAX)
        samples.append((sample, _count(outside, query, sample, MEASURED_READ_MAX)))
    attempts = dict.fromkeys(OUTCOMES, 0.0)
    ended: list[Attempt] = []
    for sample, count in samples:
        of_sample = [a for call in sample for a in call.attempts if a.outcome in attempts]
        ended += of_sample
        for attempt in of_sample:
            assert attempt.outcome is not None
            attempts[attempt.outcome] += count / len(sample)
    answered = [attempt for attempt in ended if attempt.outcome is State.COMPLETED]
    return Measured(
        attempts=attempts,
        seen=len(ended),
        talks=tuple(float(a.duration_seconds) for a in answered if a.duration_seconds is not None),
        rings=tuple((a.answered_at - a.dialed_at).total_seconds() for a in answered if a.answered_at),
    )


def read_others(outside: Outside, campaign: Campaign, now: datetime) -> tuple[list[Line], dict[str, Account]]:
    """Other running campaigns of the lane with what waits in them, the first in its order; and whose."""
    lane = campaign.lane
    awake = outside.store.find(queries.awake_campaigns(lane, OTHERS_MAX + 1))
    asleep = outside.store.find(queries.sleeping_campaigns(lane, OTHERS_MAX + 1))
    others = [
        stored.record
        for stored in (*awake, *asleep)
        if stored.record.status is Status.RUNNING
        and stored.record.priority is Priority.CAMPAIGN
        and stored.record.id != campaign.id
    ][:OTHERS_MAX]
    ids = sorted({other.account_id for other in others})
    read: Sequence[Stored[Account] | None] = outside.store.get_many([(Account, id) for id in ids])
    accounts = {stored.record.id: stored.record for stored in read if stored}
    known = (other for other in others if other.account_id in accounts)
    lines = [_line(outside, other, accounts[other.account_id], now) for other in known]
    return [line for line in lines if line.calls], accounts


def _line(outside: Outside, campaign: Campaign, account: Account, now: datetime) -> Line:
    """All of it is due when the first of it is: more is not asked."""
    due = (campaign.next_due_at - now).total_seconds() if campaign.next_due_at else 0.0
    lots = []
    for cohorts in groups_of(outside, campaign, account, now):
        if count := count_waiting(outside, campaign.id, cohorts):
            calendar = calendar_of(outside, campaign, account, cohorts[0], now)
            lots.append(Lot(calendar, (Waiting(max(0.0, due), count),)))
    return Line(campaign, tuple(lots), pool_of(campaign, account))


def _count(outside: Outside, query: Query[Call], sample: tuple[Call, ...], limit: int) -> int:
    return len(sample) if len(sample) < limit else outside.store.count(query)


def _some(outside: Outside, query: Query[Call], limit: int) -> tuple[Call, ...]:
    return tuple(stored.record for stored in outside.store.find(replace(query, limit=limit)))
