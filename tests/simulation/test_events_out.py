"""Whatever dies, and wherever: each step that is to be told has one event, and each event is taken."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from service.domain.account import Account
from service.domain.lane import AWAKE, Wake
from service.domain.webhook import EventType, Webhook
from service.ports import Create, Merge, Update
from tests.simulation.one_call import LIVES, OneCall, live, lives_that_lose_an_answer, messages_of_a_life
from tests.simulation.profiles import profile_of
from tests.simulation.run import quiet
from tests.simulation.users import Users
from tests.simulation.world import World

UNCERTAIN_LIVES = {life for life in LIVES if "nobody can tell" in life or "neither" in life}
URL = "https://hooks.example.com"
SEEDS = range(1, 25)


class Listens(Users):
    """Each account has a webhook from its beginning. What is to be told is counted here, from the records."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.steps = Counter[str]()
        make_account, see = world.make_account, world.saw_record

        def make_listening_account(name: str) -> str:
            key = make_account(name)
            self._listen(world, world.account_of(key))
            return key

        def count_and_see(record: Any) -> None:
            before = world.oracle.records.get(record.COLLECTION, {}).get(record.id)
            if before is not None:
                self._count(before, record)
            see(record)

        world.make_account, world.saw_record = make_listening_account, count_and_see  # type: ignore[method-assign]

    def _listen(self, world: World, account_id: str) -> None:
        account = world.store.get(Account, account_id)
        listening = replace(account.record, notify=tuple(EventType))
        hook = Webhook(f"whk_{account_id}", account_id, URL, tuple(EventType), account.record.created_at)
        sweep = Merge(Wake, listening.lane, {"at": AWAKE, "has_webhooks": True})
        world.store.commit([Create(hook), Update(listening, account.version), sweep])
        world.oracle.saw_record(listening, world.scheduler.now)

    def _count(self, before: Any, after: Any) -> None:
        if after.COLLECTION == "calls":
            self.steps["call.finished"] += before.finished_at is None and after.finished_at is not None
            self.steps["call.uncertain"] += before.state != "uncertain" and after.state == "uncertain"
        if after.COLLECTION == "campaigns" and before.status == "running":
            self.steps["campaign.finished"] += after.status == "finished"
            self.steps["campaign.paused"] += after.status == "paused" and after.paused_reason is not None

    def nothing_waits(self) -> bool:
        events = self._world.oracle.records.get("events", {}).values()
        return super().nothing_waits() and all(event.due_at is None for event in events)


class OneCallListens(Listens, OneCall):
    """As OneCall, with a webhook."""


def check(world: World) -> Counter[str]:
    events = world.oracle.records.get("events", {})
    steps: Counter[str] = +world.users.steps  # type: ignore[attr-defined]
    assert Counter(event.type.value for event in events.values()) == steps
    assert set(world.courier.taken) == set(events)
    for event in events.values():
        if event.type == "call.finished":
            assert event.call.finished_at is not None
        if event.type == "call.uncertain":
            assert event.call.state == "uncertain"
    return steps


@pytest.mark.parametrize("life", LIVES)
def test_each_step_is_told_once_when_nothing_dies(life: str) -> None:
    world = live(profile=LIVES[life], user_is=OneCallListens)
    uncertain = int(life in UNCERTAIN_LIVES)
    assert check(world) == +Counter({"call.finished": 1, "campaign.finished": 1, "call.uncertain": uncertain})
    assert set(world.courier.taken.values()) == {1}


@pytest.mark.parametrize("life", LIVES)
def test_a_crash_at_any_single_point_loses_no_event(life: str) -> None:
    """Before each request to the store, the queue and the provider, and before each answer arrives."""
    profile = LIVES[life]
    for point in range(1, messages_of_a_life(profile, OneCallListens) + 1):
        world = live(
            lambda _, number, __, point=point: number == point, profile=profile, user_is=OneCallListens
        )
        assert world.crashes == 1
        check(world)


@pytest.mark.parametrize("life", LIVES)
def test_a_commit_whose_answer_is_lost_loses_no_event_and_makes_none_twice(life: str) -> None:
    for world in lives_that_lose_an_answer(LIVES[life], OneCallListens):
        check(world)


def test_in_worlds_in_which_everything_fails_every_step_is_told() -> None:
    told = Counter[str]()
    for seed in SEEDS:
        world = World(seed, profile_of(seed))
        world.users = Listens(world)
        with quiet(world):
            world.run()
        told += check(world)
    assert set(told) == set(EventType)
    print(dict(told))
