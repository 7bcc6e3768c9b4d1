"""Where contacts are, as far as their calling hours go: a place and its time zones, in one short text.

Calls of one campaign that have it in common are open and closed together, so a pass looks at cohorts and not
at calls. `US-IL|America/Chicago`, `US-IN|America/Chicago+America/New_York`; empty: not known.
"""

import re

ZONES_MAX = 8  # a number that may be in more of them says nothing about where it is

_BETWEEN_ZONES = re.compile(r"\+(?!\d)")  # Etc/GMT+5 is one


def make_cohort(place: str, zones: tuple[str, ...]) -> str:
    """`place`: a country, or a country and its region; empty when it is not known."""
    known = zones if len(zones) <= ZONES_MAX else ()
    return f"{place}|{'+'.join(sorted(known))}" if place or known else ""


def parse_cohort(text: str) -> tuple[str, tuple[str, ...]]:
    """The place and the zones."""
    place, _, zones = text.partition("|")
    return place, tuple(_BETWEEN_ZONES.split(zones)) if zones else ()
