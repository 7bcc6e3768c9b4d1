"""Whatever dies, and wherever: each step that is to be told has one event, and each event is taken."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from service.domain.account import Account
from service.domain.lane import AWAKE, Wake
from service.domain.webhook import EventType, Webhook
from service.ports import Create, Merge, Update
from tests.simulation.one_call import LIVES, OneCall, live, messages_of_a_life
from tests.simulation.world import World

UNCERTAIN_LIVES = {
    "accepted, and neither the answer nor a webhook arrives",
    "never received, and nobody can tell",
}


class Listening(OneCall):
    """Its account has a webhook. It counts by itself what is to be told."""

    steps: Counter[str]

    def begin(self, until: Any) -> None:
        super().begin(until)
        world, self.steps = self._world, Counter()
        account = world.store.get(Account, world.account_of(self.key))
        hook = Webhook(
            "whk_1",
            account.record.id,
            "https://hooks.example.com",
            tuple(EventType),
            account.record.created_at,
        )
        listening = replace(account.record, notify=tuple(EventType))
        sweep = Merge(Wake, listening.lane, {"at": AWAKE, "has_webhooks": True})
        world.store.commit([Create(hook), Update(listening, account.version), sweep])
        world.oracle.saw_record(listening, world.scheduler.now)
        see = world.saw_record

        def count(record: Any) -> None:
            before = world.oracle.records.get(record.COLLECTION, {}).get(record.id)
            self._count(before, record)
            see(record)

        world.saw_record = count

    def _count(self, before: Any, after: Any) -> None:
        if after.COLLECTION == "calls" and before is not None:
            self.steps["call.finished"] += before.finished_at is None and after.finished_at is not None
            self.steps["call.uncertain"] += before.state != "uncertain" and after.state == "uncertain"
        if after.COLLECTION == "campaigns" and before is not None:
            self.steps["campaign.finished"] += before.status != "finished" and after.status == "finished"

    def nothing_waits(self) -> bool:
        events = self._world.oracle.records.get("events", {}).values()
        return super().nothing_waits() and all(event.due_at is None for event in events)


def check(world: World) -> None:
    events = world.oracle.records.get("events", {})
    users: Any = world.users
    assert Counter(event.type.value for event in events.values()) == +users.steps
    assert users.steps["call.finished"] == users.steps["campaign.finished"] == 1
    assert set(world.courier.taken) == set(events)
    for event in events.values():
        if event.type == "call.finished":
            assert event.call.finished_at is not None
        if event.type == "call.uncertain":
            assert event.call.state == "uncertain"


@pytest.mark.parametrize("life", LIVES)
def test_each_step_is_told_once_when_nothing_dies(life: str) -> None:
    world = live(profile=LIVES[life], user_is=Listening)
    check(world)
    steps: Counter[str] = world.users.steps  # type: ignore[attr-defined]
    assert steps["call.uncertain"] == (life in UNCERTAIN_LIVES)
    assert set(world.courier.taken.values()) == {1}


@pytest.mark.parametrize("life", LIVES)
def test_a_crash_at_any_single_point_loses_no_event(life: str) -> None:
    """Before each request to the store, the queue and the provider, and before each answer arrives."""
    profile = LIVES[life]
    for point in range(1, messages_of_a_life(profile, Listening) + 1):
        world = live(lambda _, number, __, point=point: number == point, profile=profile, user_is=Listening)
        assert world.crashes == 1
        check(world)


@pytest.mark.parametrize("life", LIVES)
def test_a_commit_whose_answer_is_lost_loses_no_event_and_makes_none_twice(life: str) -> None:
    commits = 0

    def count(_: OneCall, __: int, name: str) -> bool:
        nonlocal commits
        commits += name.startswith("answer to commit")
        return False

    live(count, profile=LIVES[life], user_is=Listening)
    assert commits > 5
    for lost in range(1, commits + 1):
        seen = 0

        def lose(user: OneCall, _: int, name: str, lost: int = lost) -> bool:
            nonlocal seen
            seen += name.startswith("answer to commit")
            if seen == lost and name.startswith("answer to commit"):
                user._world.lose_next_answer = True
            return False

        check(live(lose, profile=LIVES[life], user_is=Listening))
