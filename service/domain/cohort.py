"""Where contacts are, as far as their calling hours go: a place and its time zones, in one short text.

Calls of one campaign that have it in common are open and closed together, so a pass looks at cohorts and not
at calls. `US-IL|America/Chicago`, `US-IN|America/Chicago+America/New_York`; empty: not known.

Where a contact is said to be elsewhere than its number, the number's zones come behind, as in
`US-IL|America/New_York|America/Chicago`: the law of the number's place is kept by their clocks as well, so no
column of a file can lift it.
"""

import re

ZONES_MAX = 8  # a number that may be in more of them says nothing about where it is

_BETWEEN_ZONES = re.compile(r"\+(?!\d)")  # Etc/GMT+5 is one


def make_cohort(place: str, zones: tuple[str, ...], of_number: tuple[str, ...] = ()) -> str:
    """`place`: a country, or a country and its region; empty when it is not known."""
    contact_s, number_s = _joined(zones), _joined(of_number)
    behind = f"|{number_s}" if number_s else ""
    return f"{place}|{contact_s}{behind}" if place or contact_s else ""


def zones_besides(zones: tuple[str, ...], of_number: tuple[str, ...]) -> tuple[str, ...]:
    """The number's own zones, where the contact is in none of them."""
    return () if set(zones) & set(of_number) else of_number


def parse_cohort(text: str) -> tuple[str, tuple[str, ...]]:
    """The place, and the zones that the contacts are in."""
    place, zones, _ = _parts(text)
    return place, zones


def zones_of_law(text: str) -> tuple[str, ...]:
    """Those by whose clocks the law of the place is kept: the contacts' and their numbers'."""
    _, zones, of_number = _parts(text)
    return (*zones, *of_number)


def _joined(zones: tuple[str, ...]) -> str:
    return "+".join(sorted(zones)) if len(zones) <= ZONES_MAX else ""


def _parts(text: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    place, *lists = text.split("|")
    zones, of_number = (tuple(_BETWEEN_ZONES.split(each)) if each else () for each in (*lists, "", "")[:2])
    return place, zones, of_number
