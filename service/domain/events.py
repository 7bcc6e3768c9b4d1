"""What a provider says of an attempt, and what that makes of the call.

Monotonic: what is late, repeated, out of order or of another attempt changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.domain import calls
from service.domain.call import Attempt, Call, Conversation, State
from service.domain.campaign import Campaign, Machine, Unknown, next_attempt_at, outcome_of_machine
from service.domain.limits import Limits
from service.domain.sizes import shortened
from service.domain.states import FINAL, ON_THE_LINE

# A document holds 1 MiB, in UTF-8. tests/state/test_sizes.py adds up the largest call.
TRANSCRIPT_BYTES_MAX = 24_000  # ten minutes of talk, where a letter takes three bytes
SUMMARY_BYTES_MAX = 3_000
URL_BYTES_MAX = 1_000
CONVERSATIONS_KEPT = 10  # of a call, the latest; of those before only the recording and the bill

REDIALS_MAX = 3  # attempts whose fate stayed unknown, where the campaign says `redial`


@dataclass(frozen=True)
class CallEvent:
    """An attempt rings, was answered, or ended with an outcome."""

    state: State  # RINGING, IN_PROGRESS or a final state; DIALING: accepted, nothing more to say
    provider_id: str  # empty: what is kept of the attempt, and no more, by our own reference
    duration_seconds: int | None = None
    error: str | None = None
    machine: bool = False  # it was answered by one
    conversation: Conversation | None = None  # it may come long after the end
    opted_out: bool = False  # whoever has the number has asked for no more calls


def apply(
    call: Call, event: CallEvent, campaign: Campaign | None, *, now: datetime, limits: Limits
) -> Call | None:
    """The call after the event; None: it changes nothing.

    `campaign` is needed for outcomes that may be retried (see `needs_campaign`)."""
    if call.state not in ON_THE_LINE or call.dialed is None or not event.provider_id:
        return None
    known = call.dialed.provider_id
    if known is not None and known != event.provider_id:
        return None
    seen = call if known else calls.placed(call, event.provider_id)
    if event.machine:
        seen = calls.heard_machine(seen)
    moved = _moved(seen, event, campaign, now, limits)
    return None if moved == call else moved


def keep(call: Call, number: int, event: CallEvent) -> Call | None:
    """The call with what the provider has kept of its attempt `number`, which may be long over; None: nothing
    new. What is known already stays as it is."""
    said, attempts = event.conversation, list(call.attempts)
    for place, attempt in enumerate(attempts):
        if said and attempt.number == number and event.provider_id in ("", attempt.provider_id):
            known = vars(attempt.conversation or Conversation()).items()
            kept = {name: value for name, value in known if value}
            attempts[place] = replace(attempt, conversation=replace(cut(said), **kept))
    attempts = _with_latest_words(attempts)
    return None if attempts == list(call.attempts) else replace(call, attempts=tuple(attempts))


def _with_latest_words(attempts: list[Attempt]) -> list[Attempt]:
    talks = [at for at, attempt in enumerate(attempts) if attempt.has_words]
    for at in talks[:-CONVERSATIONS_KEPT]:
        said = attempts[at].conversation
        attempts[at] = replace(attempts[at], conversation=said and said.without_words)
    return attempts


def cut(said: Conversation) -> Conversation:
    """As much of it as a call's document can hold of each of its attempts."""
    return replace(
        said,
        transcript=said.transcript and shortened(said.transcript, TRANSCRIPT_BYTES_MAX),
        summary=said.summary and shortened(said.summary, SUMMARY_BYTES_MAX),
        recording_url=said.recording_url and shortened(said.recording_url, URL_BYTES_MAX),
    )


def needs_campaign(call: Call, event: CallEvent) -> bool:
    retried = event.state in {State.BUSY, State.NO_ANSWER, State.VOICEMAIL, State.FAILED}
    return (
        retried
        or event.machine
        or (event.state in FINAL and _heard_machine(call, event))
        or bool(call.callback_at)
    )


def _heard_machine(call: Call, event: CallEvent) -> bool:
    return event.machine or (call.dialed is not None and call.dialed.machine)


def _moved(call: Call, event: CallEvent, campaign: Campaign | None, now: datetime, limits: Limits) -> Call:
    if event.state in FINAL:
        return _ended(call, event, campaign, now)
    if event.state is State.RINGING and call.state in {State.DIALING, State.UNCERTAIN}:
        return calls.ring(call, now=now, ring_seconds=limits.ring_seconds)
    if event.state is State.IN_PROGRESS and call.state is not State.IN_PROGRESS:
        answered = calls.answer(call, now=now, time_limit_seconds=limits.time_limit_seconds)
        # An answer that was heard of late makes the lease no longer.
        return calls.check_later(answered, at=min(answered.check_at or now, lease_ends(call)))
    return call


def _ended(call: Call, event: CallEvent, campaign: Campaign | None, now: datetime) -> Call:
    outcome = _outcome(call, event, campaign)
    due_at = next_attempt_at(campaign, call, outcome, now) if campaign else None
    if due_at is None:
        return calls.finish(
            call, outcome, now=now, duration_seconds=event.duration_seconds, error=event.error
        )
    return calls.retry(
        call,
        outcome,
        now=now,
        due_at=due_at,
        duration_seconds=event.duration_seconds,
        error=event.error,
    )


def _outcome(call: Call, event: CallEvent, campaign: Campaign | None) -> State:
    """What a machine took is voicemail, unless the campaign counts it as an answer."""
    spoke_to_machine = event.state is State.COMPLETED and _heard_machine(call, event)
    return outcome_of_machine(campaign.settings) if campaign and spoke_to_machine else event.state


def must_hang_up(call: Call, campaign: Campaign | None) -> bool:
    """On the line with a machine that the campaign does not speak to."""
    on_the_line = call.state in ON_THE_LINE and call.dialed is not None
    hangs_up = campaign is not None and campaign.settings.on_machine is Machine.HANG_UP
    return on_the_line and hangs_up and bool(call.dialed and call.dialed.machine)


def lease_ends(call: Call) -> datetime:
    """From then on the provider should not have the call on the line any more: it was told both limits."""
    assert call.dialed is not None
    return call.dialed.lease_ends_at


def give_up(call: Call, campaign: Campaign | None, *, now: datetime, may_ring: bool = False) -> Call:
    """Its fate stays unknown. A contact who asked for a call gets it; else the campaign's policy: assume that
    it rang, or dial again. `may_ring`: its provider has it and does not say that it is over, so it is not
    dialled again by that policy."""
    unknown = sum(1 for attempt in call.attempts if attempt.outcome is State.UNCONFIRMED)
    redial = not may_ring and campaign is not None and campaign.settings.on_unknown is Unknown.REDIAL
    due_at = next_attempt_at(campaign, call, State.UNCONFIRMED, now) if campaign else None
    if due_at is None and redial and not call.called_off and unknown < REDIALS_MAX:
        due_at = now
    if due_at is not None:
        return calls.retry(call, State.UNCONFIRMED, now=now, due_at=due_at)
    return calls.finish(call, State.UNCONFIRMED, now=now)


def next_uncertain_check(call: Call, now: datetime) -> datetime | None:
    """When the provider is asked again about an uncertain dial; None: it was asked often enough."""
    assert call.dialed is not None
    checks = (call.dialed.dialed_at + timedelta(seconds=s) for s in calls.UNCERTAIN_CHECKS_SECONDS)
    return next((check for check in checks if check > now), None)
