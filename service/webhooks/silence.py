"""Receivers that have just been silent: an instance that remembers them does not wait for them again at once.

Few deliveries are under way at a time, of all accounts. Without this, many events to one receiver that hangs
would hold them all, one after the other.
"""

import threading
from datetime import datetime, timedelta

from service.domain.webhook import Webhook

# From the beginning of a try, so that the ladder's first wait, a minute after its end, is always longer.
SILENCE_SECONDS = 60
SILENT_MAX = 1000  # receivers that are remembered

Receiver = tuple[str, str]  # a webhook's id, and its URL: one account's receiver says nothing of another's


class Silence:
    def __init__(self) -> None:
        self._since: dict[Receiver, datetime] = {}  # the latest last
        self._lock = threading.Lock()

    def may_try(self, webhook: Webhook, now: datetime) -> bool:
        """One that was silent may be tried by one delivery at a time."""
        with self._lock:
            since = self._since.get(_receiver(webhook))
            if since is None:
                return True
            is_over = now >= since + timedelta(seconds=SILENCE_SECONDS)
            if is_over:
                self._remember(webhook, now)
            return is_over

    def note(self, webhook: Webhook, began: datetime, *, silent: bool) -> None:
        """What came of a try that began then."""
        with self._lock:
            if silent:
                self._remember(webhook, began)
            else:
                self._since.pop(_receiver(webhook), None)

    def _remember(self, webhook: Webhook, since: datetime) -> None:
        self._since.pop(_receiver(webhook), None)
        self._since[_receiver(webhook)] = since
        if len(self._since) > SILENT_MAX:
            del self._since[next(iter(self._since))]


def _receiver(webhook: Webhook) -> Receiver:
    return webhook.id, webhook.url
