"""The states of a call, and who moves it on from each."""

from enum import StrEnum


class State(StrEnum):
    QUEUED = "queued"  # waits until due_at, its hours and a slot; a pass claims it
    CLAIMED = "claimed"  # has a slot and a task; its handler dials, else a later pass dispatches it again
    DIALING = "dialing"  # the one create request may have been sent; a webhook, else a pass after check_at
    RINGING = "ringing"  # the provider says so; a webhook, else a pass asks the provider
    IN_PROGRESS = "in_progress"  # answered; a webhook, else a pass asks the provider
    UNCERTAIN = "uncertain"  # nobody knows whether it rang; a webhook, else passes ask, then the policy
    COMPLETED = "completed"
    VOICEMAIL = "voicemail"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    UNCONFIRMED = "unconfirmed"  # its fate could not be known; nobody moves on what is final


LIVE = frozenset({State.CLAIMED, State.DIALING, State.RINGING, State.IN_PROGRESS, State.UNCERTAIN})
FINAL = frozenset(State) - LIVE - {State.QUEUED}
ON_THE_LINE = (State.DIALING, State.UNCERTAIN, State.RINGING, State.IN_PROGRESS)
