"""The smallest world: one account, one campaign with one contact, always open, nothing failing by itself."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.simulation.oracle import Broken
from tests.simulation.profile import KIND, Profile
from tests.simulation.users import SCRIPT, Users
from tests.simulation.world import World

ONE_CALL = replace(
    KIND,
    unkind_hours=0.5,
    rest_hours=1.0,
    task_delay_seconds=0.2,
    webhook_delay_seconds=0.2,
    outcomes=("completed",),
    capped=0,
    starts=("2026-03-02T20:00",),  # the legal hours are open
)
BUSY_THEN_ANSWERED = replace(ONE_CALL, outcomes=("busy", "completed"))
ACCEPTED_UNHEARD = replace(ONE_CALL, provider_times_out=1.0, webhook_lost=1.0)
NEVER_RECEIVED = replace(ONE_CALL, provider_never_receives=1.0)
LIVES = {
    "answered": ONE_CALL,
    "busy, then answered": BUSY_THEN_ANSWERED,
    "accepted, and neither the answer nor a webhook arrives": ACCEPTED_UNHEARD,
    "never received, and nobody can tell": NEVER_RECEIVED,
}
ALL_WEEK = {
    day: [{"start": "00:00", "end": "24:00"}] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
}
OnTravel = Callable[["OneCall", int, str], bool]


class OneCall(Users):
    """Its user makes the campaign, imports, starts, and does nothing more by himself."""

    key: str
    campaign_id: str | None = None
    _calls = 0

    def begin(self, until: Any) -> None:  # noqa: ARG002
        self.key = self._world.make_account("one")
        self._world.do_soon(self._one_campaign)

    def _one_campaign(self) -> None:
        body = {
            "name": "one",
            "timezone": "UTC",
            "hours": ALL_WEEK,
            "retry": {"busy": [{"after_minutes": 2}]},
            "script": SCRIPT,
        }
        while (made := self._ask("POST", "/api/campaigns", self.key, body)) is None:
            pass
        self.campaign_id = made["id"]
        self._ask("POST", f"/api/campaigns/{made['id']}/contacts", self.key, b"phone\n+13125550142")
        self.step("start")

    def step(self, step: str) -> None:
        self._step(self.key, self.campaign_id or "", step)

    def call(self) -> None:
        self._call(self.key)

    def call_at_most(self, times: int) -> None:
        if self._calls < times:
            self._calls += 1
            self._world.do_soon(self.call)


def live(
    on_travel: OnTravel | None = None,
    *,
    seed: int = 5,
    profile: Profile = ONE_CALL,
    user_is: type[OneCall] = OneCall,
) -> World:
    """Lives the life of one call. `on_travel` is asked at each message, with its number and name, from
    the moment that the campaign exists; True: the process dies there. Raises Broken with the story."""
    story: list[str] = []
    world = World(seed, profile, story.append)
    world.users = user = user_is(world)
    messages = 0

    def traveled(name: str) -> bool:
        nonlocal messages
        if user.campaign_id is None:
            return False
        messages += 1
        return on_travel(user, messages, name) if on_travel else False

    world.on_travel = traveled
    try:
        world.run()
    except Broken as broken:
        raise AssertionError("\n".join([*story[-60:], str(broken)])) from broken
    world.messages = messages
    return world


def messages_of_a_life(profile: Profile = ONE_CALL, user_is: type[OneCall] = OneCall) -> int:
    """How many messages (requests and answers) the life of one call takes, some ticks included."""
    return live(profile=profile, user_is=user_is).messages


class _Loses:
    """The answer to one of the commits, counted from 1. 0: to none of them."""

    def __init__(self, lost: int = 0) -> None:
        self._lost = lost
        self.commits = 0

    def __call__(self, user: OneCall, _: int, name: str) -> bool:
        if name.startswith("answer to commit"):
            self.commits += 1
            if self.commits == self._lost:
                user._world.lose_next_answer = True
        return False


def lives_that_lose_an_answer(
    profile: Profile = ONE_CALL, user_is: type[OneCall] = OneCall
) -> Iterator[World]:
    """A life for each of its commits: that one is applied, and then its answer is lost."""
    live(none_lost := _Loses(), profile=profile, user_is=user_is)
    assert none_lost.commits > 5
    for lost in range(1, none_lost.commits + 1):
        yield live(_Loses(lost), profile=profile, user_is=user_is)
