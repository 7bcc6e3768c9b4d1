"""The time zones of a place that is only named."""

from service.contacts.area_codes import AREA_CODES
from service.contacts.places import place_of

ANY_SUBSCRIBER = "2345678"


def zones_in(place: str) -> tuple[str, ...]:
    """All that contacts there may be in; only states of the US and provinces of Canada are known (US-IL)."""
    country, _, region = place.partition("-")
    codes = AREA_CODES.get(country, {}).get(region, "").split()
    return tuple(sorted({zone for code in codes for zone in place_of(f"+1{code}{ANY_SUBSCRIBER}").zones}))
