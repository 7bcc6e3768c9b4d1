"""The single machine's task queue. It keeps Cloud Tasks' promises, out of a SQLite file."""

import atexit
import logging
import math
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from queue import SimpleQueue

from service.dispatch.local_tasks import Delivery, TaskTable, Waiting
from service.domain.documents import EPOCH
from service.ports import Clock, Queue, QueueUnavailable, Task
from service.receipts import Meter

BACKOFF_FIRST = timedelta(seconds=0.1)  # Cloud Tasks' default, doubled with each failure
BACKOFF_MAX = timedelta(seconds=60)  # gcp_resources.sh sets 300 s; here nobody else is in the way
BACKOFF_DOUBLINGS_MAX = 16
DELIVERIES_AT_ONCE_MAX = 8  # of one queue: slow calls do not hold up passes
EVENTS_AT_ONCE_MAX = 2  # receivers may hang
DELIVERIES_PER_ROUND_MAX = 10_000
WAIT_SECONDS_MAX = 60.0  # then look at the clock again: a laptop may have slept, its time been corrected
TROUBLE_SECONDS = 1.0  # before a file that could not be used is tried again
DRAIN_SECONDS_MAX = 10.0

log = logging.getLogger(__name__)


def backoff(retries: int) -> timedelta:
    """How long to wait after a failed delivery, with `retries` failures before it."""
    return min(BACKOFF_FIRST * (1 << min(retries, BACKOFF_DOUBLINGS_MAX)), BACKOFF_MAX)


class LocalTaskQueue:
    """`deliver` carries one task and says whether it was taken (2xx); else it is carried again, later.
    `rates` holds deliveries per second, at most; a queue that is not in it has no limit.

    Driven by hand (`next_at`, `deliver_due`) or by a thread of its own (`start`, `stop`)."""

    def __init__(
        self,
        path: Path | str,
        clock: Clock,
        meter: Meter,
        deliver: Callable[[Delivery], bool],
        rates: Mapping[Queue, float],
    ) -> None:
        self._table = TaskTable(path)
        self._clock = clock
        self._meter = meter
        self._deliver = deliver
        self._spacing = {
            queue: timedelta(microseconds=math.ceil(1_000_000 / rate)) for queue, rate in rates.items()
        }
        self._free_at = dict.fromkeys(Queue, EPOCH)  # no delivery of the queue starts before
        self._under_way: dict[int, Queue] = {}
        self._changed = threading.Condition()  # its lock guards everything here
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._carriers = _Carriers(self._carry_and_log)

    def create(self, tasks: Sequence[Task]) -> None:
        if not tasks:
            return
        try:
            with self._changed:
                self._table.add(tasks, self._clock.now())
                self._changed.notify_all()
        except sqlite3.Error as error:
            raise QueueUnavailable(str(error)) from error
        self._meter.add(tasks=len(tasks))

    def next_at(self) -> datetime | None:
        """When the next delivery may start; it may have passed. None: nothing waits, or what waits has to
        wait for the end of deliveries under way."""
        with self._changed:
            return self._next_of(self._firsts())

    def deliver_due(self) -> int:
        """Carries what is due now, and what that creates for now, in this thread. Returns how many."""
        now = self._clock.now()
        for carried in range(DELIVERIES_PER_ROUND_MAX):
            with self._changed:
                waiting = self._take(self._firsts(), now)
            if waiting is None:
                return carried
            self._carry(waiting)
        return DELIVERIES_PER_ROUND_MAX

    def start(self) -> None:
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="tasks", daemon=True)
        self._thread.start()
        atexit.register(self.stop)  # a process that is told to end lets its handlers end

    def stop(self) -> None:
        """Starts no more deliveries, and gives those under way DRAIN_SECONDS_MAX to end. A task whose
        delivery has not ended by then is delivered again after the next start."""
        atexit.unregister(self.stop)
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way, DRAIN_SECONDS_MAX)

    def close(self) -> None:
        with self._changed:
            self._table.close()

    def _firsts(self) -> list[Waiting]:
        """What each queue would carry next; nothing of a queue with its fill of deliveries."""
        return self._table.firsts(
            {queue: self._under_way_of(queue) for queue in Queue if not self._has_its_fill(queue)}
        )

    def _has_its_fill(self, queue: Queue) -> bool:
        at_once = EVENTS_AT_ONCE_MAX if queue is Queue.EVENTS else DELIVERIES_AT_ONCE_MAX
        return len(self._under_way_of(queue)) >= at_once

    def _under_way_of(self, queue: Queue) -> list[int]:
        return [number for number, of in self._under_way.items() if of == queue]

    def _next_of(self, firsts: Sequence[Waiting]) -> datetime | None:
        return min((self._start_at(waiting) for waiting in firsts), default=None)

    def _start_at(self, waiting: Waiting) -> datetime:
        return max(waiting.due, self._free_at[waiting.delivery.queue])

    def _take(self, firsts: Sequence[Waiting], now: datetime) -> Waiting | None:
        """Marks the next delivery as under way. What was due first goes first, else what came first."""
        startable = [waiting for waiting in firsts if self._start_at(waiting) <= now]
        if not startable:
            return None
        taken = min(startable, key=lambda waiting: (waiting.due, waiting.number))
        queue = taken.delivery.queue
        self._under_way[taken.number] = queue
        self._free_at[queue] = now + self._spacing.get(queue, timedelta())
        return taken

    def _carry(self, waiting: Waiting) -> None:
        taken = False
        try:
            taken = self._deliver(waiting.delivery)
        finally:
            with self._changed:
                held_others_up = self._has_its_fill(waiting.delivery.queue)
                is_over = self._settle(waiting, taken)
                if held_others_up or not is_over or self._stopping:  # else nothing is to be done sooner now
                    self._changed.notify_all()

    def _settle(self, waiting: Waiting, taken: bool) -> bool:
        """Whether it waits no more."""
        now = self._clock.now()
        try:
            if taken:
                self._table.use_up(waiting.number, now)
                return True
            self._table.put_off(waiting.number, now + backoff(waiting.delivery.retries))
        except sqlite3.Error:
            # It still waits in the file, and will be carried again: but not in a tight loop.
            log.exception("The end of task %s could not be written", waiting.delivery.name)
            self._free_at[waiting.delivery.queue] = now + timedelta(seconds=TROUBLE_SECONDS)
        finally:
            del self._under_way[waiting.number]
        return False

    def _run(self) -> None:
        while True:
            try:
                waiting = self._wait_for_next()
            except sqlite3.Error:
                log.exception("The task table could not be read")
                with self._changed:
                    self._changed.wait(TROUBLE_SECONDS)
                continue
            if waiting is None:
                return
            self._carriers.carry(waiting)

    def _wait_for_next(self) -> Waiting | None:
        """The next delivery, as soon as it may start. None: stopped."""
        with self._changed:
            while not self._stopping:
                now, firsts = self._clock.now(), self._firsts()
                waiting = self._take(firsts, now)
                if waiting is not None:
                    return waiting
                at = self._next_of(firsts)
                seconds = WAIT_SECONDS_MAX if at is None else (at - now).total_seconds()
                self._changed.wait(min(seconds, WAIT_SECONDS_MAX))
        return None

    def _carry_and_log(self, waiting: Waiting) -> None:
        try:
            self._carry(waiting)
        except Exception:  # whatever it is, the task is carried again
            log.exception("The delivery of task %s broke off", waiting.delivery.name)


class _Carriers:
    """Threads that carry one task after the other; as many as were ever busy at once. Not an executor: its
    threads would keep a stopped process from ending."""

    def __init__(self, carry: Callable[[Waiting], None]) -> None:
        self._carry = carry
        self._handed: SimpleQueue[Waiting] = SimpleQueue()
        self._idle = threading.Semaphore(0)

    def carry(self, waiting: Waiting) -> None:
        if not self._idle.acquire(blocking=False):
            threading.Thread(target=self._run, name="carrier", daemon=True).start()
        self._handed.put(waiting)

    def _run(self) -> None:
        while True:
            self._carry(self._handed.get())
            self._idle.release()
