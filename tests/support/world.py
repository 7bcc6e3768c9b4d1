"""The core on a real store and a clock that stands still, between a queue and a telephony made by hand."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from service.domain.account import Account
from service.domain.call import Call, Script, State
from service.domain.calling_hours import EVERYWHERE, timetable_of
from service.domain.campaign import Campaign, CampaignSettings, Status, direct_queue
from service.domain.events import CallEvent
from service.domain.hours import Hours, Window
from service.domain.lane import AWAKE, DEFAULT_LANE, Lane, Wake
from service.domain.limits import Limits
from service.local.clocks import VirtualClock
from service.ports import Create, Outside, Query, Queue, Store, Task, Update, Write
from service.receipts import Meter
from service.rules.rulebook import Rulebook
from service.usecases import queries
from service.usecases.direct_calls import DirectCall, Placed, create_call
from service.usecases.place_call import Result, place_call
from service.usecases.pulling import pull_clock
from service.usecases.record_event import record_event
from service.usecases.run_pass import PassReport, run_pass
from tests.support.fakes import CollectedTasks, HookedStore, ScriptedTelephony

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
NINE_TO_FIVE = Hours(tuple(Window(weekday, 9 * 60, 17 * 60) for weekday in range(7)))
SCRIPT = Script(twiml="<Response><Say>Hello {name}.</Say></Response>")
RULEBOOK = Rulebook()
CALLER = "+13125550100"
WRITES_AT_ONCE = 400
PASSES_MAX = 50  # of one drain or drive: far more than any test needs


def number(index: int) -> str:
    return f"+1312{5550000 + index}"


class World:
    """`outside` is what a test drives; `elsewhere` is another instance of the service, without hooks."""

    def __init__(self, store: Store, meter: Meter, clock: VirtualClock) -> None:
        self.meter = meter
        self.clock = clock
        self.store = HookedStore(store)
        self.tasks = CollectedTasks(meter)
        self.telephony = ScriptedTelephony()
        tokens = itertools.count(1)
        self.outside = Outside(
            self.store,
            self.tasks,
            self.telephony,
            self.clock,
            lambda: f"token{next(tokens):04}",
            Limits(),
            RULEBOOK,
            meter,
        )

    @property
    def elsewhere(self) -> Outside:
        return replace(self.outside, store=self.store.inner)

    def limit(self, **limits: int) -> None:
        """As the fields of Limits."""
        self.outside = replace(self.outside, limits=replace(self.outside.limits, **limits))

    # --- what there is ----------------------------------------------------------------------------

    def account(self, id: str = "acc_1", **changes: Any) -> Account:
        """Its calls are bound by no legal hours, unless a test says so."""
        unbound = Account(id, id, NOON, calls_in_flight_max=100, caller=CALLER, widened=(EVERYWHERE,))
        account = replace(unbound, **changes)
        self._write([Create(account), Create(direct_queue(id, account.lane, NOON))])
        return account

    def campaign(
        self,
        id: str = "cmp_1",
        calls: int = 0,
        *,
        account: str = "acc_1",
        due_at: datetime | None = None,
        status: Status = Status.RUNNING,
        next_due_at: datetime | None = AWAKE,
        turn: float = 0.0,
        **settings: Any,
    ) -> Campaign:
        """A campaign with so many calls that wait, as the use cases would leave it: the clock is pulled."""
        now = self.clock.now()
        chosen = replace(CampaignSettings(id, script=SCRIPT), **settings)
        campaign = Campaign(
            id,
            account,
            DEFAULT_LANE,
            now,
            chosen,
            status=status,
            next_due_at=next_due_at,
            turn=turn,
            cohorts=("",),
        )
        waiting = [
            Call(f"{id}-{n:04}", account, id, DEFAULT_LANE, number(n), now, due_at or now)
            for n in range(calls)
        ]
        self._write([Create(campaign), *map(Create, waiting)])
        self.pull()
        return campaign

    def pull(self) -> None:
        self._write([pull_clock(DEFAULT_LANE)])

    def edit(self, kind: type[Any], id: str, **changes: Any) -> None:
        self.put(replace(self.get(kind, id), **changes))

    def put(self, record: Any) -> None:
        """In the stead of the one that is there."""
        stored = self.store.inner.get(type(record), record.id)
        assert stored is not None, f"no {type(record).__name__} {record.id}"
        self._write([Update(record, stored.version)])

    def sleepers(self, count: int, until: datetime) -> None:
        """So many campaigns that sleep; what they sleep for is left out."""
        chosen = CampaignSettings("asleep", script=SCRIPT)
        asleep = [
            Campaign(
                f"asleep_{n}", "acc_1", DEFAULT_LANE, NOON, chosen, status=Status.RUNNING, next_due_at=until
            )
            for n in range(count)
        ]
        self._write([*map(Create, asleep)])

    def call(self, id: str = "cmp_1-0000") -> Call:
        return self.get(Call, id)

    def get(self, kind: type[Any], id: str) -> Any:
        stored = self.store.inner.get(kind, id)
        assert stored is not None, f"no {kind.__name__} {id}"
        return stored.record

    def calls(self, campaign: str = "cmp_1") -> list[Call]:
        found = self.store.inner.find(queries.calls_of_campaign(campaign, 10_000, None))
        return sorted((stored.record for stored in found), key=lambda call: call.id)

    def states(self, campaign: str = "cmp_1") -> dict[str, int]:
        return dict(Counter(call.state.value for call in self.calls(campaign)))

    def in_flight(self, campaign: str = "cmp_1") -> int:
        return sum(call.live for call in self.calls(campaign))

    @property
    def wake_at(self) -> datetime | None:
        wake: Wake = self.get(Wake, DEFAULT_LANE)
        return wake.at

    @property
    def lane(self) -> Lane:
        lane: Lane = self.get(Lane, DEFAULT_LANE)
        return lane

    # --- what happens -----------------------------------------------------------------------------

    def run(self, reason: str = "tick") -> PassReport:
        return run_pass(self.outside, DEFAULT_LANE, reason)

    def run_elsewhere(self, reason: str = "tick") -> PassReport:
        return run_pass(self.elsewhere, DEFAULT_LANE, reason)

    def carry(self) -> list[Result]:
        """Each call's task reaches its handler."""
        return [self.handle(task) for task in self.tasks.take(Queue.CALLS)]

    def handle(self, task: Task) -> Result:
        return place_call(self.outside, **task.body)

    def hear(self, state: State, call_id: str = "cmp_1-0000", **said: Any) -> bool:
        """The provider's webhook of the present attempt."""
        call = self.call(call_id)
        assert call.dialed is not None, f"{call_id} was not dialled"
        provider_id = said.pop("provider_id", call.dialed.provider_id)
        event = CallEvent(state, provider_id, **said)
        return record_event(self.elsewhere, call_id, call.attempt, event)

    def dial(self, call_id: str = "cmp_1-0000") -> Call:
        """A pass claims, the handler places; the call must be on the line then."""
        self.run()
        self.carry()
        call = self.call(call_id)
        assert call.dialed is not None, call
        return call

    def place_direct(self, to: str = number(999), account: str = "acc_1", **wanted: Any) -> Placed:
        return create_call(self.outside, self.get(Account, account), DirectCall(to, SCRIPT, **wanted))

    def pass_over(self, **duration: float) -> None:
        """As timedelta's arguments."""
        self.clock.advance(**duration)

    def claims_in_turn(self, passes: int) -> list[str]:
        """The campaigns of the calls that so many passes claim, every claimed call ending at once."""
        served = []
        for _ in range(passes):
            claimed = self.run("refill").claimed
            served += [call.campaign_id for call in claimed]
            self.carry()
            for call in claimed:
                self.hear(State.COMPLETED, call.id)
            self.clock.advance(seconds=1)
        return served

    def settle(self) -> int:
        """Runs the passes that are asked for, each at its time, until none is; returns how many ran."""
        for ran in range(PASSES_MAX):
            asked = [task for task in self.tasks.take(Queue.PASSES) if task.body["reason"] != "wake"]
            if not asked:
                return ran
            self.clock.move_to(max(task.at for task in asked if task.at))
            self.run("refill")
        raise AssertionError(f"passes were still asked for after {PASSES_MAX}")

    def check_clock(self) -> None:
        """Promise 5, for the lane and for each campaign: awake while anything is in flight or due, and not
        asleep for longer than until the earliest due call that its hours allow."""
        now = self.clock.now()
        waiting = self.store.inner.find(Query(Call, (("state", "==", State.QUEUED),)))
        live = self.store.inner.find(Query(Call, (("live", "==", True),)))
        for call in (stored.record for stored in (*waiting, *live)):
            campaign: Campaign = self.get(Campaign, call.campaign_id)
            if call.live:
                assert self.wake_at == AWAKE, f"asleep until {self.wake_at} over {call}"
            elif campaign.status is Status.RUNNING:
                rings_at = self._next_opening(campaign, call, max(call.due_at, now)) or now
                for at in (self.wake_at, campaign.next_due_at):
                    assert at is not None, f"asleep for good over {call}"
                    assert at <= rings_at, f"asleep until {at} over {call}"

    def _next_opening(self, campaign: Campaign, call: Call, after: datetime) -> datetime | None:
        account: Account = self.get(Account, campaign.account_id)
        return timetable_of(campaign.settings, account, call.cohort, RULEBOOK, after).next_opening(after)

    def _write(self, writes: Sequence[Write]) -> None:
        for start in range(0, len(writes), WRITES_AT_ONCE):
            self.store.inner.commit(writes[start : start + WRITES_AT_ONCE])


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
