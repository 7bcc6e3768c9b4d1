"""A campaign: a list of calls, their hours, their retries, and its place in the lane's order.

Each account also has one *direct queue*, a campaign in all but name, which holds its direct calls.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from hashlib import sha256
from typing import ClassVar

from service.domain.call import Call, Script, State
from service.domain.errors import WrongState
from service.domain.hours import Hours
from service.domain.lane import AWAKE


class Status(StrEnum):
    DRAFT = "draft"  # being made; its user starts it
    RUNNING = "running"  # its calls are placed; its user, or the pass that finds nothing left
    PAUSED = "paused"  # no new call begins; its user resumes it
    FINISHED = "finished"  # every call is final
    CANCELED = "canceled"  # its user ended it; passes cancel what still waits
    ARCHIVED = "archived"  # over, and put away by its user: lists leave it out; it stays so


class Unknown(StrEnum):
    """What becomes of a dial whose fate could not be known."""

    ASSUME_PLACED = "assume_placed"  # it ends as unconfirmed
    REDIAL = "redial"  # the next attempt is made: it may ring a second time


class ZoneOf(StrEnum):
    """On whose wall clock the hours are."""

    CAMPAIGN = "campaign"
    CONTACT = "contact"  # where the contact's zone is not known: the campaign's


class Machine(StrEnum):
    """What is done when a machine answers."""

    HANG_UP = "hang_up"  # it ends as voicemail, and that ladder goes on
    LEAVE_MESSAGE = "leave_message"  # the script is heard after the tone; it ends as voicemail
    COUNT_AS_ANSWERED = "count_as_answered"  # nobody looks whether it is one


class Pace(StrEnum):
    FAST = "fast"  # as fast as the limits allow
    EVEN = "even"  # what waits is spread over what is left of the window


class Priority(IntEnum):
    """Lower goes first, whatever the turns say."""

    DIRECT = 0
    CAMPAIGN = 1


RETRY_STEPS_MAX = 10
RETRY_MINUTES_MAX = 30 * 24 * 60
RETRY_STEP_SECONDS = 15  # further tries are due at multiples of it


@dataclass(frozen=True)
class Retry:
    """For each outcome, the minutes to wait before each further attempt; empty: do not retry."""

    busy: tuple[int, ...] = ()
    no_answer: tuple[int, ...] = ()
    voicemail: tuple[int, ...] = ()
    failed: tuple[int, ...] = ()

    def ladder(self, outcome: State) -> tuple[int, ...]:
        ladders = {
            State.BUSY: self.busy,
            State.NO_ANSWER: self.no_answer,
            State.VOICEMAIL: self.voicemail,
            State.FAILED: self.failed,
        }
        return ladders.get(outcome, ())


@dataclass(frozen=True)
class AgentShare:
    """One of the agents between which a campaign's calls are split."""

    agent_id: str
    weight: int = 1


@dataclass(frozen=True)
class CampaignSettings:
    """What its user decides."""

    name: str
    timezone: str = "UTC"  # IANA
    hours: Hours | None = None  # None: always open
    retry: Retry = field(default_factory=Retry)
    callers: tuple[str, ...] = ()  # E.164, called from by turns, the callee's area first; none: the account's
    script: Script | None = None
    agents: tuple[AgentShare, ...] = ()  # who speaks in the script's stead, each on its share of the calls
    calls_in_flight_max: int | None = None
    weight: int = 1  # its share, beside its account's other campaigns
    on_unknown: Unknown = Unknown.ASSUME_PLACED
    zone_of: ZoneOf = ZoneOf.CAMPAIGN
    first_day: date | None = None  # both inclusive, in the campaign's zone
    last_day: date | None = None
    blackout: tuple[date, ...] = ()  # days without calls
    holidays: tuple[
        str, ...
    ] = ()  # calendars whose public holidays are days without calls: US, US-IL, GB-ENG
    calls_per_minute_max: int | None = None
    pace: Pace = Pace.FAST
    budget: int | None = None  # in millionths of the account's currency; None: no limit
    on_machine: Machine = Machine.COUNT_AS_ANSWERED


@dataclass(frozen=True)
class Campaign:
    COLLECTION: ClassVar[str] = "campaigns"

    id: str
    account_id: str
    lane: str
    created_at: datetime
    settings: CampaignSettings
    priority: Priority = Priority.CAMPAIGN
    status: Status = Status.DRAFT
    next_due_at: datetime | None = None  # AWAKE, or asleep until then, or None: nothing to do
    turn: float = 0.0  # its place in the order of the campaigns that are awake
    pace: float = 0.0  # moved forward by 1/weight with each claim
    cohorts: tuple[str, ...] = ()  # where its contacts are: see cohort.py; it only grows
    variables: tuple[str, ...] = ()  # the names that its contacts' variables have; it only grows
    paced_at: datetime | None = None  # when its last call begins, where a pace says when
    paused_reason: str | None = None  # why it was paused, where no user did it


def direct_queue_id(account_id: str) -> str:
    return f"direct_{account_id}"


def direct_queue(account_id: str, lane: str, now: datetime) -> Campaign:
    """Where the account's direct calls wait: always running, always open, before all campaigns."""
    return Campaign(
        id=direct_queue_id(account_id),
        account_id=account_id,
        lane=lane,
        created_at=now,
        settings=CampaignSettings(name="Direct calls"),
        priority=Priority.DIRECT,
        status=Status.RUNNING,
    )


def next_attempt_at(campaign: Campaign, call: Call, outcome: State, now: datetime) -> datetime | None:
    """When the call may be tried again after `outcome`, at a quarter of a minute; None: its ladder has no
    further step."""
    ladder = campaign.settings.retry.ladder(outcome)
    steps_taken = sum(1 for attempt in call.attempts if attempt.outcome is outcome)
    if campaign.status is Status.CANCELED or call.called_off:
        return None
    if call.callback_at is not None:
        return max(call.callback_at, now)
    if steps_taken >= len(ladder):
        return None
    return _rounded_up(now + timedelta(minutes=ladder[steps_taken]))


def _rounded_up(moment: datetime) -> datetime:
    """So that those who were busy at about the same time are tried again by one pass."""
    over = (moment - AWAKE) % timedelta(seconds=RETRY_STEP_SECONDS)
    return moment + timedelta(seconds=RETRY_STEP_SECONDS) - over if over else moment


def outcome_of_machine(settings: CampaignSettings) -> State:
    """What a call ends as that a machine has answered."""
    counts = settings.on_machine is Machine.COUNT_AS_ANSWERED
    return State.COMPLETED if counts else State.VOICEMAIL


def agent_on(settings: CampaignSettings, call: Call) -> str | None:
    """Who speaks on the call; None: the script. Drawn by the call's id. A further try has the same agent, as
    long as that is one of the campaign's, whatever its weight is by then."""
    if any(share.agent_id == call.spoken_by for share in settings.agents):
        return call.spoken_by
    drawn = int(sha256(call.id.encode()).hexdigest(), 16)
    by_turns = [share.agent_id for share in settings.agents for _ in range(share.weight)]
    return by_turns[drawn % len(by_turns)] if by_turns else None


def edit(campaign: Campaign, settings: CampaignSettings) -> Campaign:
    """Other settings; a running one is awake, to look at what they make due."""
    _must_be(campaign, {Status.DRAFT, Status.RUNNING, Status.PAUSED})
    next_due_at = AWAKE if campaign.status is Status.RUNNING else campaign.next_due_at
    return replace(campaign, settings=settings, next_due_at=next_due_at)


def pause_by(campaign: Campaign, reason: str) -> Campaign:
    """Paused by a pass, with the reason; resuming it takes it away."""
    return replace(_moved(campaign, Status.PAUSED, {Status.RUNNING}), paused_reason=reason)


def start(campaign: Campaign) -> Campaign:
    return _moved(campaign, Status.RUNNING, {Status.DRAFT})


def pause(campaign: Campaign) -> Campaign:
    return _moved(campaign, Status.PAUSED, {Status.RUNNING})


def resume(campaign: Campaign) -> Campaign:
    return _moved(campaign, Status.RUNNING, {Status.PAUSED})


def cancel(campaign: Campaign) -> Campaign:
    return _moved(campaign, Status.CANCELED, {Status.DRAFT, Status.RUNNING, Status.PAUSED})


def archive(campaign: Campaign) -> Campaign:
    """Nothing waits and nothing is in flight, which the caller has seen."""
    return _moved(campaign, Status.ARCHIVED, set(OVER))


def finish(campaign: Campaign) -> Campaign:
    """Nothing waits and nothing is in flight: a running campaign is over, a canceled one is drained."""
    if campaign.priority is Priority.DIRECT or campaign.status in {Status.CANCELED, Status.ARCHIVED}:
        return replace(campaign, next_due_at=None)
    return _moved(campaign, Status.FINISHED, {Status.RUNNING})


OVER = frozenset({Status.FINISHED, Status.CANCELED})  # no new call is made in these
AWAKE_IN = frozenset({Status.RUNNING, Status.CANCELED})  # the statuses in which passes have work to do


def _moved(campaign: Campaign, to: Status, allowed: set[Status]) -> Campaign:
    """The campaign in its new status; repeating a step that is done already changes nothing."""
    if campaign.status is to:
        return campaign
    _must_be(campaign, allowed)
    return replace(campaign, status=to, next_due_at=AWAKE if to in AWAKE_IN else None, paused_reason=None)


def _must_be(campaign: Campaign, allowed: set[Status]) -> None:
    if campaign.status not in allowed:
        wanted = ", ".join(sorted(allowed))
        message = f"The campaign {campaign.id} is {campaign.status}; this needs {wanted}."
        raise WrongState.of(message, "status", campaign.status, *allowed)
