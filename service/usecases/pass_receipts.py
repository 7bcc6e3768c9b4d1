"""A pass's receipt: written into the mutex, which the pass writes anyway, so it costs no read and no write.
A pass that writes nothing, and one that did nothing for anybody, leaves none."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.lane import Lane
from service.domain.pass_receipt import PassReceipt, keep
from service.ports import Spent
from service.usecases.claims import Claims
from service.usecases.lane_view import LaneView


@dataclass(frozen=True)
class Note:
    """What a pass has to say of itself; how it ends is not known yet."""

    reason: str
    spent: Spent
    claimed: dict[str, int]
    shared: bool

    def on(self, lane: Lane, at: datetime, *, next_wake: datetime | None, writes: int, tasks: int) -> Lane:
        """`writes` and `tasks`: those that are still to come."""
        if not self.claimed:
            return lane
        receipt = PassReceipt(
            at=at,
            reason=self.reason,
            claimed=self.claimed,
            next_wake=next_wake,
            shared=self.shared,
            reads=self.spent.reads,
            writes=self.spent.writes + writes,
            tasks=self.spent.tasks + tasks,
        )
        return replace(lane, receipts=keep(lane.receipts, receipt))


def take_note(reason: str, spent: Spent, view: LaneView, claims: Claims) -> Note:
    claimed = Counter(call.account_id for call in claims.calls)
    put_to_sleep = dict.fromkeys((campaign.account_id for campaign in claims.sleepers), 0)
    return Note(reason, spent, {**put_to_sleep, **claimed}, shared=len(view.accounts) > 1)
