"""A campaign with Celery, Redis and beat, as a good engineer writes it in an afternoon: a peer.

What was chosen, and why:
- Redis holds the calls, too, with its append-only file: no second database for one afternoon.
- Beat asks for `dispatch` every 10 seconds, and a webhook that frees a slot asks for it at once.
- Claiming is one Lua script: what is in flight is counted and what is due moved under one lock, so two
  dispatches at once never take a call twice nor exceed the slots.
- `acks_late`, so that a worker that dies gives its tasks back after the visibility timeout; a task that comes
  again looks first whether its attempt has been dialled. A claim without news for LEASE_SECONDS is due again.
- Updates are idempotent and fenced by the attempt. Webhooks are checked.
- Threads, not processes: a dial waits for the provider. No gossip, no mingle, no results: the less idle work.
- Left out, as few would think of it: whether a request whose answer was lost has rung is not asked. A call of
  which nothing is heard is dialled again, for rather twice than never.
"""

import os
import time

import redis
from celery import Celery
from flask import Flask, Response, request
from twilio_api import is_signed, place

SLOTS = int(os.environ["PEER_SLOTS"])
POLL_SECONDS = float(os.environ["PEER_POLL_SECONDS"])
RETRY_SECONDS = float(os.environ["PEER_RETRY_SECONDS"])
LEASE_SECONDS = 60  # it rings for 30 at most
TALK_SECONDS_MAX = 3600 + 60
ATTEMPTS_MAX = 3
RETRIED = {"busy", "no-answer"}

store = redis.Redis.from_url(os.environ["PEER_REDIS"], decode_responses=True)
celery = Celery("celery_peer", broker=os.environ["PEER_REDIS"])
celery.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_transport_options={"visibility_timeout": LEASE_SECONDS},
    broker_connection_retry_on_startup=True,
    beat_schedule={
        "dispatch": {
            "task": "celery_peer.dispatch",
            "schedule": POLL_SECONDS,
            "options": {"expires": POLL_SECONDS},
        }
    },
)

CLAIM = store.register_script("""
for _, id in ipairs(redis.call('ZRANGEBYSCORE', 'live', '-inf', ARGV[2])) do
    redis.call('ZREM', 'live', id)
    redis.call('ZADD', 'due', ARGV[2], id)
end
local free = tonumber(ARGV[1]) - redis.call('ZCARD', 'live')
if free <= 0 then return {} end
local due = redis.call('ZRANGEBYSCORE', 'due', '-inf', ARGV[2], 'LIMIT', 0, free)
for _, id in ipairs(due) do
    redis.call('ZREM', 'due', id)
    redis.call('ZADD', 'live', ARGV[3], id)
    redis.call('HSET', 'call:' .. id, 'state', 'claimed')
end
return due
""")


@celery.task(name="celery_peer.dispatch")
def dispatch() -> None:
    now = time.time()
    for call in CLAIM(args=[SLOTS, now, now + LEASE_SECONDS]):
        dial.delay(call, int(store.hget(f"call:{call}", "attempt")))


@celery.task(name="celery_peer.dial")
def dial(call: str, attempt: int) -> None:
    known = store.hgetall(f"call:{call}")
    if int(known["attempt"]) != attempt or known["state"] != "claimed" or known.get("sid"):
        return  # an earlier delivery of this task has dialled
    store.hset(f"call:{call}", "sid", place(known["to"], call, attempt))


web = Flask(__name__)


@web.post("/status/<call>/<int:attempt>")
def status(call: str, attempt: int) -> Response:
    form = request.form.to_dict()
    if not is_signed(request.path, form, request.headers.get("X-Twilio-Signature", "")):
        return Response(status=403)
    known = store.hgetall(f"call:{call}")
    if int(known["attempt"]) != attempt or known["state"] not in ("claimed", "in-progress"):
        return Response(status=204)  # heard before
    heard = form["CallStatus"]
    with store.pipeline() as changes:
        if heard == "in-progress":
            changes.hset(f"call:{call}", mapping={"state": heard, "sid": form["CallSid"]})
            changes.zadd("live", {call: time.time() + TALK_SECONDS_MAX})
        elif heard in RETRIED and attempt < ATTEMPTS_MAX:
            changes.hset(f"call:{call}", mapping={"state": "queued", "attempt": attempt + 1, "sid": ""})
            changes.zrem("live", call).zadd("due", {call: time.time() + RETRY_SECONDS})
        else:
            changes.hset(f"call:{call}", mapping={"state": heard, "sid": form["CallSid"]})
            changes.zrem("live", call).sadd("done", call)
        changes.execute()
    if heard != "in-progress":
        dispatch.delay()
    return Response(status=204)


@web.post("/calls")
def add() -> dict[str, int]:
    with store.pipeline() as changes:
        for number, to in enumerate(request.json):
            changes.hset(f"call:{number}", mapping={"to": to, "attempt": 1, "state": "queued"})
            changes.zadd("due", {str(number): time.time()})
        changes.execute()
    dispatch.delay()
    return {"left": len(request.json)}


@web.get("/left")
def left() -> dict[str, int]:
    return {"left": store.zcard("due") + store.zcard("live")}
