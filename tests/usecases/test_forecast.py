"""A forecast reads what waits, what was measured and who else wants slots: a bounded number of records."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.campaign import Campaign, Retry, Status
from service.domain.caps import Caps
from service.domain.errors import Invalid, NotFound
from service.domain.forecast_odds import Spread
from service.domain.forecast_rates import GUESSED_RATES, RATES_REST_ON, Stated
from service.ports import Create
from service.usecases.campaigns import take_step
from service.usecases.forecast import Asked, Forecast, forecast_campaign, forecast_new
from tests.support.world import NINE_TO_FIVE, NOON, World, minutes, number

ONE_MINUTE = Stated(
    rates={
        state: float(state is State.COMPLETED) for state in (State.COMPLETED, State.BUSY, State.NO_ANSWER)
    },
    talk=Spread.of_quantiles([(0.0, 57.0), (1.0, 57.0)]),
    ring=Spread.of_quantiles([(0.0, 0.0), (1.0, 0.0)]),
    turnaround_seconds=3.0,
)
ASKED = Asked(stated=ONE_MINUTE, seed=1, runs_max=9)
GUESS = Asked(seed=1, runs_max=9)
CHICAGO, TOKYO = "US-IL|America/Chicago", "JP|Asia/Tokyo"


@pytest.fixture
def slots(world: World) -> World:
    world.limit(calls_in_flight_max=2)
    world.account()
    return world


def foreseen(world: World, asked: Asked = ASKED, id: str = "cmp_1", amend: Any = None) -> Forecast:
    return forecast_campaign(world.outside, world.get(Account, "acc_1"), id, amend, asked)


def ends(forecast: Forecast) -> float | None:
    """Minutes from now, the last turnaround left out."""
    (finish,) = {run.finish for run in forecast.runs.runs}
    return None if finish is None else round((finish + 3.0) / 60, 2)


def waiting_in(world: World, cohort: str, calls: int, campaign: str = "cmp_1", **changes: Any) -> None:
    now, first = world.clock.now(), 100 * (1 + len(world.calls(campaign)))
    made = [
        Call(f"{campaign}-{n:04}", "acc_1", campaign, "main", number(n), now, now, cohort=cohort)
        for n in range(first, first + calls)
    ]
    world.store.inner.commit([Create(replace(call, **changes)) for call in made])
    cohorts = world.get(Campaign, campaign).cohorts
    world.edit(Campaign, campaign, cohorts=tuple(dict.fromkeys((*cohorts, cohort))))


# --- what waits -------------------------------------------------------------------------------------


def test_what_waits_is_called_slot_by_slot(slots: World) -> None:
    slots.campaign(calls=10)
    assert ends(foreseen(slots)) == 5


def test_what_is_under_way_is_made_first_and_what_is_over_is_not_made_again(slots: World) -> None:
    slots.campaign(calls=6)
    slots.dial()
    slots.hear(State.COMPLETED, duration_seconds=30)
    forecast = foreseen(slots)
    assert (forecast.contacts, ends(forecast)) == (5, 3)


def test_calls_that_are_due_later_wait_until_then(slots: World) -> None:
    slots.campaign(calls=2, due_at=NOON + minutes(60))
    assert ends(foreseen(slots)) == 61


def test_one_that_was_tried_before_has_the_rest_of_its_ladder(slots: World) -> None:
    slots.campaign(calls=1, retry=Retry(busy=(10, 10)))
    slots.dial()
    slots.hear(State.BUSY)
    busy = replace(ASKED, stated=replace(ONE_MINUTE, rates={State.BUSY: 1.0}))
    assert {run.attempts for run in foreseen(slots, busy).runs.runs} == {2}


def test_each_cohort_has_its_own_hours(slots: World) -> None:
    slots.edit(Account, "acc_1", widened=())
    slots.campaign()
    waiting_in(slots, CHICAGO, 2)  # 6:00 there; the law lets it ring from 8:00 on
    assert ends(foreseen(slots)) == 121


def test_those_whose_hours_never_open_are_counted_with_what_is_closed(slots: World) -> None:
    slots.edit(Account, "acc_1", widened=("US",))
    slots.campaign()
    slots.edit(Campaign, "cmp_1", cohorts=())
    waiting_in(slots, CHICAGO, 2)
    waiting_in(slots, "CN|Asia/Shanghai", 3)
    forecast = foreseen(slots)
    (never,) = forecast.unreachable
    assert (never.reason, never.calls, never.rules) == ("never_opens", 3, ("legal_hours",))
    assert never.cohorts == ("CN|Asia/Shanghai",)
    assert (forecast.contacts, ends(forecast)) == (5, 1)


def test_where_more_waits_than_is_read_a_sample_stands_for_all(slots: World) -> None:
    slots.edit(Account, "acc_1", widened=())
    slots.campaign(hours=NINE_TO_FIVE)
    waiting_in(slots, CHICAGO, 500)
    waiting_in(slots, TOKYO, 7)
    forecast = foreseen(slots)
    assert (forecast.contacts, sum(never.calls for never in forecast.unreachable)) == (507, 7)
    assert {sum(run.ended.values()) for run in forecast.runs.runs} == {500}


@pytest.mark.parametrize("calls", [50, 1200])
def test_a_forecast_costs_a_bounded_number_of_reads_and_no_write(slots: World, calls: int) -> None:
    slots.campaign(calls=calls)
    slots.campaign("cmp_2", calls=calls)
    with slots.meter.measure() as cost:
        foreseen(slots)
    assert cost.reads <= 340
    assert cost.writes == 0


# --- its status, its limits and others --------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PAUSED])
def test_one_that_does_not_run_is_taken_to_be_started_now(slots: World, status: Status) -> None:
    slots.campaign(calls=4, status=status, next_due_at=None)
    assert ends(foreseen(slots)) == 2


def test_of_one_that_is_over_nothing_is_foreseen(slots: World) -> None:
    slots.campaign(calls=1)
    take_step(slots.outside, slots.get(Account, "acc_1"), "cmp_1", "cancel")
    slots.run()
    forecast = foreseen(slots)
    assert (forecast.simulated, forecast.runs.stopped_by()) == (False, ("canceled", 1.0))


def test_what_is_spent_already_leaves_so_much_less_of_the_budget(slots: World) -> None:
    slots.limit(time_limit_seconds=60)
    slots.campaign(calls=6, budget=4 * 14_000)
    slots.dial()
    slots.hear(State.COMPLETED, duration_seconds=30)
    assert {run.attempts for run in foreseen(slots).runs.runs} == {3}


def test_other_campaigns_of_the_lane_have_their_turns(slots: World) -> None:
    slots.account("acc_2")
    slots.campaign(calls=10)
    slots.campaign("cmp_2", calls=100, account="acc_2")
    slots.campaign("cmp_3", calls=100, account="acc_2", status=Status.PAUSED, next_due_at=None)
    forecast = foreseen(slots)
    assert (forecast.others, ends(forecast)) == (1, 10)


def test_one_that_sleeps_wants_its_slots_when_it_wakes(slots: World) -> None:
    slots.campaign(calls=10)
    slots.campaign("cmp_2", calls=100, next_due_at=NOON + minutes(3))
    assert ends(foreseen(slots)) == 7  # three minutes alone, and four of every second slot


def test_changes_of_the_settings_are_tried_out(slots: World) -> None:
    slots.campaign(calls=10)
    one = foreseen(slots, amend=lambda settings: replace(settings, calls_in_flight_max=1))
    assert (ends(one), one.calls_in_flight) == (10, 1)
    assert slots.get(Campaign, "cmp_1").settings.calls_in_flight_max is None


def test_caps_that_allow_no_call_at_all_are_said_to(slots: World) -> None:
    slots.edit(Account, "acc_1", caps=Caps(per_day=0))
    slots.campaign(calls=3)
    (never,) = foreseen(slots).unreachable
    assert (never.reason, never.calls) == ("number_caps", 3)


def test_a_campaign_of_another_account_is_not_found(slots: World) -> None:
    slots.account("acc_2")
    slots.campaign(calls=1, account="acc_2")
    with pytest.raises(NotFound):
        foreseen(slots)


# --- what was measured ------------------------------------------------------------------------------


def test_rates_are_those_of_all_attempts_also_of_calls_that_are_tried_again(slots: World) -> None:
    """Half of the attempts are answered, though all the calls that are over were."""
    slots.limit(calls_in_flight_max=40)
    slots.campaign(calls=40, retry=Retry(busy=(600,)))
    slots.run()
    slots.carry()
    for n, call in enumerate(slots.calls()):
        slots.hear(State.COMPLETED if n % 2 else State.BUSY, call.id, duration_seconds=40 if n % 2 else None)
    assumed = foreseen(slots, GUESS).assumed
    assert (assumed.rates.kind, assumed.rates.over, assumed.talk.over) == ("measured", 40, 20)
    for outcome in (State.COMPLETED, State.BUSY):
        mixed = (20 + RATES_REST_ON * GUESSED_RATES[outcome]) / (40 + RATES_REST_ON)
        assert assumed.assumptions.rates[outcome] == pytest.approx(mixed)
    assert assumed.assumptions.talk.at(0.5) == 40


def test_of_many_calls_some_are_read_and_stand_for_the_others_of_their_state(slots: World) -> None:
    slots.limit(calls_in_flight_max=100)
    slots.campaign(calls=100)
    slots.run()
    slots.carry()
    for n, call in enumerate(slots.calls()):
        slots.hear(State.COMPLETED if n < 90 else State.FAILED, call.id, duration_seconds=40)
    slots.run()
    waiting_in(slots, "", 1)
    slots.edit(Campaign, "cmp_1", status=Status.RUNNING)
    assumed = foreseen(slots, GUESS).assumed
    assert assumed.rates.over == 70  # 60 of one state, 10 of the other
    guess = assumed.rates.guess
    assert assumed.assumptions.rates[State.COMPLETED] == pytest.approx(0.9 * (1 - guess) + 0.35 * guess)


# --- one that there is not --------------------------------------------------------------------------


def test_a_campaign_that_there_is_not_is_foreseen_from_its_contacts(slots: World) -> None:
    account = slots.get(Account, "acc_1")
    settings = slots.campaign("like_this").settings
    forecast = forecast_new(slots.outside, account, settings, {CHICAGO: 5, TOKYO: 5}, ASKED)
    assert (forecast.contacts, ends(forecast)) == (10, 5)


def test_nothing_begins_before_it_is_to_start(slots: World) -> None:
    account, settings = slots.get(Account, "acc_1"), slots.campaign("like_this").settings
    later = replace(ASKED, start_at=NOON + minutes(30))
    assert ends(forecast_new(slots.outside, account, settings, {CHICAGO: 2}, later)) == 31


def test_a_start_in_the_past_is_refused(slots: World) -> None:
    slots.campaign(calls=1)
    with pytest.raises(Invalid, match="start_at"):
        foreseen(slots, replace(ASKED, start_at=NOON - timedelta(hours=1)))


def test_the_seed_is_told_and_makes_the_same_forecast_again(slots: World) -> None:
    slots.campaign(calls=20)
    first = foreseen(slots, replace(GUESS, seed=None))
    assert foreseen(slots, replace(GUESS, seed=first.seed)).runs == first.runs
    assert foreseen(slots, replace(GUESS, seed=None)).seed != first.seed
