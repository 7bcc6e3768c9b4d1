"""How fast a campaign goes: its calls begin an interval apart, whoever claims them."""

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
        moment = self.next_at
        self.next_at = moment + self.interval
        return moment


def interval_of(settings: CampaignSettings, waiting: int, time_left: timedelta | None) -> timedelta | None:
    """Between the beginnings of two calls; None: as fast as the limits allow. `waiting`: the calls that wait;
    `time_left`: of the window that is open, None where it does not close."""
    intervals = []
    if settings.calls_per_minute_max is not None:
        intervals.append(timedelta(minutes=1) / settings.calls_per_minute_max)
    if settings.pace is Pace.EVEN and waiting and time_left:
        intervals.append(time_left / waiting)
    return max(intervals, default=None)


def pacer_of(paced_until: datetime | None, interval: timedelta | None, now: datetime) -> Pacer | None:
    """What was not used is not saved up: it goes on from now at the earliest."""
    return None if not interval else Pacer(interval, max(paced_until or now, now))
