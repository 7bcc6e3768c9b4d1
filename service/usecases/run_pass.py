"""The pass: the only one that claims calls, and the only one that puts the clock to sleep.

It counts what is in flight before it reads what waits: a call on its way from live to waiting would be
seen in neither the other way round, and the clock would sleep over it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from service.domain.call import Call
from service.domain.errors import Busy
from service.domain.lane import AWAKE, NOT_TIME, Lane, Wake, first_wake, is_sweep_time
from service.ports import Conflict, Create, Outside, Record, Spent, Stored, Update, Write
from service.usecases import outbox, prompts, queries
from service.usecases.claiming import plan_claims
from service.usecases.claims import Claims
from service.usecases.lane_view import LaneView, read_lane
from service.usecases.look_after import Looked, look_after
from service.usecases.pass_receipts import Note, take_note
from service.usecases.sweep import clock_was_late, delete_expired

PASS_TRIES_MAX = 8
WAKE_TASK_DAYS_MAX = 30  # Cloud Tasks keeps no task for longer; from then on the ticks find it

LOOKS_AFTER = frozenset({"tick", "wake", "check"})  # the others stay small


@dataclass
class PassReport:
    """What a pass found and did."""

    processed: bool
    reason: str
    next_wake: datetime | None  # AWAKE: at the next tick or hint
    claimed: list[Call] = field(default_factory=list)
    redispatched: int = 0
    reconciled: int = 0
    in_doubt: int = 0
    in_flight: int | None = None
    more: bool = False  # there was more to do than one pass does


def run_pass(outside: Outside, lane: str, reason: str) -> PassReport:
    """`reason` says who asks: tick, wake, check, refill or request. Raises Busy and the store's errors."""
    with outside.meter.measure() as spent:
        return _try_to_pass(outside, lane, reason, spent)


def _try_to_pass(outside: Outside, lane: str, reason: str, spent: Spent) -> PassReport:
    looked: Looked | None = None
    for tried in range(PASS_TRIES_MAX):
        wake = outside.store.get(Wake, lane)
        now = outside.clock.now()
        if tried == 0 and wake is not None and is_sweep_time(reason, now):
            outbox.sweep_events(outside, wake.record, now)
            delete_expired(outside, now)
        if wake is not None and not wake.record.is_time(now):
            if is_sweep_time(reason, now) and clock_was_late(outside, wake, now):
                continue
            return PassReport(False, NOT_TIME, wake.record.at)
        if looked is None:
            looked = look_after(outside, lane) if reason in LOOKS_AFTER else Looked()
        try:
            report = _pass_once(outside, lane, wake, reason, spent)
        except Conflict:
            continue
        report.redispatched, report.reconciled = looked.redispatched, looked.reconciled
        report.in_doubt = looked.in_doubt
        if report.more:
            prompts.ask_for_refill(outside, lane, outside.clock.now())
        return report
    raise Busy(f"Passes kept meeting each other in lane {lane}. Nothing was changed: try again.")


def run_passes(outside: Outside, lanes: Sequence[str], reason: str) -> list[PassReport]:
    """One after the other: trouble in one lane does not keep the others from their pass. Raises the first."""
    reports, troubles = [], []
    for lane in lanes:
        try:
            reports.append(run_pass(outside, lane, reason))
        except Exception as trouble:
            troubles.append(trouble)
    if troubles:
        raise troubles[0]
    return reports


def together(reports: Sequence[PassReport]) -> PassReport:
    """One report for several lanes."""
    if len(reports) == 1:
        return reports[0]
    counted = [report.in_flight for report in reports if report.in_flight is not None]
    return PassReport(
        processed=any(report.processed for report in reports),
        reason="; ".join(dict.fromkeys(report.reason for report in reports)),
        next_wake=first_wake(report.next_wake for report in reports),
        claimed=[call for report in reports for call in report.claimed],
        redispatched=sum(report.redispatched for report in reports),
        reconciled=sum(report.reconciled for report in reports),
        in_doubt=sum(report.in_doubt for report in reports),
        in_flight=sum(counted) if counted else None,
    )


def _pass_once(
    outside: Outside, lane: str, wake: Stored[Wake] | None, reason: str, spent: Spent
) -> PassReport:
    mutex = outside.store.get(Lane, lane)
    remembered = mutex.record if mutex else Lane(lane)
    view = read_lane(outside, remembered)
    claims = plan_claims(outside, view)
    next_due = _earliest(view, claims)
    note = take_note(reason, spent, view, claims)
    changes = bool(claims.writes())
    if changes:
        _commit_claims(outside, mutex, remembered, view, claims, next_due, note)
    asleep = _put_campaigns_to_sleep(outside, view, claims)
    at_rest = asleep and not changes and not claims.due_remains
    if at_rest and view.in_flight == 0 and not view.cut and not claims.undrained:
        # Campaigns were read one page after another: one that fell asleep meanwhile may be on none of them.
        first = outside.store.find(queries.first_campaign(lane))
        sleeps_until = first[0].record.next_due_at if first else None
        if sleeps_until != AWAKE:
            return _sleep(outside, view, wake, mutex, remembered, sleeps_until, note)
    if not changes:
        _remember_wake_task(outside, view, mutex, remembered, next_due, note)
    in_flight = view.in_flight + len(claims.calls)
    more = claims.undrained or claims.cut
    return PassReport(True, _reason(claims), AWAKE, claims.calls, in_flight=in_flight, more=more)


def _reason(claims: Claims) -> str:
    if claims.calls:
        return f"{len(claims.calls)} claimed"
    return "Due calls wait for a slot" if claims.due_remains else "Calls are in flight, nothing is due"


def _commit_claims(
    outside: Outside,
    mutex: Stored[Lane] | None,
    remembered: Lane,
    view: LaneView,
    claims: Claims,
    next_due: datetime | None,
    note: Note,
) -> None:
    wake_task_at = _new_wake_task(remembered, next_due, view.now)
    lane = replace(
        remembered,
        turn=claims.turns.present,
        wake_task_at=wake_task_at or remembered.wake_task_at,
    )
    tasks = len(claims.calls) + (wake_task_at is not None)
    lane = note.on(lane, view.now, next_wake=AWAKE, writes=1 + len(claims.writes()), tasks=tasks)
    outside.store.commit([_write(mutex, lane), *claims.writes()])
    prompts.send_to_handlers(outside, claims.calls)
    if wake_task_at:
        prompts.ask_for_wake(outside, lane.id, wake_task_at)


def _put_campaigns_to_sleep(outside: Outside, view: LaneView, claims: Claims) -> bool:
    """Each by itself, if it is unchanged: somebody who woke it just now must not be slept over."""
    all_asleep = True
    for asleep in claims.sleepers:
        stored = view.campaigns[asleep.id]
        try:
            if asleep != stored.record:
                account = view.accounts.get(asleep.account_id)
                events = outbox.of_campaign(outside, account, stored.record, asleep)
                outside.store.commit([Update(asleep, stored.version), *outbox.creates(events)])
                prompts.ask_for_deliveries(outside, events)
        except Conflict:
            all_asleep = False
    return all_asleep


def _sleep(
    outside: Outside,
    view: LaneView,
    wake: Stored[Wake] | None,
    mutex: Stored[Lane] | None,
    remembered: Lane,
    next_due: datetime | None,
    note: Note,
) -> PassReport:
    """Nothing is in flight and nothing is due: the clock sleeps, if nobody moved either document. A wake task
    that comes sooner finds it asleep, and asks for no other: so only one for the same moment will do."""
    asked = remembered if remembered.wake_task_at == next_due else replace(remembered, wake_task_at=None)
    wake_task_at = _new_wake_task(asked, next_due, view.now)
    lane = replace(
        remembered,
        wake_task_at=wake_task_at or remembered.wake_task_at,
    )
    lane = note.on(lane, view.now, next_wake=next_due, writes=2, tasks=int(wake_task_at is not None))
    asleep = replace(wake.record if wake else Wake(lane.id, None), at=next_due)
    outside.store.commit([_write(wake, asleep), _write(mutex, lane)])
    if wake_task_at:
        prompts.ask_for_wake(outside, lane.id, wake_task_at)
    reason = "Nothing is due: asleep" if next_due else "Nothing waits: asleep until there is work"
    return PassReport(True, reason, next_due, in_flight=0)


def _remember_wake_task(
    outside: Outside,
    view: LaneView,
    mutex: Stored[Lane] | None,
    remembered: Lane,
    next_due: datetime | None,
    note: Note,
) -> None:
    at = _new_wake_task(remembered, next_due, view.now)
    if at:
        lane = note.on(replace(remembered, wake_task_at=at), view.now, next_wake=AWAKE, writes=1, tasks=1)
        outside.store.commit([_write(mutex, lane)])
        prompts.ask_for_wake(outside, remembered.id, at)


def _new_wake_task(remembered: Lane, next_due: datetime | None, now: datetime) -> datetime | None:
    """When to be woken exactly; None: there is nothing to wake for, or a task that comes soon enough. `now`:
    that of what the pass has read. What came due since is still to be woken for."""
    if next_due is None or next_due <= now or next_due - now > timedelta(days=WAKE_TASK_DAYS_MAX):
        return None
    asked = remembered.wake_task_at
    return None if asked is not None and now < asked <= next_due else next_due


def _earliest(view: LaneView, claims: Claims) -> datetime | None:
    """The first moment, of those that are known, when something becomes due."""
    moments: Sequence[datetime | None] = [view.next_sleeper_at, *claims.next_due]
    return min((moment for moment in moments if moment is not None), default=None)


def _write(stored: Stored[Record] | None, record: Record) -> Write:
    return Update(record, stored.version) if stored else Create(record)
