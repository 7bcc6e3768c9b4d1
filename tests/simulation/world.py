"""A seeded world: the service, what it stands on and its users, all as unkind as the profile says."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from service.domain.account import Account
from service.domain.audit import BY_ITSELF
from service.domain.campaign import direct_queue
from service.domain.caps import Caps
from service.domain.limits import Limits
from service.ports import Update
from service.providers.twilio import Twilio
from service.receipts import Meter
from service.usecases.accounts import NewAccount, create_account
from tests.simulation.faulty_courier import FaultyCourier
from tests.simulation.faulty_phone import PhoneService
from tests.simulation.faulty_queue import TaskService
from tests.simulation.faulty_store import FaultyStore
from tests.simulation.instance import Instance
from tests.simulation.instance_url import BASE_URL
from tests.simulation.oracle import Oracle
from tests.simulation.profile import Profile
from tests.simulation.scheduler import Scheduler, WorldClock
from tests.simulation.users import Users
from tests.support.memory_store import MemoryStore

TICK = timedelta(minutes=15)
TICK_ANSWER_MAX = timedelta(seconds=180)  # the scheduler's deadline: it hears no later answer
REST_DAYS_MAX = 9  # once the world is kind
LATENCY_SECONDS = (0.005, 0.06)
SLOW_SECONDS = (1.0, 9.0)
STALL_SECONDS = 600.0
RING_SECONDS, TIME_LIMIT_SECONDS, LEASE_MARGIN_SECONDS = 30, 1200, 180


@dataclass
class World:
    seed: int
    profile: Profile
    tell: Callable[[str], None] = lambda _: None
    on_travel: Callable[[str], bool] | None = None  # called at every message; True: the process dies there
    crashes: int = 0
    duplicates: int = 0
    webhooks_lost: int = 0
    kind: bool = False  # faults are over
    lose_next_answer: bool = False
    messages: int = 0

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.faults = Counter[str]()
        self.accounts: dict[str, str] = {}  # by key
        start = datetime.fromisoformat(self.dice.choice(self.profile.starts)).replace(tzinfo=UTC)
        self.scheduler = Scheduler(start)
        story, self.tell = self.tell, lambda text: story(f"{self.scheduler.now:%d %H:%M:%S.%f} {text}")
        self.limits = Limits(
            self.profile.lanes,
            self.profile.calls_in_flight_max,
            self.profile.account_calls_in_flight_max,
            RING_SECONDS,
            TIME_LIMIT_SECONDS,
        )
        lease = timedelta(seconds=RING_SECONDS + TIME_LIMIT_SECONDS + LEASE_MARGIN_SECONDS)
        self.oracle = Oracle(self.limits.calls_in_flight_max, self.limits.account_calls_in_flight_max, lease)
        self.store = self.make_store()
        self.queue = TaskService(self)
        self.phone = PhoneService(self)
        self.twilio_token = "the-world's"
        self.twilio = Twilio(
            None,  # type: ignore[arg-type]  # only its webhooks are used: calls go through FaultyPhone
            account_sid="AC" + "0" * 32,
            auth_token=self.twilio_token,
            webhook_url=f"{BASE_URL}/webhooks/twilio",
        )
        self.courier = FaultyCourier(self)
        self.instances = [Instance(self, number) for number in range(self.profile.instances)]
        self.users = Users(self)

    def make_store(self) -> Any:
        return MemoryStore(WorldClock(self.scheduler), Meter())

    def connect(self, instance: Instance) -> Any:
        """One instance's connection to the store."""
        return FaultyStore(instance)

    def run(self) -> None:
        """To its end. Raises oracle.Broken."""
        unkind_until = self.scheduler.now + timedelta(hours=self.profile.unkind_hours)
        self.users.begin(unkind_until)
        self._schedule_ticks(unkind_until)
        self._run_until(unkind_until)
        self.kind = True
        for _ in range(int(REST_DAYS_MAX * 24 / self.profile.rest_hours)):
            self._run_until(self.scheduler.now + timedelta(hours=self.profile.rest_hours))
            if self.users.nothing_waits():
                break
        self.oracle.check_end(self.scheduler.now)
        for instance in self.instances:
            instance.retire()

    def do_soon(self, do: Callable[[], object]) -> None:
        """Beside what runs now, and before it goes on."""
        self.scheduler.spawn(do)

    def _run_until(self, moment: datetime) -> None:
        self.scheduler.run_until(moment, lambda: self.oracle.check(self.scheduler.now))

    # --- the dice ---------------------------------------------------------------------------------

    def chance(self, fault: str) -> bool:
        probability: float = getattr(self.profile, fault)
        happens = not self.kind and probability > 0 and self.dice.random() < probability
        if happens:
            self.faults[fault] += 1
        return happens

    def loses_answer(self) -> bool:
        lost, self.lose_next_answer = self.lose_next_answer, False
        return lost or self.chance("store_loses_answer")

    def dies_at(self, name: str) -> bool:
        return self.on_travel(name) if self.on_travel else self.chance("crash")

    def latency(self) -> float:
        if self.chance("stall"):
            return STALL_SECONDS
        return self.dice.uniform(*(SLOW_SECONDS if self.chance("slow") else LATENCY_SECONDS))

    def new_token(self) -> str:
        return f"{self.dice.getrandbits(96):024x}"

    def any_instance(self) -> Instance:
        return self.dice.choice(self.instances)

    # --- what happens by itself -------------------------------------------------------------------

    def _schedule_ticks(self, unkind_until: datetime) -> None:
        first = self.scheduler.now.replace(minute=0, second=0, microsecond=0) + TICK
        self._tick_at(first, unkind_until)

    def _tick_at(self, moment: datetime, unkind_until: datetime) -> None:
        def tick() -> None:
            following = moment + TICK
            if self.chance("tick_gap"):
                gap = timedelta(hours=self.dice.uniform(0.25, self.profile.tick_gap_hours))
                following += gap // TICK * TICK
                self.tell(f"no tick until {following:%d %H:%M}")
            copies = 1 if self.kind else self.dice.choice(self.profile.tick_copies)
            for _ in range(copies):
                delay = self.dice.uniform(0, 0.2)
                self.scheduler.after(delay, lambda: self.scheduler.spawn(self._post_tick))
            self._tick_at(following, unkind_until)

        self.scheduler.at(moment, tick)

    def _post_tick(self) -> None:
        began = self.scheduler.now
        status = self.any_instance().post("/queue/process", b"")
        self.tell(f"tick -> {status}")
        if status == 200 and self.scheduler.now - began <= TICK_ANSWER_MAX:
            self.oracle.saw_tick_answered(began)
            self.oracle.check_leaks(self.scheduler.now)

    # --- the oracle's eyes ------------------------------------------------------------------------

    def saw_record(self, record: Any) -> None:
        if record.COLLECTION == "calls":
            self.tell(f"  {record.id[:12]} {record.state} attempt {record.attempt}")
        elif record.COLLECTION == "wake":
            self.tell(f"  wake {record.at}")
        self.oracle.saw_record(record, self.scheduler.now)

    def account_of(self, key: str) -> str:
        return self.accounts[key]

    def make_account(self, name: str) -> str:
        """The account's key. Made before the world begins, so nothing fails."""
        outside = _plain_outside(self)
        account, key = create_account(outside, NewAccount(name, "US", ("*",), "+13125550100"), "world")
        rules: dict[str, Any] = {"widened": self.dice.choice((("*",), ()))}
        if self.dice.random() < 0.3:
            rules["caller_calls_in_flight_max"] = 1
        if self.dice.random() < self.profile.capped:
            rules["caps"] = Caps(per_day=self.dice.choice((1, 2)))
        account = replace(account, **rules)
        self.store.commit([Update(account, self.store.get(Account, account.id).version)])
        self.accounts[key] = account.id
        for record in (account, direct_queue(account.id, account.lane, account.created_at)):
            self.oracle.saw_record(record, self.scheduler.now)
        return key


def _plain_outside(world: World) -> Any:
    class Plain:
        store = world.store
        limits = world.limits
        clock = WorldClock(world.scheduler)
        new_token = staticmethod(world.new_token)
        act = BY_ITSELF

    return Plain()
