"""How fast and for how much: pace, budgets, caller numbers and caps, exactly kept."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.campaign import Campaign, Machine, Pace, Retry, Status
from service.domain.caps import Caps
from service.domain.events import CallEvent
from service.domain.money import Rate
from service.ports import Ambiguous, Refused, StoreUnavailable
from service.usecases.campaigns import edit_campaign, take_step
from service.usecases.place_call import place_call
from service.usecases.quotas import UNREAD_MAX
from service.usecases.record_event import record_event
from tests.support.fakes import Matches, raising
from tests.support.world import CALLER, NINE_TO_FIVE, NOON, World, minutes

TIME_LIMIT_SECONDS = 600
MOST = 10 * 14_000  # millionths of a dollar: ten minutes
SECOND = "+12125550100"


@pytest.fixture
def paced(world: World) -> World:
    world.limit(calls_in_flight_max=100, time_limit_seconds=TIME_LIMIT_SECONDS)
    return world


def begins(world: World) -> list[float]:
    """When the calls that are claimed may begin, in seconds after noon."""
    return sorted(
        (call.dial_at - NOON).total_seconds() for call in world.calls() if call.live and call.dial_at
    )


def adding_up(campaign_id: str) -> Matches:
    """A count or a sum over all calls of a campaign."""

    def matches(name: str, given: Any) -> bool:
        query = given[0] if name == "sum" else given
        return name in ("sum", "count") and ("campaign_id", "==", campaign_id) in query.where

    return matches


# --- pace -----------------------------------------------------------------------------------------


def test_calls_of_a_limit_per_minute_begin_an_interval_apart(paced: World) -> None:
    paced.account()
    paced.campaign(calls=20, calls_per_minute_max=12)
    paced.run()
    assert begins(paced) == [0, 5, 10, 15]  # what is further ahead is claimed later
    assert [task.at for task in paced.tasks.waiting if task.path == "/tasks/call"] == [
        NOON + timedelta(seconds=s) for s in (0, 5, 10, 15)
    ]


def test_a_pass_that_comes_sooner_claims_nothing_more(paced: World) -> None:
    paced.account()
    paced.campaign(calls=20, calls_per_minute_max=12)
    paced.run()
    assert paced.run("refill").claimed == []
    (wake,) = paced.tasks.passes("wake")
    assert wake.at == NOON + timedelta(seconds=7.5)
    paced.clock.move_to(wake.at)
    paced.run("wake")
    assert begins(paced) == [0, 5, 10, 15, 20]


def test_a_fast_pace_takes_few_passes_and_leaves_no_gap(paced: World) -> None:
    paced.account()
    paced.limit(calls_in_flight_max=1000)
    paced.campaign(calls=90, calls_per_minute_max=120)
    for _ in range(5):
        paced.run("wake")
        paced.pass_over(seconds=7.5)
    assert begins(paced) == [n / 2 for n in range(90)]


def test_what_was_not_used_of_a_pace_is_not_saved_up(paced: World) -> None:
    paced.account()
    paced.campaign(calls=20, calls_per_minute_max=12)
    paced.run()
    paced.pass_over(minutes=3)
    assert len(paced.run("refill").claimed) == 4


def test_an_even_pace_spreads_what_waits_over_what_is_left_of_the_window(paced: World) -> None:
    """Five hours are left until 17:00, and sixty calls wait."""
    paced.account()
    paced.campaign(calls=60, pace=Pace.EVEN, hours=NINE_TO_FIVE)
    assert len(paced.run().claimed) == 1
    assert [task.at for task in paced.tasks.passes("wake")] == [NOON + minutes(5) - timedelta(seconds=15)]


def one_of_two_is_over(world: World) -> None:
    """The second is due at half past two."""
    world.account()
    world.campaign(calls=2, pace=Pace.EVEN, hours=NINE_TO_FIVE)
    (first,) = world.run("tick").claimed
    world.carry()
    world.hear(State.COMPLETED, first.id)
    world.pass_over(minutes=5)


def wakes(world: World) -> list[float]:
    """When the passes that are asked for come, in minutes after noon."""
    return [(task.at - NOON).total_seconds() / 60 for task in world.tasks.passes("wake")]


def test_an_even_pace_keeps_its_moment_as_long_as_nothing_is_changed(paced: World) -> None:
    one_of_two_is_over(paced)
    for _ in range(3):
        assert paced.run("tick").claimed == []
        paced.pass_over(minutes=45)
    assert wakes(paced) == [149.75]


def test_a_window_that_is_shortened_leaves_an_even_pace_its_calls(paced: World) -> None:
    one_of_two_is_over(paced)
    until_two = replace(NINE_TO_FIVE, windows=tuple(replace(w, end=14 * 60) for w in NINE_TO_FIVE.windows))
    edit_campaign(
        paced.outside,
        paced.get(Account, "acc_1"),
        "cmp_1",
        lambda read: replace(read.settings, hours=until_two),
    )
    assert wakes(paced)[-1] == 59.75


def test_a_retry_of_an_even_pace_begins_in_what_is_left_of_the_window(paced: World) -> None:
    """It was the only call: what was left for the next one was all of the window."""
    paced.account()
    paced.campaign(calls=1, pace=Pace.EVEN, hours=NINE_TO_FIVE, retry=Retry(busy=(5,)))
    paced.dial()
    paced.hear(State.BUSY)
    paced.pass_over(minutes=15)
    paced.run("tick")
    assert wakes(paced)[-1] == 149.75
    paced.clock.move_to(NOON + minutes(149.75))
    paced.run("wake")
    assert begins(paced) == [150 * 60]


def test_an_even_pace_without_hours_is_as_fast_as_the_limits_allow(paced: World) -> None:
    paced.account()
    paced.campaign(calls=60, pace=Pace.EVEN)
    assert len(paced.run().claimed) == 60


@pytest.mark.parametrize("settings", [{"budget": 10**12}, {"pace": Pace.EVEN, "hours": NINE_TO_FIVE}])
def test_a_campaign_too_large_to_be_counted_keeps_no_other_account_from_its_calls(
    paced: World, settings: dict[str, Any]
) -> None:
    paced.account("acc_1")
    paced.account("acc_2")
    paced.campaign("cmp_huge", calls=1, account="acc_1", **settings)
    paced.campaign("cmp_2", calls=1, account="acc_2")
    paced.store.before(adding_up("cmp_huge"), raising(StoreUnavailable("504 Deadline Exceeded")))
    paced.run("tick")
    assert (paced.states("cmp_huge"), paced.states("cmp_2")) == ({"queued": 1}, {"claimed": 1})
    assert paced.get(Campaign, "cmp_huge").status is Status.RUNNING
    paced.run("tick")
    assert paced.states("cmp_huge") == {"claimed": 1}


def test_where_hardly_any_campaign_can_be_counted_the_pass_ends_at_once(paced: World) -> None:
    paced.account()
    for n in range(UNREAD_MAX + 1):
        paced.campaign(f"cmp_{n}", calls=1, budget=10**12)
        paced.store.before(adding_up(f"cmp_{n}"), raising(StoreUnavailable("504 Deadline Exceeded")))
    with pytest.raises(StoreUnavailable):
        paced.run("tick")


# --- money ----------------------------------------------------------------------------------------


def test_a_budget_holds_the_worst_case_of_each_call_in_flight(paced: World) -> None:
    paced.account()
    paced.campaign(calls=10, budget=3 * MOST + 1)
    assert len(paced.run().claimed) == 3
    assert paced.run("refill").claimed == []


def test_a_call_that_ends_frees_what_it_did_not_cost(paced: World) -> None:
    paced.account()
    paced.campaign(calls=10, budget=3 * MOST)
    paced.run()
    paced.carry()
    paced.hear(State.COMPLETED, duration_seconds=61)  # two minutes of ten
    assert (paced.call().spent, paced.call().held, paced.call().attempts[0].cost) == (28_000, 0, 28_000)
    assert paced.run("refill").claimed == []
    paced.hear(State.BUSY, "cmp_1-0001")
    assert len(paced.run("refill").claimed) == 1


def test_a_budget_that_is_spent_pauses_its_campaign_with_the_reason(paced: World) -> None:
    paced.account()
    paced.campaign(calls=10, budget=MOST)
    paced.run()
    paced.carry()
    assert paced.get(Campaign, "cmp_1").status is Status.RUNNING  # it may yet cost less
    paced.hear(State.COMPLETED, duration_seconds=1)
    paced.settle()
    campaign = paced.get(Campaign, "cmp_1")
    assert (campaign.status, campaign.paused_reason) == (Status.PAUSED, "budget_reached")
    assert paced.wake_at is None


def test_a_campaign_that_is_resumed_with_a_larger_budget_goes_on(paced: World) -> None:
    account = paced.account()
    paced.campaign(calls=2, budget=MOST - 1)
    paced.run()
    assert paced.get(Campaign, "cmp_1").paused_reason == "budget_reached"
    settings = replace(paced.get(Campaign, "cmp_1").settings, budget=MOST)
    paced.edit(Campaign, "cmp_1", settings=settings)
    take_step(paced.outside, account, "cmp_1", "resume")
    campaign = paced.get(Campaign, "cmp_1")
    assert (campaign.status, campaign.paused_reason, paced.in_flight()) == (Status.RUNNING, None, 1)


def test_the_budget_of_a_day_spans_an_account_s_campaigns_and_begins_anew_at_its_midnight(
    paced: World,
) -> None:
    paced.account(day_budget=2 * MOST, timezone="America/Chicago")
    paced.campaign("cmp_1", calls=2)
    paced.campaign("cmp_2", calls=2)
    assert len(paced.run().claimed) == 2
    paced.carry()
    for id in ("cmp_1-0000", "cmp_2-0000"):
        paced.hear(State.COMPLETED, id, duration_seconds=600)
    assert paced.run("refill").claimed == []
    paced.clock.move_to(NOON + minutes(18 * 60 - 1))
    assert paced.run().claimed == []
    paced.clock.move_to(NOON + minutes(18 * 60))  # midnight in Chicago
    assert len(paced.run().claimed) == 2


def test_calls_at_the_same_moment_do_not_overshoot_a_budget(paced: World) -> None:
    """Another pass claims between this one's reads and its commit."""
    paced.account()
    paced.campaign(calls=10, budget=2 * MOST)
    paced.store.before(lambda name, _: name == "commit", lambda: paced.run_elsewhere("refill"))
    paced.run()
    assert paced.store.hooks_left == 0
    assert paced.in_flight() == 2


@pytest.mark.parametrize("outcome", [State.COMPLETED, State.UNCONFIRMED])
def test_where_nobody_knows_how_long_it_talked_all_that_was_held_is_spent(
    paced: World, outcome: State
) -> None:
    if outcome is State.UNCONFIRMED:
        paced.telephony.answers = [Ambiguous("timed out")]
    paced.account()
    paced.campaign(calls=1)
    paced.dial()
    if outcome is State.COMPLETED:
        paced.hear(outcome)
    else:
        paced.pass_over(minutes=15)
        paced.run("check")
    assert (paced.call().state, paced.call().spent) == (outcome, MOST)


def test_a_request_that_was_not_processed_costs_nothing(paced: World) -> None:
    paced.telephony.answers = [Refused("429", permanent=False)]
    paced.account()
    paced.campaign(calls=1)
    paced.run()
    paced.carry()
    call = paced.call()
    assert (call.state, call.spent, call.held, call.day_spent, call.day_dials) == (State.QUEUED, 0, 0, 0, 0)


def test_attempts_add_up_and_a_day_counts_only_its_own(paced: World) -> None:
    paced.account(rate=Rate(minute=10_000))
    paced.campaign(calls=1, retry=Retry(voicemail=(24 * 60,)))
    paced.dial()
    paced.hear(State.VOICEMAIL, duration_seconds=60)
    assert (paced.call().spent, paced.call().day_spent) == (10_000, 10_000)
    paced.pass_over(hours=25)
    paced.dial()
    paced.hear(State.COMPLETED, duration_seconds=120)
    assert (paced.call().spent, paced.call().day_spent) == (30_000, 20_000)


# --- caller numbers -------------------------------------------------------------------------------


def test_of_a_pool_the_callee_s_own_area_comes_first(paced: World) -> None:
    paced.account()
    paced.campaign(calls=5, callers=(SECOND, CALLER))
    paced.run()
    assert {call.line for call in paced.calls()} == {CALLER}  # all of them are in 312


def test_numbers_of_a_pool_that_are_as_near_are_used_by_turns(paced: World) -> None:
    paced.account()
    paced.campaign(calls=60, callers=("+14155550100", "+14155550101", "+14155550102"))
    paced.run()
    used = [call.line for call in paced.calls()]
    assert all(used.count(caller) > 8 for caller in set(used))
    assert len(set(used)) == 3


def test_a_number_in_full_use_leaves_the_others_of_the_pool(paced: World) -> None:
    paced.account(caller_calls_in_flight_max=1)
    paced.campaign(calls=5, callers=(SECOND, CALLER))
    assert len(paced.run().claimed) == 2


def test_a_retry_on_the_same_day_shows_the_same_number(paced: World) -> None:
    paced.account()
    paced.campaign(calls=1, callers=("+14155550100", "+14155550101"), retry=Retry(busy=(5, 5, 5, 5)))
    shown = []
    for _ in range(4):
        paced.dial()
        shown.append(paced.call().line)
        paced.hear(State.BUSY)
        paced.pass_over(minutes=5)
    assert len(set(shown)) == 1


def test_a_caller_number_s_calls_of_a_day_are_limited(paced: World) -> None:
    paced.account(caller_calls_a_day_max=2)
    paced.campaign(calls=5)
    paced.run()
    paced.carry()
    for id in ("cmp_1-0000", "cmp_1-0001"):
        paced.hear(State.COMPLETED, id, duration_seconds=1)
    assert paced.run("refill").claimed == []
    paced.pass_over(hours=12)  # midnight in UTC
    assert len(paced.run().claimed) == 2


def test_calls_held_by_their_own_number_do_not_keep_those_behind_them(paced: World) -> None:
    paced.account(caller_calls_in_flight_max=1)
    paced.campaign(calls=6)
    for n in range(3):
        paced.edit(Call, f"cmp_1-000{n}", caller=SECOND)
    claimed = [call.id for call in paced.run().claimed]
    assert claimed == ["cmp_1-0000", "cmp_1-0003"]


# --- caps of a number -----------------------------------------------------------------------------


def to_one_number(world: World, campaigns: int) -> None:
    for n in range(1, campaigns + 1):
        world.campaign(f"cmp_{n}", calls=1)


def test_a_number_is_dialled_as_often_a_day_as_its_account_allows_whatever_the_campaign(paced: World) -> None:
    paced.account(caps=Caps(per_day=2))
    to_one_number(paced, 3)
    paced.run()
    paced.carry()
    assert len(paced.telephony.orders) == 2
    (held,) = [c for n in (1, 2, 3) for c in paced.calls(f"cmp_{n}") if c.state is State.QUEUED]
    assert held.due_at == NOON + minutes(24 * 60)


def test_two_handlers_at_once_do_not_pass_a_cap_together(paced: World) -> None:
    paced.account(caps=Caps(per_day=1))
    to_one_number(paced, 2)
    paced.run()
    first, second = [task for task in paced.tasks.waiting if task.path == "/tasks/call"]
    paced.store.before(lambda name, _: name == "commit", lambda: _handle_elsewhere(paced, first.body))
    paced.handle(second)
    assert paced.store.hooks_left == 0
    assert len(paced.telephony.orders) == 1


def _handle_elsewhere(world: World, body: object) -> None:
    place_call(world.elsewhere, **body)  # type: ignore[arg-type]


def test_a_gap_is_kept_between_two_dials(paced: World) -> None:
    paced.account(caps=Caps(gap_minutes=30))
    paced.campaign(calls=1, retry=Retry(busy=(5,)))
    paced.dial()
    paced.hear(State.BUSY)
    paced.pass_over(minutes=5)
    paced.run()
    paced.carry()
    assert paced.call().due_at == NOON + minutes(30)
    assert len(paced.telephony.orders) == 1


def test_a_dial_that_was_not_processed_does_not_count(paced: World) -> None:
    paced.telephony.answers = [Refused("429", permanent=False)]
    paced.account(caps=Caps(per_day=1))
    paced.campaign(calls=1)
    paced.run()
    paced.carry()
    paced.pass_over(minutes=1)
    paced.dial()
    assert len(paced.telephony.orders) == 2


# --- machines -------------------------------------------------------------------------------------


def machine_answers(world: World, on_machine: Machine) -> None:
    world.account()
    world.campaign(calls=1, on_machine=on_machine, retry=Retry(voicemail=(60,)))
    world.dial()
    assert world.telephony.orders[0].on_machine is on_machine
    call = world.call()
    event = CallEvent(State.IN_PROGRESS, call.attempts[0].provider_id or "", machine=True)
    record_event(world.outside, call.id, 1, event)


def test_a_machine_is_hung_up_on_and_tried_again_by_its_ladder(paced: World) -> None:
    machine_answers(paced, Machine.HANG_UP)
    assert paced.telephony.hung_up == ["CA1"]
    paced.hear(State.COMPLETED, duration_seconds=3)
    call = paced.call()
    assert (call.state, call.attempts[0].outcome) == (State.QUEUED, State.VOICEMAIL)
    assert call.due_at == NOON + minutes(60)


def test_a_message_is_left_and_counts_as_voicemail(paced: World) -> None:
    machine_answers(paced, Machine.LEAVE_MESSAGE)
    assert paced.telephony.hung_up == []
    paced.hear(State.COMPLETED, duration_seconds=20)
    assert paced.call().attempts[0].outcome is State.VOICEMAIL


def test_a_machine_may_count_as_an_answer(paced: World) -> None:
    machine_answers(paced, Machine.COUNT_AS_ANSWERED)
    paced.hear(State.COMPLETED, duration_seconds=20)
    assert paced.call().state is State.COMPLETED


# --- days -----------------------------------------------------------------------------------------


def test_what_waits_beyond_a_campaign_s_last_day_expires_and_it_is_finished(paced: World) -> None:
    paced.account(calls_in_flight_max=2)
    paced.campaign(calls=450, last_day=date(2026, 3, 2))
    paced.run()
    paced.carry()
    for call in paced.calls()[:2]:
        paced.hear(State.COMPLETED, call.id, duration_seconds=1)
    paced.pass_over(hours=12)
    paced.run()
    paced.settle()
    assert paced.states() == {"completed": 2, "expired": 448}
    assert paced.get(Campaign, "cmp_1").status is Status.FINISHED
    assert paced.wake_at is None
