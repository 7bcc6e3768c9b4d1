"""What is remembered of the dials to one number, where the account has caps."""

import logging
from datetime import datetime

from service.domain.account import Account
from service.domain.call import Call
from service.domain.callee import Callee, callee_id, with_dial, without_dial
from service.domain.errors import Busy, NotFound
from service.ports import CommitUnknown, Create, Outside, Stored, StoreUnavailable, Update, Write
from service.usecases.changes import change

FORGET_TRIES_MAX = 1  # so that the handler ends before its task's deadline

log = logging.getLogger(__name__)


def remember_dial(account: Account, call: Call, callee: Stored[Callee] | None, now: datetime) -> list[Write]:
    """What lands with the dial, so that no two of them pass a cap together."""
    if not account.caps.any:
        return []
    record = with_dial(callee.record if callee else None, account.id, call.to, account.caps, now)
    return [Update(record, callee.version) if callee else Create(record)]


def forget_dial(outside: Outside, account: Account, call: Call, dialed_at: datetime) -> None:
    """The request certainly was not processed. If that cannot be written, the caps are the stricter."""
    if not account.caps.any:
        return
    try:
        change(
            outside.store,
            Callee,
            callee_id(account.id, call.to),
            lambda callee: without_dial(callee, dialed_at),
            tries=FORGET_TRIES_MAX,
        )
    except (Busy, NotFound, CommitUnknown, StoreUnavailable):
        log.warning("A dial that was refused stays counted.", exc_info=True)
