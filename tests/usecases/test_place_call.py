"""The handler of one claimed call: at most one create request for each attempt, whatever happens."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from service.domain.account import Account
from service.domain.agent import Agent
from service.domain.call import Call, Script, State
from service.domain.calls import PLACE_BACKOFF_SECONDS, doubt
from service.domain.campaign import Campaign, Retry, Status
from service.domain.errors import Busy
from service.domain.webhook import EventType
from service.ports import (
    Accepted,
    Ambiguous,
    CommitUnknown,
    Conflict,
    Queue,
    Refused,
    StoreUnavailable,
    Task,
)
from service.usecases.explain import explain_call
from service.usecases.place_call import DIAL_TRIES_MAX, STALLED, TRY_AGAIN_SECONDS_MAX, Result, place_call
from tests.support.fakes import ScriptedTelephony, committing, raising
from tests.support.world import CALLER, NINE_TO_FIVE, NOON, World, minutes, number


def claimed(world: World, **settings: Any) -> Task:
    """The task of a call that a pass has just claimed."""
    world.account()
    world.campaign(calls=1, **settings)
    world.run()
    (task,) = world.tasks.take(Queue.CALLS)
    return task


FIRST_WAIT = timedelta(seconds=PLACE_BACKOFF_SECONDS[0])


def lose_the_answer() -> None:
    raise CommitUnknown("no answer")


def test_a_claimed_call_is_dialled_with_what_its_campaign_says(world: World) -> None:
    world.limit(ring_seconds=20, time_limit_seconds=120)
    task = claimed(world, script=Script(twiml="<Say>Hello {name}.</Say>"))
    world.edit(Call, "cmp_1-0000", name="Zoë")
    assert world.handle(task) is Result.PLACED
    (order,) = world.telephony.orders
    assert (order.call_id, order.attempt, order.to) == ("cmp_1-0000", 1, number(0))
    assert (order.caller, order.script.twiml) == (CALLER, "<Say>Hello Zoë.</Say>")
    assert (order.ring_seconds, order.time_limit_seconds) == (20, 120)
    call = world.call()
    assert (call.state, call.attempts[0].provider_id) == (State.DIALING, "CA1")


def test_dialing_is_committed_before_the_create_request_is_sent(world: World) -> None:
    seen: list[State] = []
    world.telephony.while_placing = lambda *_: seen.append(world.call().state)
    world.handle(claimed(world))
    assert seen == [State.DIALING]


def test_the_caller_is_the_call_s_own_else_the_campaign_s_else_the_account_s(world: World) -> None:
    task = claimed(world)
    callers = []
    for own, campaigns in (("+15550001", "+15550002"), (None, "+15550002"), (None, None)):
        settings = replace(world.get(Campaign, "cmp_1").settings, callers=(campaigns,) if campaigns else ())
        world.edit(Campaign, "cmp_1", settings=settings)
        world.edit(Call, "cmp_1-0000", caller=own, line=None, state=State.CLAIMED, attempts=(), live=True)
        world.handle(task)
        callers.append(world.telephony.orders[-1].caller)
    assert callers == ["+15550001", "+15550002", CALLER]


def test_a_handler_costs_four_reads_and_two_writes(world: World) -> None:
    task = claimed(world)
    with world.meter.measure() as cost:
        world.handle(task)
    assert (cost.reads, cost.writes, cost.tasks) == (4, 2, 0)


# --- who may dial -----------------------------------------------------------------------------------


def test_a_task_that_is_delivered_again_places_nothing(world: World) -> None:
    task = claimed(world)
    assert [world.handle(task), world.handle(task)] == [Result.PLACED, Result.STALE]
    assert len(world.telephony.orders) == 1


def test_a_task_of_an_old_attempt_places_nothing(world: World) -> None:
    old = claimed(world, retry=Retry(busy=(5,)))
    world.handle(old)
    world.hear(State.BUSY)
    world.pass_over(minutes=5)
    world.run()
    assert world.call().attempt == 2
    assert world.handle(old) is Result.STALE
    assert len(world.telephony.orders) == 1


def test_the_tasks_of_a_claim_that_was_rescued_place_one_call(world: World) -> None:
    first = claimed(world)
    world.pass_over(minutes=6)
    world.run("tick")
    (second,) = world.tasks.take(Queue.CALLS)
    assert first.name != second.name
    assert [world.handle(second), world.handle(first)] == [Result.PLACED, Result.STALE]
    assert len(world.telephony.orders) == 1


def test_a_task_of_a_call_that_is_gone_places_nothing(world: World) -> None:
    task = claimed(world)
    gone = replace(task, body={**task.body, "call": "call_9"})
    assert world.handle(gone) is Result.STALE
    assert world.telephony.orders == []


def test_a_handler_that_another_overtakes_before_its_commit_places_nothing(world: World) -> None:
    task = claimed(world)
    overtaker: list[Result] = []
    world.store.before(committing(Call), lambda: overtaker.append(place_call(world.elsewhere, **task.body)))
    assert world.handle(task) is Result.STALE
    assert overtaker == [Result.PLACED]
    assert len(world.telephony.orders) == 1


def test_of_many_handlers_of_one_call_at_once_one_places_it(each_world: World) -> None:
    world = each_world
    task = claimed(world)
    handlers = 4
    ready = threading.Barrier(handlers, timeout=60)

    def handle(_: int) -> Result:
        ready.wait()
        return place_call(world.elsewhere, **task.body)

    with ThreadPoolExecutor(handlers) as pool:
        results = sorted(pool.map(handle, range(handlers)))
    assert results == [Result.PLACED] + [Result.STALE] * (handlers - 1)
    assert len(world.telephony.orders) == 1


def test_a_handler_that_is_overtaken_again_and_again_has_the_task_delivered_again(world: World) -> None:
    """By other dials of its number. As stale it would be done, and the call claimed until its rescue."""
    task = claimed(world)
    for _ in range(DIAL_TRIES_MAX):
        world.store.before(committing(Call), raising(Conflict("the number's record has changed")))
    with pytest.raises(Busy):
        world.handle(task)
    assert (world.telephony.orders, world.store.hooks_left) == ([], 0)
    assert world.handle(task) is Result.PLACED


def test_a_handler_that_took_too_long_over_its_first_try_has_the_task_delivered_again(world: World) -> None:
    task = claimed(world)

    def slowly_overtaken() -> None:
        world.pass_over(seconds=TRY_AGAIN_SECONDS_MAX + 1)
        raise Conflict("the number's record has changed")

    world.store.before(committing(Call), slowly_overtaken)
    with pytest.raises(Busy):
        world.handle(task)
    assert world.handle(task) is Result.PLACED


def test_a_user_who_cancels_the_call_before_the_commit_is_heard(world: World) -> None:
    task = claimed(world)
    canceled = {"state": State.CANCELED, "live": False, "check_at": None, "finished_at": NOON}
    world.store.before(committing(Call), lambda: world.edit(Call, "cmp_1-0000", **canceled))
    assert world.handle(task) is Result.STALE
    assert world.telephony.orders == []


# --- what is checked again --------------------------------------------------------------------------


def assert_released(world: World, result: Result, *, due_at: datetime, tries: int = 0) -> None:
    call = world.call()
    assert result is Result.RELEASED
    assert (call.state, call.live, call.due_at, call.attempt) == (State.QUEUED, False, due_at, 1)
    assert (call.attempts, call.place_tries) == ((), tries)
    assert world.telephony.orders == []
    assert world.tasks.passes("refill")  # its slot is free


def test_a_call_of_a_campaign_that_was_paused_is_released(world: World) -> None:
    task = claimed(world)
    world.edit(Campaign, "cmp_1", status=Status.PAUSED)
    assert_released(world, world.handle(task), due_at=NOON)


def test_a_call_of_a_campaign_that_was_canceled_is_canceled(world: World) -> None:
    task = claimed(world)
    world.edit(Campaign, "cmp_1", status=Status.CANCELED)
    assert world.handle(task) is Result.CANCELED
    assert (world.call().state, world.telephony.orders) == (State.CANCELED, [])
    assert world.tasks.passes("refill")


def test_a_call_whose_window_has_closed_is_released_until_it_opens(world: World) -> None:
    task = claimed(world, hours=NINE_TO_FIVE)
    world.pass_over(hours=5)  # 17:00: it is closed from here on
    assert_released(world, world.handle(task), due_at=NOON)
    world.run("tick")
    world.check_clock()
    assert world.wake_at == NOON + minutes(21 * 60)


def test_a_call_is_dialled_up_to_the_last_moment_of_its_window(world: World) -> None:
    task = claimed(world, hours=NINE_TO_FIVE)
    world.pass_over(hours=4, minutes=59, seconds=54.999999)
    assert world.handle(task) is Result.PLACED


def test_the_clock_may_be_behind_so_nobody_is_dialled_in_the_last_seconds_of_a_window(world: World) -> None:
    task = claimed(world, hours=NINE_TO_FIVE)
    world.pass_over(hours=4, minutes=59, seconds=55)
    assert_released(world, world.handle(task), due_at=NOON)


def test_a_window_that_closes_between_the_check_and_the_commit_keeps_the_call_from_being_dialled(
    world: World,
) -> None:
    task = claimed(world, hours=NINE_TO_FIVE)
    world.pass_over(hours=4, minutes=59, seconds=54)
    world.store.after(committing(Call), lambda: world.pass_over(seconds=2))
    assert_released(world, world.handle(task), due_at=world.clock.now() + FIRST_WAIT, tries=1)
    assert world.call().attempts == ()


def test_a_dial_that_was_doubted_while_its_commit_s_answer_was_lost_is_not_begun(world: World) -> None:
    """A pass has settled it, and may have given its slot away."""
    task = claimed(world)

    def doubt_and_lose_the_answer() -> None:
        world.put(doubt(world.call(), now=NOON, error="no answer"))
        raise CommitUnknown("lost")

    world.store.after(committing(Call), doubt_and_lose_the_answer)
    assert world.handle(task) is Result.STALE
    assert (world.telephony.orders, world.call().state) == ([], State.UNCERTAIN)


def test_a_handler_that_stalls_after_its_commit_does_not_begin(world: World) -> None:
    task = claimed(world)
    world.store.after(committing(Call), lambda: world.pass_over(seconds=5.1))
    assert_released(world, world.handle(task), due_at=world.clock.now() + FIRST_WAIT, tries=1)


def test_a_call_whose_handlers_are_stalled_again_and_again_is_tried_ever_less_often_and_does_not_end(
    world: World,
) -> None:
    """A secret, a store or a CPU that is slow for hours: no request was ever sent."""
    world.account()
    world.campaign(calls=1)
    reach = world.telephony.of
    tried_at = []

    def slowly(agent: Agent | None) -> ScriptedTelephony:
        tried_at.append(world.clock.now())
        world.pass_over(seconds=6)
        return reach(agent)

    world.telephony.of = slowly  # type: ignore[method-assign]
    tick_and_carry(world, hours=5)
    call = world.call()
    assert (call.state, call.trouble, world.telephony.orders) == (State.QUEUED, STALLED, [])
    assert len(tried_at) > 10
    assert tried_at[-1] - tried_at[-2] >= minutes(15)


def test_a_handler_that_was_a_little_slow_begins(world: World) -> None:
    task = claimed(world)
    world.store.after(committing(Call), lambda: world.pass_over(seconds=5))
    assert world.handle(task) is Result.PLACED
    assert world.store.hooks_left == 0


def test_a_campaign_whose_account_has_lost_its_number_is_paused_by_the_first_of_its_calls(
    world: World,
) -> None:
    world.account(notify=(EventType.CAMPAIGN_PAUSED,))
    world.campaign(calls=3)
    world.edit(Account, "acc_1", caller=None)
    world.run()
    assert world.carry() == [Result.RELEASED] * 3
    campaign = world.get(Campaign, "cmp_1")
    assert (campaign.status, campaign.paused_reason) == (Status.PAUSED, "no_caller_number")
    assert (world.states(), world.telephony.orders) == ({"queued": 3}, [])
    assert len(world.tasks.take(Queue.EVENTS)) == 1
    assert not world.run().claimed


def test_a_number_that_is_named_just_before_keeps_the_campaign_going(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.edit(Account, "acc_1", caller=None)
    world.run()
    named = replace(world.get(Campaign, "cmp_1").settings, callers=(CALLER,))
    world.store.before(committing(Campaign), lambda: world.edit(Campaign, "cmp_1", settings=named))
    assert world.carry() == [Result.RELEASED]
    assert world.get(Campaign, "cmp_1").status is Status.RUNNING
    assert world.dial().attempts[-1].caller == CALLER


def test_a_direct_call_whose_account_has_lost_its_number_fails(world: World) -> None:
    world.account()
    call = world.place_direct().call
    world.edit(Call, call.id, line=None)
    world.edit(Account, "acc_1", caller=None)
    assert world.carry() == [Result.REFUSED]
    assert world.call(call.id).state is State.FAILED


def test_a_call_without_a_script_or_an_agent_fails_before_it_is_dialled(world: World) -> None:
    task = claimed(world, script=None)
    assert world.handle(task) is Result.REFUSED
    assert (world.call().state, world.telephony.orders) == (State.FAILED, [])
    assert world.tasks.passes("refill")


def test_a_call_that_has_lost_its_campaign_is_tried_again(world: World) -> None:
    task = claimed(world)
    with pytest.raises(Busy):
        world.handle(replace(task, body={**task.body, "campaign": "cmp_9"}))
    assert world.telephony.orders == []


# --- a commit whose answer is lost ------------------------------------------------------------------


def test_a_handler_that_finds_its_own_token_after_a_lost_answer_goes_on(world: World) -> None:
    task = claimed(world)
    world.store.after(committing(Call), lose_the_answer)
    assert world.handle(task) is Result.PLACED
    assert world.store.hooks_left == 0
    assert len(world.telephony.orders) == 1
    assert world.call().attempts[0].provider_id == "CA1"


def test_a_handler_whose_commit_did_not_land_commits_anew_before_it_dials(world: World) -> None:
    task = claimed(world)
    world.store.before(committing(Call), lose_the_answer)
    world.store.before(committing(Call), lose_the_answer)
    world.store.before(committing(Call), lose_the_answer)
    with pytest.raises(Busy):
        world.handle(task)
    assert (world.call().state, world.telephony.orders) == (State.CLAIMED, [])
    assert world.handle(task) is Result.PLACED
    assert len(world.telephony.orders) == 1


def test_a_handler_that_finds_another_s_token_after_a_lost_answer_does_not_go_on(world: World) -> None:
    task = claimed(world)

    def another_was_first() -> None:
        place_call(world.elsewhere, **task.body)
        lose_the_answer()

    world.store.before(committing(Call), another_was_first)
    assert world.handle(task) is Result.STALE
    assert len(world.telephony.orders) == 1


def test_a_store_that_cannot_be_read_after_a_lost_answer_leaves_the_dial_to_passes(world: World) -> None:
    """Whether it may go on cannot be known, so nothing rings; when the ring would be over, a pass asks."""
    task = claimed(world)

    def lose_and_go_away() -> None:
        world.store.before(lambda name, _: name == "get", unavailable)
        lose_the_answer()

    world.store.after(committing(Call), lose_and_go_away)
    with pytest.raises(StoreUnavailable):
        world.handle(task)
    assert world.telephony.orders == []
    assert world.handle(task) is Result.STALE
    world.pass_over(minutes=1)
    world.run("tick")
    assert world.call().state is State.UNCERTAIN


def unavailable() -> None:
    raise StoreUnavailable("gone")


# --- what the provider answers ----------------------------------------------------------------------


def test_an_order_that_will_never_be_taken_fails_the_call(world: World) -> None:
    world.telephony.answers = [Refused("error 21211", permanent=True)]
    assert world.handle(claimed(world)) is Result.REFUSED
    call = world.call()
    assert (call.state, call.attempts[0].error) == (State.FAILED, "error 21211")
    assert world.tasks.passes("refill")


def test_a_request_that_was_not_processed_is_tried_again_as_the_same_attempt(world: World) -> None:
    world.telephony.answers = [Refused("429", permanent=False)]
    assert world.handle(claimed(world)) is Result.RELEASED
    call = world.call()
    assert (call.state, call.attempt, call.due_at) == (State.QUEUED, 1, NOON + minutes(0.25))
    world.pass_over(seconds=15)
    world.run("refill")
    assert world.carry() == [Result.PLACED]
    assert [order.attempt for order in world.telephony.orders] == [1, 1]


def tick_and_carry(world: World, *, hours: float) -> None:
    ends = world.clock.now() + minutes(60 * hours)
    while world.clock.now() < ends:
        world.run("tick")
        world.carry()
        world.pass_over(minutes=1)


def test_an_order_that_is_refused_in_passing_again_and_again_ends_after_a_bounded_number_of_tries(
    world: World,
) -> None:
    world.telephony.answers = [Refused("not now", permanent=False, counted=True)] * 100
    world.account()
    world.campaign(calls=1)
    tick_and_carry(world, hours=3)
    call = world.call()
    assert (call.state, len(world.telephony.orders)) == (State.FAILED, 10)
    assert call.attempts[0].error == "not now"


def test_a_direct_call_does_not_outlast_its_provider_s_trouble_by_hours(world: World) -> None:
    """Nobody expects it any more."""
    world.account()
    world.telephony.answers = [Refused("Retell refused the account (401).", permanent=False)] * 100
    placed = world.place_direct()
    tick_and_carry(world, hours=3)
    call = world.call(placed.call.id)
    assert (call.state, len(world.telephony.orders)) == (State.FAILED, 10)
    assert call.attempts[0].error == "Retell refused the account (401)."


def test_trouble_of_the_provider_or_the_account_that_lasts_for_hours_costs_no_contact_its_call(
    world: World,
) -> None:
    """An outage, a key that was revoked, a secret that cannot be read."""
    world.account(calls_in_flight_max=2)
    world.campaign(calls=20)
    world.telephony.answers = [Refused("Retell refused the account (401).", permanent=False)] * 10_000
    tick_and_carry(world, hours=4)
    assert world.states() == {"queued": 20}
    orders = len(world.telephony.orders)
    tick_and_carry(world, hours=1)
    assert len(world.telephony.orders) - orders <= 20 * 4  # each is tried again every 15 minutes
    world.telephony.answers = []
    for _ in range(20):
        tick_and_carry(world, hours=1 / 60)
        for call in world.calls():
            if call.live:
                world.hear(State.COMPLETED, call.id)
    tick_and_carry(world, hours=1 / 4)
    assert "failed" not in world.states()
    assert {call.attempt for call in world.calls()} == {1}


def test_who_asks_is_told_why_a_call_was_not_dialled_and_when_it_is_tried_again(world: World) -> None:
    world.telephony.answers = [Refused("Retell refused the account (401).", permanent=False)]
    world.handle(claimed(world))
    (block,) = explain_call(world.outside, world.get(Account, "acc_1"), "cmp_1-0000").blocks
    assert (block.rule, block.until) == ("provider", world.call().due_at)
    assert "Retell refused the account (401)." in block.message


def test_a_call_that_its_provider_s_trouble_keeps_waiting_ends_with_its_campaign(world: World) -> None:
    world.account()
    world.campaign(calls=1, hours=NINE_TO_FIVE, last_day=NOON.date())
    world.telephony.answers = [Refused("Retell was not reached", permanent=False)] * 1000
    tick_and_carry(world, hours=6)
    assert world.call().state is State.EXPIRED


def test_an_ambiguous_answer_is_never_followed_by_a_second_request(world: World) -> None:
    world.telephony.answers = [Ambiguous("timed out")]
    task = claimed(world)
    assert [world.handle(task), world.handle(task)] == [Result.UNCERTAIN, Result.STALE]
    call = world.call()
    assert (call.state, call.live, call.attempts[0].error) == (State.UNCERTAIN, True, "timed out")
    assert len(world.telephony.orders) == 1
    assert [check.at for check in world.tasks.passes("check")] == [NOON + minutes(1)]


def test_an_answer_that_comes_after_a_pass_has_put_the_dial_in_doubt_changes_nothing(world: World) -> None:
    def a_minute_passes(*_: object) -> None:
        world.pass_over(minutes=1)
        world.run_elsewhere("tick")

    world.telephony.answers = [Ambiguous("timed out")]
    world.telephony.while_placing = a_minute_passes
    assert world.handle(claimed(world)) is Result.UNCERTAIN
    assert world.call().state is State.UNCERTAIN


@pytest.mark.parametrize(
    ("said", "state"),
    [(State.RINGING, State.RINGING), (State.IN_PROGRESS, State.IN_PROGRESS), (State.BUSY, State.BUSY)],
)
@pytest.mark.parametrize("answer", [Accepted("CA1"), Ambiguous("timed out")])
def test_a_webhook_that_comes_before_the_create_request_s_answer_knows_more(
    world: World, answer: Accepted | Ambiguous, said: State, state: State
) -> None:
    world.telephony.answers = [answer]
    world.telephony.while_placing = lambda *_: world.hear(said, provider_id="CA1")
    world.handle(claimed(world))
    call = world.call()
    assert (call.state, call.attempts[0].provider_id) == (state, "CA1")


def test_a_retry_that_begins_before_the_answer_is_recorded_is_left_alone(world: World) -> None:
    """The webhook `busy` came first, and the next attempt has been dialled already."""
    task = claimed(world, retry=Retry(busy=(1,)))

    def busy_and_dialled_again(*_: object) -> None:
        world.telephony.while_placing = lambda *_: None
        world.hear(State.BUSY, provider_id="CA1")
        world.pass_over(minutes=1)
        world.run_elsewhere("refill")
        for second in world.tasks.take(Queue.CALLS):
            place_call(world.elsewhere, **second.body)
        # Its handler has not recorded the second answer yet.
        first, last = world.call().attempts
        world.edit(Call, "cmp_1-0000", attempts=(first, replace(last, provider_id=None)))

    world.telephony.while_placing = busy_and_dialled_again
    world.handle(task)
    assert [attempt.provider_id for attempt in world.call().attempts] == ["CA1", None]
    assert world.call().state is State.DIALING


@pytest.mark.parametrize("failure", [CommitUnknown, StoreUnavailable])
def test_a_store_that_fails_after_the_provider_accepted_leads_to_no_second_request(
    world: World, failure: type[Exception]
) -> None:
    def fail() -> None:
        raise failure("gone")

    task = claimed(world)
    world.telephony.while_placing = lambda *_: world.store.before(committing(Call), fail)
    assert world.handle(task) is Result.PLACED  # and so the task is not delivered again
    assert world.handle(task) is Result.STALE
    assert len(world.telephony.orders) == 1
    assert world.call().attempts[0].provider_id is None
    world.hear(State.IN_PROGRESS, provider_id="CA1")
    assert (world.call().state, world.call().attempts[0].provider_id) == (State.IN_PROGRESS, "CA1")


def test_a_store_that_fails_before_the_dial_has_the_task_delivered_again(world: World) -> None:
    task = claimed(world)
    world.store.before(committing(Call), unavailable)
    with pytest.raises(StoreUnavailable):
        world.handle(task)
    assert world.telephony.orders == []
    assert world.handle(task) is Result.PLACED


def test_a_lost_queue_loses_no_call_a_later_pass_makes_its_task_again_with_a_new_name(world: World) -> None:
    world.account()
    world.campaign(calls=2)
    world.tasks.is_down = True
    assert len(world.run().claimed) == 2
    world.tasks.is_down = False
    world.pass_over(seconds=299)
    assert world.run("tick").redispatched == 0
    world.pass_over(seconds=1)
    assert world.run("tick").redispatched == 2
    names = [task.name for task in world.tasks.asked if task.queue is Queue.CALLS]
    assert len(set(names)) == 4
    assert world.carry() == [Result.PLACED] * 2
