"""Fills the free slots: shares them out, loads as many calls as that asks for, shares again what is left."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from service.domain import call as calls
from service.domain import campaign as campaigns
from service.domain.account import Account
from service.domain.call import Call
from service.domain.campaign import Campaign, Priority
from service.domain.lane import AWAKE
from service.domain.planning import Room, Turns, move_back, move_turns, share_slots
from service.ports import Merge, Outside, Stored, Update, Write
from service.usecases import queries
from service.usecases.callers import caller_of
from service.usecases.lane_view import LaneView, count_in_flight

ROUNDS_MAX = 4  # slots that a campaign could not use are shared among the others this often


@dataclass
class Claims:
    """What the pass decided."""

    turns: Turns
    claimed: list[tuple[Call, Any]] = field(default_factory=list)  # and the version it was read at
    sleepers: list[Campaign] = field(default_factory=list)  # nothing due, nothing in flight
    next_due: list[datetime] = field(default_factory=list)
    due_remains: bool = False  # due calls, or campaigns not looked into, are left for want of a slot
    cut: bool = False  # slots are left, and perhaps calls that could use them

    @property
    def calls(self) -> list[Call]:
        return [call for call, _ in self.claimed]

    def writes(self) -> list[Write]:
        """A campaign's own document is written with each claim: a pass that would put it to sleep by what
        it read before finds it changed."""
        turns = self.turns
        return [
            *(Update(call, version) for call, version in self.claimed),
            *(
                Merge(Campaign, id, {"turn": turn, "next_due_at": AWAKE, **_moved("pace", turns.paces, id)})
                for id, turn in turns.campaigns.items()
            ),
            *(
                Merge(
                    Account,
                    id,
                    {
                        "tail": tail,
                        **_moved("turn", turns.accounts, id),
                        **_moved("pace", turns.paces, id),
                    },
                )
                for id, tail in turns.tails.items()
            ),
        ]


def _moved(name: str, moved: Mapping[str, float], id: str) -> dict[str, float]:
    return {name: moved[id]} if id in moved else {}


@dataclass
class _Line:
    """One campaign's waiting calls, as far as they are loaded."""

    campaign: Campaign
    taken: int = 0
    after: tuple[Any, ...] | None = None
    held: bool = False  # calls of it are due whose caller number is in full use
    exhausted: bool = False  # nothing more is due
    next_due_at: datetime | None = None  # when what waits and is not due may ring


def plan_claims(outside: Outside, view: LaneView, present_turn: float) -> Claims:
    claims = Claims(Turns(present_turn))
    lines = {c.id: _Line(c) for c in view.running if c.account_id in view.accounts}
    for line in lines.values():
        if _is_closed(line.campaign, view.now):
            # Nothing of it is due, whatever the number of calls that wait behind the window.
            line.exhausted, line.next_due_at = True, _next_due(outside, view, line.campaign)
    for _ in range(ROUNDS_MAX):
        slots = share_slots(
            (line.campaign for line in lines.values() if not line.exhausted and not line.held),
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
    _sort_out(outside, view, lines, claims)
    if view.cut:
        _make_way(view, lines, claims)
    return claims


def _is_closed(campaign: Campaign, now: datetime) -> bool:
    """What will never open again counts as open: the handlers let its calls expire."""
    return campaign.next_opening(now) not in (now, None)


def _next_due(outside: Outside, view: LaneView, campaign: Campaign) -> datetime | None:
    """When the first of what waits may ring; None: nothing waits."""
    first: list[Stored[Call]] = outside.store.find(queries.waiting_calls(campaign.id, 1))
    return _opening(campaign, max(view.now, first[0].record.due_at)) if first else None


def _opening(campaign: Campaign, due_at: datetime) -> datetime:
    return campaign.next_opening(due_at) or due_at


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
    waiting = outside.store.find(queries.waiting_calls(line.campaign.id, slots, line.after))
    for stored in waiting:
        if stored.record.due_at > view.now:
            line.exhausted, line.next_due_at = True, _opening(line.campaign, stored.record.due_at)
            break
        line.after = (stored.record.due_at, stored.record.id)
        caller = caller_of(stored.record, line.campaign, view.accounts[line.campaign.account_id])
        if not view.callers.take(outside, line.campaign.account_id, caller):
            line.held = True
            continue
        claims.claimed.append((calls.claim(stored.record, now=view.now, line=caller), stored.version))
        line.taken += 1
    if len(waiting) < slots:
        line.exhausted = True


def _sort_out(outside: Outside, view: LaneView, lines: dict[str, _Line], claims: Claims) -> None:
    """Who sleeps, who is finished, and who still has something due."""
    for line in lines.values():
        at_rest = line.exhausted and not line.held and line.taken == 0 and _is_at_rest(outside, view, line)
        if not line.exhausted or line.held:
            claims.due_remains = True
            continue
        if line.next_due_at:
            claims.next_due.append(line.next_due_at)
        if at_rest:
            claims.sleepers.append(_asleep(line))
    claims.sleepers += [replace(campaign, next_due_at=None) for campaign in view.idle]


def _is_at_rest(outside: Outside, view: LaneView, line: _Line) -> bool:
    """Nothing of it is in flight and nothing is due. Where calls of its account were in flight, its own are
    counted and then what waits is read again: the other way round, one on its way back is seen in neither.
    """
    if not view.in_flight_of[line.campaign.account_id]:
        return True
    if count_in_flight(outside, line.campaign, view.in_flight_of):
        return False
    line.next_due_at = _next_due(outside, view, line.campaign)
    line.exhausted = line.next_due_at is None or line.next_due_at > view.now
    return line.exhausted


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
