"""Events are written in the commits of what they tell, and delivered in rounds."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.account import Account
from service.domain.call import Call, State, imported_call_id
from service.domain.callee import Callee, callee_id
from service.domain.campaign import Campaign, Machine, Retry, Status
from service.domain.errors import WrongState
from service.domain.lane import DEFAULT_LANE
from service.domain.outbox import RETRY_MINUTES, Event
from service.domain.webhook import WEBHOOKS_MAX, EventType, Webhook
from service.ports import Ambiguous, Create, Query, Queue, Refused, StoreUnavailable
from service.usecases.deliver_event import ROUND_SECONDS_MAX, Result, deliver_event
from service.usecases.direct_calls import cancel_call
from service.usecases.event_log import redeliver_event
from service.usecases.remove_contact import remove_contact
from service.usecases.webhooks import NewWebhook, change_webhook, create_webhook
from tests.support.fakes import Killed, ScriptedCourier, committing, finding, raising
from tests.support.world import NOON, SCRIPT, World, number

COURIER = ScriptedCourier()


def listen(world: World, *types: EventType, account: str = "acc_1") -> Webhook:
    wanted = NewWebhook("https://hooks.example.com", types or tuple(EventType))
    return create_webhook(world.elsewhere, COURIER, world.get(Account, account), wanted)


def listening(world: World, *types: EventType, **account: Any) -> Webhook:
    world.account(**account)
    return listen(world, *types)


def events(world: World) -> list[Event]:
    return [stored.record for stored in world.store.inner.find(Query(Event, (), ("created_at",)))]


def told(world: World) -> dict[str, int]:
    return dict(Counter(event.type.value for event in events(world)))


def carry(world: World, courier: ScriptedCourier, seconds: float = 0) -> list[Result]:
    """Each event's task reaches its handler, at its time."""
    results = []
    for task in world.tasks.take(Queue.EVENTS):
        assert task.at is not None
        world.clock.move_to(task.at + timedelta(seconds=seconds))
        results.append(deliver(world, courier, task.body))
    return results


def deliver(world: World, courier: ScriptedCourier, body: Any) -> Result:
    return deliver_event(
        world.outside, courier, body["event"], body["round"], lambda event: event.id.encode()
    )


# --- what is told ---------------------------------------------------------------------------------


def dial(world: World) -> None:
    world.campaign(calls=1, retry=Retry(busy=(20,)))
    world.dial()


def test_the_end_of_a_call_is_told_once_however_often_it_is_said(each_world: World) -> None:
    world = each_world
    listening(world)
    dial(world)
    for _ in range(3):
        world.hear(State.COMPLETED, duration_seconds=60)
    assert told(world) == {"call.finished": 1}
    (event,) = events(world)
    assert event.call == replace(world.call(), script=None)
    assert len(world.tasks.take(Queue.EVENTS)) == 1


def test_an_attempt_that_is_tried_again_is_not_the_calls_end(world: World) -> None:
    listening(world)
    dial(world)
    world.hear(State.BUSY)
    assert told(world) == {}
    world.pass_over(minutes=20)
    world.dial()
    world.hear(State.BUSY)
    assert told(world) == {"call.finished": 1}


def test_a_dial_whose_answer_was_lost_is_told_of_then_and_at_its_end(world: World) -> None:
    listening(world)
    world.telephony.answers.append(Ambiguous("timeout"))
    dial(world)
    assert told(world) == {"call.uncertain": 1}
    assert events(world)[0].call is not None
    assert events(world)[0].call.state is State.UNCERTAIN  # type: ignore[union-attr]
    world.hear(State.COMPLETED, provider_id="CA9")
    assert told(world) == {"call.uncertain": 1, "call.finished": 1}


def test_a_dial_that_is_doubted_by_a_pass_is_told_of(world: World) -> None:
    listening(world, EventType.CALL_FINISHED, EventType.CALL_UNCERTAIN)
    world.campaign(calls=1)
    world.run()
    world.telephony.while_placing = lambda _order, _answer: raising(Killed())()
    with pytest.raises(Killed):
        world.carry()
    world.pass_over(minutes=2)
    world.run()
    assert told(world) == {"call.uncertain": 1}
    world.pass_over(minutes=30)
    world.run()
    assert told(world) == {"call.uncertain": 1, "call.finished": 1}


def test_what_its_provider_refuses_is_told_of(world: World) -> None:
    listening(world)
    world.telephony.answers.append(Refused("no such number", permanent=True))
    dial(world)
    assert told(world) == {"call.finished": 1}


def test_what_its_handler_ends_before_a_dial_is_told_of(world: World) -> None:
    """Its number was barred after it had been claimed."""
    listening(world)
    world.campaign(calls=1)
    world.run()
    to = world.call().to
    barred = Callee(callee_id("acc_1", to), "acc_1", to, do_not_call=True, do_not_call_since=NOON)
    world.store.inner.commit([Create(barred)])
    world.carry()
    assert world.call().state is State.CANCELED
    assert told(world) == {"call.finished": 1}


def test_a_call_that_no_pass_has_claimed_is_told_of_when_it_is_canceled(world: World) -> None:
    listening(world)
    world.campaign(calls=2, due_at=NOON + timedelta(hours=1))
    cancel_call(world.outside, world.get(Account, "acc_1"), "cmp_1-0000")
    assert told(world) == {"call.finished": 1}
    world.edit(Campaign, "cmp_1", status=Status.CANCELED)
    world.pull()
    world.run()
    assert told(world) == {"call.finished": 2}


def test_a_call_is_told_of_when_its_contact_is_taken_out(world: World) -> None:
    listening(world)
    world.campaign()
    waits = Call(imported_call_id("cmp_1", number(1)), "acc_1", "cmp_1", DEFAULT_LANE, number(1), NOON, NOON)
    world.store.inner.commit([Create(waits)])
    for _ in range(2):
        remove_contact(world.outside, world.get(Account, "acc_1"), "cmp_1", number(1))
    assert world.call(waits.id).state is State.CANCELED
    assert told(world) == {"call.finished": 1}
    assert len(world.tasks.take(Queue.EVENTS)) == 1


def test_a_campaign_is_told_of_when_its_last_call_has_ended(world: World) -> None:
    listening(world, EventType.CAMPAIGN_FINISHED)
    dial(world)
    world.hear(State.COMPLETED)
    for _ in range(3):
        world.run()
    (event,) = events(world)
    assert event.type is EventType.CAMPAIGN_FINISHED
    assert event.campaign is not None
    assert (event.campaign.id, event.campaign.status) == ("cmp_1", Status.FINISHED)


def test_what_no_webhook_wants_is_not_written(world: World) -> None:
    listening(world, EventType.CALL_UNCERTAIN)
    dial(world)
    world.hear(State.COMPLETED)
    world.run()
    assert told(world) == {}


def test_a_webhook_that_comes_after_the_claim_hears_of_the_next_attempt(world: World) -> None:
    """The call is not told of by what it was claimed with: nothing is read for webhooks."""
    world.account()
    dial(world)
    listen(world, EventType.CALL_FINISHED)
    world.hear(State.BUSY)
    world.pass_over(minutes=20)
    world.dial()
    world.hear(State.COMPLETED)
    assert told(world) == {"call.finished": 1}


def test_the_events_of_one_account_are_not_anothers(world: World) -> None:
    listening(world)
    world.account("acc_2")
    world.campaign("cmp_2", calls=1, account="acc_2")
    world.dial("cmp_2-0000")
    world.hear(State.COMPLETED, "cmp_2-0000")
    assert told(world) == {}


def test_a_machine_that_is_hung_up_on_is_told_of_as_voicemail(world: World) -> None:
    listening(world)
    world.campaign(calls=1, on_machine=Machine.HANG_UP)
    world.dial()
    world.hear(State.COMPLETED, machine=True)
    (event,) = events(world)
    assert event.call is not None
    assert event.call.state is State.VOICEMAIL


# --- how it is delivered --------------------------------------------------------------------------


def one_event(world: World) -> Event:
    dial(world)
    world.hear(State.COMPLETED)
    return events(world)[0]


def test_only_who_has_not_taken_it_is_in_the_next_round(each_world: World) -> None:
    world = each_world
    first, second = listening(world, EventType.CALL_FINISHED), listen(world, EventType.CALL_FINISHED)
    courier = ScriptedCourier(failing={second.id})
    one_event(world)
    assert carry(world, courier) == [Result.AGAIN]
    courier.failing.clear()
    assert carry(world, courier) == [Result.DELIVERED]
    assert [id for id, _ in courier.sent] == [first.id, second.id, second.id]
    assert carry(world, courier) == []


def test_a_doubled_task_of_a_round_that_is_over_sends_nothing(world: World) -> None:
    hook = listening(world, EventType.CALL_FINISHED)
    courier = ScriptedCourier(failing={hook.id})
    one_event(world)
    (task,) = world.tasks.take(Queue.EVENTS)
    assert deliver(world, courier, task.body) is Result.AGAIN
    assert deliver(world, courier, task.body) is Result.STALE
    assert len(courier.sent) == 1


def test_a_handler_that_dies_after_it_has_sent_is_done_again(world: World) -> None:
    """Receivers know it by its id."""
    listening(world, EventType.CALL_FINISHED)
    courier = ScriptedCourier()
    one_event(world)
    (task,) = world.tasks.take(Queue.EVENTS)
    world.store.before(committing(Event), raising(Killed()))
    with pytest.raises(Killed):
        deliver(world, courier, task.body)
    assert deliver(world, courier, task.body) is Result.DELIVERED
    assert len(courier.sent) == 2
    assert len({body for _, body in courier.sent}) == 1


def test_a_redelivery_that_crosses_a_round_is_sent(world: World) -> None:
    listening(world, EventType.CALL_FINISHED)
    event = one_event(world)
    account = world.get(Account, "acc_1")
    again: Callable[[Webhook], object] = lambda _: redeliver_event(world.elsewhere, account, event.id)  # noqa: E731
    assert carry(world, ScriptedCourier(while_carrying=again)) == [Result.STALE]
    courier = ScriptedCourier()
    assert carry(world, courier) == [Result.DELIVERED]
    assert len(courier.sent) == 1


def test_receivers_that_hang_leave_the_others_to_the_next_round(world: World) -> None:
    first = listening(world, EventType.CALL_FINISHED)
    second = listen(world, EventType.CALL_FINISHED)
    slow = ScriptedCourier(while_carrying=lambda _: world.pass_over(seconds=ROUND_SECONDS_MAX + 1))
    one_event(world)
    assert carry(world, slow) == [Result.AGAIN]
    assert carry(world, slow) == [Result.DELIVERED]
    assert [id for id, _ in slow.sent] == [first.id, second.id]


def test_six_receivers_that_hang_do_not_keep_the_seventh_from_being_told(world: World) -> None:
    hanging = {listening(world).id, *(listen(world).id for _ in range(5))}
    last = listen(world)
    courier = ScriptedCourier(failing=hanging)
    courier.while_carrying = lambda hook: world.clock.advance(seconds=10.05 if hook.id in hanging else 0)
    one_event(world)
    carry(world, courier)
    assert last.id not in [id for id, _ in courier.sent]
    carry(world, courier)
    assert courier.sent[6][0] == last.id


def test_who_was_not_even_tried_does_not_lose_the_event_by_it(world: World) -> None:
    """It waits by the ladder, and then each day, as long as the event is kept: it is tried at last."""
    hook = listening(world, EventType.CALL_FINISHED)
    courier = ScriptedCourier(untried={hook.id})
    event = one_event(world)
    waits = []
    for _ in range(len(RETRY_MINUTES) + 3):
        began = world.clock.now()
        assert carry(world, courier) == [Result.AGAIN]
        waits.append(round((world.clock.now() - began) / timedelta(minutes=1)))
    assert waits == [0, *RETRY_MINUTES, RETRY_MINUTES[-1], RETRY_MINUTES[-1]]
    courier.untried.clear()
    assert carry(world, courier) == [Result.DELIVERED]
    assert [id for id, _ in courier.sent] == [hook.id]
    assert {each.error for each in world.get(Event, event.id).deliveries} == {"not tried", None}


def test_who_does_not_take_it_is_given_up_after_the_ladder_but_not_untried(world: World) -> None:
    hook = listening(world, EventType.CALL_FINISHED)
    courier = ScriptedCourier(failing={hook.id})
    one_event(world)
    for _ in RETRY_MINUTES:
        assert carry(world, courier) == [Result.AGAIN]
    courier.untried.add(hook.id)
    assert carry(world, courier) == [Result.AGAIN]
    courier.untried.clear()
    assert carry(world, courier) == [Result.GIVEN_UP]


def test_what_waits_for_a_webhook_that_is_disabled_is_sent_by_a_redelivery_alone(world: World) -> None:
    hook = listening(world, EventType.CALL_FINISHED)
    courier = ScriptedCourier(failing={hook.id})
    event = one_event(world)
    carry(world, courier)
    courier.failing.clear()
    account = world.get(Account, "acc_1")
    change_webhook(world.outside, account, hook.id, lambda known: replace(known, disabled=True))
    assert carry(world, courier) == [Result.DELIVERED]
    change_webhook(world.outside, account, hook.id, lambda known: replace(known, disabled=False))
    assert carry(world, courier) == []
    redeliver_event(world.outside, account, event.id)
    assert carry(world, courier) == [Result.DELIVERED]
    assert len(courier.sent) == 2


def test_a_webhook_that_is_taken_away_is_told_no_more(world: World) -> None:
    hook = listening(world, EventType.CALL_FINISHED)
    courier = ScriptedCourier(failing={hook.id})
    one_event(world)
    carry(world, courier)
    account = world.get(Account, "acc_1")
    change_webhook(world.outside, account, hook.id, lambda known: replace(known, deleted=True))
    assert carry(world, courier) == [Result.DELIVERED]
    assert len(courier.sent) == 1


def test_a_lost_task_is_asked_for_again_by_the_tick_of_the_last_quarter(each_world: World) -> None:
    world = each_world
    listening(world, EventType.CALL_FINISHED)
    one_event(world)
    world.tasks.take(Queue.EVENTS)  # lost
    world.clock.move_to(max(world.clock.now(), world.outside.clock.now()).replace(minute=30))
    world.run("tick")
    assert world.tasks.take(Queue.EVENTS) == []
    world.clock.move_to(world.clock.now().replace(minute=45))
    world.run("tick")
    courier = ScriptedCourier()
    assert carry(world, courier) == [Result.DELIVERED]
    world.pass_over(hours=1)
    world.run("tick")
    assert carry(world, courier) == []


def test_events_that_cannot_be_looked_for_do_not_keep_the_tick_from_its_pass(world: World) -> None:
    listening(world, EventType.CALL_FINISHED)
    world.campaign(calls=1)
    world.clock.move_to(NOON.replace(minute=45))
    world.store.before(finding(Event, "lane", "due_at"), raising(StoreUnavailable("504 Deadline Exceeded")))
    world.run("tick")
    assert world.store.hooks_left == 0
    assert world.states() == {"claimed": 1}


def test_an_idle_lane_without_webhooks_pays_nothing_for_the_sweep_of_events(world: World) -> None:
    world.account()
    world.pull()
    world.run()
    world.clock.move_to(NOON.replace(minute=45))
    for listens, reads in ((False, 2), (True, 3)):
        if listens:
            listen(world)
            world.run()
        with world.meter.measure() as cost:
            world.run("tick")
        assert (cost.reads, cost.writes, cost.tasks) == (reads, 0, 0)


# --- webhooks -------------------------------------------------------------------------------------


def test_two_webhooks_that_are_made_at_once_are_both_known_and_none_is_too_many(each_world: World) -> None:
    world = each_world
    listening(world, EventType.CALL_FINISHED)
    account = world.get(Account, "acc_1")
    for _ in range(WEBHOOKS_MAX - 3):
        listen(world, EventType.CALL_FINISHED)
    last: Callable[[], object] = lambda: listen(world, EventType.CAMPAIGN_PAUSED)  # noqa: E731
    world.store.before(committing(Webhook), last)
    wanted = NewWebhook("https://hooks.example.com", (EventType.CALL_UNCERTAIN,))
    create_webhook(world.outside, COURIER, account, wanted)
    known: Account = world.get(Account, "acc_1")
    assert set(known.notify) == set(EventType) - {EventType.CAMPAIGN_FINISHED}
    with pytest.raises(WrongState):
        listen(world)


def test_direct_calls_are_told_of(world: World) -> None:
    listening(world, EventType.CALL_FINISHED)
    placed = world.place_direct(number(7)).call
    world.carry()
    world.hear(State.COMPLETED, placed.id)
    assert told(world) == {"call.finished": 1}
    assert SCRIPT not in [event.call and event.call.script for event in events(world)]
