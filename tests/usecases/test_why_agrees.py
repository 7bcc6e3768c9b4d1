"""`why` and the pass never disagree. In seeded worlds every waiting call is asked before and after each pass:
what the pass takes had nothing against it, and what it leaves has something."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.callee import Callee, bar, callee_id
from service.domain.calling_hours import EVERYWHERE
from service.domain.campaign import Pace, Retry, Status, ZoneOf
from service.domain.caps import Caps
from service.domain.hours import Hours, Window
from service.domain.why import Why
from service.local.clocks import VirtualClock
from service.ports import Create, Query
from service.receipts import Meter
from service.usecases.explain import explain_call
from tests.support.memory_store import MemoryStore
from tests.support.world import CALLER, NOON, World

SEEDS = 48
STEPS = 30
COHORTS = (
    "US-IL|America/Chicago",
    "US-NY|America/New_York",
    "US-CA|America/Los_Angeles",
    "US-HI|Pacific/Honolulu",
    "IN|Asia/Kolkata",
    "US-IN|America/Chicago+America/New_York",
)
NUMBERS = 12
OUTCOMES = (State.COMPLETED, State.COMPLETED, State.BUSY, State.NO_ANSWER)


class Seeded:
    """One world with two accounts, several campaigns, and every rule somewhere in it."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        clock, meter = VirtualClock(NOON), Meter()
        self.world = World(MemoryStore(clock, meter), meter, clock)
        self.world.limit(calls_in_flight_max=self.dice.choice((2, 2, 8, 40)), time_limit_seconds=600)
        for account in ("acc_1", "acc_2"):
            self._account(account)
            for n in range(3):
                self._campaign(f"{account}_cmp_{n}", account)
        self.reasons: Counter[str] = Counter()
        self.taken = 0

    def _account(self, id: str) -> None:
        dice = self.dice
        self.world.account(
            id,
            widened=dice.choice(((), (), ("US",), (EVERYWHERE,))),
            calls_in_flight_max=dice.choice((2, 5, 30)),
            caller_calls_in_flight_max=dice.choice((None, None, 2)),
            caller_calls_a_day_max=dice.choice((None, None, 9)),
            caps=dice.choice((Caps(), Caps(per_day=1), Caps(per_week=3, gap_minutes=45))),
            day_budget=dice.choice((None, 300_000)),
            timezone="America/Chicago",
        )

    def _campaign(self, id: str, account: str) -> None:
        dice, world = self.dice, self.world
        opens = dice.choice((0, 8, 9))
        hours = Hours(
            tuple(Window(day, opens * 60, (opens + dice.choice((2, 9, 15))) * 60) for day in range(7))
        )
        settings: dict[str, Any] = {
            "hours": dice.choice((None, hours, hours)),
            "timezone": "America/Chicago",
            "zone_of": dice.choice(tuple(ZoneOf)),
            "first_day": dice.choice((None, None, date(2026, 3, 3))),
            "last_day": dice.choice((None, None, date(2026, 3, 3))),
            "blackout": dice.choice(((), (date(2026, 3, 2),))),
            "callers": dice.choice(((), (CALLER, "+12125550100"))),
            "calls_in_flight_max": dice.choice((None, 1, 4)),
            "calls_per_minute_max": dice.choice((None, None, 2)),
            "pace": dice.choice((Pace.FAST, Pace.FAST, Pace.EVEN)),
            "budget": dice.choice((None, None, 250_000)),
            "retry": Retry(busy=(20, 120), no_answer=(300,)),
        }
        status = dice.choice((Status.RUNNING,) * 5 + (Status.PAUSED,))
        campaign = world.campaign(id, account=account, status=status, **settings)
        world.put(replace(campaign, cohorts=COHORTS))
        for n in range(dice.randint(3, 15)):
            due_at = NOON + timedelta(minutes=dice.choice((0, 0, 0, 90, 600)))
            to = f"+1312555{dice.randrange(NUMBERS):04}"
            call = Call(f"{id}-{n}", account, id, "main", to, NOON, due_at, cohort=dice.choice(COHORTS))
            world.store.inner.commit([Create(call)])
            self._perhaps_bar(account, to)
        world.pull()

    def _perhaps_bar(self, account: str, to: str) -> None:
        store = self.world.store.inner
        if self.dice.random() < 0.1 and store.get(Callee, callee_id(account, to)) is None:
            until = self.dice.choice((None, NOON + timedelta(hours=9)))
            store.commit([Create(bar(None, account, to, NOON, until=until))])

    # --- what happens -----------------------------------------------------------------------------

    def live(self) -> None:
        for _ in range(STEPS):
            self._pass()
            self._calls_end()
            self.world.pass_over(minutes=self.dice.choice((1, 5, 15, 60, 180)))

    def _pass(self) -> None:
        """Passes until one finds nothing to take."""
        before = self._ask_all()
        for _ in range(20):
            report = self.world.run("refill")
            self.world.carry()
            if not report.more and not report.claimed:
                break
        after = self._ask_all()
        self.reasons.update(block.rule for answer in after.values() for block in answer.blocks)
        dialled = {order.call_id for order in self.world.telephony.orders}
        self.world.telephony.orders.clear()
        for id, answer in before.items():
            self.reasons.update(block.rule for block in answer.blocks)
            if id in dialled:
                self.taken += 1
                assert not answer.blocks, (id, answer)
            elif id in after:
                assert after[id].blocks, f"{id} was left, and nothing is against it"

    def _ask_all(self) -> dict[str, Why]:
        store = self.world.store.inner
        waiting = store.find(Query(Call, (("state", "==", State.QUEUED),)))
        return {
            stored.record.id: explain_call(
                self.world.elsewhere, self.world.get(Account, stored.record.account_id), stored.record.id
            )
            for stored in waiting
        }

    def _calls_end(self) -> None:
        for stored in self.world.store.inner.find(Query(Call, (("live", "==", True),))):
            call: Call = stored.record
            if call.state is State.DIALING and self.dice.random() < 0.8:
                outcome = self.dice.choice(OUTCOMES)
                talked = self.dice.randint(5, 500) if outcome is State.COMPLETED else 0
                self.world.hear(outcome, call.id, duration_seconds=talked)


@pytest.mark.parametrize("share", range(4))
def test_why_and_the_pass_never_disagree(share: int) -> None:
    reasons, taken = Counter[str](), 0
    for seed in range(share * SEEDS // 4, (share + 1) * SEEDS // 4):
        seeded = Seeded(seed)
        seeded.live()
        reasons += seeded.reasons
        taken += seeded.taken
    assert taken > 100
    for rule in ("hours", "legal_hours", "retry", "not_before", "do_not_call", "number_caps", "dates"):
        assert reasons[rule] > 0, rule
    for limit in ("calls_in_flight", "account_calls_in_flight", "campaign_calls_in_flight", "pace", "paused"):
        assert reasons[limit] > 0, limit
    for money in ("campaign_budget", "day_budget", "caller_number", "blackout"):
        assert reasons[money] > 0, money
