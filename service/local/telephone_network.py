"""A telephone network for one machine: people who answer, are busy or do not, behind Twilio's REST API.

It posts signed status callbacks as Twilio does, and keeps the truth: what really rang, and when. It plays no
script: how long people talk is their fate.
The network goes on in one of two ways: `deliver_due` at the times that `next_at` names, for a clock that is
moved by hand; or `start`, a thread that waits for those times.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from service.local.telephone_api import build_api
from service.local.telephone_book import Callback, CallBook
from service.local.telephone_callbacks import (
    RECORDING_SECONDS,
    form_of,
    is_wanted,
    post,
    recording_form_of,
    retry_delay,
)
from service.local.telephone_calls import (
    DIAL_SECONDS,
    OUTCOMES,
    FateOf,
    PhoneCall,
    Ring,
    advanced,
    hung_up,
    ring_of,
    seeded_fates,
)
from service.ports import Clock
from service.settings import Settings
from service.transport import Http

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class TelephoneNetwork:
    """A WSGI application. It can be used from several threads; one of them at a time delivers."""

    def __init__(
        self,
        path: str,
        clock: Clock,
        http: Http,
        *,
        account_sid: str,
        auth_token: str,
        seed: int = 1,
        talk_seconds: tuple[int, int] = Settings.talk_seconds,
        outcomes: Mapping[str, float] = OUTCOMES,
        fate: FateOf | None = None,
    ) -> None:
        """`path`: an SQLite file, or `:memory:`. `fate` decides instead of the seed, for tests and demos."""
        self._book = CallBook(path)
        self._clock = clock
        self._http = http
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._fate = fate or seeded_fates(seed, talk_seconds, outcomes)
        self._api = build_api(self, account_sid=account_sid, auth_token=auth_token)
        self._changed = threading.Condition()  # its lock also guards the book
        self._thread: threading.Thread | None = None
        self._stopping = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._api(environ, start_response)

    # --- what the API does ------------------------------------------------------------------------

    def create(
        self,
        *,
        to: str,
        caller: str,
        ring_seconds_max: int,
        talk_seconds_max: int,
        callback_url: str | None,
        callback_events: tuple[str, ...],
        recording_callback_url: str | None = None,
        recordings_url: str = "",
    ) -> PhoneCall:
        """`recordings_url`: below which its recording would be, if it is recorded."""
        now = self._clock.now()
        with self._changed:
            calls_before = self._book.count_to(to)
            name = f"{self._account_sid} {to} {calls_before}"
            digest = hashlib.sha256(name.encode()).hexdigest()[:32]
            call = PhoneCall(
                sid=f"CA{digest}",
                to=to,
                caller=caller,
                created_at=now,
                next_at=now + timedelta(seconds=DIAL_SECONDS),
                ring_seconds_max=ring_seconds_max,
                talk_seconds_max=talk_seconds_max,
                fate=self._fate(to, caller, calls_before),
                callback_url=callback_url,
                callback_events=callback_events,
                recording_callback_url=recording_callback_url,
                recording_url=f"{recordings_url}/RE{digest}" if recording_callback_url else None,
            )
            self._save(call, now)
        return call

    def get(self, sid: str) -> PhoneCall | None:
        with self._changed:
            self._advance_due()
            return self._book.get(sid)

    def newest(self, *, to: str | None, caller: str | None, limit: int, offset: int) -> list[PhoneCall]:
        with self._changed:
            self._advance_due()
            return self._book.newest(to=to, caller=caller, limit=limit, offset=offset)

    def hang_up(self, sid: str) -> PhoneCall | None:
        """None: there is no such live call."""
        with self._changed:
            self._advance_due()
            call = self._book.get(sid)
            if call is None or call.next_at is None:
                return None
            now = self._clock.now()
            return self._save(hung_up(call, at=now), now)

    def rings(self) -> list[Ring]:
        """Every call that was ever created, in that order."""
        with self._changed:
            self._advance_due()
            return [ring_of(call) for call in self._book.all()]

    # --- time goes on -----------------------------------------------------------------------------

    def next_at(self) -> datetime | None:
        """When there is something to do; None: not before somebody calls."""
        with self._changed:
            return self._book.next_at()

    def deliver_due(self) -> int:
        """Lets everything happen that is due and posts its callbacks; returns how much that was."""
        done = 0
        while True:
            with self._changed:
                done += self._advance_due()
                callback = self._book.due_callback(self._clock.now())
            if callback is None:
                return done
            self._post(callback)  # without the lock: the service may call back
            done += 1

    def start(self) -> None:
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="telephone-network", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread, if there is one. The calls go on after the next start."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join()

    def close(self) -> None:
        self.stop()
        self._book.close()

    def _run(self) -> None:
        while not self._stopping:
            self.deliver_due()
            with self._changed:
                at = self._book.next_at()
                wait = (at - self._clock.now()).total_seconds() if at else None
                if not self._stopping and (wait is None or wait > 0):
                    self._changed.wait(wait)

    def _advance_due(self) -> int:
        moved, now = 0, self._clock.now()
        while call := self._book.due(now):
            self._save(advanced(call), call.next_at or now)
            moved += 1
        return moved

    def _save(self, call: PhoneCall, at: datetime) -> PhoneCall:
        """With the callbacks that the caller asked for."""
        callbacks = []
        if call.callback_url and is_wanted(call):
            callbacks.append((call.callback_url, form_of(call, self._account_sid, at), at))
            call = replace(call, callbacks=call.callbacks + 1)
        if call.recording_callback_url and call.ended_at and call.answered_at:
            ready_at = at + timedelta(seconds=RECORDING_SECONDS)
            callbacks.append(
                (call.recording_callback_url, recording_form_of(call, self._account_sid), ready_at)
            )
        self._book.save(call, *callbacks)
        self._changed.notify_all()
        return call

    def _post(self, callback: Callback) -> None:
        taken = post(self._http, self._auth_token, callback)
        delay = None if taken else retry_delay(callback)
        with self._changed:
            if delay is None:
                self._book.remove(callback)
            else:
                self._book.put_off(callback, until=self._clock.now() + delay)
