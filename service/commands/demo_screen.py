"""What the demo shows while it runs: each wake, and a bar."""

import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from service.receipts import Receipt

BAR_WIDTH = 40
CLEAR_LINE = "\r\033[K"


class Screen:
    """Ticks that find nothing to do are gathered into one line; a bar at the bottom where there is a
    terminal."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._terminal = sys.stdout.isatty()
        self._idle: list[tuple[datetime, Receipt]] = []
        self._bar = ""

    def show(self, receipt: Receipt, at: datetime) -> None:
        if receipt["kind"] == "tick":
            self._idle.append((at, receipt))
            self._draw_bar(f"asleep, {len(self._idle)} ticks")
        elif receipt["kind"] == "pass":
            self.say(at, f"{receipt['reason']:<7} {receipt['result']:<38} {_cost(receipt)}")

    def say(self, at: datetime, text: str) -> None:
        self._tell_idle()
        self._print(f"{at.astimezone(self._zone):%a %H:%M:%S}  {text}")

    def progress(self, progress: dict[str, int], at: datetime) -> None:
        total = max(progress["total"], 1)
        waiting = progress["queued"] + progress["in_flight"] + progress["uncertain"]
        done = total - waiting
        filled = BAR_WIDTH * done // total
        bar = "#" * filled + "." * (BAR_WIDTH - filled)
        self._bar = (
            f"{at.astimezone(self._zone):%a %H:%M}  [{bar}] {done}/{total}, {progress['in_flight']} on"
        )
        self._draw_bar("")

    def end(self) -> None:
        self._tell_idle()
        self._bar = ""
        self._draw_bar("")

    def _tell_idle(self) -> None:
        idle, self._idle = self._idle, []
        if not idle:
            return
        (first, receipt), (last, _) = idle[0], idle[-1]
        reads, writes = (sum(r[spent] for _, r in idle) for spent in ("reads", "writes"))
        tasks = sum(r["tasks"] for _, r in idle)
        since, until = (f"{at.astimezone(self._zone):%a %H:%M}" for at in (first, last))
        span, ticks = (f"{since} to {until}", f"{len(idle)} ticks") if len(idle) > 1 else (since, "1 tick")
        self._print(
            f"{span}  {ticks}: {receipt['result']}; in all "
            f"{reads} reads, {writes} writes, {tasks} tasks, {sum(r['milliseconds'] for _, r in idle):.0f} ms"
        )

    def _print(self, line: str) -> None:
        print(f"{CLEAR_LINE}{line}" if self._terminal else line, flush=True)
        self._draw_bar("")

    def _draw_bar(self, note: str) -> None:
        if self._terminal:
            print(f"{CLEAR_LINE}{self._bar} {note}", end="", flush=True)


def _cost(receipt: Receipt) -> str:
    return (
        f"{receipt['reads']:>3} reads {receipt['writes']:>2} writes "
        f"{receipt['tasks']:>2} tasks {receipt['milliseconds']:>6.1f} ms"
    )
