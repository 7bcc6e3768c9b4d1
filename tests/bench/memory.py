"""How much memory a process has had at most."""

import re
from pathlib import Path


def peak_megabytes() -> int:
    """Of this program alone: getrusage would count what the process was before it became this program."""
    said = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    assert said
    return int(said[1]) // 1024
