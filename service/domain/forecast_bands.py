"""Many runs of a forecast, and what they have in common."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from service.domain.forecast import HOUR_SECONDS, simulate
from service.domain.forecast_limits import paced
from service.domain.forecast_odds import Assumptions, Dice, Urn
from service.domain.forecast_scene import Run, Scene

RUNS_MAX = 200
RUNS_MIN = 25  # of a campaign whose calls are all gone through
RUNS_SAMPLED = 50  # of one whose calls are not
SIMULATED_MAX = 500_000  # attempts in all runs together: some three seconds
SHARING_COSTS = 8  # times as long, where other campaigns want slots, too
PACING_COSTS = 2  # times as long, where calls begin an interval apart
PROBED = 500  # calls of the first look at how many attempts there will be


@dataclass(frozen=True)
class Band:
    """What it is at most in one of ten runs, in half of them, in nine of ten; None: without an end."""

    p10: float | None
    p50: float | None
    p90: float | None


@dataclass(frozen=True)
class Runs:
    """`weight`: how many calls each simulated one stands for."""

    runs: tuple[Run, ...]
    weight: int

    def band(self, of: Iterable[float | None]) -> Band:
        return band_of(list(of))

    def counts(self, name: str) -> dict[str, Band]:
        """By kind, of a run's Counter."""
        counters: list[Mapping[str, int]] = [getattr(run, name) for run in self.runs]
        kinds = sorted({kind for counter in counters for kind in counter})
        return {kind: self.band(counter.get(kind, 0) for counter in counters) for kind in kinds}

    def stopped_by(self) -> tuple[str, float] | None:
        """What most often keeps it from coming to an end, and the share of runs that do not."""
        reasons = Counter(run.stopped_by for run in self.runs if run.stopped_by is not None)
        if not reasons:
            return None
        return reasons.most_common(1)[0][0] or "", sum(reasons.values()) / len(self.runs)

    def hours(self, start: datetime) -> list[tuple[datetime, float]]:
        """The expected attempts of each hour that has any."""
        total: Counter[int] = Counter()
        for run in self.runs:
            total.update(run.hours)
        first = start.replace(minute=0, second=0, microsecond=0)
        return [
            (first + timedelta(seconds=hour * HOUR_SECONDS), calls / len(self.runs))
            for hour, calls in sorted(total.items())
        ]


def band_of(values: Sequence[float | None]) -> Band:
    """By rank: the next value falls below p10 once in ten times, and so on."""
    ordered = sorted(inf if value is None else value for value in values)

    def at(share: float) -> float | None:
        value = ordered[min(max(round(share * (len(ordered) + 1)), 1), len(ordered)) - 1]
        return None if value == inf else value

    return Band(at(0.1), at(0.5), at(0.9))


def run_often(scene: Scene, assumed: Assumptions, dice: Dice, *, runs_max: int = RUNS_MAX) -> Runs:
    """As often as time allows; a campaign that is too large for RUNS_MIN is thinned."""
    urn = Urn(
        assumed,
        scene.accounts[scene.lines[0].campaign.account_id].rate,
        ring_seconds=scene.limits.ring_seconds,
        time_limit_seconds=scene.limits.time_limit_seconds,
    )

    def run(weight: int) -> Run:
        return simulate(scene, urn.draw(dice), dice, weight=weight)

    probed = max(1, sum(line.calls for line in scene.lines) // PROBED)
    attempts = max(1, run(probed).simulated * probed)
    most = _simulated_max(scene)
    if attempts * RUNS_MIN <= most:
        count = min(runs_max, most // attempts)
        return Runs(tuple(run(1) for _ in range(count)), 1)
    weight = -(-attempts * RUNS_SAMPLED // most)
    return Runs(tuple(run(weight) for _ in range(min(runs_max, RUNS_SAMPLED))), weight)


def _simulated_max(scene: Scene) -> int:
    """In the same time."""
    is_paced = paced(scene.lines[0].campaign, scene.start) is not None
    is_shared = len(scene.lines) > 1
    return SIMULATED_MAX // ((SHARING_COSTS if is_shared else 1) * (PACING_COSTS if is_paced else 1))
