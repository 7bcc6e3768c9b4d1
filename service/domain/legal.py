"""What the law of a place says of calling hours."""

from dataclasses import dataclass

from service.domain.hours import Hours


@dataclass(frozen=True)
class LegalRule:
    """`hours` are on the wall clock of whoever is called."""

    place: str
    hours: Hours
    closed_on_holidays: bool
    source: str  # what says so
    read: str  # when it was read: a year and a month
    confirmed: bool = True  # the hours were read in the source itself, not in somebody's account of it

    @property
    def cited(self) -> str:
        secondary = "" if self.confirmed else "by a secondary source, "
        return f"{self.source} ({secondary}read in {self.read})"
