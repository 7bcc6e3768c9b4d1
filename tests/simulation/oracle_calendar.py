"""The oracle's own calendar: it looks at the wall clock, minute by minute, and knows a few places by their
area codes."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAYS_SCANNED_MAX = 9
# Where the numbers of the worlds are, and between which hours the law lets them be called there.
AREAS = {
    "+1312": ("America/Chicago", 8, 21),
    "+1212": ("America/New_York", 8, 21),
    "+1305": ("America/New_York", 8, 20),
    "+1808": ("Pacific/Honolulu", 8, 21),
}


def open_at(campaign: Any, account: Any, number: str, moment: datetime) -> bool:
    zone, first, last = AREAS[number[:5]]
    contact_s = campaign.settings.zone_of == "contact"
    if not in_windows(campaign, moment, zone if contact_s else campaign.settings.timezone):
        return False
    return bool(account.widened) or first <= moment.astimezone(ZoneInfo(zone)).hour < last


def in_windows(campaign: Any, moment: datetime, zone: str) -> bool:
    hours = campaign.settings.hours
    if hours is None:
        return True
    local = moment.astimezone(ZoneInfo(zone))
    minute, today = local.hour * 60 + local.minute, local.weekday()
    yesterday = (today - 1) % 7
    for window in hours.windows:
        overnight = window.end <= window.start
        if window.weekday == today and minute >= window.start and (overnight or minute < window.end):
            return True
        if overnight and window.weekday == yesterday and minute < window.end:
            return True
    return False


def first_open(campaign: Any, account: Any, number: str, start: datetime) -> datetime | None:
    if open_at(campaign, account, number, start):
        return start
    moment = start.replace(second=0, microsecond=0)
    for _ in range(DAYS_SCANNED_MAX * 24 * 60):
        moment += timedelta(minutes=1)
        if open_at(campaign, account, number, moment):
            return moment
    return None
