"""How fast a campaign goes: its calls begin an interval apart, whoever claims them.

What is kept is when the last one began, and not when the next may: that follows each time from what waits and
how long the window is open now. So an import, other hours and a retry move the next call.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.campaign import CampaignSettings, Pace

AHEAD_SECONDS = 15  # calls that begin within so many seconds are claimed at once, each for its moment
PASS_EVERY_SECONDS = 7.5  # at most; less than what is claimed ahead


@dataclass
class Pacer:
    """Gives out the moments at which a campaign's calls begin."""

    interval: timedelta
    next_at: datetime
    last_at: datetime | None  # the moment that was given out last

    def quota(self, now: datetime) -> int:
        """How many calls may be claimed now."""
        left = now + timedelta(seconds=AHEAD_SECONDS) - self.next_at
        return 0 if left < timedelta() else left // self.interval + 1

    def ask_at(self, now: datetime) -> datetime:
        """When the next pass may claim more; some time ahead, so that a fast pace takes few passes."""
        sooner = self.next_at - timedelta(seconds=AHEAD_SECONDS)
        return max(sooner, now + timedelta(seconds=PASS_EVERY_SECONDS))

    def take(self) -> datetime:
        """The moment of one call."""
        moment = self.last_at = self.next_at
        self.next_at = moment + self.interval
        return moment


def pacer_of(
    settings: CampaignSettings,
    last_at: datetime | None,
    waiting: int,
    time_left: timedelta | None,
    now: datetime,
) -> Pacer | None:
    """None: as fast as the limits allow. `last_at`: when its last call begins; `waiting`: the calls that
    wait; `time_left`: of the window that is open, None where it does not close. What was not used is not
    saved up: it goes on from now at the earliest."""
    least = timedelta()
    if settings.calls_per_minute_max is not None:
        least = timedelta(minutes=1) / settings.calls_per_minute_max
    next_at = now if last_at is None else max(now, last_at + least)
    if settings.pace is not Pace.EVEN or not waiting or not time_left:
        return Pacer(least, next_at, last_at) if least else None
    closes_at = now + time_left
    if last_at is not None:  # it has a share of the window since then, as each that waits has
        next_at = max(next_at, last_at + _share(closes_at - last_at, waiting + 1))
    return Pacer(max(least, _share(closes_at - next_at, waiting)), next_at, last_at)


def _share(time: timedelta, calls: int) -> timedelta:
    """Never later than it was told before, by rounding, to the pass that is woken for it."""
    return -(time // -calls)
