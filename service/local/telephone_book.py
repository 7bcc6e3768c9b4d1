"""The file that the telephone network keeps its calls in, so that a restart goes on where it was."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from service.local.telephone_calls import Fate, PhoneCall


@dataclass(frozen=True)
class Callback:
    """A webhook to send, at least once."""

    id: int
    url: str
    form: tuple[tuple[str, str], ...]
    tries: int


class CallBook:
    """Calls and unsent callbacks in one SQLite file. For one thread at a time."""

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.executescript(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            CREATE TABLE IF NOT EXISTS calls (
                number INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, callee TEXT NOT NULL,
                caller TEXT NOT NULL, next_at TEXT, record TEXT NOT NULL);
            CREATE INDEX IF NOT EXISTS calls_by_next_at ON calls (next_at) WHERE next_at IS NOT NULL;
            CREATE INDEX IF NOT EXISTS calls_by_numbers ON calls (callee, caller);
            CREATE TABLE IF NOT EXISTS callbacks (
                id INTEGER PRIMARY KEY, url TEXT NOT NULL, form TEXT NOT NULL, due_at TEXT NOT NULL,
                tries INTEGER NOT NULL DEFAULT 0);
            """
        )

    def save(self, call: PhoneCall, *callbacks: tuple[str, list[tuple[str, str]], datetime]) -> None:
        """All or nothing. `callbacks`: URL, form, and when it is due."""
        record = json.dumps(asdict(call), default=datetime.isoformat)
        next_at = call.next_at and _text(call.next_at)
        with self._db:
            self._db.execute(
                "INSERT INTO calls (sid, callee, caller, next_at, record) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (sid) DO UPDATE SET next_at = excluded.next_at, record = excluded.record",
                (call.sid, call.to, call.caller, next_at, record),
            )
            self._db.executemany(
                "INSERT INTO callbacks (url, form, due_at) VALUES (?, ?, ?)",
                [(url, json.dumps(form), _text(due_at)) for url, form, due_at in callbacks],
            )

    def get(self, sid: str) -> PhoneCall | None:
        return next(self._calls("WHERE sid = ?", sid), None)

    def newest(self, *, to: str | None, caller: str | None, limit: int, offset: int) -> list[PhoneCall]:
        """Calls of these numbers; None: of any."""
        where = "WHERE callee = ifnull(?, callee) AND caller = ifnull(?, caller)"
        return list(self._calls(f"{where} ORDER BY number DESC LIMIT ? OFFSET ?", to, caller, limit, offset))

    def all(self) -> list[PhoneCall]:
        return list(self._calls("ORDER BY number"))

    def count_to(self, to: str) -> int:
        return int(self._db.execute("SELECT count(*) FROM calls WHERE callee = ?", (to,)).fetchone()[0])

    def due(self, now: datetime) -> PhoneCall | None:
        return next(self._calls("WHERE next_at <= ? ORDER BY next_at, number LIMIT 1", _text(now)), None)

    def due_callback(self, now: datetime) -> Callback | None:
        row = self._db.execute(
            "SELECT id, url, form, tries FROM callbacks WHERE due_at <= ? ORDER BY due_at, id LIMIT 1",
            (_text(now),),
        ).fetchone()
        return row and Callback(
            row[0], row[1], tuple((name, value) for name, value in json.loads(row[2])), row[3]
        )

    def put_off(self, callback: Callback, *, until: datetime) -> None:
        with self._db:
            self._db.execute(
                "UPDATE callbacks SET due_at = ?, tries = tries + 1 WHERE id = ?", (_text(until), callback.id)
            )

    def remove(self, callback: Callback) -> None:
        with self._db:
            self._db.execute("DELETE FROM callbacks WHERE id = ?", (callback.id,))

    def next_at(self) -> datetime | None:
        """When the next thing is due."""
        calls = "SELECT min(next_at) AS at FROM calls WHERE next_at IS NOT NULL"  # as in its index
        moments = f"{calls} UNION ALL SELECT min(due_at) FROM callbacks"
        at = self._db.execute(f"SELECT min(at) FROM ({moments})").fetchone()[0]
        return datetime.fromisoformat(at) if at else None

    def close(self) -> None:
        self._db.close()

    def _calls(self, clauses: str, *values: Any) -> Iterator[PhoneCall]:
        for (record,) in self._db.execute(f"SELECT record FROM calls {clauses}", values).fetchall():
            yield _call(json.loads(record))


def _call(fields: dict[str, Any]) -> PhoneCall:
    times = {
        name: value and datetime.fromisoformat(value)
        for name, value in fields.items()
        if name.endswith("_at")
    }
    fate, events = Fate(**fields["fate"]), tuple(fields["callback_events"])
    return PhoneCall(**{**fields, **times, "fate": fate, "callback_events": events})


def _text(moment: datetime) -> str:
    """Texts of one length, so that they sort as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
