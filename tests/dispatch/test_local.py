"""The local queue, driven by hand and a virtual clock."""

from datetime import timedelta

import pytest

from service.dispatch.local import backoff
from service.dispatch.local_tasks import Delivery
from service.local.clocks import VirtualClock
from service.ports import Queue
from tests.dispatch.benches import NOON, Handler, Open, call, run


def test_what_is_due_is_delivered_by_due_time_and_then_by_creation(
    open_queue: Open, handler: Handler
) -> None:
    queue = open_queue(handler)
    early, now = NOON - timedelta(minutes=1), NOON
    queue.create([call("b", now), call("a", now), call("c", early)])
    queue.create(
        [call("p", early - timedelta(minutes=1), Queue.PASSES), call("later", NOON + timedelta(seconds=1))]
    )
    assert queue.deliver_due() == 4
    assert handler.names == ["p", "c", "b", "a"]
    assert queue.next_at() == NOON + timedelta(seconds=1)


def test_nothing_waits_in_an_empty_queue(open_queue: Open, handler: Handler) -> None:
    queue = open_queue(handler)
    assert queue.next_at() is None
    assert queue.deliver_due() == 0


def test_a_rate_spaces_the_deliveries_of_its_queue_only(
    open_queue: Open, handler: Handler, clock: VirtualClock
) -> None:
    queue = open_queue(handler, {Queue.CALLS: 2})
    queue.create([call(f"c{number}") for number in range(3)])
    queue.create([call(f"p{number}", queue=Queue.PASSES) for number in range(3)])
    assert queue.deliver_due() == 4
    assert queue.deliver_due() == 0
    run(queue, clock, rounds=2)
    calls = [at - NOON for name, at in handler.seen if name.startswith("c")]
    assert calls == [timedelta(), timedelta(seconds=0.5), timedelta(seconds=1)]


def test_a_rate_allows_no_burst_after_a_quiet_time(
    open_queue: Open, handler: Handler, clock: VirtualClock
) -> None:
    queue = open_queue(handler, {Queue.CALLS: 1})
    clock.advance(hours=1)
    queue.create([call("n1"), call("n2")])
    assert queue.deliver_due() == 1


def test_a_failed_delivery_is_made_again_with_growing_pauses(open_queue: Open, clock: VirtualClock) -> None:
    handler = Handler(clock, False, False, False, True)
    queue = open_queue(handler)
    queue.create([call()])
    run(queue, clock, rounds=4)
    assert [at - NOON for _, at in handler.seen] == [timedelta(seconds=s) for s in (0, 0.1, 0.3, 0.7)]
    assert handler.retries == [0, 1, 2, 3]
    assert queue.next_at() is None


def test_the_pause_after_a_failure_has_a_limit() -> None:
    assert backoff(9) == timedelta(seconds=51.2)
    assert backoff(10) == backoff(1_000_000) == timedelta(seconds=60)


def test_a_failing_delivery_does_not_hold_up_others(open_queue: Open, clock: VirtualClock) -> None:
    handler = Handler(clock, False)
    queue = open_queue(handler)
    queue.create([call("fails"), call("n1"), call("n2")])
    assert queue.deliver_due() == 3
    assert handler.names == ["fails", "n1", "n2"]


def test_a_delivery_that_breaks_off_is_made_again(open_queue: Open, clock: VirtualClock) -> None:
    handler = Handler(clock)

    def break_off(delivery: Delivery) -> bool:
        if not handler.seen:
            handler(delivery)
            raise RuntimeError("the handler is broken")
        return handler(delivery)

    queue = open_queue(break_off)
    queue.create([call()])
    with pytest.raises(RuntimeError):
        queue.deliver_due()
    run(queue, clock, rounds=1)
    assert handler.names == ["n1", "n1"]
    assert queue.next_at() is None


def test_a_delivery_may_create_tasks_and_those_due_now_are_delivered_too(
    open_queue: Open, clock: VirtualClock
) -> None:
    seen = []

    def pass_on(delivery: Delivery) -> bool:
        seen.append(delivery.name)
        if delivery.name == "n1":
            queue.create([call("n2"), call("n3", NOON + timedelta(seconds=1)), call("n1")])
        return True

    queue = open_queue(pass_on)
    queue.create([call()])
    assert queue.deliver_due() == 2
    run(queue, clock, rounds=1)
    assert seen == ["n1", "n2", "n3"]
