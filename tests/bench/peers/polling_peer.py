"""A campaign with a worker that polls PostgreSQL, as a good engineer writes it in an afternoon: a peer.

What was chosen, and why:
- One table. Every 10 seconds the worker takes what is due into the free slots: one UPDATE over a SELECT ...
  FOR UPDATE SKIP LOCKED, so a second worker could be added.
- It commits the claim, with a lease, before it dials, so that no transaction is open while the provider is
  waited for. A claim without news for LEASE_SECONDS (its worker died) is due again.
- Ten threads dial. Updates are idempotent and fenced by the attempt. Webhooks are checked.
- Left out, as few would think of it: whether a request whose answer was lost has rung is not asked. A call of
  which nothing is heard is dialled again, for rather twice than never.
- Left out: NOTIFY, which would make it prompt. It is a poller, and a freed slot waits for the next poll.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor

from flask import Flask, Response, request
from psycopg_pool import ConnectionPool
from twilio_api import DIALS_AT_ONCE_MAX, is_signed, place

SLOTS = int(os.environ["PEER_SLOTS"])
POLL_SECONDS = float(os.environ["PEER_POLL_SECONDS"])
RETRY_SECONDS = float(os.environ["PEER_RETRY_SECONDS"])
LEASE_SECONDS = 60  # it rings for 30 at most
TALK_SECONDS_MAX = 3600 + 60
ATTEMPTS_MAX = 3
RETRIED = {"busy", "no-answer"}

SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    id int PRIMARY KEY, phone text NOT NULL, attempt int NOT NULL DEFAULT 1,
    state text NOT NULL DEFAULT 'queued', sid text,
    due_at timestamptz NOT NULL DEFAULT now(), lease_until timestamptz);
CREATE INDEX IF NOT EXISTS calls_due ON calls (due_at) WHERE state = 'queued';
CREATE INDEX IF NOT EXISTS calls_live ON calls (lease_until) WHERE state IN ('dialing', 'in-progress');
"""
REAP = """
UPDATE calls SET state = 'queued', due_at = now(), sid = NULL
WHERE state IN ('dialing', 'in-progress') AND lease_until <= now()
"""
CLAIM = """
UPDATE calls SET state = 'dialing', lease_until = now() + %(lease)s * interval '1 second'
WHERE id IN (
    SELECT id FROM calls WHERE state = 'queued' AND due_at <= now() ORDER BY due_at
    LIMIT greatest(0, %(slots)s - (SELECT count(*) FROM calls WHERE state IN ('dialing', 'in-progress')))
    FOR UPDATE SKIP LOCKED)
RETURNING id, phone, attempt
"""
PLACED = "UPDATE calls SET sid = %s WHERE id = %s AND attempt = %s AND sid IS NULL"
ANSWERED = """
UPDATE calls SET state = 'in-progress', sid = %s, lease_until = now() + %s * interval '1 second'
WHERE id = %s AND attempt = %s AND state = 'dialing'
"""
AGAIN = """
UPDATE calls SET state = 'queued', attempt = attempt + 1, sid = NULL,
    due_at = now() + %s * interval '1 second'
WHERE id = %s AND attempt = %s AND state IN ('dialing', 'in-progress')
"""
ENDED = """
UPDATE calls SET state = %s, sid = %s
WHERE id = %s AND attempt = %s AND state IN ('dialing', 'in-progress')
"""

pool = ConnectionPool(os.environ["PEER_POSTGRES"], min_size=1, max_size=DIALS_AT_ONCE_MAX, open=False)


def work() -> None:
    """For ever."""
    with ThreadPoolExecutor(DIALS_AT_ONCE_MAX) as dialling:
        while True:
            with pool.connection() as connection:
                connection.execute(REAP)
                claimed = connection.execute(CLAIM, {"slots": SLOTS, "lease": LEASE_SECONDS}).fetchall()
            for call in claimed:
                dialling.submit(dial, *call)
            time.sleep(POLL_SECONDS)


def dial(call: int, phone: str, attempt: int) -> None:
    sid = place(phone, str(call), attempt)
    with pool.connection() as connection:
        connection.execute(PLACED, (sid, call, attempt))


web = Flask(__name__)


@web.post("/status/<int:call>/<int:attempt>")
def status(call: int, attempt: int) -> Response:
    form = request.form.to_dict()
    if not is_signed(request.path, form, request.headers.get("X-Twilio-Signature", "")):
        return Response(status=403)
    heard, sid = form["CallStatus"], form["CallSid"]
    with pool.connection() as connection:
        if heard == "in-progress":
            connection.execute(ANSWERED, (sid, TALK_SECONDS_MAX, call, attempt))
        elif heard in RETRIED and attempt < ATTEMPTS_MAX:
            connection.execute(AGAIN, (RETRY_SECONDS, call, attempt))
        else:
            connection.execute(ENDED, (heard, sid, call, attempt))
    return Response(status=204)


@web.post("/calls")
def add() -> dict[str, int]:
    with pool.connection() as connection, connection.cursor() as cursor:
        rows = list(enumerate(request.json))
        cursor.executemany("INSERT INTO calls (id, phone) VALUES (%s, %s)", rows)
    return {"left": len(rows)}


@web.get("/left")
def left() -> dict[str, int]:
    with pool.connection() as connection:
        query = "SELECT count(*) FROM calls WHERE state IN ('queued', 'dialing', 'in-progress')"
        return {"left": connection.execute(query).fetchone()[0]}


def serving() -> Flask:
    """For gunicorn, in its worker: a pool does not survive a fork."""
    pool.open()
    with pool.connection() as connection:
        connection.execute(SCHEMA)
    return web


if __name__ == "__main__":
    pool.open()
    work()
