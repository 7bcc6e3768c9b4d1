"""A contact asks to be called at another time."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from service.domain.account import Account
from service.domain.call import Call, Script, State
from service.domain.campaign import Campaign, Retry, Status, Unknown
from service.domain.errors import Invalid, NotFound, WrongState
from service.domain.hours import Hours, Window
from service.domain.lane import AWAKE
from service.ports import Ambiguous, Refused, Update
from service.usecases.callback import CALLBACK_DAYS_MAX, call_back
from service.usecases.campaigns import take_step
from service.usecases.direct_calls import cancel_call
from tests.support.fakes import committing
from tests.support.world import NOON, World, minutes, number

AN_HOUR_LATER = NOON + minutes(60)


def ask(world: World, call_id: str = "cmp_1-0000", at: datetime = AN_HOUR_LATER) -> Call:
    return call_back(world.outside, world.get(Account, "acc_1"), call_id, at)


def asleep(world: World) -> None:
    """A lane that sleeps over one call, which is due tomorrow."""
    world.account()
    world.campaign(calls=1, due_at=NOON + minutes(24 * 60))
    world.run()
    assert world.wake_at == NOON + minutes(24 * 60)


# --- a call that waits ------------------------------------------------------------------------------


def test_a_call_that_waits_is_due_then_and_the_clock_knows(each_world: World) -> None:
    world = each_world
    asleep(world)
    asked = ask(world)
    assert (asked.state, asked.due_at, asked.callback_at) == (State.QUEUED, AN_HOUR_LATER, AN_HOUR_LATER)
    assert world.get(Campaign, "cmp_1").next_due_at == AN_HOUR_LATER
    assert world.wake_at == AN_HOUR_LATER
    world.pass_over(minutes=60)
    world.dial()


def test_campaign_and_clock_are_pulled_in_the_same_commit(world: World) -> None:
    """What comes after the commit may be lost: the next tick finds it."""

    def crash() -> None:
        raise KeyboardInterrupt

    asleep(world)
    world.store.after(committing(Call), crash)
    with pytest.raises(KeyboardInterrupt):
        ask(world)
    assert world.call().due_at == AN_HOUR_LATER
    assert world.get(Campaign, "cmp_1").next_due_at == AWAKE
    assert world.wake_at == AWAKE


def test_a_call_that_is_due_can_be_put_off(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    world.account()
    world.campaign(calls=2)
    world.run()
    ask(world, "cmp_1-0001")
    world.carry()
    world.hear(State.COMPLETED)
    world.settle()
    assert world.call("cmp_1-0001").state is State.QUEUED
    world.pass_over(minutes=60)
    assert [call.id for call in world.run("wake").claimed] == ["cmp_1-0001"]


def test_the_last_moment_that_was_asked_for_counts(world: World) -> None:
    asleep(world)
    ask(world)
    assert ask(world, at=NOON + minutes(30)).due_at == NOON + minutes(30)
    assert world.wake_at == NOON + minutes(30)
    assert ask(world, at=NOON + minutes(90)).due_at == NOON + minutes(90)
    assert world.wake_at == NOON + minutes(90)


def test_a_call_of_a_campaign_that_is_paused_waits_until_it_is_resumed(world: World) -> None:
    world.account()
    world.campaign(calls=1, status=Status.PAUSED, next_due_at=None)
    ask(world)
    world.pass_over(minutes=60)
    assert world.run().claimed == []
    take_step(world.outside, world.get(Account, "acc_1"), "cmp_1", "resume")
    assert world.call().state is State.CLAIMED


def test_a_moment_outside_the_hours_waits_for_them(world: World) -> None:
    world.account()
    world.campaign(calls=1, hours=Hours((Window(1, 9 * 60, 17 * 60),)))  # on Tuesdays
    ask(world)
    world.check_clock()
    assert world.wake_at == NOON + timedelta(hours=21)


# --- a call that has a slot -------------------------------------------------------------------------


def test_a_claimed_call_does_not_ring_now_and_its_slot_goes_to_the_next(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    world.account()
    world.campaign(calls=2)
    world.run()
    asked = ask(world)
    assert (asked.state, asked.due_at, asked.live, asked.held) == (State.QUEUED, AN_HOUR_LATER, False, 0)
    world.carry()
    assert [order.to for order in world.telephony.orders] == [number(1)]
    world.hear(State.COMPLETED, "cmp_1-0001")
    world.pass_over(minutes=60)
    assert world.dial().attempt == 1


def test_a_call_that_a_handler_dials_just_before_is_on_the_line_and_remembers(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.run()
    world.store.before(committing(Call), world.carry)
    asked = ask(world)
    assert (asked.state, asked.callback_at) == (State.DIALING, AN_HOUR_LATER)
    assert len(world.telephony.orders) == 1


# --- a call on the line -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "outcome", [State.COMPLETED, State.VOICEMAIL, State.BUSY, State.NO_ANSWER, State.FAILED]
)
def test_a_call_on_the_line_is_tried_again_then_however_it_ends(world: World, outcome: State) -> None:
    """Its ladder is empty, or has another step."""
    world.account()
    world.campaign(calls=1, retry=Retry(busy=(5,)))
    world.dial()
    assert ask(world).state is State.DIALING
    world.hear(outcome)
    call = world.call()
    assert (call.state, call.attempt, call.due_at) == (State.QUEUED, 2, AN_HOUR_LATER)
    world.pass_over(minutes=60)
    assert world.dial().callback_at is None
    world.hear(State.COMPLETED)
    assert world.call().state is State.COMPLETED


def test_a_moment_that_passes_while_they_talk_is_at_once(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.dial()
    ask(world, at=NOON + minutes(1))
    world.pass_over(minutes=5)
    world.hear(State.COMPLETED)
    assert world.call().due_at == NOON + minutes(5)


@pytest.mark.parametrize("policy", Unknown)
def test_a_call_of_unknown_fate_is_made_again_when_the_contact_asked_for_it(
    world: World, policy: Unknown
) -> None:
    world.telephony.answers = [Ambiguous("timed out")]
    world.account()
    world.campaign(calls=1, on_unknown=policy)
    world.dial()
    ask(world)
    for _ in range(4):
        world.pass_over(minutes=9)
        world.run()
    call = world.call()
    assert (call.state, call.attempt, call.due_at) == (State.QUEUED, 2, AN_HOUR_LATER)


def test_a_request_that_was_not_processed_is_not_sent_again_before_the_contact_wants_it(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.run()
    world.telephony.answers = [Refused("too many requests", permanent=False)]
    world.store.after(committing(Call), lambda: ask_elsewhere(world))
    world.carry()
    call = world.call()
    assert (call.state, call.attempt, call.due_at) == (State.QUEUED, 1, AN_HOUR_LATER)


def ask_elsewhere(world: World) -> None:
    call_back(world.elsewhere, world.get(Account, "acc_1"), "cmp_1-0000", AN_HOUR_LATER)


# --- a call that has ended --------------------------------------------------------------------------


def ended(world: World, **of_the_call: object) -> Call:
    world.account(allowed_countries=("US",))
    world.campaign(calls=1, callers=(number(500),))
    world.put(replace(world.call(), **of_the_call))  # type: ignore[arg-type]
    world.dial()
    world.hear(State.COMPLETED)
    return world.call()


def test_a_call_that_has_ended_is_made_anew(each_world: World) -> None:
    world = each_world
    before = ended(world, name="Zoë", variables={"day": "Friday"}, external_id="A-7")
    again = ask(world)
    assert again.id != before.id
    assert (again.state, again.due_at) == (State.QUEUED, AN_HOUR_LATER)
    for field in ("to", "name", "variables", "external_id", "cohort"):
        assert getattr(again, field) == getattr(before, field)
    assert world.call() == before
    world.pass_over(minutes=60)
    world.run("wake")
    world.carry()
    first, second = world.telephony.orders
    assert (second.to, second.script, second.caller) == (first.to, first.script, first.caller)


def test_what_is_the_calls_own_goes_before_what_is_its_campaigns(world: World) -> None:
    script = Script(twiml="<Response><Say>Once more.</Say></Response>")
    ended(world, script=script, caller=number(501))
    again = ask(world)
    assert (again.script, again.caller) == (script, number(501))


def test_one_that_never_rang_is_made_from_its_campaigns_number(world: World) -> None:
    world.account(allowed_countries=("US",))
    world.campaign(calls=1, callers=(number(500),), due_at=NOON + minutes(60))
    cancel_call(world.outside, world.get(Account, "acc_1"), "cmp_1-0000")
    assert ask(world).caller == number(500)


def test_one_that_ends_just_now_is_made_anew(world: World) -> None:
    world.account(allowed_countries=("US",))
    world.campaign(calls=1)
    world.dial()
    world.store.before(committing(Call), lambda: world.hear(State.COMPLETED))
    assert ask(world).id != "cmp_1-0000"
    assert world.call().state is State.COMPLETED


def test_a_direct_call_that_has_ended_is_made_anew(world: World) -> None:
    world.account(allowed_countries=("US",))
    call = world.place_direct(number(7), name="Zoë").call
    world.carry()
    world.hear(State.NO_ANSWER, call.id)
    again = ask(world, call.id)
    assert (again.campaign_id, again.to, again.name) == (call.campaign_id, number(7), "Zoë")


def test_a_country_that_the_account_may_call_no_more_is_not_called_again(world: World) -> None:
    ended(world)
    world.edit(Account, "acc_1", allowed_countries=("GB",))
    with pytest.raises(Invalid, match="to: "):
        ask(world)


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "message"),
    [
        (NOON, "in the future"),
        (NOON - minutes(1), "in the future"),
        (NOON + timedelta(days=CALLBACK_DAYS_MAX, seconds=1), "at most 90 days ahead"),
    ],
)
def test_a_moment_that_cannot_be_is_refused(world: World, at: datetime, message: str) -> None:
    asleep(world)
    with pytest.raises(Invalid, match=message):
        ask(world, at=at)
    assert world.call().callback_at is None


def test_ninety_days_ahead_is_taken(world: World) -> None:
    asleep(world)
    at = NOON + timedelta(days=CALLBACK_DAYS_MAX)
    assert ask(world, at=at).due_at == at


def test_a_moment_after_the_campaigns_last_day_is_refused(world: World) -> None:
    """It would wait until it expires."""
    world.account()
    world.campaign(calls=1, last_day=date(2026, 3, 5), due_at=NOON + minutes(60))
    with pytest.raises(Invalid, match="no calling hours"):
        ask(world, at=NOON + timedelta(days=4))
    assert ask(world, at=NOON + timedelta(days=3)).due_at == NOON + timedelta(days=3)


@pytest.mark.parametrize("has_ended", [False, True])
def test_a_number_of_which_no_legal_hours_are_known_is_refused(world: World, has_ended: bool) -> None:
    world.account()
    world.campaign(calls=1, due_at=NOON + minutes(60))
    if has_ended:
        cancel_call(world.outside, world.get(Account, "acc_1"), "cmp_1-0000")
    world.edit(Account, "acc_1", widened=())
    with pytest.raises(Invalid, match="no calling hours"):
        ask(world)


def test_a_call_that_its_user_is_ending_is_refused(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.dial()
    cancel_call(world.outside, world.get(Account, "acc_1"), "cmp_1-0000")
    with pytest.raises(WrongState, match="is being canceled"):
        ask(world)


def test_a_call_that_was_dialled_fifty_times_takes_no_further_callback(world: World) -> None:
    """Each adds an attempt, and all of them are in one document."""
    world.account()
    world.campaign(calls=1)
    (dialed,) = world.dial().attempts
    world.edit(Call, "cmp_1-0000", attempts=(dialed,) * 49)
    assert ask(world).callback_at == AN_HOUR_LATER
    world.edit(Call, "cmp_1-0000", attempts=(dialed,) * 50)
    with pytest.raises(WrongState, match="dialled 50 times"):
        ask(world)


def test_a_waiting_call_of_a_canceled_campaign_is_refused(world: World) -> None:
    world.account()
    world.campaign(calls=1, status=Status.CANCELED)
    with pytest.raises(WrongState, match="is canceled"):
        ask(world)


def test_another_accounts_call_is_not_found(world: World) -> None:
    asleep(world)
    world.account("acc_2")
    with pytest.raises(NotFound):
        call_back(world.outside, world.get(Account, "acc_2"), "cmp_1-0000", AN_HOUR_LATER)
    assert world.call().callback_at is None


def test_what_kept_changing_is_changed_by_nobody_else(world: World) -> None:
    """A change in between is seen, and the moment is set on top of it."""

    def rename() -> None:
        stored = world.store.inner.get(Call, "cmp_1-0000")
        assert stored is not None
        world.store.inner.commit([Update(replace(stored.record, name="Zoë"), stored.version)])

    asleep(world)
    world.store.before(committing(Call), rename)
    asked = ask(world)
    assert (asked.name, asked.due_at) == ("Zoë", AN_HOUR_LATER)
