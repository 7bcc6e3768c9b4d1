"""Whether the single machine's task queue has anything to carry."""

import sqlite3
from contextlib import closing
from pathlib import Path


def is_at_rest(path: Path | str) -> bool:
    """Nothing waits in this file. Without the file, or if it cannot be read, that is not known: False."""
    uri = f"{Path(path).resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as file:
            return file.execute("SELECT 1 FROM tasks WHERE used_at IS NULL LIMIT 1").fetchone() is None
    except sqlite3.Error:
        return False
