"""How many requests a key may make: a bucket that fills evenly, and a token out of it for each request."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

SECONDS_PER_MINUTE = 60


@dataclass(frozen=True)
class Bucket:
    tokens: float  # how many requests it has left
    at: datetime


@dataclass(frozen=True)
class Allowance:
    """What a request is told of its key's bucket; `retry_after_seconds` is 0 if it is allowed."""

    limit: int  # requests a minute, and as many at once
    remaining: int
    reset_seconds: int  # until the bucket is full
    retry_after_seconds: int

    @property
    def is_allowed(self) -> bool:
        return self.retry_after_seconds == 0


def take(bucket: Bucket | None, now: datetime, per_minute: int) -> tuple[Bucket, Allowance]:
    """A bucket that is not known is full. A request that is refused takes nothing out."""
    tokens = _filled(bucket, now, per_minute)
    per_second = per_minute / SECONDS_PER_MINUTE
    wait = 0 if tokens >= 1 else ceil((1 - tokens) / per_second)
    if wait == 0:
        tokens -= 1
    reset = ceil((per_minute - tokens) / per_second)
    return Bucket(tokens, now), Allowance(per_minute, int(tokens), reset, wait)


def _filled(bucket: Bucket | None, now: datetime, per_minute: int) -> float:
    if bucket is None:
        return float(per_minute)
    seconds = max((now - bucket.at).total_seconds(), 0.0)
    return min(bucket.tokens + seconds * per_minute / SECONDS_PER_MINUTE, float(per_minute))
