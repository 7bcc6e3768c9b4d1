"""An account changes its rules: they hold at once, also for what sleeps by the old ones."""

from dataclasses import replace
from typing import Any

import pytest

from service.domain.account import Account
from service.domain.call import Call
from service.domain.calling_hours import EVERYWHERE
from service.domain.campaign import Campaign, Status, direct_queue_id
from service.domain.errors import Busy, Invalid, NotFound
from service.domain.lane import AWAKE, Wake
from service.ports import CommitUnknown, Conflict, Outside, Store, StoreUnavailable
from service.usecases.account_rules import CHUNK_CAMPAIGNS, CHUNKS_MAX, change_rules
from tests.support.fakes import HookedStore, committing, finding, raising
from tests.support.world import NOON, World, minutes

CHICAGO = "US-IL|America/Chicago"
MORNING = NOON + minutes(26 * 60)  # of Tuesday: 08:00 in Chicago, from where on the law allows calls
TROUBLES = [StoreUnavailable("gone"), CommitUnknown("no answer"), Conflict("at one time")]

pulling = committing(Campaign)
each_trouble = pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: type(trouble).__name__)


@pytest.fixture
def asleep(world: World) -> World:
    return put_to_sleep(world)


@pytest.fixture
def each_asleep(each_world: World) -> World:
    return put_to_sleep(each_world)


def put_to_sleep(world: World) -> World:
    """A campaign whose one call waits for tomorrow's legal hours; in Chicago it is late in the evening."""
    world.pass_over(hours=16)
    world.account(widened=())
    in_chicago(world)
    world.run()
    assert (world.get(Campaign, "cmp_1").next_due_at, world.wake_at) == (MORNING, MORNING)
    return world


def in_chicago(world: World, id: str = "cmp_1", **more: Any) -> None:
    world.campaign(id, calls=1, **more)
    world.edit(Campaign, id, cohorts=(CHICAGO,))
    world.edit(Call, f"{id}-0000", cohort=CHICAGO)


def changed(world: World, outside: Outside | None = None, account: str = "acc_1", **rules: Any) -> Account:
    before: Account = world.get(Account, account)
    return change_rules(outside or world.outside, before, lambda now: replace(now, **rules))


def widen(world: World, outside: Outside | None = None) -> Account:
    return changed(world, outside, widened=(EVERYWHERE,))


def failing_pass(world: World, store: Store | None = None) -> HookedStore:
    """A store on which the next pass fails, in front of the world's or of another one."""
    failing = HookedStore(store or world.store)
    failing.before(lambda name, given: name == "get" and given[0] is Wake, raising(StoreUnavailable("gone")))
    return failing


# --- what the rules set going ---------------------------------------------------------------------------


def test_what_is_widened_is_called_at_once(each_asleep: World) -> None:
    widen(each_asleep)
    assert each_asleep.states() == {"claimed": 1}
    each_asleep.check_clock()


def test_a_direct_call_that_waits_for_its_legal_hours_is_placed_as_well(asleep: World) -> None:
    placed = asleep.place_direct(cohort=CHICAGO)
    assert asleep.get(Campaign, direct_queue_id("acc_1")).next_due_at == MORNING
    widen(asleep)
    assert asleep.call(placed.call.id).live
    asleep.check_clock()


def test_rules_that_make_nothing_due_put_all_to_sleep_again(asleep: World) -> None:
    assert changed(asleep, name="Another name").name == "Another name"
    asleep.settle()
    assert (asleep.states(), asleep.wake_at) == ({"queued": 1}, MORNING)
    asleep.check_clock()


def test_legal_hours_that_bind_again_hold_for_what_is_awake(asleep: World) -> None:
    asleep.limit(calls_in_flight_max=0)
    widen(asleep)
    assert asleep.get(Campaign, "cmp_1").next_due_at == AWAKE
    changed(asleep, widened=())
    assert asleep.get(Campaign, "cmp_1").next_due_at == MORNING


def test_only_what_has_work_is_woken(asleep: World) -> None:
    for status in (Status.DRAFT, Status.PAUSED, Status.FINISHED):
        asleep.campaign(status, calls=1, status=status, next_due_at=None)
    asleep.account("acc_2", widened=())
    in_chicago(asleep, "cmp_2", account="acc_2")
    asleep.settle()
    asleep.run()
    before = {id: asleep.get(Campaign, id) for id in ("draft", "paused", "finished", "cmp_2")}
    widen(asleep)
    assert {id: asleep.get(Campaign, id) for id in before} == before
    assert asleep.in_flight() == 1


def test_campaigns_that_are_over_are_not_read(asleep: World) -> None:
    for n in range(60):
        asleep.campaign(f"over_{n}", status=Status.FINISHED, next_due_at=None)
    with asleep.meter.measure() as cost:
        widen(asleep)
    assert cost.reads <= 15


def test_many_campaigns_are_all_told(asleep: World) -> None:
    asleep.sleepers(2 * CHUNK_CAMPAIGNS, until=MORNING - minutes(1))  # before the one that has a call
    widen(asleep)
    asleep.settle()
    assert asleep.in_flight() == 1
    asleep.check_clock()


def test_beyond_the_limit_the_rules_hold_and_campaigns_wake_by_themselves(
    asleep: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CHUNKS_MAX * CHUNK_CAMPAIGNS >= 10_000
    monkeypatch.setattr("service.usecases.account_rules.CHUNKS_MAX", 1)
    asleep.sleepers(CHUNK_CAMPAIGNS, until=MORNING - minutes(1))
    assert widen(asleep).widened == (EVERYWHERE,)
    asleep.settle()
    assert asleep.get(Campaign, "cmp_1").next_due_at == MORNING


# --- what happens at the same time ----------------------------------------------------------------------


def test_a_pass_that_has_read_the_old_rules_does_not_put_a_campaign_to_sleep_by_them(world: World) -> None:
    """The change's own pass fails, so that nothing but the pull tells of the new rules."""
    world.pass_over(hours=16)
    world.account(widened=())
    in_chicago(world)
    no_pass = failing_pass(world, world.store.inner)
    world.store.after(
        lambda name, given: name == "get_many" and given[0][0] is Account,
        lambda: widen(world, replace(world.outside, store=no_pass)),
    )
    world.run()
    assert (world.store.hooks_left, no_pass.hooks_left) == (0, 0)
    assert (world.get(Campaign, "cmp_1").next_due_at, world.wake_at) == (AWAKE, AWAKE)
    world.run()
    assert world.states() == {"claimed": 1}


def test_a_pass_in_between_does_not_leave_the_clock_asleep_over_what_is_woken(asleep: World) -> None:
    no_pass = failing_pass(asleep)
    asleep.store.before(pulling, lambda: asleep.run_elsewhere())
    widen(asleep, replace(asleep.outside, store=no_pass))
    assert (asleep.store.hooks_left, no_pass.hooks_left) == (0, 0)
    assert (asleep.get(Campaign, "cmp_1").next_due_at, asleep.wake_at) == (AWAKE, AWAKE)
    asleep.check_clock()


def test_what_passes_write_into_the_account_is_kept(asleep: World) -> None:
    asleep.limit(calls_in_flight_max=0)
    asleep.store.before(committing(Account), lambda: asleep.edit(Account, "acc_1", turn=7.0))
    widen(asleep)
    assert asleep.store.hooks_left == 0
    account = asleep.get(Account, "acc_1")
    assert (account.turn, account.widened) == (7.0, (EVERYWHERE,))


def test_two_changes_at_one_time_both_hold(asleep: World) -> None:
    asleep.store.before(committing(Account), lambda: changed(asleep, asleep.elsewhere, timezone="Asia/Tokyo"))
    widen(asleep)
    account = asleep.get(Account, "acc_1")
    assert (account.timezone, account.widened) == ("Asia/Tokyo", (EVERYWHERE,))


def test_an_account_that_keeps_changing_is_given_up(asleep: World) -> None:
    def change_again() -> None:
        asleep.store.before(committing(Account), change_again)
        asleep.edit(Account, "acc_1", turn=asleep.get(Account, "acc_1").turn + 1)

    asleep.store.before(committing(Account), change_again)
    with pytest.raises(Busy, match="Nothing was changed"):
        widen(asleep)
    assert asleep.get(Account, "acc_1").widened == ()


# --- what fails in the middle ---------------------------------------------------------------------------


@each_trouble
def test_after_a_failure_in_the_middle_the_same_change_wakes_the_rest(
    asleep: World, trouble: Exception
) -> None:
    asleep.sleepers(CHUNK_CAMPAIGNS, until=MORNING - minutes(1))  # before the one that has a call
    asleep.store.after(pulling, lambda: asleep.store.before(pulling, raising(trouble)))
    with pytest.raises(Busy, match="Send the same change again"):
        widen(asleep)
    assert asleep.store.hooks_left == 0
    assert asleep.get(Account, "acc_1").widened == (EVERYWHERE,)
    asleep.settle()
    assert asleep.get(Campaign, "cmp_1").next_due_at == MORNING
    widen(asleep)
    asleep.settle()
    assert asleep.in_flight() == 1
    asleep.check_clock()


def test_campaigns_that_cannot_be_read_are_a_failure_in_the_middle(asleep: World) -> None:
    asleep.store.before(finding(Campaign, "account_id", "next_due_at"), raising(StoreUnavailable("gone")))
    with pytest.raises(Busy, match="Send the same change again"):
        widen(asleep)
    assert asleep.wake_at == AWAKE
    widen(asleep)
    assert asleep.in_flight() == 1


def test_an_answer_that_is_lost_is_made_up_for_by_the_same_change(asleep: World) -> None:
    asleep.store.after(committing(Account), raising(CommitUnknown("no answer")))
    with pytest.raises(CommitUnknown):
        widen(asleep)
    assert asleep.get(Campaign, "cmp_1").next_due_at == MORNING
    widen(asleep)
    assert asleep.in_flight() == 1


def test_a_pass_that_fails_is_asked_for(asleep: World) -> None:
    widen(asleep, replace(asleep.outside, store=failing_pass(asleep)))
    assert asleep.in_flight() == 0
    asleep.settle()
    assert asleep.in_flight() == 1


def test_what_is_refused_changes_and_wakes_nothing(asleep: World) -> None:
    def refuse(_: Account) -> Account:
        raise Invalid.field("name", "is not this one")

    before = asleep.get(Account, "acc_1")
    with asleep.meter.measure() as cost, pytest.raises(Invalid):
        change_rules(asleep.outside, before, refuse)
    assert (cost.writes, cost.tasks) == (0, 0)


def test_an_account_that_is_gone_is_not_found(asleep: World) -> None:
    with pytest.raises(NotFound):
        change_rules(asleep.outside, Account("acc_nobody", "Nobody", NOON), lambda account: account)
