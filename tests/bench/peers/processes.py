"""Processes of a contender: started, killed with all that they started, and what they take."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.processes import children

END_SECONDS_MAX = 20.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass
class Processes:
    """By name. What ended processes took is remembered."""

    folder: Path
    environment: Mapping[str, str]
    _running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    _taken: dict[str, float] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], cwd: Path | None = None) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command, cwd=cwd or self.folder, env=self.environment, stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        """SIGKILL to it and to all that it has started."""
        process = self._running.pop(name)
        self._taken[name] = self._taken.get(name, 0.0) + cpu_seconds(process.pid)
        for pid in tree(process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait(END_SECONDS_MAX)

    def wait(self, name: str) -> None:
        """Until it has ended well."""
        assert self._running.pop(name).wait(END_SECONDS_MAX) == 0, (self.folder / f"{name}.log").read_text()

    def end_all(self) -> None:
        for name in reversed(list(self._running)):
            process = self._running.pop(name)
            process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
            try:
                process.wait(END_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self._running[name] = process
                self.kill(name)

    def cpu_seconds(self) -> dict[str, float]:
        now = {name: cpu_seconds(process.pid) for name, process in self._running.items()}
        return {name: now.get(name, 0.0) + self._taken.get(name, 0.0) for name in {**now, **self._taken}}

    def megabytes(self) -> float:
        return sum(megabytes(process.pid) for process in self._running.values())


def tree(pid: int) -> list[int]:
    return [pid, *(each for child in children(pid) for each in tree(child))]


def cpu_seconds(pid: int) -> float:
    """Of it and of all that it has started, also of those that have ended."""
    return sum(_ticks(each) for each in tree(pid)) / TICKS_A_SECOND


def megabytes(pid: int) -> float:
    """In memory; what several processes share is counted once between them."""
    return sum(_kilobytes(each) for each in tree(pid)) / 1024


def _ticks(pid: int) -> int:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15]))  # utime, stime, and those of children that were waited for
    return 0


def _kilobytes(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
