"""A number as one account knows it: whether it may be called at all, and when it was dialled last."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import ClassVar

from service.domain.caps import Caps

DIALS_MAX = 100  # that are remembered of one number
DAY = timedelta(hours=24)
WEEK = timedelta(days=7)  # a dial before that counts no more


class Source(StrEnum):
    """Who has put a number on the list."""

    USER = "user"  # through the API; a user takes it off
    OPT_OUT = "opt_out"  # whoever has the number said so; they take it back themselves, or a user does


@dataclass(frozen=True)
class Callee:
    """The `do_not_call` fields but the first say nothing of a number that is not on the list."""

    COLLECTION: ClassVar[str] = "callees"

    id: str
    account_id: str
    number: str  # E.164
    do_not_call: bool = False  # on the list, by whomever
    do_not_call_by: tuple[Source, ...] = ()
    do_not_call_until: datetime | None = None  # what the user said; None: for good. An opt-out is for good
    do_not_call_reason: str | None = None  # the user's
    do_not_call_since: datetime | None = None
    dials: tuple[datetime, ...] = ()  # the latest last; kept where the account has caps

    @property
    def opted_out(self) -> bool:
        return self.do_not_call and Source.OPT_OUT in self.do_not_call_by

    @property
    def barred_by_user(self) -> bool:
        return self.do_not_call and self.do_not_call_by != (Source.OPT_OUT,)

    @property
    def barred_until(self) -> datetime | None:
        """None: for good."""
        return None if self.opted_out else self.do_not_call_until


def callee_id(account_id: str, number: str) -> str:
    """One record for each number of an account."""
    return f"callee_{sha256(f'{account_id}/{number}'.encode()).hexdigest()[:24]}"


# --- do not call ----------------------------------------------------------------------------------------


def is_barred(callee: Callee | None, now: datetime) -> bool:
    """On the list, and not for a time that is over."""
    if callee is None or not callee.do_not_call:
        return False
    return callee.barred_until is None or callee.barred_until > now


def bar(
    callee: Callee | None,
    account_id: str,
    number: str,
    now: datetime,
    *,
    until: datetime | None = None,
    reason: str | None = None,
) -> Callee:
    """As a user wants it. What bars the number for longer stays: to shorten it, take the number off first."""
    before = _listed(callee, account_id, number, Source.USER, now)
    if callee is not None and callee.barred_by_user:
        until = later(callee.do_not_call_until, until)
        reason = reason or callee.do_not_call_reason
    return replace(before, do_not_call_until=until, do_not_call_reason=reason)


def opt_out(callee: Callee | None, account_id: str, number: str, now: datetime) -> Callee:
    """Whoever has the number wants no calls. What a user said of it is kept beside that."""
    return _listed(callee, account_id, number, Source.OPT_OUT, now)


def opt_in(callee: Callee) -> Callee:
    """Whoever has the number takes back the opt-out, and nothing that a user said."""
    if not callee.opted_out:
        return callee
    return replace(callee, do_not_call_by=(Source.USER,)) if callee.barred_by_user else unbar(callee)


def unbar(callee: Callee) -> Callee:
    """Off the list, whoever put it there."""
    return replace(_blank(callee.account_id, callee.number), dials=callee.dials)


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    """Which bars for longer; None is for good."""
    return None if one is None or other is None else max(one, other)


def _listed(callee: Callee | None, account_id: str, number: str, source: Source, now: datetime) -> Callee:
    callee = callee or _blank(account_id, number)
    sources = {source}
    if callee.opted_out:
        sources.add(Source.OPT_OUT)
    if callee.barred_by_user:
        sources.add(Source.USER)
    since = callee.do_not_call_since if is_barred(callee, now) else None
    by = tuple(sorted(sources))
    return replace(callee, do_not_call=True, do_not_call_by=by, do_not_call_since=since or now)


def _blank(account_id: str, number: str) -> Callee:
    return Callee(callee_id(account_id, number), account_id, number)


# --- caps -----------------------------------------------------------------------------------------------


def next_allowed(callee: Callee | None, caps: Caps, now: datetime) -> datetime:
    """`now` when the caps allow a dial now, else the first moment at which all of them do. A cap of nought
    never does: then it is a moment to ask again at."""
    latest = (now, *reversed(callee.dials)) if callee else (now,)
    moments = [now]
    for cap, span in ((caps.per_day, DAY), (caps.per_week, WEEK)):
        counted = None if cap is None else min(cap, DIALS_MAX)  # more dials than are remembered
        if counted is not None and counted < len(latest):
            moments.append(latest[counted] + span)
    if caps.gap_minutes is not None and len(latest) > 1:
        moments.append(latest[1] + timedelta(minutes=caps.gap_minutes))
    return max(moments)


def with_dial(callee: Callee | None, account_id: str, number: str, caps: Caps, now: datetime) -> Callee:
    """With this dial remembered, if the account has caps."""
    callee = callee or _blank(account_id, number)
    if not caps.any:
        return callee
    recent = sorted([*(dial for dial in callee.dials if dial > now - WEEK), now])
    return replace(callee, dials=tuple(recent[-DIALS_MAX:]))


def without_dial(callee: Callee, at: datetime) -> Callee:
    """Without that dial: its request certainly was not processed."""
    dials = list(callee.dials)
    if at in dials:
        dials.remove(at)
    return replace(callee, dials=tuple(dials))
