"""Why a call that waits is not dialled now, and when it may be: by the rules of passes and handlers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.callee import Callee, is_barred, next_allowed
from service.domain.calling_hours import next_beginning
from service.domain.campaign import Campaign, Status
from service.domain.legal import LegalRule
from service.domain.timetable import Timetable

LOOKS_MAX = 100  # for a moment that all rules allow


@dataclass(frozen=True)
class Block:
    """One rule that keeps it from being dialled."""

    rule: str
    message: str
    until: datetime | None = None  # None: until somebody changes something, or a slot is freed


@dataclass(frozen=True)
class Why:
    blocks: tuple[Block, ...]  # the first is the one that decides; none: the next pass takes it
    may_ring_at: datetime | None  # None: it will not, as things are


def why(
    call: Call,
    campaign: Campaign,
    account: Account,
    callee: Callee | None,
    timetable: Timetable,
    law: LegalRule | None,
    limits: tuple[Block, ...],
    now: datetime,
) -> Why:
    """`law`: where the number is. `limits`: the limits on calls in flight, pace and money that are reached
    now."""
    if call.state is not State.QUEUED:
        return Why((Block("state", f"It is {call.state}: it does not wait."),), None)
    blocks = (
        *_status(campaign),
        *_number(callee, now),
        *_hours(timetable, law, now),
        *_due(call, now),
        *_caps(callee, account, now),
        *limits,
    )
    held = any(block.rule in {"draft", "paused", "canceled", "finished"} for block in blocks)
    return Why(blocks, None if held else _may_ring_at(call, account, callee, timetable, now))


def _status(campaign: Campaign) -> Iterator[Block]:
    match campaign.status:
        case Status.DRAFT:
            yield Block("draft", "Its campaign is not started.")
        case Status.PAUSED:
            reason = f" ({campaign.paused_reason})" if campaign.paused_reason else ""
            yield Block("paused", f"Its campaign is paused{reason}.")
        case Status.CANCELED:
            yield Block("canceled", "Its campaign is canceled: it will be, too.")
        case Status.FINISHED:
            yield Block("finished", "Its campaign is finished.")


def _number(callee: Callee | None, now: datetime) -> Iterator[Block]:
    if callee is not None and is_barred(callee, now):
        yield Block("do_not_call", "Its number is on the do-not-call list.", callee.barred_until)


def _hours(timetable: Timetable, law: LegalRule | None, now: datetime) -> Iterator[Block]:
    closed = timetable.closed_by(now)
    for part in closed:
        until = Timetable((part,)).next_opening(now)
        cited = f": {law.cited}" if law and until and part.rule == "legal_hours" else ""
        yield Block(part.rule, f"{MESSAGES[part.rule]} ({part.zone}){cited}.", until)
    opening = next_beginning(timetable, now)
    if not closed and opening != now:
        yield Block("hours", "Its hours are just ending.", opening)


MESSAGES = {
    "dates": "It is before the campaign's first day or after its last",
    "blackout": "It is one of the campaign's days without calls",
    "holiday": "It is a public holiday",
    "hours": "It is outside the campaign's hours",
    "legal_hours": "It is outside the legal calling hours where the number is, or none are known",
}


def _due(call: Call, now: datetime) -> Iterator[Block]:
    if call.due_at <= now:
        return
    if call.callback_at is not None:
        yield Block("callback", "The contact asked for a call at another time.", call.due_at)
    elif call.trouble is not None:
        yield Block("provider", f"It could not be dialled, and is tried again: {call.trouble}", call.due_at)
    elif call.attempts:
        yield Block("retry", "It is tried again later.", call.due_at)
    else:
        yield Block("not_before", "It was asked for later.", call.due_at)


def _caps(callee: Callee | None, account: Account, now: datetime) -> Iterator[Block]:
    allowed_at = next_allowed(callee, account.caps, now)
    if allowed_at > now:
        yield Block("number_caps", "Its number was called as often as the account allows.", allowed_at)


def _may_ring_at(
    call: Call, account: Account, callee: Callee | None, timetable: Timetable, now: datetime
) -> datetime | None:
    """The first moment that time alone brings about; limits may hold it up longer."""
    moment = max(call.due_at, now)
    for _ in range(LOOKS_MAX):
        if callee is not None and is_barred(callee, moment):
            if callee.barred_until is None:
                return None
            moment = max(moment, callee.barred_until)
        opening = next_beginning(timetable, moment)
        if opening is None:
            return None
        allowed_at = next_allowed(callee, account.caps, opening)
        if allowed_at <= opening:
            return opening
        moment = allowed_at
    return moment
