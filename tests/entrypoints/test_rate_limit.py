"""Each key has a bucket of its own, and every answer tells what is left in it."""

from pathlib import Path

import pytest

from service.entrypoints.rate_limit import BUCKETS_MAX, RateLimiter
from service.settings import Settings
from tests.support.api import NOON, Site

PER_MINUTE = 6


@pytest.fixture
def limited(tmp_path: Path) -> Site:
    return Site.begin(tmp_path, settings=Settings(requests_per_minute=PER_MINUTE))


def told(headers: dict[str, str]) -> tuple[int, int, int]:
    limit, remaining, reset = (int(headers[f"ratelimit-{name}"]) for name in ("limit", "remaining", "reset"))
    return limit, remaining, reset


def test_every_answer_tells_what_is_left(limited: Site) -> None:
    assert told(limited.get("/api/status").headers) == (PER_MINUTE, 5, 10)
    assert told(limited.get("/api/calls/nobody").headers) == (PER_MINUTE, 4, 20)  # of an error as well
    limited.world.clock.advance(seconds=10)
    assert told(limited.get("/api/status").headers) == (PER_MINUTE, 4, 20)


def test_too_many_are_refused_and_told_when_to_come_again(limited: Site) -> None:
    for _ in range(PER_MINUTE):
        limited.get("/api/status").ok()
    before = limited.commits()
    reply = limited.post("/api/campaigns", {"name": "x"})
    assert "10 s" in reply.error(429, "rate_limited")["message"]
    assert (reply.headers["retry-after"], told(reply.headers)) == ("10", (PER_MINUTE, 0, 60))
    assert limited.commits() == before
    limited.world.clock.advance(seconds=10)
    limited.get("/api/status").ok()


def test_a_refused_request_does_not_use_up_its_idempotency_key(limited: Site) -> None:
    for _ in range(PER_MINUTE):
        limited.get("/api/status").ok()
    headers = {"Idempotency-Key": "one", "Content-Type": "application/json"}
    body = b'{"label": "x", "scope": "read"}'
    limited.send("POST", "/api/keys", body, headers).error(429, "rate_limited")
    limited.world.clock.advance(seconds=60)
    limited.send("POST", "/api/keys", body, headers).ok(201)


def test_one_key_does_not_use_up_anothers(limited: Site) -> None:
    other = limited.beside()
    for _ in range(PER_MINUTE + 1):
        limited.get("/api/status")
    assert told(other.get("/api/status").headers)[1] == PER_MINUTE - 1


def test_who_shows_no_key_is_told_nothing(limited: Site) -> None:
    reply = limited.send("GET", "/api/status", headers={"Authorization": "Bearer rv_unknown"})
    reply.error(401, "unauthenticated")
    assert not [name for name in reply.headers if name.startswith("ratelimit")]


def test_ticks_have_no_limit(limited: Site) -> None:
    for _ in range(3 * PER_MINUTE):
        limited.as_invoker("/queue/process").ok()


def test_the_keys_that_were_not_heard_of_for_longest_are_forgotten() -> None:
    limiter = RateLimiter(2)
    for number in range(BUCKETS_MAX):
        limiter.take(str(number), NOON)
    assert limiter.take("0", NOON).remaining == 0
    limiter.take("one more", NOON)
    assert limiter.take("1", NOON).remaining == 1
    assert limiter.take("0", NOON).retry_after_seconds > 0
