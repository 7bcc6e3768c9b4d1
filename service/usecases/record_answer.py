"""What the provider answered to a create request is committed."""

import logging
from datetime import datetime, timedelta

from service.domain import calls
from service.domain.call import Call, State
from service.domain.campaign import direct_queue_id
from service.domain.errors import Busy
from service.ports import (
    Accepted,
    Ambiguous,
    Answer,
    CommitUnknown,
    Outside,
    Refused,
    Stored,
    StoreUnavailable,
)
from service.usecases import prompts
from service.usecases.outbox import change_call

SETTLE_TRIES_MAX = 2  # so that the handler ends before its task's deadline, whatever the store does

log = logging.getLogger(__name__)


def record_answer(outside: Outside, dialing: Call, version: object, answer: Answer) -> None:
    """Commits what the provider answered. If that fails the call stays `dialing`, and its webhooks or a
    later pass settle it; the request is never sent again."""
    now = outside.clock.now()
    owner = dialing.dialed.owner if dialing.dialed else None

    def decide(call: Call) -> Call | None:
        mine = call.dialed is not None and call.dialed.owner == owner
        return _answered(call, answer, now) if mine else None

    read = Stored(dialing, version)
    try:
        settled = change_call(outside, dialing.id, decide, read=read, tries=SETTLE_TRIES_MAX)
    except (Busy, CommitUnknown, StoreUnavailable):
        log.warning("Call %s: the provider's answer could not be recorded.", dialing.id, exc_info=True)
        return
    if settled is not None and not settled.live:
        prompts.ask_for_refill(outside, settled.lane, outside.clock.now())
    if settled is not None and settled.state is State.UNCERTAIN and settled.check_at:
        prompts.ask_for_check(outside, settled.lane, settled.check_at)


def _answered(call: Call, answer: Answer, now: datetime) -> Call | None:
    """The call after the provider's answer; a webhook that came first knows more."""
    assert call.dialed is not None
    if call.state not in calls.ON_THE_LINE or call.dialed.provider_id is not None:
        return None
    match answer:
        case Accepted(provider_id):
            return calls.placed(call, provider_id)
        case Refused(reason, permanent=True):
            return calls.finish(call, State.FAILED, now=now, error=reason)
        case Refused(reason):
            asked = timedelta(seconds=answer.retry_after_seconds or 0)
            due_at = now + max(calls.place_backoff(call), asked)
            counted = answer.counted or _is_direct(call)
            return calls.undial(call, due_at=due_at, error=reason, now=now, counted=counted)
        case Ambiguous(reason):
            return calls.doubt(call, now=now, error=reason) if call.state is State.DIALING else None


def _is_direct(call: Call) -> bool:
    """Who asked for just this one wants it now, and not whenever a provider's trouble is over."""
    return call.campaign_id == direct_queue_id(call.account_id)
