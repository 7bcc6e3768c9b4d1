"""The clocks of lanes in the SQLite file: to ask when they wake neither makes the file nor changes it."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from service.domain.documents import decode
from service.domain.lane import Wake
from service.receipts import Meter

BUSY_SECONDS_MAX = 5.0


class SqliteWakes:
    def __init__(self, path: Path | str, meter: Meter) -> None:
        self._uri = f"{Path(path).resolve().as_uri()}?mode=ro"
        self._meter = meter

    def read(self, lanes: Sequence[str]) -> list[Wake | None]:
        """Raises sqlite3.Error, ValueError, TypeError."""
        statement = f"SELECT body FROM {Wake.COLLECTION} WHERE id = ?"
        with closing(sqlite3.connect(self._uri, uri=True, timeout=BUSY_SECONDS_MAX)) as file:
            rows = [file.execute(statement, [lane]).fetchone() for lane in lanes]
        self._meter.add(reads=len(lanes))
        return [row and decode(Wake, json.loads(row[0])) for row in rows]
