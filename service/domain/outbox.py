"""What webhooks are told: an event, made in the commit of what it tells, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from service.domain.call import Call, State
from service.domain.campaign import Campaign, Status
from service.domain.webhook import EventType

RETRY_MINUTES = (1, 5, 30, 120, 360, 720, 1440, 1440)  # after each round that failed: three days in all
DELIVERIES_KEPT = 20  # the latest
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Delivery:
    """One try. `status`: what the receiver answered, if it did; `error`: why it does not count as taken."""

    at: datetime
    webhook_id: str
    status: int | None = None
    error: str | None = None
    milliseconds: int = 0


@dataclass(frozen=True)
class CampaignFacts:
    id: str
    name: str
    status: Status
    paused_reason: str | None = None


@dataclass(frozen=True)
class Event:
    """It holds what it tells as that was then. It is delivered in rounds, to all who have not taken it."""

    COLLECTION: ClassVar[str] = "events"

    id: str
    account_id: str
    lane: str
    type: EventType
    created_at: datetime
    expires_at: datetime  # Firestore deletes it some time after that; it counts as absent at once
    call: Call | None = None
    campaign: CampaignFacts | None = None
    due_at: datetime | None = None  # of the next round, whose task delivers it, else the sweep's; None: over
    round: int = 0  # the next one: a task names its round, so that none is begun by two of them in turn
    failures: int = 0  # rounds in a row in which all who have not taken it were asked
    put_off: int = 0  # rounds in a row in which one of them was not even tried
    open: tuple[str, ...] | None = None  # webhooks that have not taken it; None: all that want it
    deliveries: tuple[Delivery, ...] = ()


def told_of_call(before: Call, after: Call) -> EventType | None:
    """What a step of a call is to others."""
    if after.is_final and not before.is_final:
        return EventType.CALL_FINISHED
    if after.state is State.UNCERTAIN and before.state is not State.UNCERTAIN:
        return EventType.CALL_UNCERTAIN
    return None


def told_of_campaign(before: Campaign, after: Campaign) -> EventType | None:
    """What a pass's step of a campaign is to others."""
    if after.status is before.status:
        return None
    if after.status is Status.FINISHED:
        return EventType.CAMPAIGN_FINISHED
    by_a_pass = after.status is Status.PAUSED and after.paused_reason is not None
    return EventType.CAMPAIGN_PAUSED if by_a_pass else None


def event_of_call(id: str, type: EventType, call: Call, *, now: datetime) -> Event:
    """Without what the call says, which is not told and may be long."""
    return Event(
        id, call.account_id, call.lane, type, now, now + KEPT, call=replace(call, script=None), due_at=now
    )


def event_of_campaign(id: str, type: EventType, campaign: Campaign, *, now: datetime) -> Event:
    facts = CampaignFacts(campaign.id, campaign.settings.name, campaign.status, campaign.paused_reason)
    return Event(id, campaign.account_id, campaign.lane, type, now, now + KEPT, campaign=facts, due_at=now)


def after_round(
    event: Event, deliveries: Iterable[Delivery], left: tuple[str, ...], untried: bool, now: datetime
) -> Event:
    """`left`: those who have not taken it. They are asked again by the ladder, as long as it has steps.
    `untried`: one of them was not even tried. Such a round makes the next wait longer but is none of those
    after which the event is given up, so nobody loses it by what others' receivers do; it ends with KEPT."""
    again = bool(left) and (untried or event.failures < len(RETRY_MINUTES))
    step = min(event.failures + event.put_off, len(RETRY_MINUTES) - 1)
    return replace(
        event,
        due_at=now + timedelta(minutes=RETRY_MINUTES[step]) if again else None,
        round=event.round + 1,
        failures=event.failures + (not untried) if left else 0,
        put_off=event.put_off + untried if left else 0,
        open=left,
        deliveries=(*event.deliveries, *deliveries)[-DELIVERIES_KEPT:],
    )


def redeliver(event: Event, *, now: datetime) -> Event:
    """At once, from the ladder's beginning, to all who want it now: also to those who have taken it."""
    return replace(event, due_at=now, round=event.round + 1, failures=0, put_off=0, open=None)
