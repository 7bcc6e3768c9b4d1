"""One campaign's waiting calls, as far as a pass has loaded them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.domain import calls
from service.domain.call import Call
from service.domain.campaign import Campaign
from service.domain.openings import Openings, may_ring_from
from service.ports import Outside, Stored
from service.usecases import queries
from service.usecases.claims import Claims
from service.usecases.lane_view import LaneView
from service.usecases.quotas import chunks

HELD_MAX = 100  # calls of one campaign that a pass passes over because of their caller numbers


@dataclass
class Line:
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


def line_of(campaign: Campaign, openings: Openings) -> Line:
    return Line(campaign, openings, chunks(openings.open), next_due_at=openings.next_at)


def load(outside: Outside, view: LaneView, line: Line, slots: int, claims: Claims) -> None:
    """Claims up to `slots` due calls of one campaign."""
    left, account = slots, view.accounts[line.campaign.account_id]
    while line.may_give_more and left > 0 and not claims.fill_a_commit:
        asked, cohorts = left + min(line.held, HELD_MAX), line.chunks[0]
        due = outside.store.find(queries.due_in(line.campaign.id, cohorts, view.now, asked, line.after))
        for stored in due:
            if left == 0 or claims.fill_a_commit:
                return
            line.after = (stored.record.due_at, stored.record.id)
            left -= _claim(outside, view, line, stored, claims)
        if len(due) < asked:
            for stored in outside.store.find(queries.next_due_in(line.campaign.id, cohorts, view.now)):
                due_at = stored.record.due_at
                line.saw_next(may_ring_from(line.campaign, account, cohorts, outside.rulebook, due_at))
            line.next_chunk()


def _claim(outside: Outside, view: LaneView, line: Line, stored: Stored[Call], claims: Claims) -> bool:
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
    claims.claim(claimed, stored.version)
    line.taken += 1
    return True
