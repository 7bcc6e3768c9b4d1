"""Who gets the free slots: direct calls first, then fair shares.

Stride scheduling: each claim moves its account's turn forward by 1/weight, so that an account gets its share
whatever the number of its campaigns or of their calls. Its campaigns take turns. Who comes back after having
nothing to do starts at the present turn: no credit is saved up.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from service.domain.account import Account
from service.domain.campaign import Campaign

_Place = tuple[int, float, int, float, str, Campaign]


@dataclass(frozen=True)
class Room:
    """How many more calls may be in flight."""

    lane: int
    accounts: Mapping[str, int]
    campaigns: Mapping[str, int]  # one that is not in it has no limit of its own


@dataclass
class Turns:
    """Where everybody stands. `tails`: the last place of an account's campaigns in the lane's order."""

    present: float
    accounts: dict[str, float] = field(default_factory=dict)
    campaigns: dict[str, float] = field(default_factory=dict)
    tails: dict[str, float] = field(default_factory=dict)


def share_slots(
    campaigns: Iterable[Campaign],
    accounts: Mapping[str, Account],
    room: Room,
    present_turn: float,
) -> dict[str, int]:
    """Campaign -> slots: the lane's free ones, given out one by one as if every campaign had calls enough."""
    slots: dict[str, int] = {}
    turns = {id: max(account.turn, present_turn) for id, account in accounts.items()}
    account_room = dict(room.accounts)
    free = room.lane
    order = [_place(campaign, turns, 0) for campaign in campaigns]
    heapify(order)
    while order and free > 0:
        _, turn, taken, _, id, campaign = heappop(order)
        account = campaign.account_id
        if account_room[account] <= 0 or taken >= room.campaigns.get(id, free + taken):
            continue
        if turn == turns[account]:
            slots[id] = taken = taken + 1
            turns[account] += 1 / accounts[account].weight
            account_room[account] -= 1
            free -= 1
        heappush(order, _place(campaign, turns, taken))  # else its account has moved on since it was placed
    return slots


def _place(campaign: Campaign, turns: Mapping[str, float], taken: int) -> _Place:
    return (campaign.priority, turns[campaign.account_id], taken, campaign.turn, campaign.id, campaign)


def move_turns(
    campaigns: Iterable[Campaign],
    accounts: Mapping[str, Account],
    claimed: Mapping[str, int],
    present_turn: float,
) -> Turns:
    """Charges each account for what was really claimed; a share that found no call costs nobody anything."""
    served = [campaign for campaign in campaigns if claimed.get(campaign.id)]
    turns = Turns(present_turn)
    for campaign in served:
        account = accounts[campaign.account_id]
        turn = turns.accounts.get(account.id, max(account.turn, present_turn))
        turns.accounts[account.id] = turn + claimed[campaign.id] / account.weight
    for campaign in served:
        move_back(turns, campaign, accounts[campaign.account_id])
    last_served_at = (turn - 1 / accounts[id].weight for id, turn in turns.accounts.items())
    turns.present = max(present_turn, *last_served_at) if turns.accounts else present_turn
    return turns


def move_back(turns: Turns, campaign: Campaign, account: Account) -> None:
    """Puts the campaign behind the others of its account in the lane's order. The places of one account are
    1/weight apart: however many campaigns it has, it does not fill the head of that order."""
    behind = turns.tails.get(account.id, account.tail) + 1 / account.weight
    place = max(behind, turns.accounts.get(account.id, account.turn), turns.present)
    turns.tails[account.id] = turns.campaigns[campaign.id] = place
