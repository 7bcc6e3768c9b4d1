"""One campaign in a run of a forecast: whether it may have a slot, and which of its calls gets it."""

from collections import Counter
from datetime import datetime, timedelta
from math import inf
from typing import NamedTuple

from service.domain.account import Account
from service.domain.callee import Callee, next_allowed
from service.domain.calling_hours import CLOCK_BEHIND_SECONDS_MAX
from service.domain.campaign import outcome_of_machine
from service.domain.forecast_limits import Limit, Slots, paced
from service.domain.forecast_lines import Queue, Waiting
from service.domain.forecast_odds import OUTCOMES
from service.domain.forecast_scene import Line
from service.domain.states import State


class Begun(NamedTuple):
    """Calls that are made one after the other in one slot, and what becomes of each."""

    runner: "Runner"
    queue: Queue
    waiting: Waiting
    place: int  # of its outcome, in OUTCOMES
    began: float
    cost: int  # of each, in millionths


class Runner:
    """A line under way, within limits that it may share with others."""

    def __init__(
        self,
        line: Line,
        account: Account,
        start: datetime,
        slots: tuple[Slots, ...],
        limits: tuple[Limit, ...],
    ) -> None:
        self.campaign = line.campaign  # its turn and its pace move
        self.queues = [Queue(lot) for lot in line.lots]
        self.in_flight = 0
        self.last_end = 0.0
        self.ended: Counter[State] = Counter()  # contacts, by their last outcome
        self.unreached: Counter[str] = Counter()  # contacts, by what keeps them from being called
        self._start = start
        self._slots, self._limits = slots, limits
        self._pace = paced(line.campaign, start)
        self._is_limited = bool(limits) or self._pace is not None
        self._ladder = line.ladder
        self._caps = account.caps if account.caps.any else None
        of_machine = outcome_of_machine(line.campaign.settings)
        self._outcomes = tuple(of_machine if o is State.VOICEMAIL else o for o in OUTCOMES)
        for queue in self.queues:
            if queue.opens == inf:
                self._expire(queue)

    @property
    def is_full(self) -> bool:
        """It has all the calls in flight that it may have."""
        for slots in self._slots:  # noqa: SIM110  # the busiest line of a forecast
            if slots.in_flight >= slots.most:
                return True
        return False

    @property
    def waits(self) -> bool:
        return any(queue.calls for queue in self.queues)

    # --- who is next ------------------------------------------------------------------------------

    def next_queue(self, now: float) -> Queue | None:
        """The one whose call would begin now."""
        if self.is_full or (self._is_limited and self._free_at(now) > now):
            return None
        best: Queue | None = None
        due = now
        for queue in self.queues:
            if queue.closes <= now and not queue.move_to(now):
                self._expire(queue)
            if queue.opens <= now and queue.head <= due and (best is None or queue.goes_before(best)):
                best, due = queue, queue.head
        return best

    def next_look(self, now: float) -> float:
        """When it may want a slot that is free; infinite: only when something in flight has ended."""
        due = min((max(queue.head, queue.opens) for queue in self.queues), default=inf)
        return max(due, self._free_at(now))

    def held_up_by(self, now: float) -> str | None:
        """The limit that will never again allow a call, with nothing in flight."""
        if any(slots.most <= 0 for slots in self._slots):
            return NO_SLOTS
        return next((limit.rule for limit in self._limits if limit.free_at(now) == inf), None)

    def _free_at(self, now: float) -> float:
        """When the limits that are not on calls in flight allow another call."""
        moment = now
        for limit in self._limits:
            moment = max(moment, limit.free_at(now))
        return moment if self._pace is None else max(moment, self._pace.free_at(now))

    # --- what becomes of it -----------------------------------------------------------------------

    def begin(
        self, now: float, queue: Queue, most: int, length: float
    ) -> tuple[Waiting, float, float] | None:
        """Takes up to so many calls of that length, as far as they begin in time; when the first begins, and
        how far apart they do. None: the caps of the number forbid it."""
        step = length if self._pace is None else max(length, self._pace.interval(now, *self._open(now)))
        if most > 1:
            most = min(most, int((queue.closes - now) / step) + 1) if queue.closes < inf else most
        taken = queue.take(most)
        if self._caps and taken.dials and self._is_put_off(now, queue, taken):
            return None
        began = now if self._pace is None else self._pace.take(now, taken.calls)
        for slots in self._slots:
            slots.in_flight += 1
        for limit in self._limits:
            limit.begin(now, taken.calls)
        self.in_flight += 1
        return taken, began, step

    def end(self, now: float, begun: Begun) -> None:
        """`now`: when the last of them is over."""
        queue, waiting, outcome = begun.queue, begun.waiting, self._outcomes[begun.place]
        for slots in self._slots:
            slots.in_flight -= 1
        for limit in self._limits:
            limit.end(begun.began, begun.cost * waiting.calls)
        self.in_flight -= 1
        self.last_end = now
        following = self._ladder.after(waiting.history, outcome)
        if following is None:
            self.ended[outcome] += waiting.calls
            return
        seconds, history = following
        dials = (*waiting.dials, begun.began) if self._caps else ()
        queue.put_back(Waiting(now + seconds, waiting.calls, history, dials))
        if self._pace is not None:
            self._pace.interval(now, *self._open(now))
        if queue.opens == inf:
            self._expire(queue)

    def give_up(self, reason: str) -> None:
        for queue in self.queues:
            self.unreached[reason] += queue.clear()

    def _expire(self, queue: Queue) -> None:
        """It will not open any more."""
        if queue.calls:
            self.last_end = max(self.last_end, queue.last_close)
            self.unreached[queue.ended_by] += queue.clear()

    def _open(self, now: float) -> tuple[int, float]:
        """How many calls wait in its open queues, and how long the last of them stays open."""
        closes, calls = now, 0
        for queue in self.queues:
            if queue.opens <= now < queue.closes:
                closes = max(closes, queue.closes + CLOCK_BEHIND_SECONDS_MAX)
                calls += queue.calls
        return calls, closes - now

    def _is_put_off(self, now: float, queue: Queue, taken: Waiting) -> bool:
        """Whether it was called as often as it may be, as its handler finds out."""
        assert self._caps is not None
        dials = tuple(self._start + timedelta(seconds=dial) for dial in taken.dials)
        moment = self._start + timedelta(seconds=now)
        allowed_at = next_allowed(Callee("", "", "", dials=dials), self._caps, moment)
        if allowed_at <= moment:
            return False
        due = (allowed_at - self._start).total_seconds()
        queue.put_back(Waiting(due, taken.calls, taken.history, taken.dials))
        return True


NO_SLOTS = "no_slots"
