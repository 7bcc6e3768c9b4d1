"""Who gets the free slots: direct calls first, then fair shares.

Stride scheduling: each claim moves its account's turn forward by 1/weight and puts the campaign there, so
that an account gets its share whatever the number of its campaigns or of their calls, and its campaigns
take turns. Who comes back after having nothing to do starts at the present turn: no credit is saved up.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush

from service.domain.account import Account
from service.domain.campaign import Campaign


@dataclass
class Shares:
    """The slots given out: by campaign, and where that leaves the turns."""

    present_turn: float
    slots: dict[str, int] = field(default_factory=dict)  # campaign -> slots
    campaign_turns: dict[str, float] = field(default_factory=dict)
    account_turns: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Room:
    """How many more calls may be in flight."""

    lane: int
    accounts: Mapping[str, int]
    campaigns: Mapping[str, int]


def share_slots(
    campaigns: Iterable[Campaign],
    accounts: Mapping[str, Account],
    room: Room,
    present_turn: float,
) -> Shares:
    """Gives out the lane's free slots one by one, as if every campaign had calls enough."""
    shares = Shares(present_turn)
    account_room = dict(room.accounts)
    order: list[tuple[int, float, str, Campaign]] = []
    for campaign in campaigns:
        heappush(order, (campaign.priority, max(campaign.turn, present_turn), campaign.id, campaign))
    free = room.lane
    while order and free > 0:
        priority, turn, _, campaign = heappop(order)
        account = accounts[campaign.account_id]
        taken = shares.slots.get(campaign.id, 0)
        if account_room[account.id] <= 0 or taken >= room.campaigns[campaign.id]:
            continue
        account_room[account.id] -= 1
        free -= 1
        next_turn = max(shares.account_turns.get(account.id, account.turn), turn) + 1 / account.weight
        shares.slots[campaign.id] = taken + 1
        shares.present_turn = max(shares.present_turn, turn)
        shares.account_turns[account.id] = shares.campaign_turns[campaign.id] = next_turn
        heappush(order, (priority, next_turn, campaign.id, campaign))
    return shares
