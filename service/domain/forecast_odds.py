"""What calls may come to, and how long they may take: what a forecast draws from."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Protocol

from service.domain.money import Rate
from service.domain.states import State

OUTCOMES = (State.COMPLETED, State.VOICEMAIL, State.BUSY, State.NO_ANSWER, State.FAILED)
ANSWERED, MACHINE, BUSY, NO_ANSWER, FAILED = range(len(OUTCOMES))  # their places
POINTS = 1000  # of a spread: enough for one call in a thousand
TURNED_DOWN_SECONDS = 3.0  # until a busy line, or one that does not exist, is known to be one


class Dice(Protocol):
    """Seeded, so that a forecast can be made again."""

    def random(self) -> float:
        """At least 0 and below 1."""
        ...

    def gammavariate(self, alpha: float, beta: float) -> float: ...


@dataclass(frozen=True)
class Spread:
    """How long something takes: the seconds at POINTS equal shares of all cases, the shortest first."""

    seconds: tuple[float, ...]

    @classmethod
    def of_mean(cls, mean: float) -> "Spread":
        """Exponential: many are short, and a few are long."""
        return cls(tuple(-mean * log(1 - share) for share in _shares()))

    @classmethod
    def of_quantiles(cls, quantiles: Sequence[tuple[float, float]]) -> "Spread":
        """At least two of (share, seconds), ascending: straight lines between them, continued beyond the
        first and the last, though not below 0."""
        shares = [share for share, _ in quantiles]
        return cls(tuple(max(0.0, _on_line(quantiles, shares, share)) for share in _shares()))

    @classmethod
    def of_cases(cls, cases: Iterable[float]) -> "Spread":
        """At least one."""
        found = sorted(cases)
        return cls(tuple(found[int(share * len(found))] for share in _shares()))

    def mixed(self, other: "Spread", share: float) -> "Spread":
        """With so large a share of the cases from `other`."""
        taken = round(share * POINTS)
        mine = (self.seconds[_nth(n, POINTS - taken)] for n in range(POINTS - taken))
        others = (other.seconds[_nth(n, taken)] for n in range(taken))
        return Spread(tuple(sorted((*mine, *others))))

    def at(self, share: float) -> float:
        return self.seconds[min(int(share * POINTS), POINTS - 1)]

    @property
    def mean(self) -> float:
        return sum(self.seconds) / POINTS


def _shares() -> Iterable[float]:
    return ((n + 0.5) / POINTS for n in range(POINTS))


def _nth(n: int, of: int) -> int:
    """The middle of the n-th of so many equal parts."""
    return int((n + 0.5) * POINTS / of)


def _on_line(quantiles: Sequence[tuple[float, float]], shares: list[float], share: float) -> float:
    right = min(max(bisect_left(shares, share), 1), len(shares) - 1)
    (before, low), (after, high) = quantiles[right - 1], quantiles[right]
    return low + (high - low) * (share - before) / (after - before)


@dataclass(frozen=True)
class Assumptions:
    """`certain`: what the rates of outcomes that nobody stated rest on, in attempts, and likewise the talk's
    length, in answered calls; None: it was stated. What rests on few differs from run to run."""

    rates: Mapping[State, float]  # of each of OUTCOMES; they add up to 1
    talk: Spread
    ring: Spread  # until somebody answers
    machine_seconds: float  # with one that answers
    turnaround_seconds: float  # from a call's end to the next dial in its slot
    stated: frozenset[State] = frozenset()  # outcomes whose rates are certain
    rates_rest_on: float = 0.0
    talk_rests_on: float | None = None

    def mean_seconds(self, ring_seconds: int) -> float:
        """For which an attempt has its slot."""
        lengths = (
            self.ring.mean + self.talk.mean,
            self.ring.mean + self.machine_seconds,
            TURNED_DOWN_SECONDS,
            ring_seconds,
            TURNED_DOWN_SECONDS,
        )
        shares = (self.rates[outcome] for outcome in OUTCOMES)
        return self.turnaround_seconds + sum(s * length for s, length in zip(shares, lengths, strict=True))


@dataclass(frozen=True)
class Odds:
    """One run's: as they may really be."""

    up_to: tuple[float, ...]  # the rates of OUTCOMES, added up
    talk: tuple[float, ...]
    talk_costs: tuple[int, ...]  # millionths, of each in `talk`
    ring: tuple[float, ...]
    ring_out: float  # how long it rings in vain
    machine_seconds: float
    machine_cost: int
    turnaround: float


class Urn:
    """Where the odds of each run are drawn from."""

    def __init__(
        self, assumed: Assumptions, rate: Rate, *, ring_seconds: int, time_limit_seconds: int
    ) -> None:
        self._assumed, self._rate = assumed, rate
        self._longest = float(time_limit_seconds)
        machine = min(assumed.machine_seconds, self._longest)
        self._odds = Odds(
            up_to=(),
            talk=(),
            talk_costs=(),
            ring=tuple(min(seconds, float(ring_seconds)) for seconds in assumed.ring.seconds),
            ring_out=float(ring_seconds),
            machine_seconds=machine,
            machine_cost=rate.cost(int(machine)),
            turnaround=assumed.turnaround_seconds,
        )
        self._stated_talk = self._talk(1.0) if assumed.talk_rests_on is None else None

    def draw(self, dice: Dice) -> Odds:
        rates = self._rates(dice)
        talk, costs = self._stated_talk or self._talk(_about_one(self._assumed.talk_rests_on, dice))
        up_to = tuple(sum(rates[: place + 1]) for place in range(len(rates)))
        return replace(self._odds, up_to=up_to, talk=talk, talk_costs=costs)

    def _talk(self, scale: float) -> tuple[tuple[float, ...], tuple[int, ...]]:
        talk = tuple([min(seconds * scale, self._longest) for seconds in self._assumed.talk.seconds])
        return talk, tuple([self._rate.cost(int(seconds)) for seconds in talk])

    def _rates(self, dice: Dice) -> list[float]:
        """Those that are not stated share what is left, as they may after so few attempts."""
        assumed = self._assumed
        open_ones = [o for o in OUTCOMES if o not in assumed.stated and assumed.rates[o] > 0]
        if len(open_ones) < 2:
            return [assumed.rates[outcome] for outcome in OUTCOMES]
        left = sum(assumed.rates[outcome] for outcome in open_ones)
        weights = {
            outcome: dice.gammavariate(assumed.rates[outcome] / left * assumed.rates_rest_on, 1.0)
            for outcome in open_ones
        }
        drawn = {outcome: weight / sum(weights.values()) * left for outcome, weight in weights.items()}
        return [drawn.get(outcome, assumed.rates[outcome]) for outcome in OUTCOMES]


def _about_one(rests_on: float | None, dice: Dice) -> float:
    """How far a mean over so many may be off: lengths of calls vary about as much as they are long."""
    return 1.0 if rests_on is None else dice.gammavariate(rests_on, 1 / rests_on)
