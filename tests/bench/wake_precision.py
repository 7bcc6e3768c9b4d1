"""How late the first ring is after a window opens, at odd minutes, in virtual time.

Virtual time has no network: what is shown is what the design adds, not how late a task queue delivers."""

import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from service.local.time_lapse import TimeLapse
from tests.bench.campaign_run import add_campaign, answered_at_once, begin
from tests.bench.line import Measured, Size, main, percentile

WINDOWS: dict[Size, int] = {"small": 3, "usual": 100, "large": 2_000}
ZONES = ("America/Chicago", "America/New_York", "America/Los_Angeles", "Europe/London", "Asia/Kolkata")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OPENS_IN_MINUTES = (30, 6 * 60)
OPEN_MINUTES = 25  # shorter than the wait for it: it is closed at the start, wherever its day begins
WAIT_HOURS = 2
LATE_SECONDS_MAX = 2.0
START = datetime(2026, 3, 2, 16, 0, 1, tzinfo=UTC)  # 10:00 in Chicago; the legal hours last until 21:00


def measure(size: Size) -> Measured:
    late = [_seconds_late(seed) for seed in range(1, WINDOWS[size] + 1)]
    figures = {
        "first ring after the opening": {
            "windows": len(late),
            "p50_s": round(percentile(late, 0.5), 3),
            "p99_s": round(percentile(late, 0.99), 3),
            "max_s": round(max(late), 3),
        }
    }
    claims = {
        f"at most {LATE_SECONDS_MAX:.0f} s late": max(late) <= LATE_SECONDS_MAX,
        "never early": min(late) >= 0,
    }
    return Measured(figures, claims)


def _seconds_late(seed: int) -> float:
    """One campaign with one contact, whose window opens some hours from now at a minute by chance."""
    dice = random.Random(seed)
    zone = ZoneInfo(dice.choice(ZONES))
    opens = START.replace(second=0) + timedelta(minutes=dice.randint(*OPENS_IN_MINUTES))
    with tempfile.TemporaryDirectory() as folder:
        world, _ = begin(Path(folder), 1, answered_at_once, start=START)
        closes = opens + timedelta(minutes=OPEN_MINUTES)
        start, end = (f"{at.astimezone(zone):%H:%M}" for at in (opens, closes))
        window = {"start": start, "end": end, "overnight": end < start}
        hours = {weekday: [window] for weekday in WEEKDAYS}
        id = add_campaign(world, 1, timezone=zone.key, hours=hours)
        world.api("POST", f"/api/campaigns/{id}/start")
        rang_at = _first_ring(world, opens + timedelta(hours=WAIT_HOURS))
    return (rang_at - opens).total_seconds()


def _first_ring(world: TimeLapse, until: datetime) -> datetime:
    """When its create request was made."""
    while world.clock.now() < until:
        world.step(until)
        rings = world.network.rings()
        if rings:
            return rings[0].created_at
    raise AssertionError("Nobody was called.")


if __name__ == "__main__":
    main("wake_precision", measure)
