"""When a campaign will be over, and what it will cost: one that there is, or one that is only thought of."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from math import inf

from service.domain.account import Account
from service.domain.callee import next_allowed
from service.domain.calling_hours import timetable_of
from service.domain.campaign import OVER, Campaign, CampaignSettings, Status
from service.domain.errors import Invalid
from service.domain.forecast_bands import RUNS_MAX, Runs, run_often
from service.domain.forecast_limits import midnights_of
from service.domain.forecast_lines import Lot, Waiting
from service.domain.forecast_rates import Assumed, Measured, Stated, assume
from service.domain.forecast_scene import Line, Run, Scene
from service.domain.forecast_shares import calls_in_flight_max, counts_days, those_in_the_way
from service.domain.lane import Lane
from service.ports import Outside
from service.usecases import queries
from service.usecases.callers import pool_of
from service.usecases.campaigns import find_campaign
from service.usecases.forecast_reads import (
    Cohorts,
    calendar_of,
    calls_of,
    groups_of,
    measure,
    read_others,
    read_waits,
)

SEED_DIGITS = 12  # hexadecimal: JSON's readers lose none of them
Amend = Callable[[CampaignSettings], CampaignSettings]
Groups = Sequence[tuple[Cohorts, Sequence[Waiting]]]  # what waits in cohorts that are open together
START_LATE_MAX = timedelta(minutes=1)  # a client's clock may be off
ENDED = OVER | {Status.ARCHIVED}
NUMBER_CAPS = "number_caps"


@dataclass(frozen=True)
class Asked:
    """`start_at`: nothing begins before; None: now. `seed`: of an earlier forecast, to make it again."""

    start_at: datetime | None = None
    stated: Stated = field(default_factory=Stated)
    seed: int | None = None
    runs_max: int = RUNS_MAX


@dataclass(frozen=True)
class Unreachable:
    """Contacts that cannot be called at all. `rules`: what is closed."""

    reason: str
    cohorts: Cohorts
    calls: int
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Forecast:
    """`runs` has one that comes to nothing where there is nobody to call (`simulated` is False)."""

    campaign: Campaign
    asked_at: datetime  # from when moments are counted
    start_at: datetime
    contacts: int
    unreachable: tuple[Unreachable, ...]
    runs: Runs
    simulated: bool
    calls_in_flight: int  # that it may have, where no others want them
    calls_a_second: float  # when it has all of them
    others: int  # campaigns that it shares slots with
    assumed: Assumed
    seed: int


@dataclass(frozen=True)
class _Question:
    """`groups`: what waits; `held`: of what is spent, by calls under way, which begin anew."""

    campaign: Campaign
    account: Account
    groups: Groups
    assumed: Assumed
    asked: Asked
    now: datetime
    held: int = 0


def forecast_new(
    outside: Outside, account: Account, settings: CampaignSettings, contacts: Mapping[str, int], asked: Asked
) -> Forecast:
    """`contacts`: how many, by cohort. Raises Invalid."""
    now = outside.clock.now()
    campaign = Campaign("", account.id, account.lane, now, settings, cohorts=tuple(contacts))
    groups = [
        (cohorts, [Waiting(0.0, sum(contacts[cohort] for cohort in cohorts))])
        for cohorts in groups_of(outside, campaign, account, now)
    ]
    assumed = assume(asked.stated, Measured(), settings)
    return _answer(outside, _Question(campaign, account, groups, assumed, asked, now))


def forecast_campaign(
    outside: Outside, account: Account, campaign_id: str, amend: Amend | None, asked: Asked
) -> Forecast:
    """With its settings as they are, or as `amend` makes them. One that is not running is taken to be started
    or resumed now. Raises NotFound, Invalid, and whatever `amend` raises."""
    read = find_campaign(outside, account, campaign_id).record
    campaign = replace(read, settings=amend(read.settings)) if amend else read
    now = outside.clock.now()
    waits = read_waits(outside, campaign_id)
    groups = [
        (cohorts, calls_of(outside, campaign_id, cohorts, waits, now))
        for cohorts in groups_of(outside, campaign, account, now)
    ]
    assumed = assume(asked.stated, measure(outside, campaign_id, waits), campaign.settings)
    held = sum(call.held for call in waits.live)
    return _answer(outside, _Question(campaign, account, groups, assumed, asked, now, held))


def _answer(outside: Outside, question: _Question) -> Forecast:
    asked, assumed, now = question.asked, question.assumed, question.now
    if asked.start_at is not None and asked.start_at < now - START_LATE_MAX:
        raise Invalid.field("start_at", "is in the past")
    lots, unreachable = _sorted_out(outside, question)
    seed = asked.seed if asked.seed is not None else _new_seed(outside)
    runs, slots, others = _nothing(question.campaign, unreachable), 0, 0
    if lots:
        scene = those_in_the_way(_scene(outside, question, lots))
        runs = run_often(scene, assumed.assumptions, random.Random(seed), runs_max=asked.runs_max)
        slots, others = calls_in_flight_max(scene, scene.lines[0]), len(scene.lines) - 1
    return Forecast(
        campaign=question.campaign,
        asked_at=now,
        start_at=max(asked.start_at or now, now),
        contacts=sum(waiting.calls for _, found in question.groups for waiting in found),
        unreachable=unreachable,
        runs=runs,
        simulated=bool(lots),
        calls_in_flight=slots,
        calls_a_second=slots / assumed.assumptions.mean_seconds(outside.limits.ring_seconds),
        others=others,
        assumed=assumed,
        seed=seed,
    )


def _new_seed(outside: Outside) -> int:
    return int(sha256(outside.new_token().encode()).hexdigest()[:SEED_DIGITS], 16)


def _nothing(campaign: Campaign, unreachable: tuple[Unreachable, ...]) -> Runs:
    """Nobody is called, and why."""
    reason = campaign.status.value if campaign.status in ENDED else "nothing_waits"
    return Runs((Run(stopped_by=unreachable[0].reason if unreachable else reason),), 1)


def _sorted_out(outside: Outside, question: _Question) -> tuple[tuple[Lot, ...], tuple[Unreachable, ...]]:
    """Who may be called at some time, and who never."""
    campaign, account, now = question.campaign, question.account, question.now
    begins = (question.asked.start_at - now).total_seconds() if question.asked.start_at else -inf
    barred = next_allowed(None, account.caps, now) > now
    lots, unreachable = [], []
    for cohorts, found in question.groups:
        calls = sum(waiting.calls for waiting in found)
        calendar = calendar_of(outside, campaign, account, cohorts[0], now)
        if not calls:
            continue
        if barred:
            unreachable.append(Unreachable(NUMBER_CAPS, cohorts, calls))
        elif calendar.span(0)[0] == inf:
            timetable = timetable_of(campaign.settings, account, cohorts[0], outside.rulebook, now)
            rules = tuple(dict.fromkeys(part.rule for part in timetable.closed_by(now)))
            unreachable.append(Unreachable(calendar.ended_by or "", cohorts, calls, rules))
        else:
            due = sorted((w._replace(due=max(w.due, begins)) for w in found), key=lambda w: w.due)
            lots.append(Lot(calendar, tuple(due)))
    return tuple(lots), tuple(unreachable)


def _scene(outside: Outside, question: _Question, lots: tuple[Lot, ...]) -> Scene:
    campaign, account, now = question.campaign, question.account, question.now
    store, callers, day = outside.store, pool_of(campaign, account), account.day_of(now)
    spent, day_spent, dials = 0, 0, 0
    if campaign.settings.budget is not None and campaign.id:
        spent = store.sum(queries.of_campaign(campaign.id), "spent") - question.held
    if account.day_budget is not None:
        day_spent = store.sum(queries.of_account_on(account.id, day), "day_spent") - question.held
    if account.caller_calls_a_day_max is not None:
        dials = sum(store.sum(queries.of_line_on(account.id, line, day), "day_dials") for line in callers)
    others, accounts = read_others(outside, campaign, now)
    lane, payers = store.get(Lane, campaign.lane) if others else None, {**accounts, account.id: account}
    return Scene(
        start=now,
        lines=(Line(campaign, lots, callers, spent), *others),
        accounts=payers,
        limits=outside.limits,
        present_turn=lane.record.turn if lane else 0.0,
        day_spent={account.id: day_spent},
        day_dials={(account.id, callers): dials},
        midnights={id: midnights_of(payer, now) for id, payer in payers.items() if counts_days(payer)},
    )
