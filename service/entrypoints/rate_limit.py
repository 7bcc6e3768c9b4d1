"""The buckets of the keys that this instance has seen lately.

They are in its memory alone: to share them would cost a write for each request. So where several instances
serve one key, it has as many buckets.
"""

import threading
from collections import OrderedDict
from datetime import datetime

from flask import Flask, Response, g

from service.domain.rate_limit import Allowance, Bucket, take

BUCKETS_MAX = 10_000  # the key that was not heard of for longest is forgotten, and begins anew


class RateLimiter:
    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key_id: str, now: datetime) -> Allowance:
        with self._lock:
            bucket, allowance = take(self._buckets.pop(key_id, None), now, self._per_minute)
            self._buckets[key_id] = bucket
            if len(self._buckets) > BUCKETS_MAX:
                self._buckets.popitem(last=False)
        return allowance


def register_rate_limit(app: Flask) -> None:
    app.after_request(_told)


def _told(response: Response) -> Response:
    """As draft-ietf-httpapi-ratelimit-headers-03 names them."""
    allowance: Allowance | None = g.get("allowance")
    if allowance is not None:
        response.headers["RateLimit-Limit"] = str(allowance.limit)
        response.headers["RateLimit-Remaining"] = str(allowance.remaining)
        response.headers["RateLimit-Reset"] = str(allowance.reset_seconds)
        if not allowance.is_allowed:
            response.headers["Retry-After"] = str(allowance.retry_after_seconds)
    return response
