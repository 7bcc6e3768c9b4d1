"""What a pass decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.domain.account import Account
from service.domain.call import Call
from service.domain.campaign import Campaign
from service.domain.lane import AWAKE
from service.domain.planning import Turns
from service.domain.sizes import bytes_of_call
from service.ports import COMMIT_BYTES_MAX, Merge, Update, Write


@dataclass
class Claims:
    """What the pass decided."""

    turns: Turns
    claimed: list[tuple[Call, Any]] = field(default_factory=list)  # and the version it was read at
    sleepers: list[Campaign] = field(default_factory=list)  # nothing due, nothing in flight
    next_due: list[datetime] = field(default_factory=list)
    paced: dict[str, datetime] = field(default_factory=dict)  # by campaign: when its last call begins
    due_remains: bool = False  # due calls, or campaigns not looked into, are left for want of a slot
    undrained: bool = False  # calls that will never ring may be left to be ended
    bytes: int = 0  # of what is claimed
    cut: bool = False  # slots are left, and perhaps calls that could use them

    def claim(self, call: Call, version: object) -> None:
        self.claimed.append((call, version))
        self.bytes += bytes_of_call(call)

    @property
    def fill_a_commit(self) -> bool:
        return self.bytes > COMMIT_BYTES_MAX

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
                Merge(
                    Campaign,
                    id,
                    {
                        "turn": turn,
                        "next_due_at": AWAKE,
                        **_moved("pace", turns.paces, id),
                        **_moved("paced_at", self.paced, id),
                    },
                )
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
                        **({"weighs": True} if id in turns.weighing else {}),
                    },
                )
                for id, tail in turns.tails.items()
            ),
        ]


def _moved(name: str, moved: Mapping[str, Any], id: str) -> dict[str, Any]:
    return {name: moved[id]} if id in moved else {}
