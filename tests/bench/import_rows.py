"""What importing 100,000 rows takes, by format: `python -m tests.bench.import_rows` prints one JSON line.

Each format has a process of its own, whose peak of memory is measured, with all that the service loads."""

import json
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.contacts.workbooks import workbook
from tests.support.api import Site

ROWS = 100_000
COLUMNS = ("phone", "name", "day", "time", "reference")
SECONDS_MAX = 600


def table() -> list[list[str]]:
    """Numbers that may be called, each once; none is dialled."""
    rows = [
        [f"+1{area}{200 + n // 10_000}{n % 10_000:04}", f"Person {area} {n}", "Monday", "09:30", f"ref-{n}"]
        for area in (312, 415)
        for n in range(ROWS // 2)
    ]
    return [list(COLUMNS), *rows]


def written(form: str) -> bytes:
    rows = table()
    if form == "xlsx":
        return workbook(rows)
    if form == "json":
        return json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]]).encode()
    return "\n".join(",".join(row) for row in rows).encode()


def peak_megabytes() -> int:
    """Of this program alone: getrusage would count what the process was before it became this program."""
    said = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    assert said
    return int(said[1]) // 1024


def measure(file: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        site = Site.begin(Path(folder))
        campaign = site.campaign()
        before = peak_megabytes()
        began = time.process_time()
        imported = site.post(f"/api/campaigns/{campaign}/contacts", file.read_bytes()).ok(201)
        assert imported["created"] == ROWS, imported
        receipt = next(each for each in reversed(site.receipts) if each.get("writes"))
        return {
            "cpu_seconds": round(time.process_time() - began, 1),
            "peak_megabytes": peak_megabytes(),
            "peak_megabytes_before": before,
            "reads": receipt["reads"],
            "writes": receipt["writes"],
        }


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(measure(Path(sys.argv[1]))))
        return
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for form in ("csv", "json", "xlsx"):
            file = Path(folder) / f"contacts.{form}"
            file.write_bytes(written(form))
            command = [sys.executable, "-m", "tests.bench.import_rows", str(file)]
            ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS_MAX)
            figures[form] = {"file_megabytes": round(file.stat().st_size / 2**20, 1)} | json.loads(ran.stdout)
    machine = {"python": platform.python_version(), "machine": platform.machine()}
    print(json.dumps({"bench": "import_rows", "rows": ROWS, "figures": figures, "machine": machine}))


if __name__ == "__main__":
    main()
