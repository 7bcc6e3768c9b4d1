"""What importing rows takes, by format: `python -m tests.bench.import_rows` prints one JSON line.

Each format has a process of its own, whose peak of memory is measured, with all that the service loads."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.line import Figures, Measured, Size, main
from tests.bench.memory import peak_megabytes
from tests.contacts.workbooks import workbook
from tests.support.api import Site

ROWS: dict[Size, int] = {"small": 100, "usual": 20_000, "large": 100_000}
COLUMNS = ("phone", "name", "day", "time", "reference")
SECONDS_MAX = 600
FORMATS: dict[Size, tuple[str, ...]] = {
    "small": ("csv",),
    "usual": ("csv", "json", "xlsx"),
    "large": ("csv", "json", "xlsx"),
}
CASE = "--case"


def table(count: int) -> list[list[str]]:
    """Numbers that may be called, each once; none is dialled."""
    rows = [
        [f"+1{area}{200 + n // 10_000}{n % 10_000:04}", f"Person {area} {n}", "Monday", "09:30", f"ref-{n}"]
        for area in (312, 415)
        for n in range(count // 2)
    ]
    return [list(COLUMNS), *rows]


def written(form: str, count: int) -> bytes:
    rows = table(count)
    if form == "xlsx":
        return workbook(rows)
    if form == "json":
        return json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]]).encode()
    return "\n".join(",".join(row) for row in rows).encode()


def case(file: Path, count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        site = Site.begin(Path(folder))
        campaign = site.campaign()
        before = peak_megabytes()
        began = time.process_time()
        imported = site.post(f"/api/campaigns/{campaign}/contacts", file.read_bytes()).ok(201)
        assert imported["created"] == count, imported
        receipt = next(each for each in reversed(site.receipts) if each.get("writes"))
        return {
            "cpu_s": round(time.process_time() - began, 1),
            "peak_mb": peak_megabytes(),
            "peak_mb_before": before,
            "reads": receipt["reads"],
            "writes": receipt["writes"],
        }


def measure(size: Size) -> Measured:
    figures: Figures = {}
    count = ROWS[size]
    with tempfile.TemporaryDirectory() as folder:
        for form in FORMATS[size]:
            file = Path(folder) / f"contacts.{form}"
            file.write_bytes(written(form, count))
            command = [sys.executable, "-m", "tests.bench.import_rows", CASE, str(file), str(count)]
            ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS_MAX)
            of_file = {"file_mb": round(file.stat().st_size / 2**20, 1)}
            figures[f"{count:,} rows, {form}"] = of_file | json.loads(ran.stdout)
    return Measured(figures)


if __name__ == "__main__":
    if CASE in sys.argv:
        print(json.dumps(case(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        main("import_rows", measure)
