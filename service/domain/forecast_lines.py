"""What waits in a forecast, by campaign and timetable, and how it is tried again."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from heapq import heappop, heappush
from math import inf
from typing import NamedTuple

from service.domain.call import Attempt, Call
from service.domain.campaign import Campaign, Status, next_attempt_at
from service.domain.forecast_calendar import Calendar
from service.domain.states import State

History = tuple[State, ...]  # the outcomes of a call's attempts, sorted
ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


class Waiting(NamedTuple):
    """So many calls that are due at one moment, in seconds from the start, and were tried alike."""

    due: float
    calls: int
    history: History = ()
    dials: tuple[float, ...] = ()  # when each of them was dialled; needed where numbers have caps


@dataclass(frozen=True)
class Lot:
    """What waits of a campaign's contacts that are open and closed together, the earliest due first."""

    calendar: Calendar
    waiting: tuple[Waiting, ...]

    @property
    def calls(self) -> int:
        return sum(waiting.calls for waiting in self.waiting)


class Queue:
    """A lot in one run. Its calls come in the order in which a pass finds them: those due first, whether they
    were tried before or not."""

    __slots__ = (
        "_again",
        "_calendar",
        "_first",
        "_index",
        "_order",
        "_total",
        "calls",
        "closes",
        "head",
        "opens",
    )

    def __init__(self, lot: Lot) -> None:
        self._calendar = lot.calendar
        self._first = list(reversed(lot.waiting))  # the next one at its end
        self._again: list[tuple[float, int, Waiting]] = []  # what came back
        self._order = 0
        self._index = 0
        self.calls = self._total = lot.calls
        self.opens, self.closes = lot.calendar.span(0)
        self.head = inf  # when the next call is due
        self._look()

    def goes_before(self, other: "Queue") -> bool:
        """Both are open. Where equally many are due at one moment, as in a list that nobody has seen, they
        are mixed."""
        if self.head != other.head:
            return self.head < other.head
        return self.calls * other._total > other.calls * self._total

    def move_to(self, now: float) -> bool:
        """To the span in which calls may begin now, or next. False: there is none."""
        while self.closes <= now:
            self._index += 1
            self.opens, self.closes = self._calendar.span(self._index)
        return self.opens < inf

    @property
    def ended_by(self) -> str:
        """Why it does not open any more."""
        return self._calendar.ended_by or ""

    @property
    def last_close(self) -> float:
        return self._calendar.last_close

    def take(self, most: int) -> Waiting:
        """Up to so many calls of those that are due first."""
        first, again = self._first, self._again
        came_back = bool(again) and (not first or again[0][0] < first[-1].due)
        due, calls, history, dials = again[0][2] if came_back else first[-1]
        taken = Waiting(due, min(calls, most), history, dials)
        if calls > most:
            left = Waiting(due, calls - most, history, dials)
            if came_back:
                again[0] = (due, again[0][1], left)
            else:
                first[-1] = left
        elif came_back:
            heappop(again)
        else:
            first.pop()
        self.calls -= taken.calls
        self._look()
        return taken

    def put_back(self, waiting: Waiting) -> None:
        self._order += 1
        heappush(self._again, (waiting.due, self._order, waiting))
        self.calls += waiting.calls
        self._look()

    def clear(self) -> int:
        """Nothing of it waits any more; so many did."""
        calls, self.calls = self.calls, 0
        self._first, self._again = [], []
        self._look()
        return calls

    def _look(self) -> None:
        first = self._first[-1].due if self._first else inf
        again = self._again[0][0] if self._again else inf
        self.head = again if again < first else first


class Ladder:
    """What `next_attempt_at` says of a campaign's calls, asked once for each history."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = replace(campaign, status=Status.RUNNING)
        self._known: dict[tuple[History, State], tuple[float, History] | None] = {}

    def after(self, history: History, outcome: State) -> tuple[float, History] | None:
        """The seconds until it may be tried again, and its history then; None: not at all."""
        key = (history, outcome)
        if key not in self._known:
            self._known[key] = self._ask(history, outcome)
        return self._known[key]

    def _ask(self, history: History, outcome: State) -> tuple[float, History] | None:
        attempts = tuple(
            Attempt(number, ANY_TIME, "", "", "", ANY_TIME, outcome=before)
            for number, before in enumerate(history, 1)
        )
        call = Call("", "", self._campaign.id, "", "", ANY_TIME, ANY_TIME, attempts=attempts)
        due_at = next_attempt_at(self._campaign, call, outcome, ANY_TIME)
        if due_at is None:
            return None
        return (due_at - ANY_TIME).total_seconds(), tuple(sorted((*history, outcome)))
