"""Fills the free slots: shares them out, loads as many calls as that asks for, shares again what is left."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from service.domain import calls
from service.domain import campaign as campaigns
from service.domain.account import Account
from service.domain.call import Call
from service.domain.campaign import Campaign, Priority
from service.domain.lane import AWAKE
from service.domain.openings import Openings, may_ring_from
from service.domain.planning import Room, Turns, move_back, move_turns, share_slots
from service.ports import Outside, Stored
from service.usecases import queries
from service.usecases.claims import Claims
from service.usecases.first_due import first_due
from service.usecases.lane_view import LaneView
from service.usecases.quotas import chunks, count_in_flight

ROUNDS_MAX = 4  # slots that a campaign could not use are shared among the others this often

HELD_MAX = 100  # calls of one campaign that a pass passes over because of their caller numbers
BUDGET_REACHED = "budget_reached"


@dataclass
class _Line:
    """One campaign's waiting calls, as far as they are loaded."""

    campaign: Campaign
    openings: Openings
    chunks: list[tuple[str, ...]]  # of its open cohorts, those of which more may be due
    taken: int = 0
    after: tuple[Any, ...] | None = None
    held: int = 0  # calls of it are due whose caller numbers are in full use
    next_due_at: datetime | None = None  # when what waits and is not due may ring, at the earliest

    @property
    def may_give_more(self) -> bool:
        return bool(self.chunks) and self.held < HELD_MAX

    @property
    def due_remains(self) -> bool:
        return self.held > 0 or bool(self.chunks)

    def is_due(self, now: datetime) -> bool:
        """It came back while this pass looked."""
        return self.next_due_at is not None and self.next_due_at <= now

    def saw_next(self, due_at: datetime) -> None:
        self.next_due_at = min(due_at, self.next_due_at or due_at)

    def next_chunk(self) -> None:
        self.chunks, self.after = self.chunks[1:], None


def plan_claims(outside: Outside, view: LaneView, present_turn: float) -> Claims:
    claims = Claims(Turns(present_turn))
    lines = {c.id: _line(c, view.openings[c.id]) for c in view.running if c.account_id in view.accounts}
    for _ in range(ROUNDS_MAX):
        slots = share_slots(
            (line.campaign for line in lines.values() if line.may_give_more),
            _with_turns(view, claims),
            _room_left(view, lines, claims),
            present_turn,
        )
        if not slots:
            break
        for id, wanted in slots.items():
            _load(outside, view, lines[id], wanted, claims)
        taken = {id: line.taken for id, line in lines.items()}
        claims.turns = move_turns(view.running, view.accounts, taken, present_turn)
    else:
        claims.cut = True
    claims.paced = {id: pacer.next_at for id, pacer in view.quotas.pacers.items()}
    _sort_out(outside, view, lines, claims)
    if view.cut:
        _make_way(view, lines, claims)
    return claims


def _line(campaign: Campaign, openings: Openings) -> _Line:
    return _Line(campaign, openings, chunks(openings.open), next_due_at=openings.next_at)


def _with_turns(view: LaneView, claims: Claims) -> dict[str, Account]:
    return {id: replace(a, turn=claims.turns.accounts.get(id, a.turn)) for id, a in view.accounts.items()}


def _room_left(view: LaneView, lines: dict[str, _Line], claims: Claims) -> Room:
    taken_by: dict[str, int] = {}
    for line in lines.values():
        taken_by[line.campaign.account_id] = taken_by.get(line.campaign.account_id, 0) + line.taken
    return Room(
        lane=view.room.lane - len(claims.claimed),
        accounts={id: room - taken_by.get(id, 0) for id, room in view.room.accounts.items()},
        campaigns={id: room - lines[id].taken for id, room in view.room.campaigns.items() if id in lines},
    )


def _load(outside: Outside, view: LaneView, line: _Line, slots: int, claims: Claims) -> None:
    """Claims up to `slots` due calls of one campaign."""
    left, account = slots, view.accounts[line.campaign.account_id]
    while line.may_give_more and left > 0:
        asked = left + min(line.held, HELD_MAX)
        waiting = outside.store.find(queries.waiting_in(line.campaign.id, line.chunks[0], asked, line.after))
        due = [stored for stored in waiting if stored.record.due_at <= view.now]
        for stored in due:
            if left == 0:
                return
            line.after = (stored.record.due_at, stored.record.id)
            left -= _claim(outside, view, line, stored, claims)
        if len(due) < len(waiting):
            due_at = waiting[len(due)].record.due_at
            line.saw_next(may_ring_from(line.campaign, account, line.chunks[0], outside.rulebook, due_at))
        if len(due) < asked:
            line.next_chunk()


def _claim(outside: Outside, view: LaneView, line: _Line, stored: Stored[Call], claims: Claims) -> bool:
    """Unless all caller numbers that it may show are in full use."""
    campaign, account = line.campaign, view.accounts[line.campaign.account_id]
    free, caller = view.callers.take(outside, stored.record, campaign)
    if not free:
        line.held += 1
        return False
    pacer = view.quotas.pacers.get(campaign.id)
    claimed = calls.claim(
        stored.record,
        now=view.now,
        line=caller,
        day=view.days[account.id],
        hold=account.rate.most(outside.limits.time_limit_seconds),
        dial_at=pacer.take() if pacer else None,
        notify=account.notify,
    )
    claims.claimed.append((claimed, stored.version))
    line.taken += 1
    return True


def _sort_out(outside: Outside, view: LaneView, lines: dict[str, _Line], claims: Claims) -> None:
    """Who sleeps, who is finished, who has spent all, and who still has something due."""
    for line in lines.values():
        at_rest = line.taken == 0 and not line.due_remains and _is_at_rest(outside, view, line)
        if line.next_due_at and line.next_due_at > view.now:
            claims.next_due.append(line.next_due_at)
        if at_rest:
            claims.sleepers.append(_asleep(line))
        elif view.quotas.is_broke(line.campaign.id) and not _in_flight(outside, view, line):
            claims.sleepers.append(campaigns.pause_by(line.campaign, BUDGET_REACHED))
        elif line.due_remains or line.is_due(view.now):
            claims.due_remains = True
            _ask_for_next_turn(view, line, claims)
    claims.sleepers += [replace(campaign, next_due_at=None) for campaign in view.idle]


def _ask_for_next_turn(view: LaneView, line: _Line, claims: Claims) -> None:
    """Where only its pace holds it up."""
    pacer = view.quotas.pacers.get(line.campaign.id)
    if pacer is not None and pacer.quota(view.now) == 0:
        claims.next_due.append(pacer.ask_at(view.now))


def _in_flight(outside: Outside, view: LaneView, line: _Line) -> bool:
    return line.taken > 0 or count_in_flight(outside, line.campaign, view.in_flight_of) > 0


def _is_at_rest(outside: Outside, view: LaneView, line: _Line) -> bool:
    """Nothing of it is in flight and nothing is due. Where calls of its account were in flight, its own are
    counted and then what waits is read again: the other way round, one on its way back is seen in neither.
    """
    if view.in_flight_of[line.campaign.account_id]:
        if count_in_flight(outside, line.campaign, view.in_flight_of):
            return False
    elif not line.openings.later and not line.openings.never:
        return True  # what was loaded is all that there is
    account = view.accounts[line.campaign.account_id]
    line.next_due_at = first_due(outside, line.campaign, account, line.openings, view.now)
    return line.next_due_at is None or line.next_due_at > view.now


def _asleep(line: _Line) -> Campaign:
    if line.next_due_at is None:
        return campaigns.finish(line.campaign)
    return replace(line.campaign, next_due_at=line.next_due_at)


def _make_way(view: LaneView, lines: dict[str, _Line], claims: Claims) -> None:
    """More campaigns are awake than were read. Those that wait for a slot all the same, held up by a limit,
    move back in the order: else every pass would read them again, and never the ones behind them."""
    settled = {campaign.id for campaign in claims.sleepers} | claims.turns.campaigns.keys()
    for id, line in lines.items():
        campaign = line.campaign
        at_head = campaign.turn <= claims.turns.present or campaign.next_due_at != AWAKE
        if id not in settled and at_head and campaign.priority is Priority.CAMPAIGN:
            move_back(claims.turns, campaign, view.accounts[campaign.account_id])
    slots_are_left = view.room.lane > len(claims.claimed)
    claims.cut = claims.cut or (slots_are_left and bool(claims.sleepers or claims.turns.campaigns))
