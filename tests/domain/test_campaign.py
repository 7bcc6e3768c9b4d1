"""The steps of a campaign, its retry ladders and its hours."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from service.domain import campaign as campaigns
from service.domain.call import State
from service.domain.calls import retry
from service.domain.campaign import AWAKE_IN, Campaign, Priority, Retry, Status, direct_queue, next_attempt_at
from service.domain.errors import WrongState
from service.domain.lane import AWAKE
from tests.domain.records import NOON, after, attempt, dialing, running

Step = Callable[[Campaign], Campaign]
STEPS: dict[Step, tuple[Status, set[Status]]] = {  # where it leads, and from where
    campaigns.start: (Status.RUNNING, {Status.DRAFT}),
    campaigns.pause: (Status.PAUSED, {Status.RUNNING}),
    campaigns.resume: (Status.RUNNING, {Status.PAUSED}),
    campaigns.cancel: (Status.CANCELED, {Status.DRAFT, Status.RUNNING, Status.PAUSED}),
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_each_step_leads_from_some_statuses_repeats_harmlessly_and_fails_from_the_rest(
    step: Step, status: Status
) -> None:
    leads_to, from_statuses = STEPS[step]
    campaign = replace(running(), status=status)
    if status is leads_to:
        assert step(campaign) == campaign
    elif status in from_statuses:
        assert step(campaign).status is leads_to
    else:
        with pytest.raises(WrongState, match=f"is {status}"):
            step(campaign)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_a_step_wakes_the_campaign_exactly_where_passes_then_have_work(step: Step) -> None:
    leads_to, from_statuses = STEPS[step]
    for status in from_statuses:
        moved = step(replace(running(), status=status))
        assert moved.next_due_at == (AWAKE if leads_to in AWAKE_IN else None)


def test_a_running_campaign_with_nothing_left_is_finished() -> None:
    finished = campaigns.finish(replace(running(), next_due_at=AWAKE))
    assert (finished.status, finished.next_due_at) == (Status.FINISHED, None)


def test_a_drained_campaign_stays_canceled_and_sleeps() -> None:
    drained = campaigns.finish(replace(running(), status=Status.CANCELED, next_due_at=AWAKE))
    assert (drained.status, drained.next_due_at) == (Status.CANCELED, None)


def test_a_direct_queue_runs_for_ever_before_all_campaigns() -> None:
    queue = direct_queue("acc_1", "main", NOON)
    assert queue.priority < Priority.CAMPAIGN
    assert campaigns.finish(queue).status is Status.RUNNING
    assert queue.settings.hours is None


def test_a_retry_waits_as_long_as_its_outcome_s_ladder_says() -> None:
    campaign = running(retry=Retry(busy=(20, 60), no_answer=(180,)))
    assert next_attempt_at(campaign, dialing(), State.BUSY, NOON) == after(minutes=20)
    assert next_attempt_at(campaign, dialing(), State.NO_ANSWER, NOON) == after(minutes=180)


def test_each_outcome_goes_up_a_ladder_of_its_own() -> None:
    campaign = running(retry=Retry(busy=(20, 60), no_answer=(180,)))
    once_busy = retry(dialing(), State.BUSY, now=NOON, due_at=NOON)
    assert next_attempt_at(campaign, once_busy, State.BUSY, NOON) == after(minutes=60)
    assert next_attempt_at(campaign, once_busy, State.NO_ANSWER, NOON) == after(minutes=180)


def test_above_the_top_of_its_ladder_a_call_is_not_tried_again() -> None:
    campaign = running(retry=Retry(busy=(20,)))
    once_busy = dialing(attempts=(attempt(outcome=State.BUSY),))
    assert next_attempt_at(campaign, once_busy, State.BUSY, NOON) is None


@pytest.mark.parametrize("outcome", [State.COMPLETED, State.CANCELED, State.EXPIRED, State.UNCONFIRMED])
def test_other_outcomes_have_no_ladder(outcome: State) -> None:
    campaign = running(retry=Retry((1,), (1,), (1,), (1,)))
    assert next_attempt_at(campaign, dialing(), outcome, NOON) is None


def test_a_canceled_campaign_tries_nothing_again() -> None:
    campaign = replace(running(retry=Retry(busy=(20,))), status=Status.CANCELED)
    assert next_attempt_at(campaign, dialing(), State.BUSY, NOON) is None
