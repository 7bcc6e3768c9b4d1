"""Fills the free slots: shares them out, loads as many calls as that asks for, shares again what is left."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from service.domain import call as calls
from service.domain import campaign as campaigns
from service.domain.account import Account
from service.domain.call import Call
from service.domain.campaign import Campaign
from service.domain.lane import AWAKE
from service.domain.planning import Room, Shares, share_slots
from service.ports import Merge, Outside, Stored, Update, Write
from service.usecases import queries
from service.usecases.lane_view import LaneView

ROUNDS_MAX = 4  # slots that a campaign could not use are shared among the others this often


@dataclass
class Claims:
    """What the pass decided."""

    present_turn: float
    claimed: list[tuple[Call, Any]] = field(default_factory=list)  # and the version it was read at
    campaign_turns: dict[str, float] = field(default_factory=dict)
    account_turns: dict[str, float] = field(default_factory=dict)
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
        return [
            *(Update(call, version) for call, version in self.claimed),
            *(
                Merge(Campaign, id, {"turn": turn, "next_due_at": AWAKE})
                for id, turn in self.campaign_turns.items()
            ),
            *(Merge(Account, id, {"turn": turn}) for id, turn in self.account_turns.items()),
        ]


@dataclass
class _Line:
    """One campaign's waiting calls, as far as they are loaded."""

    campaign: Campaign
    is_open: bool
    taken: int = 0
    after: tuple[Any, ...] | None = None
    exhausted: bool = False  # nothing more is due
    next_due_at: datetime | None = None  # of what waits and is not due


def plan_claims(outside: Outside, view: LaneView, present_turn: float) -> Claims:
    claims = Claims(present_turn)
    lines = {c.id: _Line(c, c.is_open(view.now)) for c in view.running if c.account_id in view.accounts}
    for line in lines.values():
        if not line.is_open:
            _look_into_closed(outside, view, line)
    for _ in range(ROUNDS_MAX):
        shares = share_slots(
            _in_turn(lines, claims),
            _moved(view, claims),
            _room_left(view, lines, claims),
            claims.present_turn,
        )
        if not shares.slots:
            break
        for id, slots in shares.slots.items():
            _load(outside, view, lines[id], slots, claims)
        _keep_turns(shares, lines, claims)
    else:
        claims.cut = True
    _sort_out(view, lines, claims)
    return claims


def _in_turn(lines: dict[str, _Line], claims: Claims) -> Iterator[Campaign]:
    for line in lines.values():
        if not line.exhausted:
            yield replace(line.campaign, turn=claims.campaign_turns.get(line.campaign.id, line.campaign.turn))


def _moved(view: LaneView, claims: Claims) -> dict[str, Account]:
    return {id: replace(a, turn=claims.account_turns.get(id, a.turn)) for id, a in view.accounts.items()}


def _room_left(view: LaneView, lines: dict[str, _Line], claims: Claims) -> Room:
    taken_by: dict[str, int] = {}
    for line in lines.values():
        taken_by[line.campaign.account_id] = taken_by.get(line.campaign.account_id, 0) + line.taken
    return Room(
        lane=view.room.lane - len(claims.claimed),
        accounts={id: room - taken_by.get(id, 0) for id, room in view.room.accounts.items()},
        campaigns={id: view.room.campaigns[id] - line.taken for id, line in lines.items()},
    )


def _load(outside: Outside, view: LaneView, line: _Line, slots: int, claims: Claims) -> None:
    """Claims up to `slots` due calls of one campaign."""
    waiting = outside.store.find(queries.waiting_calls(line.campaign.id, slots, line.after))
    for stored in waiting:
        if stored.record.due_at > view.now:
            line.exhausted, line.next_due_at = True, stored.record.due_at
            break
        claims.claimed.append((calls.claim(stored.record, now=view.now), stored.version))
        line.taken += 1
        line.after = (stored.record.due_at, stored.record.id)
    if len(waiting) < slots:
        line.exhausted = True


def _look_into_closed(outside: Outside, view: LaneView, line: _Line) -> None:
    """Its window is closed: nothing of it is due, whatever the number of calls that wait behind it."""
    line.exhausted = True
    first: list[Stored[Call]] = outside.store.find(queries.waiting_calls(line.campaign.id, 1))
    if first:
        line.next_due_at = line.campaign.next_opening(max(view.now, first[0].record.due_at))


def _keep_turns(shares: Shares, lines: dict[str, _Line], claims: Claims) -> None:
    """Turns move for what was really claimed; a share that found no call costs nobody anything."""
    claims.present_turn = shares.present_turn
    served = {id for id in shares.slots if lines[id].taken}
    claims.campaign_turns |= {id: turn for id, turn in shares.campaign_turns.items() if id in served}
    accounts = {lines[id].campaign.account_id for id in served}
    claims.account_turns |= {id: turn for id, turn in shares.account_turns.items() if id in accounts}


def _sort_out(view: LaneView, lines: dict[str, _Line], claims: Claims) -> None:
    """Who sleeps, who is finished, and who still has something due."""
    for line in lines.values():
        if not line.exhausted:
            claims.due_remains = True
            continue
        if line.next_due_at:
            line.next_due_at = line.campaign.next_opening(line.next_due_at)
        if line.next_due_at:
            claims.next_due.append(line.next_due_at)
        if line.taken == 0 and view.in_flight_of[line.campaign.id] == 0:
            claims.sleepers.append(_asleep(line))


def _asleep(line: _Line) -> Campaign:
    if line.next_due_at is None:
        return campaigns.finish(line.campaign)
    return replace(line.campaign, next_due_at=line.next_due_at)
