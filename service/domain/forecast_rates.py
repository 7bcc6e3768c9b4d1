"""What a forecast takes for granted: what its user states, else what the campaign measured, else a guess.

What was measured is mixed with the guess while there is little of it: the guess counts as RATES_REST_ON
attempts and TALK_RESTS_ON answered calls that were seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.domain.campaign import CampaignSettings, Machine
from service.domain.forecast_odds import OUTCOMES, Assumptions, Spread
from service.domain.states import State

GUESSED_RATES = {
    State.COMPLETED: 0.35,
    State.VOICEMAIL: 0.20,
    State.BUSY: 0.05,
    State.NO_ANSWER: 0.35,
    State.FAILED: 0.05,
}
GUESSED_TALK = Spread.of_mean(90.0)
GUESSED_RING = Spread.of_quantiles([(0.0, 3.0), (1.0, 25.0)])
GUESSED_MACHINE_SECONDS = {Machine.HANG_UP: 5.0, Machine.LEAVE_MESSAGE: 30.0, Machine.COUNT_AS_ANSWERED: 30.0}
GUESSED_TURNAROUND_SECONDS = (
    3.0  # the webhook, the end of the second, a pass, a task: each a part of a second
)
# A guess may be off by half or by twice as much: it is worth no more than the first calls that are seen.
RATES_REST_ON = 5
TALK_RESTS_ON = 2
SUM_TOLERANCE = 0.001


@dataclass(frozen=True)
class Stated:
    """By the user; None: nothing. Rates that are left out share what the others leave."""

    rates: Mapping[State, float] = field(default_factory=dict)
    talk: Spread | None = None
    ring: Spread | None = None
    machine_seconds: float | None = None
    turnaround_seconds: float | None = None

    @property
    def too_much(self) -> bool:
        return sum(self.rates.values()) > 1 + SUM_TOLERANCE

    @property
    def too_little(self) -> bool:
        """All of them are stated, and do not add up."""
        return len(self.rates) == len(OUTCOMES) and sum(self.rates.values()) < 1 - SUM_TOLERANCE


@dataclass(frozen=True)
class Measured:
    """From a sample of a campaign's attempts. `attempts`: by outcome, each weighted so that the sample stands
    for all; `seen`: how many there are in it."""

    attempts: Mapping[State, float] = field(default_factory=dict)
    seen: int = 0
    talks: tuple[float, ...] = ()  # seconds
    rings: tuple[float, ...] = ()


@dataclass(frozen=True)
class Source:
    """`over`: calls that were measured; `guess`: how much of it is a guess, from 0 to 1."""

    kind: str
    over: int = 0
    guess: float = 0.0


STATED = Source("stated")


@dataclass(frozen=True)
class Assumed:
    """`sources`: by the names of the API."""

    assumptions: Assumptions
    rates: Source  # of those that are not stated
    talk: Source
    ring: Source
    machine: Source
    turnaround: Source


def assume(stated: Stated, measured: Measured, settings: CampaignSettings) -> Assumed:
    talk, talk_source = _spread(stated.talk, measured.talks, GUESSED_TALK)
    ring, ring_source = _spread(stated.ring, measured.rings, GUESSED_RING)
    machine = _or(stated.machine_seconds, GUESSED_MACHINE_SECONDS[settings.on_machine])
    turnaround = _or(stated.turnaround_seconds, GUESSED_TURNAROUND_SECONDS)
    assumptions = Assumptions(
        rates=_rates(stated.rates, measured),
        talk=talk,
        ring=ring,
        machine_seconds=machine,
        turnaround_seconds=turnaround,
        stated=frozenset(stated.rates),
        rates_rest_on=float(RATES_REST_ON + measured.seen),
        talk_rests_on=None if stated.talk else float(TALK_RESTS_ON + len(measured.talks)),
    )
    return Assumed(
        assumptions,
        rates=_source(measured.seen, RATES_REST_ON),
        talk=talk_source,
        ring=ring_source,
        machine=_given(stated.machine_seconds),
        turnaround=_given(stated.turnaround_seconds),
    )


def _rates(stated: Mapping[State, float], measured: Measured) -> dict[State, float]:
    total = sum(measured.attempts.values())
    blended = {
        outcome: RATES_REST_ON * GUESSED_RATES[outcome]
        + (measured.seen * measured.attempts.get(outcome, 0.0) / total if total else 0.0)
        for outcome in OUTCOMES
    }
    left = max(0.0, 1 - sum(stated.values()))
    shared = sum(weight for outcome, weight in blended.items() if outcome not in stated)
    return {
        outcome: stated[outcome] if outcome in stated else blended[outcome] / shared * left
        for outcome in OUTCOMES
    }


def _spread(stated: Spread | None, cases: tuple[float, ...], guess: Spread) -> tuple[Spread, Source]:
    if stated is not None:
        return stated, STATED
    source = _source(len(cases), TALK_RESTS_ON)
    return (Spread.of_cases(cases).mixed(guess, source.guess) if cases else guess), source


def _source(seen: int, guess_counts: int) -> Source:
    return (
        Source("measured", seen, guess_counts / (guess_counts + seen)) if seen else Source("default", 0, 1.0)
    )


def _given(stated: float | None) -> Source:
    return Source("default", 0, 1.0) if stated is None else STATED


def _or(stated: float | None, guess: float) -> float:
    return guess if stated is None else stated
