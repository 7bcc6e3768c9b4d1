"""Fills the free slots: shares them out, loads as many calls as that asks for, shares again what is left."""

from dataclasses import replace
from datetime import datetime

from service.domain import campaign as campaigns
from service.domain.account import Account
from service.domain.campaign import Campaign, Priority
from service.domain.lane import AWAKE
from service.domain.planning import (
    Room,
    Turns,
    last_turn_needed,
    let_wait,
    move_back,
    move_turns,
    share_slots,
)
from service.ports import Outside
from service.usecases.claims import Claims
from service.usecases.drain import drain
from service.usecases.first_due import first_due
from service.usecases.lane_view import CLAIMS_MAX, LaneView, read_on
from service.usecases.quotas import count_in_flight
from service.usecases.waiting_line import Line, line_of, load

CAMPAIGNS_BEYOND_SLOTS = 50  # campaigns read beyond the lane's slots: some have nothing due, or a full limit
LOOK_AHEAD_MAX = 20  # campaigns read beyond the slots only to see whether one of them has a better claim
BUDGET_REACHED = "budget_reached"


def plan_claims(outside: Outside, view: LaneView) -> Claims:
    """Reads campaigns and their calls until the slots are full. Ends what will never ring on its way."""
    claims, lines = Claims(Turns(view.present_turn)), dict[str, Line]()
    most = outside.limits.of_lane(view.lane) + CAMPAIGNS_BEYOND_SLOTS
    ahead_most = max(1, view.free) + LOOK_AHEAD_MAX
    slots, looks_ahead = view.free, False
    while campaigns := read_on(outside, view, slots, ahead_most if looks_ahead else most):
        claims.undrained = drain(outside, view, campaigns) or claims.undrained
        lines |= {c.id: line_of(c, view.openings[c.id]) for c in campaigns if c.id in view.openings}
        looks_ahead = _fill(outside, view, lines, claims, len(view.campaigns) < ahead_most)
        slots = _slots_left(view, claims)
        if slots <= 0:
            break
    if looks_ahead:  # there was nothing more to read
        _fill(outside, view, lines, claims, False)
    claims.paced = {id: pacer.last_at for id, pacer in view.quotas.pacers.items() if pacer.last_at}
    _sort_out(outside, view, lines, claims)
    if view.cut and view.free > 0:
        _make_way(view, lines, claims)
    claims.cut = claims.cut or claims.fill_a_commit or len(claims.claimed) == CLAIMS_MAX
    return claims


def _fill(
    outside: Outside, view: LaneView, lines: dict[str, Line], claims: Claims, may_look_ahead: bool
) -> bool:
    """With the calls of the campaigns that are read so far. Each round fills a slot or finds that a campaign
    has no more to give. True: further campaigns must be read before the next round."""
    while slots := _shares(view, lines, claims):
        if may_look_ahead and _others_may_come_first(view, slots, claims):
            return True
        for id, wanted in slots.items():
            load(outside, view, lines[id], wanted, claims)
        taken = {id: line.taken for id, line in lines.items()}
        claims.turns = move_turns(view.running, view.accounts, taken, view.present_turn)
    return False


def _shares(view: LaneView, lines: dict[str, Line], claims: Claims) -> dict[str, int]:
    return share_slots(
        (line.campaign for line in lines.values() if line.may_give_more),
        _with_turns(view, claims),
        _room_left(view, lines, claims),
        view.present_turn,
    )


def _others_may_come_first(view: LaneView, slots: dict[str, int], claims: Claims) -> bool:
    """What is not read yet may have a better claim to the slots: campaigns that slept until now, and those
    whose places come before the last turn that is given."""
    if view.asleep.more:
        return True
    needed = last_turn_needed(slots, _with_turns(view, claims), view.running, view.present_turn)
    return view.awake.more and view.last_turn < needed


def _with_turns(view: LaneView, claims: Claims) -> dict[str, Account]:
    return {id: replace(a, turn=claims.turns.accounts.get(id, a.turn)) for id, a in view.accounts.items()}


def _slots_left(view: LaneView, claims: Claims) -> int:
    """None, once the claims fill a commit: the next pass goes on."""
    return 0 if claims.fill_a_commit else view.free - len(claims.claimed)


def _room_left(view: LaneView, lines: dict[str, Line], claims: Claims) -> Room:
    taken_by: dict[str, int] = {}
    for line in lines.values():
        taken_by[line.campaign.account_id] = taken_by.get(line.campaign.account_id, 0) + line.taken
    return Room(
        lane=_slots_left(view, claims),
        accounts={id: room - taken_by.get(id, 0) for id, room in view.room.accounts.items()},
        campaigns={id: room - lines[id].taken for id, room in view.room.campaigns.items() if id in lines},
    )


def _sort_out(outside: Outside, view: LaneView, lines: dict[str, Line], claims: Claims) -> None:
    """Who sleeps, who is finished, who has spent all, and who still has something due."""
    for line in lines.values():
        at_rest = line.taken == 0 and not line.due_remains and _is_at_rest(outside, view, line)
        if line.next_due_at and line.next_due_at > view.now:
            claims.next_due.append(line.next_due_at)
        if at_rest:
            claims.sleepers.append(_asleep(line))
        elif view.quotas.is_broke(line.campaign.id) and not _in_flight(outside, view, line):
            claims.sleepers.append(_broke(outside, view, line))
        elif line.due_remains or line.is_due(view.now):
            claims.due_remains = True
            _ask_for_next_turn(view, line, claims)
    claims.sleepers += [replace(campaign, next_due_at=None) for campaign in view.idle]


def _ask_for_next_turn(view: LaneView, line: Line, claims: Claims) -> None:
    """Where only its pace holds it up."""
    pacer = view.quotas.pacers.get(line.campaign.id)
    if pacer is not None and pacer.quota(view.now) == 0:
        claims.next_due.append(pacer.ask_at(view.now))


def _in_flight(outside: Outside, view: LaneView, line: Line) -> bool:
    return line.taken > 0 or count_in_flight(outside, line.campaign, view.in_flight_of) > 0


def _is_at_rest(outside: Outside, view: LaneView, line: Line) -> bool:
    """Nothing of it is in flight and nothing is due. Where calls of its account were in flight, its own are
    counted and then what waits is read again: the other way round, one on its way back is seen in neither.
    """
    if view.in_flight_of[line.campaign.account_id]:
        if count_in_flight(outside, line.campaign, view.in_flight_of):
            return False
    elif not line.openings.later and not line.openings.never:
        return True  # what was loaded is all that there is
    line.next_due_at = _first_due(outside, view, line)
    return line.next_due_at is None or line.next_due_at > view.now


def _first_due(outside: Outside, view: LaneView, line: Line) -> datetime | None:
    account = view.accounts[line.campaign.account_id]
    return first_due(outside, line.campaign, account, line.openings, view.now)


def _asleep(line: Line) -> Campaign:
    if line.next_due_at is None:
        return campaigns.finish(line.campaign)
    return replace(line.campaign, next_due_at=line.next_due_at)


def _broke(outside: Outside, view: LaneView, line: Line) -> Campaign:
    """Paused for want of money; finished, if it needs none any more."""
    waits = _first_due(outside, view, line) is not None
    return campaigns.pause_by(line.campaign, BUDGET_REACHED) if waits else campaigns.finish(line.campaign)


def _make_way(view: LaneView, lines: dict[str, Line], claims: Claims) -> None:
    """More campaigns are awake than were read. Those that wait for a slot all the same, held up by a limit,
    move back in the order: else every pass would read them again, and never the ones behind them."""
    settled = {campaign.id for campaign in claims.sleepers} | claims.turns.campaigns.keys()
    room = _room_left(view, lines, claims)
    for id, line in lines.items():
        campaign, account = line.campaign, view.accounts[line.campaign.account_id]
        if id in settled or campaign.priority is not Priority.CAMPAIGN:
            continue
        was_asleep, present = campaign.next_due_at != AWAKE, claims.turns.present
        if _is_held_up(line, room):
            if was_asleep or campaign.turn <= present:
                move_back(claims.turns, campaign, account)
        elif was_asleep or campaign.turn < present:
            weighs = account.weighs or account.id in claims.turns.weighing
            (let_wait if weighs else move_back)(claims.turns, campaign, account)
    claims.cut = claims.cut or (room.lane > 0 and bool(claims.sleepers or claims.turns.campaigns))


def _is_held_up(line: Line, room: Room) -> bool:
    """By something else than the lane's want of slots."""
    full = room.accounts[line.campaign.account_id] <= 0 or room.campaigns.get(line.campaign.id, 1) <= 0
    return room.lane > 0 or full or line.held > 0 or not line.may_give_more
