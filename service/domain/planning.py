"""Who gets the free slots: direct calls first, then fair shares.

Stride scheduling, twice. Each claim moves its account's turn forward by 1/weight, so that an account gets its
share whatever the number of its campaigns or of their calls. Among an account's campaigns each claim moves
the campaign's pace forward by 1/weight. Who comes back after having nothing to do starts at the present turn
or pace: no credit is saved up.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from service.domain.account import Account
from service.domain.campaign import Campaign, Priority

_Place = tuple[int, float, str, float, float, str, Campaign]


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
    paces: dict[str, float] = field(default_factory=dict)  # of campaigns, and of accounts
    tails: dict[str, float] = field(default_factory=dict)
    weighing: set[str] = field(default_factory=set)  # accounts with a campaign of another weight than 1
    waits: dict[str, float] = field(default_factory=dict)  # by account: the next place that `let_wait` gives


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
    order = [_place(c, turns, _pace(c, accounts[c.account_id])) for c in campaigns]
    heapify(order)
    while order and free > 0:
        _, turn, account, pace, _, id, campaign = heappop(order)
        taken = slots.get(id, 0)
        if account_room[account] <= 0 or taken >= room.campaigns.get(id, free + taken):
            continue
        if turn == turns[account]:
            slots[id] = taken + 1
            turns[account] += 1 / accounts[account].weight
            pace += 1 / campaign.settings.weight
            account_room[account] -= 1
            free -= 1
        # Placed again; or its account has moved on since it was placed.
        heappush(order, _place(campaign, turns, pace))
    return slots


def _place(campaign: Campaign, turns: Mapping[str, float], pace: float) -> _Place:
    """Accounts by their turns, and an account's campaigns by their paces."""
    account = campaign.account_id
    return (campaign.priority, turns[account], account, pace, campaign.turn, campaign.id, campaign)


def _pace(campaign: Campaign, account: Account) -> float:
    return max(campaign.pace, account.pace)


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
        stride = 1 / campaign.settings.weight
        pace = _pace(campaign, account) + claimed[campaign.id] * stride
        turns.paces[campaign.id] = pace
        turns.paces[account.id] = max(turns.paces.get(account.id, account.pace), pace - stride)
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
    if campaign.settings.weight != 1:
        turns.weighing.add(account.id)


def let_wait(turns: Turns, campaign: Campaign, account: Account) -> None:
    """Puts a campaign that was passed over, for another of its account with a better claim, to where that
    account is served next."""
    place = turns.waits.get(account.id, max(turns.accounts.get(account.id, account.turn), turns.present))
    turns.waits[account.id] = place + 1 / account.weight
    turns.campaigns[campaign.id] = place
    turns.tails[account.id] = max(place, turns.tails.get(account.id, account.tail))


def last_turn_needed(
    slots: Mapping[str, int], accounts: Mapping[str, Account], campaigns: Iterable[Campaign], present: float
) -> float:
    """How far the lane's order must be known for these slots to be shared out rightly: a campaign whose place
    comes before may have a better claim. Where an account's campaigns differ in weight, all of them must be
    known; else they take turns, as their places say."""
    of_account: dict[str, int] = {}
    for campaign in campaigns:
        if campaign.priority is Priority.CAMPAIGN and campaign.id in slots:
            of_account[campaign.account_id] = of_account.get(campaign.account_id, 0) + slots[campaign.id]
    needed = -math.inf
    for id, count in of_account.items():
        account = accounts[id]
        needed = max(needed, max(account.turn, present) + (count - 1) / account.weight)
        needed = max(needed, account.tail) if account.weighs else needed
    return needed
