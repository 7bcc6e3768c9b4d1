"""What becomes of campaigns in a forecast: by the rules of passes and handlers, on a clock that jumps.

Most calls here are answered at once, talk for 57 seconds, and free their slot 3 seconds later: one a minute.
"""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import inf
from statistics import median
from typing import Any

import pytest

from service.domain.account import Account
from service.domain.calling_hours import EVERYWHERE, next_beginning, timetable_of
from service.domain.campaign import Campaign, CampaignSettings, Machine, Pace, Retry, Status
from service.domain.caps import Caps
from service.domain.forecast import simulate
from service.domain.forecast_bands import Band, Runs, band_of, run_often
from service.domain.forecast_calendar import Calendar
from service.domain.forecast_costs import cloud_micros
from service.domain.forecast_limits import midnights_of
from service.domain.forecast_lines import Ladder, Lot, Waiting
from service.domain.forecast_odds import Assumptions, Spread, Urn
from service.domain.forecast_rates import (
    GUESSED_RATES,
    RATES_REST_ON,
    Measured,
    Stated,
    assume,
)
from service.domain.forecast_scene import Line, Run, Scene
from service.domain.forecast_shares import those_in_the_way
from service.domain.hours import Hours, Window
from service.domain.limits import Limits
from service.domain.money import MICROS, Rate
from service.domain.prices import BILLED_SECONDS_MIN, Use, dollars
from service.domain.states import State
from service.rules.rulebook import Rulebook

START = datetime(2026, 3, 2, 16, 55, tzinfo=UTC)  # a Monday
NINE_TO_FIVE = Hours(tuple(Window(weekday, 9 * 60, 17 * 60) for weekday in range(7)))
RULEBOOK = Rulebook()
MINUTE, HOUR, DAY = 60.0, 3600.0, 24 * 3600.0
TO_NINE = 16 * HOUR + 5 * MINUTE  # from the start until the next morning
TALK, TURNAROUND = 57.0, 3.0
LIMITS = Limits(calls_in_flight_max=100, time_limit_seconds=60)
MOST = 14_000  # millionths: a call's worst case, and what each really costs


def steady(seconds: float) -> Spread:
    return Spread.of_quantiles([(0.0, seconds), (1.0, seconds)])


def always(outcome: State) -> Assumptions:
    rates = {other: float(other is outcome) for other in GUESSED_RATES}
    return Assumptions(rates, steady(TALK), steady(0.0), 30.0, TURNAROUND, stated=frozenset(rates))


def account(id: str = "acc_1", slots: int = 1, **changes: Any) -> Account:
    made = Account(id, id, START, calls_in_flight_max=slots, widened=(EVERYWHERE,))
    return replace(made, **changes)


def line(calls: int, owner: Account, *, id: str = "cmp_1", cohort: str = "", **settings: Any) -> Line:
    campaign = Campaign(id, owner.id, "main", START, CampaignSettings(id, **settings), status=Status.RUNNING)
    calendar = Calendar(lambda at: timetable_of(campaign.settings, owner, cohort, RULEBOOK, at), START)
    return Line(campaign, (Lot(calendar, (Waiting(0.0, calls),)),), callers=("+13125550100",))


def scene(*lines: Line, owners: tuple[Account, ...], limits: Limits = LIMITS, **more: Any) -> Scene:
    accounts = {owner.id: owner for owner in owners}
    midnights = {owner.id: midnights_of(owner, START) for owner in owners}
    return Scene(START, lines, accounts, limits, midnights=midnights, **more)


def run(
    calls: int, *, owner: Account | None = None, outcome: State = State.COMPLETED, **settings: Any
) -> Run:
    owner = owner or account()
    return run_scene(scene(line(calls, owner, **settings), owners=(owner,)), outcome)


def run_scene(of: Scene, outcome: State = State.COMPLETED, weight: int = 1) -> Run:
    dice = random.Random(1)
    rate = of.accounts[of.lines[0].campaign.account_id].rate
    urn = Urn(always(outcome), rate, ring_seconds=30, time_limit_seconds=60)
    return simulate(of, urn.draw(dice), dice, weight=weight)


# --- slots and hours --------------------------------------------------------------------------------


@pytest.mark.parametrize(("slots", "finish"), [(1, 10 * MINUTE), (2, 5 * MINUTE), (3, 4 * MINUTE)])
def test_calls_follow_each_other_in_each_slot(slots: int, finish: float) -> None:
    assert run(10, owner=account(slots=slots)).finish == finish - TURNAROUND


def test_the_smallest_of_all_limits_on_calls_in_flight_holds() -> None:
    wide = account(slots=8)
    assert run(8, owner=wide, calls_in_flight_max=4).finish == 2 * MINUTE - TURNAROUND
    one_line = replace(wide, caller_calls_in_flight_max=2)
    assert run(8, owner=one_line).finish == 4 * MINUTE - TURNAROUND
    lane = replace(LIMITS, calls_in_flight_max=1)
    assert run_scene(scene(line(8, wide), owners=(wide,), limits=lane)).finish == 8 * MINUTE - TURNAROUND


def test_what_does_not_begin_before_the_window_closes_waits_for_the_next() -> None:
    told = run(7, hours=NINE_TO_FIVE)
    assert told.finish == TO_NINE + 2 * MINUTE - TURNAROUND
    assert told.hours == {0: 5, 17: 2}  # from 16:55 on, and from 9:00 on


def test_nothing_begins_in_the_last_seconds_of_a_window() -> None:
    late = replace(scene(line(1, account(), hours=NINE_TO_FIVE), owners=(account(),)))
    (lot,) = late.lines[0].lots
    waiting = replace(lot, waiting=(Waiting(5 * MINUTE - 4, 1),))
    told = run_scene(replace(late, lines=(replace(late.lines[0], lots=(waiting,)),)))
    assert told.finish == TO_NINE + TALK


def test_contacts_of_which_more_are_left_do_not_wait_for_the_others() -> None:
    """East and west are mixed, as in a list that nobody has seen, while both are open."""
    owner = account(widened=())
    east = line(30, owner, hours=None, cohort="US-NY|America/New_York")
    west = line(30, owner, hours=None, cohort="US-CA|America/Los_Angeles")
    told = run_scene(scene(replace(east, lots=(*east.lots, *west.lots)), owners=(owner,)))
    assert told.finish is not None
    assert told.finish < HOUR + MINUTE


def test_what_can_never_be_called_expires_at_once() -> None:
    told = run(3, owner=account(widened=()), cohort="CN|Asia/Shanghai")
    assert (told.finish, told.stopped_by, told.attempts) == (None, "never_opens", 0)
    assert told.unreached == {"never_opens": 3}


def test_what_is_left_on_the_last_day_is_not_called() -> None:
    told = run(9, hours=NINE_TO_FIVE, last_day=date(2026, 3, 2))
    assert told.unreached == {"last_day": 4}
    assert told.ended == {State.COMPLETED: 5}
    assert told.finish == 5 * MINUTE - TURNAROUND


def test_what_would_take_too_long_has_no_end() -> None:
    told = run(200 * 24 * 60, pace=Pace.FAST, hours=Hours((Window(0, 540, 541),)))
    assert (told.finish, told.stopped_by) == (None, "too_long")
    assert sum(told.unreached.values()) + sum(told.ended.values()) == 200 * 24 * 60


@pytest.mark.parametrize("seed", range(4))
def test_calendars_begin_calls_when_passes_do(seed: int) -> None:
    """Over the days on which clocks change, too."""
    dice = random.Random(seed)
    start = datetime(2026, dice.choice((3, 10)), 20, 15, 30, tzinfo=UTC)
    windows = tuple(Window(d, 60 * dice.randrange(12), 720 + 60 * dice.randrange(12)) for d in range(0, 7, 2))
    settings = CampaignSettings("it", "Europe/London", Hours(windows), blackout=(date(2026, 3, 29),))
    owner, cohort = account(widened=()), "US-NY|America/New_York"

    def timetable(at: datetime) -> Any:
        return timetable_of(settings, owner, cohort, RULEBOOK, at)

    calendar = Calendar(timetable, start)
    for _ in range(200):
        moment = start + timedelta(seconds=dice.uniform(0, 60 * DAY))
        index, seconds = 0, (moment - start).total_seconds()
        while calendar.span(index)[1] <= seconds:
            index += 1
        begins = max(seconds, calendar.span(index)[0])
        expected = next_beginning(timetable(moment), moment)
        assert expected is not None
        assert begins == pytest.approx((expected - start).total_seconds(), abs=1e-5)


# --- retries ----------------------------------------------------------------------------------------


def test_each_outcome_goes_up_its_own_ladder() -> None:
    told = run(1, outcome=State.BUSY, retry=Retry(busy=(15, 60)))
    assert told.finish == 75 * MINUTE + 3 * 3.0  # three dials, each turned down after 3 seconds
    assert (told.attempts, told.ended) == (3, {State.BUSY: 1})


def test_a_call_that_was_tried_before_goes_on_where_it_is() -> None:
    owner = account()
    tried = line(1, owner, retry=Retry(busy=(15, 60)))
    waiting = (Waiting(0.0, 1, (State.BUSY,)),)
    lots = (replace(tried.lots[0], waiting=waiting),)
    assert run_scene(scene(replace(tried, lots=lots), owners=(owner,)), State.BUSY).attempts == 2


def test_those_that_wait_for_their_first_call_go_before_those_tried_again() -> None:
    told = run(30, outcome=State.BUSY, retry=Retry(busy=(1,)))
    assert told.finish == pytest.approx(60 * 6 - TURNAROUND, abs=1)


@pytest.mark.parametrize(
    ("on_machine", "attempts", "outcome"),
    [
        (Machine.COUNT_AS_ANSWERED, 1, State.COMPLETED),
        (Machine.HANG_UP, 2, State.VOICEMAIL),
    ],
)
def test_a_machine_counts_as_the_campaign_has_it(on_machine: Machine, attempts: int, outcome: State) -> None:
    told = run(1, outcome=State.VOICEMAIL, on_machine=on_machine, retry=Retry(voicemail=(5,)))
    assert (told.attempts, told.ended) == (attempts, {outcome: 1})


def test_a_ladder_is_what_next_attempt_at_says() -> None:
    ladder = Ladder(line(1, account(), retry=Retry(busy=(1, 30), no_answer=(90,))).campaign)
    assert ladder.after((), State.BUSY) == (MINUTE, (State.BUSY,))
    assert ladder.after((State.BUSY,), State.NO_ANSWER) == (90 * MINUTE, (State.BUSY, State.NO_ANSWER))
    assert ladder.after((State.BUSY, State.NO_ANSWER), State.BUSY) is not None
    assert ladder.after((State.BUSY, State.BUSY), State.BUSY) is None
    assert ladder.after((), State.COMPLETED) is None


def test_a_number_is_not_called_more_often_than_its_cap() -> None:
    told = run(1, owner=account(caps=Caps(per_day=1)), outcome=State.BUSY, retry=Retry(busy=(15,)))
    assert told.finish == DAY + 3.0


# --- paces and money --------------------------------------------------------------------------------


def test_calls_of_a_limit_per_minute_begin_an_interval_apart() -> None:
    told = run(10, owner=account(slots=50), calls_per_minute_max=6)
    assert told.finish == 9 * 10 + TALK


def test_an_even_pace_fills_what_is_left_of_the_window() -> None:
    told = run(5, owner=account(slots=50), pace=Pace.EVEN, hours=NINE_TO_FIVE)
    assert told.finish == pytest.approx(4 * MINUTE + TALK, abs=20)


def test_a_budget_holds_the_worst_case_and_stops_it_when_it_is_used_up() -> None:
    told = run(10, owner=account(slots=8), budget=3 * MOST)
    assert (told.finish, told.stopped_by) == (None, "budget")
    assert (told.attempts, told.cost) == (3, 3 * MOST)
    assert told.unreached == {"budget": 7}


def test_a_budget_that_is_enough_slows_nothing_down_but_at_its_end() -> None:
    """What a call in flight may still cost is not spent twice."""
    busy = run(4, owner=account(slots=8), outcome=State.BUSY, budget=2 * MOST)
    assert (busy.attempts, busy.cost) == (4, 0)
    assert busy.finish == 3.0 + TURNAROUND + 3.0


def test_the_budget_of_a_day_goes_on_at_midnight() -> None:
    told = run(3, owner=account(day_budget=2 * MOST, timezone="America/Chicago"))
    midnight = 13 * HOUR + 5 * MINUTE  # from 10:55 in Chicago
    assert told.finish == midnight + TALK


def test_a_day_s_budget_below_the_worst_case_allows_nothing() -> None:
    told = run(3, owner=account(day_budget=MOST - 1))
    assert (told.finish, told.stopped_by) == (None, "day_budget")


def test_a_caller_number_s_dials_of_a_day_are_counted() -> None:
    owner = account(slots=5, caller_calls_a_day_max=4)
    one = line(5, owner)
    used = {(owner.id, one.callers): 2}
    told = run_scene(scene(one, owners=(owner,), day_dials=used))
    assert told.finish == 7 * HOUR + 5 * MINUTE + TALK  # two today, three after midnight


def test_no_slots_are_no_calls() -> None:
    told = run(3, owner=account(slots=0))
    assert (told.finish, told.stopped_by, told.unreached) == (None, "no_slots", {"no_slots": 3})


# --- others -----------------------------------------------------------------------------------------


def test_campaigns_of_one_account_take_turns_until_one_is_over() -> None:
    owner = account(slots=2)
    mine, other = line(20, owner), line(5, owner, id="cmp_2")
    told = run_scene(scene(mine, other, owners=(owner,)))
    assert told.finish == pytest.approx(13 * MINUTE - TURNAROUND, abs=MINUTE)  # 25 calls in 2 slots


def test_weights_say_how_the_turns_go() -> None:
    owner = account(slots=4)
    mine, other = line(30, owner, weight=3), line(100, owner, id="cmp_2")
    told = run_scene(scene(mine, other, owners=(owner,)))
    assert told.finish == pytest.approx(10 * MINUTE - TURNAROUND, abs=MINUTE)  # three of four


def test_an_account_s_share_is_its_own_whatever_the_number_of_its_campaigns() -> None:
    lane = replace(LIMITS, calls_in_flight_max=4)
    mine, theirs = account(slots=4), account("acc_2", slots=4)
    others = [line(100, theirs, id=f"cmp_{n}") for n in (2, 3, 4)]
    told = run_scene(scene(line(20, mine), *others, owners=(mine, theirs), limits=lane))
    assert told.finish == pytest.approx(10 * MINUTE - TURNAROUND, abs=MINUTE)  # two of four slots


def test_those_that_share_nothing_scarce_are_left_out() -> None:
    mine, theirs = account(slots=2), account("acc_2", slots=2)
    lines = (line(5, mine, calls_in_flight_max=1), line(5, mine, id="cmp_2", calls_in_flight_max=1))
    crowd = (*lines, line(5, theirs, id="cmp_3"))
    assert those_in_the_way(scene(*crowd, owners=(mine, theirs))).lines == lines[:1]
    narrow = replace(LIMITS, calls_in_flight_max=3)
    assert those_in_the_way(scene(*crowd, owners=(mine, theirs), limits=narrow)).lines == crowd
    with_day = replace(mine, day_budget=MICROS)
    assert those_in_the_way(scene(*crowd, owners=(with_day, theirs))).lines == lines


# --- many runs --------------------------------------------------------------------------------------

LIKELY = Assumptions(GUESSED_RATES, Spread.of_mean(90.0), steady(12.0), 30.0, 3.0, frozenset(GUESSED_RATES))


@pytest.mark.parametrize("settings", [{}, {"calls_per_minute_max": 2}, {"pace": Pace.EVEN}])
def test_a_thinned_campaign_ends_when_the_whole_one_does(settings: dict[str, Any]) -> None:
    owner = account(slots=3)
    rules = {"retry": Retry(busy=(15,), no_answer=(120, 600)), "hours": NINE_TO_FIVE, **settings}
    whole = scene(line(4000, owner, **rules), owners=(owner,))
    dice = random.Random(3)
    urn = Urn(LIKELY, owner.rate, ring_seconds=30, time_limit_seconds=600)
    runs = {
        weight: [simulate(whole, urn.draw(dice), dice, weight=weight) for _ in range(6)] for weight in (1, 12)
    }
    for found in (lambda r: r.finish, lambda r: r.attempts, lambda r: r.talk_seconds, lambda r: r.cost):
        assert median(map(found, runs[12])) == pytest.approx(median(map(found, runs[1])), rel=0.05)
    assert all(sum(run.ended.values()) == 4000 for run in runs[12])
    assert min(run.simulated for run in runs[1]) > 5 * max(run.simulated for run in runs[12])


def test_a_large_campaign_is_thinned_and_a_small_one_is_not() -> None:
    owner = account(slots=50)
    few = run_often(scene(line(20, owner), owners=(owner,)), LIKELY, random.Random(1))
    many = run_often(scene(line(300_000, owner), owners=(owner,)), LIKELY, random.Random(1))
    assert (few.weight, len(few.runs)) == (1, 200)
    assert many.weight > 1
    assert len(many.runs) == 50


def test_a_seed_tells_all() -> None:
    owner = account(slots=2)
    whole = scene(line(50, owner, retry=Retry(no_answer=(10,))), owners=(owner,))
    once, again, other = (run_often(whole, LIKELY, random.Random(seed), runs_max=5) for seed in (1, 1, 2))
    assert once == again
    assert once != other


def test_a_band_goes_by_rank_and_has_no_end_where_a_run_has_none() -> None:
    assert band_of([float(n) for n in range(1, 100)]) == Band(10.0, 50.0, 90.0)
    assert band_of([*(float(n) for n in range(1, 60)), *[None] * 40]) == Band(10.0, 50.0, None)
    assert band_of([4.0]) == Band(4.0, 4.0, 4.0)


def test_what_most_runs_are_stopped_by_is_told_with_their_share() -> None:
    ended, broke = Run(finish=1.0), Run(stopped_by="budget")
    assert Runs((ended, broke, broke, Run(stopped_by="too_long")), 1).stopped_by() == ("budget", 0.75)
    assert Runs((ended,), 1).stopped_by() is None


# --- what is assumed --------------------------------------------------------------------------------

SETTINGS = CampaignSettings("it")


def test_a_spread_is_drawn_through_its_quantiles() -> None:
    spread = Spread.of_quantiles([(0.1, 20.0), (0.5, 60.0), (0.9, 180.0)])
    found = [spread.at(share) for share in (0.1, 0.3, 0.5, 0.9)]
    assert found == pytest.approx([20, 40, 60, 180], abs=1)
    assert spread.at(0) == pytest.approx(10, abs=1)
    assert Spread.of_mean(90).mean == pytest.approx(90, rel=0.01)
    assert steady(0.0).mixed(steady(10.0), 0.25).mean == 2.5


def test_rates_that_are_left_out_share_what_the_stated_ones_leave() -> None:
    rates = assume(Stated({State.COMPLETED: 0.8}), Measured(), SETTINGS).assumptions.rates
    assert rates[State.COMPLETED] == 0.8
    assert sum(rates.values()) == pytest.approx(1)
    assert rates[State.NO_ANSWER] / rates[State.BUSY] == pytest.approx(7)  # as in the guess


def test_what_was_measured_is_mixed_with_the_guess_and_says_so() -> None:
    seen = Measured({State.COMPLETED: 400.0, State.BUSY: 100.0}, seen=45, talks=(10.0,) * 8)
    assumed = assume(Stated(), seen, SETTINGS)
    guess = RATES_REST_ON / (45 + RATES_REST_ON)
    assert (assumed.rates.kind, assumed.rates.over, assumed.rates.guess) == ("measured", 45, guess)
    assert assumed.assumptions.rates[State.COMPLETED] == pytest.approx(0.8 * (1 - guess) + 0.35 * guess)
    assert assumed.talk.over == 8
    assert assumed.assumptions.talk.at(0.5) == 10.0
    assert assume(Stated(), Measured(), SETTINGS).talk.kind == "default"
    assert assume(Stated(talk=steady(5.0)), seen, SETTINGS).talk.kind == "stated"


def spread_of(assumed: Assumptions) -> list[tuple[float, float]]:
    """The answer rates and mean talks of some runs."""
    urn, dice = Urn(assumed, Rate(), ring_seconds=30, time_limit_seconds=3600), random.Random(5)
    odds = [urn.draw(dice) for _ in range(60)]
    return [(found.up_to[0], sum(found.talk) / len(found.talk)) for found in odds]


def test_what_rests_on_few_calls_differs_from_run_to_run_and_what_is_stated_does_not() -> None:
    def width(measured: Measured, stated: Stated) -> tuple[float, float]:
        found = spread_of(assume(stated, measured, SETTINGS).assumptions)
        return tuple(max(column) - min(column) for column in zip(*found, strict=True))  # type: ignore[return-value]

    few, many = (Measured({State.COMPLETED: n / 2, State.BUSY: n / 2}, n, (90.0,) * n) for n in (10, 1000))
    assert width(few, Stated())[0] > 3 * width(many, Stated())[0]
    assert width(few, Stated())[1] > 3 * width(many, Stated())[1]
    certain = Stated({State.COMPLETED: 0.5}, talk=steady(90.0))
    assert width(few, certain) == (0.0, 0.0)


def test_the_cloud_costs_what_calls_were_counted_to_take() -> None:
    a_pass_each = Use(1500, 800, 400, 400, 400 * BILLED_SECONDS_MIN)
    assert cloud_micros(100, 0.01) == round(dollars(a_pass_each) * MICROS)
    assert cloud_micros(100, 1000.0) < cloud_micros(100, 0.01) * 0.8
    assert cloud_micros(0, inf) == 0
