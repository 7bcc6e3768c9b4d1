"""The clock is never late: what a pass and everybody else do to each other between any two of their steps."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.campaign import Campaign, Retry, Status
from service.domain.lane import AWAKE, Lane, Wake
from service.local.clocks import VirtualClock
from service.ports import Outside, Queue, Refused, StoreUnavailable
from service.receipts import Meter
from service.usecases.campaigns import take_step
from service.usecases.direct_calls import DirectCall, create_call
from service.usecases.look_after import look_after
from service.usecases.place_call import place_call
from tests.support.fakes import HookedStore, always, committing, counting, finding
from tests.support.memory_store import MemoryStore
from tests.support.world import NINE_TO_FIVE, NOON, SCRIPT, World, minutes, number
from tests.usecases.test_import_contacts import add_contacts

IN_AN_HOUR = NOON + minutes(60)
STEPS_MAX = 60  # operations of the store in one pass: far more than any has here


# --- what others do while a pass is under way -----------------------------------------------------


def a_pass_elsewhere(world: World) -> None:
    world.run_elsewhere("refill")


def a_tick_elsewhere(world: World) -> None:
    world.run_elsewhere("tick")


def its_handlers_dial(world: World) -> None:
    for task in world.tasks.take(Queue.CALLS):
        place_call(world.elsewhere, **task.body)


def its_handler_puts_it_back(world: World) -> None:
    world.telephony.answers = [Refused("429", permanent=False)] * 10
    its_handlers_dial(world)
    world.telephony.answers = []


def it_is_busy(world: World) -> None:
    for call in world.calls():
        if call.dialed and call.live:
            world.hear(State.BUSY, call.id)


def it_completes(world: World) -> None:
    for call in world.calls():
        if call.dialed and call.live:
            world.hear(State.COMPLETED, call.id)


def a_direct_call_is_made(world: World) -> None:
    create_call(world.elsewhere, world.get(Account, "acc_1"), DirectCall(number(500), SCRIPT))


def a_direct_call_is_stored_and_no_pass_follows(world: World) -> None:
    """Its request dies after the commit."""
    create_call(without_passes(world), world.get(Account, "acc_1"), DirectCall(number(500), SCRIPT))


def contacts_are_stored_and_no_pass_follows(world: World) -> None:
    if world.get(Campaign, "cmp_1").status in {Status.RUNNING, Status.PAUSED}:
        add_contacts(without_passes(world), world.get(Account, "acc_1"), range(100, 102))


def without_passes(world: World) -> Outside:
    """An instance that can commit, but read no clock."""

    def die() -> None:
        raise StoreUnavailable("gone")

    store = HookedStore(world.store.inner)
    store.before(lambda name, given: name == "get" and given[0] is Wake, die)
    return replace(world.outside, store=store)


def contacts_are_added(world: World) -> None:
    if world.get(Campaign, "cmp_1").status in {Status.RUNNING, Status.PAUSED}:
        add_contacts(world.elsewhere, world.get(Account, "acc_1"), range(100, 102))


def its_user_pauses_it(world: World) -> None:
    if world.get(Campaign, "cmp_1").status is Status.RUNNING:
        take_step(world.elsewhere, world.get(Account, "acc_1"), "cmp_1", "pause")


def its_user_resumes_it(world: World) -> None:
    if world.get(Campaign, "cmp_1").status is Status.PAUSED:
        take_step(world.elsewhere, world.get(Account, "acc_1"), "cmp_1", "resume")


def its_user_cancels_it(world: World) -> None:
    if world.get(Campaign, "cmp_1").status in {Status.RUNNING, Status.PAUSED}:
        take_step(world.elsewhere, world.get(Account, "acc_1"), "cmp_1", "cancel")


def time_passes(world: World) -> None:
    world.pass_over(minutes=70)


Deed = Callable[[World], None]
STORIES: dict[str, tuple[Deed, ...]] = {
    "a pass claims, the handler puts it back": (a_pass_elsewhere, its_handler_puts_it_back),
    "a pass claims, it is busy": (a_pass_elsewhere, its_handlers_dial, it_is_busy),
    "a pass claims, it completes": (a_pass_elsewhere, its_handlers_dial, it_completes),
    "put back, and claimed again": (its_handler_puts_it_back, time_passes, a_pass_elsewhere),
    "busy, and claimed again": (it_is_busy, time_passes, a_pass_elsewhere),
    "it completes, and a pass is elsewhere": (it_completes, a_pass_elsewhere),
    "a direct call": (a_direct_call_is_made,),
    "a direct call, and it is put back": (a_direct_call_is_made, its_handler_puts_it_back),
    "a direct call alone": (a_direct_call_is_stored_and_no_pass_follows,),
    "contacts": (contacts_are_added,),
    "contacts alone": (contacts_are_stored_and_no_pass_follows,),
    "contacts, and they are put back": (contacts_are_added, its_handler_puts_it_back),
    "paused and put back, and resumed": (its_user_pauses_it, its_handler_puts_it_back, its_user_resumes_it),
    "paused, and canceled": (its_user_pauses_it, its_user_cancels_it),
    "a tick after an hour": (time_passes, a_tick_elsewhere),
}


# --- what a pass may find ---------------------------------------------------------------------------


def one_call_is_due(world: World) -> None:
    world.campaign(calls=1, retry=Retry(busy=(5,)))


def one_call_is_claimed(world: World) -> None:
    one_call_is_due(world)
    world.run()


def one_call_is_on_the_line(world: World) -> None:
    one_call_is_claimed(world)
    world.carry()


def one_call_is_due_in_an_hour(world: World) -> None:
    world.campaign(calls=1, due_at=IN_AN_HOUR, retry=Retry(busy=(5,)))


def one_is_on_the_line_and_one_is_due_in_an_hour(world: World) -> None:
    one_call_is_on_the_line(world)
    world.campaign("cmp_2", calls=1, due_at=IN_AN_HOUR)


def its_window_is_closed(world: World) -> None:
    world.campaign(calls=2, hours=NINE_TO_FIVE)
    world.pass_over(hours=6)


FINDS: list[Deed] = [
    one_call_is_due,
    one_call_is_claimed,
    one_call_is_on_the_line,
    one_call_is_due_in_an_hour,
    one_is_on_the_line_and_one_is_due_in_an_hour,
    its_window_is_closed,
]


def meet(world: World, deeds: list[tuple[int, Deed]]) -> bool:
    """One pass, and each deed before its n-th step in the store. False: the pass has not so many steps."""
    steps, waiting = itertools.count(1), list(deeds)

    def before_each_step() -> None:
        world.store.before(always, before_each_step)
        step = next(steps)
        while waiting and waiting[0][0] == step:
            waiting.pop(0)[1](world)

    world.store.before(always, before_each_step)
    world.run("refill")
    return not waiting


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("find", FINDS, ids=lambda find: find.__name__)
def test_whatever_happens_between_a_pass_s_steps_the_clock_is_not_late(find: Deed, story: str) -> None:
    """The story's first deed before each step of the pass, and the others before each later one."""
    first, *others = STORIES[story]
    for step in range(1, STEPS_MAX):
        for later in range(step, STEPS_MAX if others else step + 1):
            meter, clock = Meter(), VirtualClock(NOON)
            world = World(MemoryStore(clock, meter), meter, clock)
            world.account()
            find(world)
            all_done = meet(world, [(step, first), *((later, deed) for deed in others)])
            world.check_clock()
            if not all_done:
                break
        if later == step and not all_done:
            return  # the pass has not so many steps
    raise AssertionError("The pass has no end.")


# --- each rule by itself, on both stores ------------------------------------------------------------


def test_a_pull_between_a_pass_s_read_and_its_sleep_wins(each_world: World) -> None:
    world = each_world
    world.account()
    world.store.before(committing(Wake), lambda: a_direct_call_is_stored_and_no_pass_follows(world))
    assert len(world.run().claimed) == 1  # it had to begin again
    world.check_clock()


def test_a_pull_of_a_clock_that_is_awake_already_is_seen_too(each_world: World) -> None:
    """It writes what is there already; the pass has to begin again all the same."""
    world = each_world
    world.account()
    world.pull()
    begun: list[int] = []

    def begin() -> None:
        begun.append(len(begun) + 1)
        world.store.after(counting("lane", "live"), begin)

    world.store.after(counting("lane", "live"), begin)
    world.store.before(committing(Wake), world.pull)
    world.run()
    assert begun == [1, 2]
    assert world.wake_at is None


def test_a_pass_that_read_only_some_of_the_awake_campaigns_does_not_sleep_over_the_rest(
    world: World,
) -> None:
    world.account()
    for n in range(40):
        world.campaign(f"empty_{n:02}")
    world.campaign(calls=1, turn=1.0)
    world.run()
    world.check_clock()
    world.settle()
    assert world.in_flight() == 1


def test_a_claim_and_release_between_the_count_and_the_sleep_keeps_the_lane_awake(each_world: World) -> None:
    """The pass counts nothing in flight, then finds nothing that waits: another has just claimed it."""
    world = each_world
    world.account()
    world.campaign(calls=1)
    world.store.after(counting("lane", "live"), lambda: a_pass_elsewhere(world))
    world.store.after(counting("campaign_id", "live"), lambda: its_handler_puts_it_back(world))
    world.run("refill")
    assert world.store.hooks_left == 0
    assert world.states() == {"queued": 1}
    assert world.wake_at == AWAKE
    world.check_clock()


def test_a_claim_right_before_the_sleep_keeps_the_lane_awake(each_world: World) -> None:
    """The clock itself stays as it was: that somebody claimed, the mutex alone tells."""
    world = each_world
    world.account()
    world.campaign(calls=1, due_at=IN_AN_HOUR)

    def it_becomes_due_and_is_claimed() -> None:
        time_passes(world)
        a_pass_elsewhere(world)

    world.store.before(committing(Wake), it_becomes_due_and_is_claimed)
    world.run("refill")
    assert world.store.hooks_left == 0
    assert (world.in_flight(), world.wake_at) == (1, AWAKE)


def test_what_is_in_flight_is_counted_before_what_waits_is_read(each_world: World) -> None:
    """A call that comes back in between is seen twice; the other way round it would be seen in neither."""
    world = each_world
    world.account()
    world.campaign(calls=1)
    world.run()
    world.store.after(counting("lane", "live"), lambda: its_handler_puts_it_back(world))
    world.run("refill")
    assert world.store.hooks_left == 0
    world.check_clock()
    world.pass_over(seconds=20)
    assert len(world.run("refill").claimed) == 1


def test_a_campaign_s_calls_in_flight_are_counted_before_what_waits_is_read(each_world: World) -> None:
    """The same for one campaign, where others of its account are in flight."""
    world = each_world
    world.account()
    world.campaign("cmp_2", calls=1)
    world.dial("cmp_2-0000")
    world.campaign(calls=1, retry=Retry(busy=(5,)))
    world.dial()
    world.store.before(counting("campaign_id", "live"), lambda: it_is_busy(world))
    world.run("refill")
    assert world.store.hooks_left == 0
    world.check_clock()
    campaign = world.get(Campaign, "cmp_1")
    assert campaign.next_due_at in (AWAKE, NOON + minutes(5))


def test_an_account_is_counted_again_with_a_campaign_of_it_that_is_read_later(each_world: World) -> None:
    """Its only call was claimed elsewhere since the account was counted: it is not finished over it."""
    world = each_world
    world.limit(calls_in_flight_max=1)
    world.account()
    world.campaign("cmp_0")
    world.campaign(calls=1, turn=1.0)
    world.store.after(counting("account_id", "live"), lambda: a_pass_elsewhere(world))
    world.run("refill")
    assert world.store.hooks_left == 0
    assert world.get(Campaign, "cmp_1").status is Status.RUNNING


def test_contacts_that_are_added_while_a_pass_finds_nothing_left_are_not_finished_over(
    each_world: World,
) -> None:
    world = each_world
    world.account()
    world.campaign()
    world.store.after(
        finding(Call, "campaign_id", "state", "cohort", "due_at"), lambda: contacts_are_added(world)
    )
    world.run("refill")
    assert world.store.hooks_left == 0
    assert world.get(Campaign, "cmp_1").status is Status.RUNNING
    assert world.in_flight() == 2


def test_the_clock_sleeps_until_the_earliest_due_call(world: World) -> None:
    world.account()
    world.campaign(calls=2, due_at=IN_AN_HOUR)
    world.campaign("cmp_2", calls=2, due_at=IN_AN_HOUR + minutes(30))
    assert world.run().next_wake == world.wake_at == IN_AN_HOUR


def test_the_clock_sleeps_until_the_window_of_what_is_due_opens(world: World) -> None:
    world.account()
    world.campaign(calls=2, hours=NINE_TO_FIVE)
    world.pass_over(hours=5)
    world.run()
    assert world.wake_at == NOON + minutes(21 * 60)


def test_a_call_that_becomes_due_while_its_window_is_closed_waits_for_the_window(world: World) -> None:
    world.account()
    world.campaign(calls=1, hours=NINE_TO_FIVE, due_at=NOON + minutes(6 * 60))
    world.run()
    assert world.wake_at == NOON + minutes(21 * 60)


def test_where_nothing_waits_the_clock_sleeps_until_it_is_pulled(world: World) -> None:
    world.account()
    assert world.run().reason == "Nothing waits: asleep until there is work"
    assert world.wake_at is None


def test_the_clock_stays_awake_while_anything_is_in_flight(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.campaign("cmp_2", calls=1, due_at=IN_AN_HOUR)
    world.dial()
    for _ in range(3):
        world.run()
        assert world.wake_at == AWAKE
    world.hear(State.COMPLETED)
    world.run("refill")
    assert world.wake_at == IN_AN_HOUR


def test_an_event_of_a_live_call_touches_neither_the_clock_nor_the_mutex(world: World) -> None:
    world.account()
    world.campaign(calls=2, retry=Retry(busy=(5,)))
    world.run()
    before = [world.store.inner.get(Wake, "main"), world.store.inner.get(Lane, "main")]
    world.carry()
    world.hear(State.BUSY)
    world.hear(State.COMPLETED, "cmp_1-0001")
    assert [world.store.inner.get(Wake, "main"), world.store.inner.get(Lane, "main")] == before


def test_a_creator_pulls_the_clock_without_reading_it_and_leaves_the_mutex_alone(world: World) -> None:
    world.account()
    world.run()
    before = world.store.inner.get(Lane, "main")
    seen: list[Lane | None] = []
    world.store.after(committing(Wake), lambda: seen.append(world.store.inner.get(Lane, "main")))  # type: ignore[arg-type]
    create_call(world.outside, world.get(Account, "acc_1"), DirectCall(number(1), SCRIPT))
    assert seen == [before]


def test_looking_after_calls_does_not_touch_the_clock(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.run()
    world.pass_over(minutes=5)
    before = world.store.inner.get(Wake, "main")
    look_after(world.outside, "main")
    assert world.store.inner.get(Wake, "main") == before


# --- the exact wake task ------------------------------------------------------------------------------


def test_sleep_asks_for_a_pass_at_the_next_due_moment(world: World) -> None:
    world.account()
    world.campaign(calls=1, due_at=IN_AN_HOUR)
    world.run()
    (task,) = world.tasks.passes("wake")
    assert (task.at, task.path, task.body["lane"]) == (IN_AN_HOUR, "/queue/process", "main")
    assert task.queue is Queue.PASSES


def test_a_pass_is_asked_for_at_the_next_due_moment_also_while_calls_are_in_flight(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.campaign("cmp_2", calls=1, due_at=IN_AN_HOUR)
    world.run()
    assert [task.at for task in world.tasks.passes("wake")] == [IN_AN_HOUR]


def test_the_wake_task_is_not_asked_for_twice(world: World) -> None:
    world.account()
    world.campaign(calls=1, due_at=IN_AN_HOUR)
    for _ in range(3):
        world.run()
        world.pull()
    assert len([task for task in world.tasks.asked if task.body["reason"] == "wake"]) == 1


def test_an_earlier_due_moment_gets_a_wake_task_of_its_own(world: World) -> None:
    world.account()
    world.campaign(calls=1, due_at=IN_AN_HOUR)
    world.run()
    world.campaign("cmp_2", calls=1, due_at=NOON + minutes(30))
    world.run()
    assert [task.at for task in world.tasks.passes("wake")] == [IN_AN_HOUR, NOON + minutes(30)]


def test_after_a_wake_the_next_due_moment_is_asked_for(world: World) -> None:
    world.account()
    world.campaign(calls=1, due_at=IN_AN_HOUR)
    world.campaign("cmp_2", calls=1, due_at=IN_AN_HOUR + minutes(60))
    world.run()
    world.pass_over(minutes=60)
    world.run("wake")
    assert world.tasks.passes("wake")[-1].at == IN_AN_HOUR + minutes(60)


def test_a_wake_task_that_comes_too_soon_is_none_for_the_moment_until_which_the_clock_sleeps(
    world: World,
) -> None:
    world.account()
    world.campaign(calls=1, due_at=IN_AN_HOUR)
    world.campaign("cmp_2", calls=1, due_at=IN_AN_HOUR + minutes(60))
    world.run()
    take_step(world.outside, world.get(Account, "acc_1"), "cmp_1", "pause")
    world.pull()
    assert world.run().next_wake == IN_AN_HOUR + minutes(60)
    assert world.tasks.passes("wake")[-1].at == IN_AN_HOUR + minutes(60)


def test_no_task_is_asked_for_that_the_queue_could_not_keep(world: World) -> None:
    """The ticks find it."""
    world.account()
    world.campaign(calls=1, due_at=NOON + minutes(31 * 24 * 60))
    world.run()
    assert world.tasks.asked == []
    assert world.wake_at == NOON + minutes(31 * 24 * 60)


def test_a_lost_wake_task_costs_promptness_alone(world: World) -> None:
    world.account()
    world.campaign(calls=1, due_at=IN_AN_HOUR)
    world.tasks.is_down = True
    world.run()
    world.tasks.is_down = False
    world.pass_over(minutes=60)
    assert len(world.run("tick").claimed) == 1


def test_a_lane_that_remembers_nothing_yet_is_made_by_its_first_pass(world: World) -> None:
    world.account()
    world.campaign(calls=1, due_at=IN_AN_HOUR)
    world.run()
    assert replace(world.lane, receipts=()) == replace(Lane("main"), wake_task_at=IN_AN_HOUR)
