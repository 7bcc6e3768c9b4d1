"""What a user does with a campaign: from which status each step leads where, and what it sets going."""

from dataclasses import replace

import pytest

from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.campaign import Campaign, CampaignSettings, Retry, Status
from service.domain.errors import NotFound, WrongState
from service.domain.events import CallEvent, apply
from service.domain.hours import Hours, Window
from service.domain.lane import AWAKE
from service.ports import StoreUnavailable
from service.usecases.campaigns import create_campaign, edit_campaign, find_campaign, take_step
from tests.support.fakes import committing, finding
from tests.support.world import NINE_TO_FIVE, NOON, SCRIPT, World, minutes

D, R, P = Status.DRAFT, Status.RUNNING, Status.PAUSED
F, C, A = Status.FINISHED, Status.CANCELED, Status.ARCHIVED
TABLE: dict[str, dict[Status, Status | None]] = {  # where each step leads; None: it cannot be taken
    "start": {D: R, R: R, P: None, F: None, C: None, A: None},
    "pause": {D: None, R: P, P: P, F: None, C: None, A: None},
    "resume": {D: None, R: R, P: R, F: None, C: None, A: None},
    "cancel": {D: C, R: C, P: C, F: None, C: C, A: None},
}


def in_status(world: World, status: Status, calls: int = 3) -> None:
    """A campaign with calls, in a lane that has been put to sleep over it where it sleeps."""
    world.account()
    world.campaign(
        calls=calls,
        status=status,
        next_due_at=AWAKE if status in {R, C} else None,
        due_at=NOON + minutes(60),
    )
    world.run()


def take(world: World, step: str) -> Campaign:
    return take_step(world.outside, world.get(Account, "acc_1"), "cmp_1", step)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("step", TABLE)
def test_each_step_leads_from_each_status_where_the_table_says(
    world: World, step: str, status: Status
) -> None:
    in_status(world, status)
    leads_to = TABLE[step][status]
    if leads_to is None:
        with pytest.raises(WrongState, match=f"is {status}"):
            take(world, step)
        assert world.get(Campaign, "cmp_1").status is status
    else:
        assert take(world, step).status is leads_to
        assert world.get(Campaign, "cmp_1").status is leads_to
    world.check_clock()


@pytest.mark.parametrize(("step", "status"), [("start", R), ("pause", P), ("resume", R), ("cancel", C)])
def test_a_repeated_step_writes_nothing(world: World, step: str, status: Status) -> None:
    in_status(world, status)
    with world.meter.measure() as cost:
        take(world, step)
    assert (cost.writes, cost.tasks) == (0, 0)


def test_a_new_campaign_is_a_draft_and_wakes_nobody(world: World) -> None:
    account = world.account()
    world.run()
    campaign = create_campaign(world.outside, account, CampaignSettings("Spring", script=SCRIPT))
    assert (campaign.status, campaign.next_due_at) == (D, None)
    assert world.get(Campaign, campaign.id) == campaign
    assert world.wake_at is None


def test_a_started_campaign_s_calls_are_claimed_at_once(each_world: World) -> None:
    world = each_world
    world.account()
    world.campaign(calls=3, status=D, next_due_at=None)
    world.run()
    assert world.wake_at is None
    take(world, "start")
    assert world.states() == {"claimed": 3}
    world.check_clock()


def test_a_campaign_without_contacts_cannot_be_started(world: World) -> None:
    world.account()
    world.campaign(status=D, next_due_at=None)
    with pytest.raises(WrongState, match="no contacts"):
        take(world, "start")


def test_a_campaign_that_is_started_outside_its_hours_waits_for_them(world: World) -> None:
    world.account()
    world.campaign(calls=1, status=D, next_due_at=None, hours=NINE_TO_FIVE)
    world.pass_over(hours=6)
    take(world, "start")
    assert world.wake_at == NOON + minutes(21 * 60)


# --- editing ------------------------------------------------------------------------------------------


def edit(world: World, **settings: object) -> Campaign:
    account = world.get(Account, "acc_1")
    return edit_campaign(world.outside, account, "cmp_1", lambda old: replace(old.settings, **settings))  # type: ignore[arg-type]


def test_new_hours_of_a_sleeping_campaign_hold_at_once(each_world: World) -> None:
    world = each_world
    world.account()
    world.campaign(calls=2, hours=NINE_TO_FIVE)
    world.pass_over(hours=6)
    world.run()
    assert world.wake_at == NOON + minutes(21 * 60)
    edit(world, hours=None)
    assert world.states() == {"claimed": 2}
    world.check_clock()


def test_new_hours_hold_for_a_call_that_is_claimed_already(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.run()
    edit(world, hours=Hours((Window(1, 9 * 60, 17 * 60),)))
    world.carry()
    assert (world.states(), world.telephony.orders) == ({"queued": 1}, [])
    world.settle()
    assert world.wake_at == NOON + minutes(21 * 60)


def test_a_lowered_limit_of_a_campaign_binds_from_the_next_claim(world: World) -> None:
    world.account()
    world.campaign(calls=9, calls_in_flight_max=3)
    world.dial()
    edit(world, calls_in_flight_max=2)
    assert world.in_flight() == 3
    world.hear(State.COMPLETED, "cmp_1-0000")
    assert world.run("refill").claimed == []
    world.hear(State.COMPLETED, "cmp_1-0001")
    assert len(world.run("refill").claimed) == 1


def test_a_paused_campaign_that_is_edited_begins_nothing(world: World) -> None:
    world.account()
    world.campaign(calls=1, status=P, next_due_at=None)
    edit(world, hours=None)
    assert (world.states(), world.get(Campaign, "cmp_1").next_due_at) == ({"queued": 1}, None)


@pytest.mark.parametrize("status", [F, C])
def test_a_campaign_that_is_over_cannot_be_edited(world: World, status: Status) -> None:
    in_status(world, status)
    with pytest.raises(WrongState, match=f"is {status}"):
        edit(world, hours=None)


# --- pausing ------------------------------------------------------------------------------------------


def test_a_paused_campaign_begins_no_call_and_a_resumed_one_goes_on(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    world.account()
    world.campaign(calls=2)
    world.dial()
    take(world, "pause")
    world.hear(State.COMPLETED)
    assert world.run("refill").claimed == []
    assert world.wake_at is None
    take(world, "resume")
    assert world.states() == {"completed": 1, "claimed": 1}


def test_a_call_that_comes_back_while_its_campaign_is_paused_waits_for_the_resume(world: World) -> None:
    world.account()
    world.campaign(calls=1)
    world.run()
    take(world, "pause")
    world.carry()  # the handler finds it paused
    world.settle()
    assert (world.states(), world.wake_at) == ({"queued": 1}, None)
    take(world, "resume")
    assert world.states() == {"claimed": 1}


def test_a_step_that_meets_a_change_is_decided_anew(world: World) -> None:
    account = world.account()
    world.campaign(calls=1)
    world.store.before(committing(Campaign), lambda: take_step(world.elsewhere, account, "cmp_1", "pause"))
    assert take(world, "cancel").status is C
    assert world.store.hooks_left == 0


def test_a_pass_that_fails_after_the_step_is_made_up_for_by_a_task(world: World) -> None:
    def fail() -> None:
        raise StoreUnavailable("gone")

    world.account()
    world.campaign(calls=1, status=D, next_due_at=None)
    world.run()
    world.store.before(finding(Campaign, "lane", "next_due_at"), fail)
    assert take(world, "start").status is R
    assert world.wake_at == AWAKE
    assert len(world.tasks.passes("refill")) == 1
    world.settle()
    assert world.states() == {"claimed": 1}


@pytest.mark.parametrize("step", TABLE)
def test_another_account_s_campaign_is_not_found(world: World, step: str) -> None:
    world.account()
    world.campaign(calls=1, status=D, next_due_at=None)
    with pytest.raises(NotFound):
        take_step(world.outside, world.account("acc_2"), "cmp_1", step)


def test_a_direct_queue_is_no_campaign_of_its_account(world: World) -> None:
    account = world.account()
    with pytest.raises(NotFound):
        find_campaign(world.outside, account, "direct_acc_1")
    with pytest.raises(NotFound):
        take_step(world.outside, account, "direct_acc_1", "cancel")


def test_starting_a_campaign_of_many_calls_reads_no_more_than_of_few(world: World) -> None:
    world.limit(calls_in_flight_max=1)
    costs = []
    for calls in (2, 500):
        world.account(f"acc_{calls}")
        world.campaign(f"cmp_{calls}", calls=calls, account=f"acc_{calls}", status=D, next_due_at=None)
        with world.meter.measure() as cost:
            take_step(world.outside, world.get(Account, f"acc_{calls}"), f"cmp_{calls}", "start")
        costs.append(cost.reads)
        world.carry()
        world.hear(State.COMPLETED, f"cmp_{calls}-0000")
        take_step(world.outside, world.get(Account, f"acc_{calls}"), f"cmp_{calls}", "pause")
        world.run("refill")
    assert costs[0] == costs[1]


def test_a_call_that_comes_back_while_its_campaign_is_archived_is_not_left_in_it(world: World) -> None:
    world.account()
    world.campaign(calls=1, retry=Retry(busy=(20,)))
    on_the_line = world.dial()
    as_read: Campaign = world.get(Campaign, "cmp_1")
    assert on_the_line.dialed is not None
    busy = CallEvent(State.BUSY, on_the_line.dialed.provider_id or "")

    def webhook_lands() -> None:
        """It has read the campaign before that was canceled."""
        again = apply(on_the_line, busy, as_read, now=world.clock.now(), limits=world.outside.limits)
        assert again is not None
        world.put(again)

    take(world, "cancel")
    # Comes into play only where what waits is looked for first, the wrong order: else what is live refuses.
    world.store.after(finding(Call, "campaign_id", "state"), webhook_lands)
    with pytest.raises(WrongState):
        take(world, "archive")
    assert world.get(Campaign, "cmp_1").status is C
