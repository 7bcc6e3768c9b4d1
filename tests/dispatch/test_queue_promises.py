"""What every task queue promises."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from service.ports import Queue
from tests.dispatch.benches import NOON, Arrival, Bench, call


def test_a_task_arrives_with_its_path_and_body_at_once(bench: Bench) -> None:
    bench.queue.create([call()])
    assert bench.deliver_all() == [
        Arrival(Queue.CALLS, "n1", "/tasks/call", {"call": "c1", "attempt": 1}, NOON)
    ]


def test_a_task_created_twice_is_one_task(bench: Bench) -> None:
    bench.queue.create([call()])
    bench.queue.create([call()])
    assert len(bench.deliver_all()) == 1


def test_a_name_twice_in_one_creation_is_one_task(bench: Bench) -> None:
    bench.queue.create([call(), call("n2"), call()])
    assert sorted(arrival.name for arrival in bench.deliver_all()) == ["n1", "n2"]


def test_the_first_task_of_a_name_stays_as_it_is(bench: Bench) -> None:
    bench.queue.create([call(call="first")])
    bench.queue.create([call(call="second", at=NOON + timedelta(hours=1))])
    assert [(arrival.body, arrival.at) for arrival in bench.deliver_all()] == [({"call": "first"}, NOON)]


def test_a_name_that_was_used_up_is_not_used_again(bench: Bench) -> None:
    bench.queue.create([call()])
    bench.deliver_all()
    bench.queue.create([call(), call("n2")])
    assert [arrival.name for arrival in bench.deliver_all()] == ["n2"]


def test_each_queue_has_its_own_names(bench: Bench) -> None:
    bench.queue.create([call(), call(queue=Queue.PASSES)])
    assert {arrival.queue for arrival in bench.deliver_all()} == {Queue.CALLS, Queue.PASSES}


def test_schedule_times_are_kept_to_the_microsecond(bench: Bench) -> None:
    later, latest = NOON + timedelta(minutes=5, microseconds=1), NOON + timedelta(days=20)
    bench.queue.create([call("n3", at=latest), call("n2", at=later), call("n1")])
    assert [arrival.at for arrival in bench.deliver_all()] == [NOON, later, latest]


def test_a_schedule_time_that_has_passed_means_at_once(bench: Bench) -> None:
    bench.queue.create([call(at=NOON - timedelta(hours=2))])
    assert len(bench.deliver_all()) == 1


def test_any_text_and_a_large_body_arrive_unchanged(bench: Bench) -> None:
    body = {"contact": "Zoë 王 😀 \u2028 \x00", "notes": "x" * 90_000, "nested": [{"a": None}, 1.5, True]}
    bench.queue.create([call(**body)])
    assert [arrival.body for arrival in bench.deliver_all()] == [body]


def test_two_hundred_tasks_at_once_all_arrive(bench: Bench) -> None:
    names = {f"n{number}" for number in range(200)}
    bench.queue.create([call(name) for name in names])
    assert {arrival.name for arrival in bench.deliver_all()} == names


def test_creators_in_several_threads_make_one_task_of_a_name(bench: Bench) -> None:
    with ThreadPoolExecutor(8) as creators:
        list(creators.map(lambda number: bench.queue.create([call(f"n{number % 3}")]), range(24)))
    assert Counter(arrival.name for arrival in bench.deliver_all()) == {"n0": 1, "n1": 1, "n2": 1}


def test_each_creation_is_one_task_operation_even_of_a_known_name(bench: Bench) -> None:
    with bench.meter.measure() as cost:
        bench.queue.create([call("n1"), call("n2"), call("n3")])
        bench.queue.create([call("n1")])
    assert cost.tasks == 4


def test_nothing_to_create_costs_nothing(bench: Bench) -> None:
    with bench.meter.measure() as cost:
        bench.queue.create([])
    assert cost.tasks == 0
    assert bench.deliver_all() == []
