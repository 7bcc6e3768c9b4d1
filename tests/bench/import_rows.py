"""What importing rows takes, by format.

Each format has a process of its own, whose peak of memory is measured, with all that the service loads."""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from service.domain.account import Account
from service.local.time_lapse import CALLER, local_settings
from service.receipts import Receipt
from service.settings import Settings
from service.usecases.accounts import NewAccount, create_account
from service.wiring import Choices, build
from tests.bench.line import Figures, Measured, Size, main
from tests.bench.memory import peak_megabytes
from tests.contacts.workbooks import workbook
from tests.support.api import CAMPAIGN

ROWS: dict[Size, int] = {"small": 100, "usual": 20_000, "large": 100_000}
COLUMNS = ("phone", "name", "day", "time", "reference")
SECONDS_MAX = 600
MEGABYTES_MAX = 150
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


def case(file: Path, count: int, emulator: str) -> dict[str, float]:
    """`emulator`: where Firestore's is; empty: SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        settings = local_settings(Path(folder), Settings())
        if emulator:
            settings = replace(
                settings, store="firestore", project=Path(folder).name, firestore_emulator=emulator
            )
        receipts: list[Receipt] = []
        service = build(settings, Choices(on_receipt=receipts.append))
        service.outside.store.get(Account, "nobody")  # Firestore's first answer tells what time it is
        key = create_account(service.outside, NewAccount("Bench", "US", ("*",), CALLER), "bench")[1]
        client, headers = service.app.test_client(), {"Authorization": f"Bearer {key}"}
        campaign = client.post("/api/campaigns", json=CAMPAIGN, headers=headers).json["id"]
        before, began, cpu_began = peak_megabytes(), time.perf_counter(), time.process_time()
        imported = client.post(
            f"/api/campaigns/{campaign}/contacts", data=file.read_bytes(), headers=headers
        ).json
        assert imported["created"] == count, imported
        return {
            "rows_a_s": round(count / (time.perf_counter() - began)),
            "cpu_s": round(time.process_time() - cpu_began, 1),
            "peak_mb": peak_megabytes(),
            "peak_mb_before": before,
            "reads": receipts[-1]["reads"],
            "writes": receipts[-1]["writes"],
        }


def measure(size: Size) -> Measured:
    figures: Figures = {}
    count = ROWS[size]
    with tempfile.TemporaryDirectory() as folder:
        for form in FORMATS[size]:
            file = Path(folder) / f"contacts.{form}"
            file.write_bytes(written(form, count))
            figures[f"{count:,} rows, {form}"] = _in_its_own_process(file, count)
        if size != "small":  # it takes long to start
            figures |= _on_firestore(Path(folder), count)
    most = max(figure["peak_mb"] for figure in figures.values())
    return Measured(figures, {"memory below 150 MB": most < MEGABYTES_MAX})


def _on_firestore(folder: Path, count: int) -> Figures:
    """Google's emulator, which is slower than Firestore. Nothing where there is none."""
    # Only here: what it loads is not the service's, and would count as its memory.
    from tests.support.firestore_emulator import EmulatorMissing, use_emulator

    try:
        emulator = use_emulator(folder / "emulator")
    except EmulatorMissing:
        return {}
    try:
        measured = _in_its_own_process(folder / "contacts.csv", count, emulator.host)
    finally:
        emulator.let_go()
    return {f"{count:,} rows, csv, on Firestore's emulator": measured}


def _in_its_own_process(file: Path, count: int, emulator: str = "") -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.import_rows", CASE, str(file), str(count), emulator]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS_MAX)
    measured: dict[str, float] = json.loads(ran.stdout)
    return {"file_mb": round(file.stat().st_size / 2**20, 1)} | measured


if __name__ == "__main__":
    if CASE in sys.argv:
        print(json.dumps(case(Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])))
    else:
        main("import_rows", measure)
