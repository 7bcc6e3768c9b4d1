"""Which of a campaign's cohorts may be called at a moment, and when the others may."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from service.domain.account import Account
from service.domain.calling_hours import Rulebook, next_beginning, timetable_of
from service.domain.campaign import Campaign


@dataclass(frozen=True)
class Openings:
    open: tuple[str, ...] = ()
    later: tuple[tuple[datetime, tuple[str, ...]], ...] = ()  # those that open then, the earliest first
    never: tuple[str, ...] = ()  # they will not open again

    @property
    def next_at(self) -> datetime | None:
        """When the next of those that are closed opens."""
        return self.later[0][0] if self.later else None


def openings_of(campaign: Campaign, account: Account, rulebook: Rulebook, now: datetime) -> Openings:
    opens_at: dict[datetime | None, list[str]] = defaultdict(list)
    for cohort in campaign.cohorts:
        timetable = timetable_of(campaign.settings, account, cohort, rulebook, now)
        opens_at[next_beginning(timetable, now)].append(cohort)
    later = sorted((at, tuple(cohorts)) for at, cohorts in opens_at.items() if at is not None and at != now)
    return Openings(tuple(opens_at.get(now, ())), tuple(later), tuple(opens_at.get(None, ())))


def closed_for_good(
    campaign: Campaign, account: Account, rulebook: Rulebook, now: datetime
) -> Literal["end_date", "hours"] | None:
    """The field by which none of its contacts may ever be called again; None: one of them may, or it has no
    contacts yet."""
    if not campaign.cohorts or _comes(campaign, account, rulebook, now):
        return None
    endless = replace(campaign, settings=replace(campaign.settings, last_day=None))
    return "end_date" if _comes(endless, account, rulebook, now) else "hours"


def _comes(campaign: Campaign, account: Account, rulebook: Rulebook, now: datetime) -> bool:
    openings = openings_of(campaign, account, rulebook, now)
    return bool(openings.open or openings.later)


def may_ring_from(
    campaign: Campaign, account: Account, cohorts: tuple[str, ...], rulebook: Rulebook, due_at: datetime
) -> datetime:
    """When a call that is due at `due_at` may ring, and any that is due later; of several cohorts it is only
    known that none does before `due_at`."""
    if len(cohorts) > 1:
        return due_at
    timetable = timetable_of(campaign.settings, account, cohorts[0], rulebook, due_at)
    return next_beginning(timetable, due_at) or due_at
