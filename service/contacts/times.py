"""Time zones and points in time as people write them in a contact file."""

import re
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from service.contacts.numbers import Rejected

YEARS = (2000, 2099)
NO_ZONES = frozenset({"localtime", "Factory"})  # files beside the zones: this machine's own, and none
# Zones that are nowhere: a contact who "is in UTC" has no place whose law could be kept by that clock.
NO_PLACE = re.compile(r"Etc/.*|U(TC|CT|niversal)|Zulu|Greenwich|GMT.*|[CEMW]E?T|[EHM]ST|[CEMP]ST\d[CEMP]DT")


def parse_timezone(text: str) -> str:
    """The IANA name, whatever its case; Rejected for everything else."""
    name = _zones().get(text.replace(" ", "_").casefold())
    if name is None:
        raise Rejected("unknown_timezone", "Not a time zone's name, such as America/New_York.")
    return name


def parse_contact_timezone(text: str) -> str:
    """Where a contact is: the IANA name of a place; Rejected for everything else."""
    name = parse_timezone(text)
    if NO_PLACE.fullmatch(name):
        message = f"{name} is nobody's place: name one such as America/New_York, or leave it out."
        raise Rejected("invalid_timezone", message)
    return name


def parse_not_before(text: str, timezone: str) -> datetime:
    """ISO 8601, turned into UTC. Without an offset it is the wall clock of `timezone`: the first of a
    repeated hour, and inside a gap as much later as the clocks are put forward."""
    try:
        moment = datetime.fromisoformat(text.upper())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(timezone))
        in_utc = moment.astimezone(UTC)
        if not YEARS[0] <= in_utc.year <= YEARS[1]:
            raise ValueError
        return in_utc
    except (ValueError, OverflowError):
        message = "Not a date and time, such as 2026-03-01 14:30 or 2026-03-01T14:30:00-05:00."
        raise Rejected("invalid_time", message) from None


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones() - NO_ZONES}
