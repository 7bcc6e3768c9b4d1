"""What may become of a campaign, once: its calls begin, ring, end or are tried again, on a clock that jumps.

The rules are those of passes and handlers, asked of the same functions: hours (Calendar), retries (Ladder),
paces, limits in flight, budgets at their worst case, fair shares, and how often one number is called. Left
out is what nobody can foresee: edits and pauses, lost answers, calls whose fate stays unknown.

Large campaigns are thinned: one simulated call stands for `weight` alike, made one after the other in its
slot, as many as begin before the window closes. So slots, hours and paces stay as they are.
"""

from heapq import heappop, heappush
from math import inf

from service.domain.forecast_calendar import HORIZON_DAYS_MAX, TOO_LONG
from service.domain.forecast_campaign import Begun, Runner
from service.domain.forecast_lines import Queue
from service.domain.forecast_odds import ANSWERED, MACHINE, NO_ANSWER, POINTS, TURNED_DOWN_SECONDS, Dice, Odds
from service.domain.forecast_scene import Run, Scene
from service.domain.forecast_shares import Shares, runners_of

HORIZON_SECONDS = HORIZON_DAYS_MAX * 24 * 3600
HOUR_SECONDS = 3600


def simulate(scene: Scene, odds: Odds, dice: Dice, *, weight: int = 1) -> Run:
    """To the end of the scene's first campaign."""
    return _World(scene, odds, dice, weight).run()


class _World:
    def __init__(self, scene: Scene, odds: Odds, dice: Dice, weight: int) -> None:
        self._odds, self._random, self._weight = odds, dice.random, weight
        self._runners = runners_of(scene)
        self._first = self._runners[0]
        self._shares = Shares(scene) if len(self._runners) > 1 else None
        self._events: list[tuple[float, int, Begun | None]] = []  # None: a look at what is due
        self._order = 0
        self._next_look = inf
        start = scene.start
        self._into_hour = start.minute * 60 + start.second + start.microsecond / 1e6
        self._run = Run()

    def run(self) -> Run:
        now, first, events = 0.0, self._first, self._events
        self._fill(now)
        while events and (first.in_flight or first.waits):
            now, _, begun = heappop(events)
            if now > HORIZON_SECONDS:
                break
            if begun is not None:
                begun.runner.end(now - self._odds.turnaround, begun)
            elif now < self._next_look:
                continue  # it was asked for before a sooner one, which has seen to it
            else:
                self._next_look = inf
            self._fill(now)
        return self._told(now)

    def _fill(self, now: float) -> None:
        if self._shares is None:
            while (queue := self._first.next_queue(now)) is not None:
                self._begin(now, self._first, queue)
        else:
            while (found := self._shares.next_of(self._runners, now)) is not None:
                self._begin(now, *found)
        for runner in self._runners:
            if not runner.is_full and (moment := runner.next_look(now)) < self._next_look:
                self._next_look = moment
                self._at(moment, None)

    def _begin(self, now: float, runner: Runner, queue: Queue) -> None:
        place, length, talk, cost = self._draw()
        length += self._odds.turnaround
        begun = runner.begin(now, queue, self._weight, length)
        if begun is None:
            return
        taken, began, step = begun
        calls = taken.calls
        self._at(began + (calls - 1) * step + length, Begun(runner, queue, taken, place, began, cost))
        self._run.simulated += 1
        if self._shares is not None:
            self._shares.charge(runner, calls)
        if runner is self._first:
            self._count(began, calls, step)
            self._run.talk_seconds += calls * talk
            self._run.cost += calls * cost

    def _draw(self) -> tuple[int, float, float, int]:
        """The place of its outcome, how long it has the slot, how long it talks, and what that costs."""
        odds, random = self._odds, self._random
        share, up_to = random(), odds.up_to
        if share < up_to[ANSWERED]:
            nth = int(random() * POINTS)
            talk = odds.talk[nth]
            return ANSWERED, odds.ring[int(random() * POINTS)] + talk, talk, odds.talk_costs[nth]
        if share < up_to[MACHINE]:
            talk = odds.machine_seconds
            return MACHINE, odds.ring[int(random() * POINTS)] + talk, talk, odds.machine_cost
        place = next((place for place in range(MACHINE, len(up_to)) if share < up_to[place]), len(up_to) - 1)
        return place, odds.ring_out if place == NO_ANSWER else TURNED_DOWN_SECONDS, 0.0, 0

    def _count(self, began: float, calls: int, step: float) -> None:
        """By the hours in which they begin."""
        run, at = self._run, self._into_hour + began
        run.attempts += calls
        while calls > 0:
            hour = int(at // HOUR_SECONDS)
            inside = min(calls, int(((hour + 1) * HOUR_SECONDS - at) / step) + 1) if calls > 1 else 1
            run.hours[hour] += inside
            calls -= inside
            at += inside * step

    def _at(self, moment: float, begun: Begun | None) -> None:
        self._order += 1
        heappush(self._events, (moment, self._order, begun))

    def _told(self, now: float) -> Run:
        run, first = self._run, self._first
        if first.in_flight or first.waits:
            run.stopped_by = TOO_LONG if now > HORIZON_SECONDS else first.held_up_by(now) or TOO_LONG
            first.give_up(run.stopped_by)
        elif run.attempts or first.ended:
            run.finish = first.last_end
        run.ended, run.unreached = first.ended, first.unreached
        if run.finish is None and run.stopped_by is None:
            run.stopped_by = next(iter(run.unreached), None)
        return run
