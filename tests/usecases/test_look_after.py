"""Calls that nobody moved on in time: every one of them reaches an end, and none rings twice for it."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.call import Attempt, Call, Conversation, State
from service.domain.calls import LIVE_CHECK_SECONDS, NEVER_DIALLED
from service.domain.campaign import Campaign, Retry, Status, Unknown
from service.domain.events import CallEvent
from service.local.scheduler import next_quarter
from service.ports import Ambiguous, CommitUnknown, Conflict, Queue, StoreUnavailable
from service.usecases.place_call import place_call
from tests.support.fakes import committing, raising
from tests.support.world import CALLER, NOON, World, minutes, number

TIME_LIMIT_SECONDS = 600
LEASE_SECONDS = 30 + TIME_LIMIT_SECONDS + 180


def dialled(world: World, **settings: Any) -> None:
    """One call on the line, of which nothing more is heard."""
    world.limit(time_limit_seconds=TIME_LIMIT_SECONDS)
    world.account()
    world.campaign(calls=1, **settings)
    world.dial()


def in_doubt(world: World, **settings: Any) -> None:
    """One call that may have been placed at noon."""
    world.telephony.answers = [Ambiguous("timed out")]
    dialled(world, **settings)
    assert world.call().state is State.UNCERTAIN


def tick_every_minute(world: World, count: int) -> None:
    for _ in range(count):
        world.pass_over(minutes=1)
        world.run("tick")


def test_a_claim_whose_task_was_lost_gets_another(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.run()
    world.tasks.waiting.clear()
    world.pass_over(minutes=5)
    report = world.run("tick")
    assert (report.redispatched, report.claimed) == (1, [])
    world.carry()
    assert world.call().state is State.DIALING


def test_a_claim_whose_handler_always_breaks_gives_its_slot_to_others_and_is_tried_ever_less_often(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.limit(calls_in_flight_max=1)
    world.account()
    world.campaign(calls=1)
    world.run()
    world.campaign("cmp_2", calls=1)
    world.tasks.waiting.clear()
    rescued = []
    for _ in range(3):
        world.pass_over(minutes=5)
        rescued.append(world.run("tick").redispatched)
        world.tasks.waiting.clear()
    assert (rescued, world.call().dispatch) == ([1, 1, 0], 3)
    assert (world.states(), world.states("cmp_2")) == ({"queued": 1}, {"claimed": 1})
    assert world.call().trouble == NEVER_DIALLED
    assert "none of its tasks came to dial it" in caplog.text


def test_a_call_that_was_given_back_is_dialled_once_its_handlers_do_not_break_any_more(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    for _ in range(12 * 24):
        world.run("tick")
        world.tasks.waiting.clear()
        world.pass_over(minutes=5)
    broken = world.call()
    assert (broken.is_final, broken.attempt) == (False, 1)
    for _ in range(7):
        world.run("tick")
        world.carry()
        world.pass_over(minutes=5)
    assert len(world.telephony.orders) == 1


def test_a_claim_that_is_not_overdue_is_left_alone(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.run()
    world.pass_over(seconds=299)
    assert world.run("tick").redispatched == 0


def test_a_refill_looks_after_nothing(world: World) -> None:
    dialled(world)
    world.pass_over(minutes=10)
    world.run("refill")
    assert world.telephony.questions == []


@pytest.mark.parametrize("reason", ["tick", "wake", "check"])
def test_ticks_and_exact_passes_look_after_what_is_overdue(world: World, reason: str) -> None:
    dialled(world)
    world.pass_over(minutes=10)
    assert world.run(reason).reconciled == 1


def test_the_end_of_a_call_whose_webhooks_were_lost_is_found_and_its_slot_filled(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    dialled(world)
    world.campaign("cmp_2", calls=1)
    world.telephony.known = {"CA1": CallEvent(State.COMPLETED, "CA1", duration_seconds=40)}
    world.pass_over(minutes=1)
    report = world.run("tick")
    assert (report.reconciled, len(report.claimed)) == (1, 1)
    assert (world.call().state, world.call().attempts[0].duration_seconds) == (State.COMPLETED, 40)


def test_a_lost_busy_is_retried_by_its_ladder(world: World) -> None:
    dialled(world, retry=Retry(busy=(20,)))
    world.telephony.known = {"CA1": CallEvent(State.BUSY, "CA1")}
    world.pass_over(minutes=1)
    world.run("tick")
    assert (world.call().state, world.call().due_at) == (State.QUEUED, NOON + minutes(21))


def test_a_call_that_the_provider_says_is_live_is_asked_about_again(world: World) -> None:
    dialled(world)
    world.telephony.known = {"CA1": CallEvent(State.IN_PROGRESS, "CA1")}
    world.pass_over(minutes=1)
    world.run("tick")
    assert world.call().state is State.IN_PROGRESS
    assert world.telephony.questions == ["CA1"]
    tick_every_minute(world, 5)
    assert world.telephony.questions == ["CA1", "CA1"]


def test_a_handler_that_died_after_its_commit_leaves_a_call_in_doubt(world: World) -> None:
    """Whether it sent its request is not known. Once the ring would be over, the provider is asked."""
    dialled(world)
    world.edit(
        Call, "cmp_1-0000", attempts=(Attempt(1, NOON, "token", CALLER, "scripted", NOON + minutes(60)),)
    )
    world.pass_over(seconds=59)
    assert world.run("tick").reconciled == 0
    world.pass_over(seconds=1)
    world.run("tick")
    assert world.telephony.questions == [f"{CALLER} to {number(0)} since 12:00:00"]
    assert world.call().state is State.UNCERTAIN
    assert [check.at for check in world.tasks.passes("check")] == [NOON + minutes(2)]


def test_a_doubtful_call_is_asked_about_at_one_five_and_fifteen_minutes(world: World) -> None:
    in_doubt(world)
    asked_at = []
    for minute in range(1, 30):
        questions = len(world.telephony.questions)
        tick_every_minute(world, 1)
        if len(world.telephony.questions) > questions:
            asked_at.append(minute)
    assert asked_at == [1, 5, 15]


def test_each_question_is_asked_for_at_its_exact_time(world: World) -> None:
    in_doubt(world)
    for minute in (1, 5, 15):
        (check,) = [task for task in world.tasks.passes("check") if task.at and task.at > world.clock.now()]
        assert check.at == NOON + minutes(minute)
        world.clock.move_to(check.at)
        world.run("check")
    assert world.call().is_final


def test_a_doubtful_call_keeps_its_slot_until_its_fate_is_decided(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    in_doubt(world)
    world.campaign("cmp_2", calls=1)
    tick_every_minute(world, 14)
    assert world.states("cmp_2") == {"queued": 1}
    tick_every_minute(world, 1)
    assert world.states("cmp_2") == {"claimed": 1}


def test_a_call_whose_fate_stays_unknown_ends_as_unconfirmed(world: World) -> None:
    in_doubt(world)
    tick_every_minute(world, 15)
    call = world.call()
    assert (call.state, call.attempts[0].error) == (State.UNCONFIRMED, "timed out")
    assert len(world.telephony.orders) == 1


@pytest.mark.parametrize(
    ("settings", "ends"), [({}, State.UNCONFIRMED), ({"on_unknown": Unknown.REDIAL}, State.DIALING)]
)
def test_passes_say_how_many_calls_came_in_doubt_or_stay_so(
    world: World, settings: dict[str, Any], ends: State
) -> None:
    """A handler that died after its commit: the first look doubts, the last one gives up."""
    dialled(world, **settings)
    call = world.call()
    silent = replace(call, attempts=(replace(call.attempts[0], provider_id=None),))
    world.put(silent)
    told = []
    for _ in range(20):
        world.pass_over(minutes=1)
        told.append(world.run("tick").in_doubt)
        if world.call().attempt == 2:
            break
    world.carry()
    assert world.call().state is ends
    assert (sum(told), max(told)) == (2, 1)


def test_a_call_that_is_found_to_be_busy_was_never_in_doubt(world: World) -> None:
    dialled(world)
    world.telephony.known = {"CA1": CallEvent(State.BUSY, "CA1")}
    world.pass_over(minutes=10)
    report = world.run("tick")
    assert (report.reconciled, report.in_doubt) == (1, 0)


def test_a_call_whose_fate_stays_unknown_is_dialled_again_where_the_campaign_says_so(world: World) -> None:
    in_doubt(world, on_unknown=Unknown.REDIAL)
    tick_every_minute(world, 15)
    world.carry()
    assert [order.attempt for order in world.telephony.orders] == [1, 2]
    assert [attempt.outcome for attempt in world.call().attempts] == [State.UNCONFIRMED, None]


def test_a_doubtful_call_that_the_provider_finds_goes_on_by_what_it_says(world: World) -> None:
    in_doubt(world)
    world.telephony.found = [CallEvent(State.RINGING, "CA7")]
    tick_every_minute(world, 1)
    call = world.call()
    assert (call.state, call.attempts[0].provider_id) == (State.RINGING, "CA7")


def test_a_webhook_of_a_doubtful_call_ends_the_doubt(world: World) -> None:
    in_doubt(world)
    world.hear(State.COMPLETED, provider_id="CA7")
    assert world.call().state is State.COMPLETED
    assert world.run("tick").reconciled == 0


def test_a_provider_that_cannot_be_asked_is_asked_again(world: World) -> None:
    in_doubt(world)
    world.telephony.is_down = True
    tick_every_minute(world, 1)
    assert world.call().state is State.UNCERTAIN
    world.telephony.is_down = False
    world.telephony.found = [CallEvent(State.COMPLETED, "CA7")]
    tick_every_minute(world, 4)
    assert world.call().state is State.COMPLETED


@pytest.mark.parametrize("said", [None, State.RINGING, State.IN_PROGRESS])
@pytest.mark.parametrize("policy", Unknown)
def test_a_call_that_the_provider_took_keeps_its_slot_until_its_lease_is_over(
    world: World, said: State | None, policy: Unknown
) -> None:
    """The provider is away, and the call may be on the line: nobody else gets its slot, nor is it dialled
    again while it may."""
    dialled(world, on_unknown=policy)
    if said:
        world.hear(said)
    world.telephony.is_down = True
    lease_ends = NOON + minutes(LEASE_SECONDS / 60)
    while world.clock.now() < lease_ends - minutes(1):
        tick_every_minute(world, 1)
        call = world.call()
        assert call.live
        assert call.check_at is not None
        assert call.check_at <= lease_ends  # then it is looked at for the last time
    tick_every_minute(world, 1 + 15)
    assert not any(call.live and call.attempt == 1 for call in world.calls())
    assert world.call().attempts[0].outcome is State.UNCONFIRMED


def test_a_doubtful_call_that_turns_out_to_be_the_provider_s_keeps_its_slot_as_any_other(
    world: World,
) -> None:
    in_doubt(world)
    (attempt,) = world.call().attempts
    world.edit(Call, "cmp_1-0000", attempts=(replace(attempt, lease_ends_at=NOON + minutes(60)),))
    world.telephony.found = [CallEvent(State.DIALING, "CA7")]  # taken, and nothing more
    tick_every_minute(world, 1)
    world.telephony.is_down = True
    tick_every_minute(world, 55)
    assert (world.call().state, world.call().live) == (State.UNCERTAIN, True)


@pytest.mark.parametrize("said", [None, State.RINGING, State.IN_PROGRESS])
def test_a_slot_is_free_at_the_latest_a_quarter_of_an_hour_after_the_lease(
    world: World, said: State | None
) -> None:
    """With no task delivered and no webhook: by the ticks alone."""
    dialled(world)
    world.pass_over(seconds=29)
    if said:
        world.hear(said)
    world.telephony.is_down = True
    while world.clock.now() <= NOON + minutes(LEASE_SECONDS / 60):
        world.pass_over(minutes=15)
        world.run("tick")
    assert not world.call().live


def test_a_call_that_moves_on_while_the_provider_is_asked_is_left_alone(world: World) -> None:
    dialled(world)
    world.pass_over(minutes=1)
    world.store.before(committing(Call), lambda: world.hear(State.COMPLETED))
    world.run("tick")
    assert world.call().state is State.COMPLETED


def test_calls_of_a_canceled_campaign_are_not_retried(world: World) -> None:
    dialled(world, retry=Retry(busy=(20,)))
    world.edit(Campaign, "cmp_1", status=Status.CANCELED)
    world.telephony.known = {"CA1": CallEvent(State.BUSY, "CA1")}
    world.pass_over(minutes=1)
    world.run("tick")
    assert world.call().state is State.BUSY


def test_one_pass_looks_after_a_bounded_number_of_calls_the_longest_overdue_first(world: World) -> None:
    world.limit(calls_in_flight_max=150)
    world.account(calls_in_flight_max=150)
    world.campaign(calls=120)
    world.run()
    world.edit(Call, "cmp_1-0119", check_at=NOON)
    world.tasks.waiting.clear()
    world.pass_over(minutes=6)
    assert world.run("tick").redispatched == 100
    assert world.call("cmp_1-0119").dispatch == 2
    assert world.run("tick").redispatched == 20


def test_a_dial_of_unknown_fate_that_is_found_after_its_lease_has_ended_is_settled_at_once(
    world: World,
) -> None:
    """No tick came for hours: to wait for one more would hold its slot beyond lease and 15 minutes."""
    world.account()
    world.campaign(calls=1)
    world.run()
    world.store.after(committing(Call), lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        world.carry()  # the process dies with `dialing` committed and nothing sent
    world.pass_over(hours=3)
    world.run("tick")
    assert world.call().state is State.UNCONFIRMED


def test_a_call_that_another_one_holds_is_not_taken_for_the_doubtful_one(world: World) -> None:
    in_doubt(world)
    world.campaign("cmp_2", calls=1)  # to the same number
    world.dial("cmp_2-0000")
    others = world.call("cmp_2-0000").attempts[0].provider_id
    assert others is not None
    world.telephony.found = [CallEvent(State.COMPLETED, others)]
    world.pass_over(minutes=1)
    world.run("check")
    assert world.call().state is State.UNCERTAIN
    world.telephony.found.append(CallEvent(State.COMPLETED, "its own"))
    world.pass_over(minutes=5)
    world.run("check")
    assert world.call().state is State.COMPLETED


def test_a_call_that_outlives_its_lease_is_ended_before_its_slot_is_given_away(world: World) -> None:
    dialled(world)
    world.hear(State.IN_PROGRESS)
    world.telephony.known["CA1"] = CallEvent(State.IN_PROGRESS, "CA1")
    world.pass_over(seconds=LEASE_SECONDS)
    world.run("tick")
    assert (world.telephony.hung_up, world.call().state) == (["CA1"], State.IN_PROGRESS)
    world.telephony.known["CA1"] = CallEvent(State.COMPLETED, "CA1")
    world.pass_over(minutes=1)
    world.run("check")
    assert world.call().state is State.COMPLETED


@pytest.mark.parametrize("policy", Unknown)
@pytest.mark.parametrize("heard", [None, State.IN_PROGRESS])
def test_a_slot_is_free_a_quarter_of_an_hour_after_the_lease_where_the_provider_says_no_final_word(
    world: World, heard: State | None, policy: Unknown
) -> None:
    """A status that is new, or an end without its reason: the call is asked about for a while, and hung up.
    It is not dialled again, as the provider has it and may yet let it ring."""
    world.pass_over(seconds=(180 - LEASE_SECONDS) % 900)  # its lease ends three minutes after a tick
    dialled(world, on_unknown=policy)
    if heard:
        world.hear(heard)
    world.telephony.known["CA1"] = CallEvent(State.DIALING, "CA1")
    world.pass_over(seconds=LEASE_SECONDS)
    tick_every_minute(world, 9)
    assert world.call().live
    tick_every_minute(world, 1)
    assert (world.call().state, world.call().attempt) == (State.UNCONFIRMED, 1)
    assert world.telephony.hung_up == ["CA1"] * 10
    tick_every_minute(world, 60)
    assert len(world.telephony.orders) == 1


@pytest.mark.parametrize("minute", range(15))
def test_its_slot_is_free_in_time_also_if_ticks_alone_look_after_it(world: World, minute: int) -> None:
    world.pass_over(minutes=minute)
    dialled(world)
    world.telephony.known["CA1"] = CallEvent(State.DIALING, "CA1")
    promised = world.clock.now() + timedelta(seconds=LEASE_SECONDS, minutes=15)
    while (tick := next_quarter(world.clock.now())) <= promised:
        world.clock.move_to(tick)
        world.run("tick")
    assert not world.call().live


@pytest.mark.parametrize("said", [State.RINGING, State.IN_PROGRESS])
def test_a_call_that_the_provider_says_goes_on_keeps_its_slot_beyond_its_lease(
    world: World, said: State
) -> None:
    dialled(world)
    world.telephony.known["CA1"] = CallEvent(said, "CA1")
    world.pass_over(seconds=LEASE_SECONDS)
    tick_every_minute(world, 60)
    assert world.call().state is said


def test_a_doubtful_call_that_is_found_to_be_accepted_and_no_more_is_not_dialled_again(world: World) -> None:
    in_doubt(world, on_unknown=Unknown.REDIAL)
    world.telephony.found = [CallEvent(State.DIALING, "CA7")]
    world.telephony.known = {"CA7": CallEvent(State.DIALING, "CA7")}
    tick_every_minute(world, int(LEASE_SECONDS / 60) + 12)
    assert (world.call().state, len(world.telephony.orders)) == (State.UNCONFIRMED, 1)


def test_a_contact_who_asked_for_a_call_gets_it_also_where_the_provider_never_says_how_the_last_one_ended(
    world: World,
) -> None:
    dialled(world)
    world.edit(Call, "cmp_1-0000", callback_at=NOON + minutes(120))
    world.telephony.known["CA1"] = CallEvent(State.DIALING, "CA1")
    world.pass_over(seconds=LEASE_SECONDS)
    tick_every_minute(world, 10)
    assert (world.call().state, world.call().due_at) == (State.QUEUED, NOON + minutes(120))


def test_another_time_limit_in_the_settings_does_not_shorten_a_call_that_is_on_the_line(world: World) -> None:
    dialled(world)
    world.hear(State.IN_PROGRESS)
    world.telephony.known["CA1"] = CallEvent(State.IN_PROGRESS, "CA1")
    world.limit(time_limit_seconds=1)
    tick_every_minute(world, 5)
    assert (world.telephony.hung_up, world.call().state) == ([], State.IN_PROGRESS)


def aborted() -> None:
    raise Conflict("ABORTED")


def test_a_look_whose_commit_is_aborted_is_decided_again_at_once(world: World) -> None:
    """Left to the next tick, its slot would be held for a quarter of an hour more."""
    dialled(world)
    world.telephony.known = {"CA1": CallEvent(State.COMPLETED, "CA1")}
    world.pass_over(minutes=1)
    world.store.before(committing(Call), aborted)
    world.run("tick")
    assert world.store.hooks_left == 0
    assert world.call().state is State.COMPLETED
    assert world.telephony.questions == ["CA1"]


def test_a_rescue_whose_commit_is_aborted_is_decided_again_at_once(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.run()
    world.pass_over(minutes=5)
    world.store.before(committing(Call), aborted)
    assert world.run("tick").redispatched == 1
    assert world.store.hooks_left == 0


def test_a_claim_that_is_dialled_meanwhile_gets_no_other_task(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.account()
    world.campaign(calls=1)
    world.run()
    world.pass_over(minutes=5)
    world.store.before(committing(Call), lambda: world.carry())
    world.run("tick")
    assert (world.call().state, world.tasks.waiting) == (State.DIALING, [])
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_what_was_learned_of_one_attempt_is_not_said_of_the_next(world: World) -> None:
    """It was heard to be busy while the provider was asked, and is dialled again already."""
    dialled(world, retry=Retry(busy=(0,)))
    world.telephony.known = {"CA1": CallEvent(State.BUSY, "CA1")}
    world.pass_over(minutes=1)

    def dial_again() -> None:
        world.hear(State.BUSY)
        world.run_elsewhere("refill")
        (task,) = world.tasks.take(Queue.CALLS)
        place_call(world.elsewhere, **task.body)
        dialing = replace(world.call().attempts[1], provider_id=None)  # its answer is not recorded yet
        world.edit(Call, "cmp_1-0000", attempts=(world.call().attempts[0], dialing), check_at=NOON)

    world.store.before(committing(Call), dial_again)
    world.run("tick")
    assert (world.call().state, world.call().attempts[1].provider_id) == (State.DIALING, None)


def two_in_doubt_to_one_number(world: World) -> None:
    world.telephony.answers = [Ambiguous("timed out"), Ambiguous("timed out")]
    dialled(world)
    world.campaign("cmp_2", calls=1)
    world.dial("cmp_2-0000")
    assert world.call("cmp_2-0000").state is State.UNCERTAIN


def test_a_call_that_may_be_another_dials_is_taken_by_neither(world: World) -> None:
    """Both dialled the same number from the same one, and the provider knows of one call."""
    two_in_doubt_to_one_number(world)
    world.telephony.found = [CallEvent(State.COMPLETED, "CA7")]
    tick_every_minute(world, 30)
    ends = [world.call(id) for id in ("cmp_1-0000", "cmp_2-0000")]
    assert [call.attempts[0].provider_id for call in ends] == [None, None]
    assert [call.state for call in ends] == [State.UNCONFIRMED] * 2


def test_two_calls_that_may_be_its_own_are_both_left(world: World) -> None:
    """The account's other software dials too: a second call of the provider's is nobody's here."""
    in_doubt(world)
    world.telephony.found = [CallEvent(State.RINGING, "CA7"), CallEvent(State.COMPLETED, "CA8")]
    tick_every_minute(world, 1)
    assert (world.call().state, world.call().attempts[0].provider_id) == (State.UNCERTAIN, None)


def test_once_the_other_dial_is_known_the_call_that_is_left_is_its_own(world: World) -> None:
    two_in_doubt_to_one_number(world)
    world.telephony.found = [CallEvent(State.COMPLETED, "CA7"), CallEvent(State.COMPLETED, "CA8")]
    world.hear(State.COMPLETED, "cmp_2-0000", provider_id="CA8")
    tick_every_minute(world, 1)
    assert (world.call().state, world.call().attempts[0].provider_id) == (State.COMPLETED, "CA7")


def test_what_may_be_on_the_line_keeps_its_slot_until_its_lease_is_over(world: World) -> None:
    two_in_doubt_to_one_number(world)
    (attempt,) = world.call().attempts
    world.edit(Call, "cmp_1-0000", attempts=(replace(attempt, lease_ends_at=NOON + minutes(60)),))
    world.telephony.found = [CallEvent(State.IN_PROGRESS, "CA7")]
    tick_every_minute(world, 59)
    assert world.call().live
    tick_every_minute(world, 1)
    assert world.call().state is State.UNCONFIRMED


def test_of_a_number_with_more_calls_than_are_looked_at_none_is_taken(world: World) -> None:
    in_doubt(world)
    for campaign in range(2, 52):
        world.campaign(f"cmp_{campaign}", calls=1, due_at=NOON + minutes(600))
    world.telephony.found = [CallEvent(State.COMPLETED, "CA7")]
    tick_every_minute(world, 1)
    assert world.call().state is State.UNCERTAIN


def test_a_provider_that_does_not_answer_three_questions_is_asked_no_more_in_this_pass(world: World) -> None:
    """It may hang: the other calls would not be looked after at all. Their turn comes a minute later."""
    world.limit(time_limit_seconds=TIME_LIMIT_SECONDS)
    world.account()
    world.campaign(calls=10)
    world.dial()
    world.telephony.is_down = True
    world.pass_over(seconds=LEASE_SECONDS)
    assert world.run("tick").reconciled == 10
    assert len(world.telephony.questions) == 3
    assert world.states() == {"unconfirmed": 3, "dialing": 7}
    world.telephony.is_down = False
    world.pass_over(minutes=1)
    world.run("check")
    assert len(world.telephony.questions) == 3 + 7


def test_while_a_provider_is_silent_no_slot_is_kept_for_a_quarter_of_an_hour_past_its_lease(
    world: World,
) -> None:
    world.limit(time_limit_seconds=TIME_LIMIT_SECONDS, calls_in_flight_max=50, account_calls_in_flight_max=50)
    world.account()
    world.campaign(calls=50)
    world.dial()
    world.telephony.is_down = True
    world.pass_over(seconds=LEASE_SECONDS)
    tick_every_minute(world, 9)
    assert world.states() == {"unconfirmed": 27, "dialing": 23}
    tick_every_minute(world, 1)
    assert world.states() == {"unconfirmed": 50}


def says_what_no_store_takes(_id: str) -> CallEvent:
    return CallEvent(State.COMPLETED, "CA1", conversation=Conversation(charged=1, currency="\ud83d"))


def raises_what_nobody_expects(_id: str) -> CallEvent:
    raise TypeError("unhashable type: 'list'")


@pytest.mark.parametrize("look_up", [says_what_no_store_takes, raises_what_nobody_expects])
def test_a_call_of_which_a_provider_says_what_cannot_be_used_keeps_no_other_from_being_looked_after(
    world: World, look_up: Any, caplog: pytest.LogCaptureFixture
) -> None:
    dialled(world)
    world.campaign("cmp_2", calls=1)
    world.dial("cmp_2-0000")
    world.telephony.look_up = lambda id: look_up(id) if id == "CA1" else CallEvent(State.BUSY, id)  # type: ignore[method-assign]
    world.campaign("cmp_3", calls=1)
    world.pass_over(minutes=10)
    world.run("tick")
    assert (world.states("cmp_2"), world.states("cmp_3")) == ({"busy": 1}, {"claimed": 1})
    assert "what its provider says cannot be used" in caplog.text
    assert CALLER not in caplog.text


@pytest.mark.parametrize("look_up", [says_what_no_store_takes, raises_what_nobody_expects])
def test_it_does_not_stay_the_first_in_the_order_and_ends_with_its_lease(world: World, look_up: Any) -> None:
    dialled(world)
    world.telephony.look_up = look_up  # type: ignore[method-assign]
    world.pass_over(minutes=5)
    world.run("tick")
    assert world.call().check_at == NOON + minutes(5) + timedelta(seconds=LIVE_CHECK_SECONDS)
    world.pass_over(seconds=LEASE_SECONDS)
    world.run("tick")
    assert (world.call().state, world.in_flight()) == (State.UNCONFIRMED, 0)


def test_a_call_that_cannot_be_looked_after_at_all_is_logged_and_the_others_are(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    dialled(world)
    world.campaign("cmp_2", calls=1)
    world.dial("cmp_2-0000")
    world.pass_over(minutes=10)
    for _ in range(2):  # also as if the provider had not answered
        world.store.before(committing(Call), raising(ValueError("of the first one")))
    world.telephony.known = {id: CallEvent(State.BUSY, id) for id in ("CA1", "CA2")}
    assert world.run("tick").reconciled == 1
    assert "could not be looked after; the others are" in caplog.text


@pytest.mark.parametrize("trouble", [CommitUnknown("lost"), StoreUnavailable("down")])
def test_the_store_s_own_trouble_ends_the_pass(world: World, trouble: Exception) -> None:
    dialled(world)
    world.pass_over(minutes=10)
    world.store.before(committing(Call), raising(trouble))
    with pytest.raises(type(trouble)):
        world.run("tick")
