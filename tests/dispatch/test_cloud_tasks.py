import threading
import time
from datetime import timedelta

import grpc
import pytest
from google.cloud import tasks_v2

from service.dispatch import cloud_tasks
from service.local.clocks import VirtualClock
from service.ports import QueueUnavailable
from service.receipts import Meter
from tests.dispatch.benches import NOON, CloudBench, call, cloud_queue
from tests.support.cloud_tasks_server import Trouble, cloud_tasks_client


def test_a_task_is_an_authenticated_post_with_a_deadline(cloud: CloudBench) -> None:
    cloud.queue.create([call()])
    parent = "projects/p/locations/europe-west1/queues/reveille-calls"
    (request,) = cloud.server.requests
    assert request.parent == parent
    assert request.task == tasks_v2.Task(
        name=f"{parent}/tasks/n1",
        dispatch_deadline=timedelta(seconds=210),
        http_request=tasks_v2.HttpRequest(
            url="https://reveille.example/tasks/call",
            http_method=tasks_v2.HttpMethod.POST,
            headers={"Content-Type": "application/json"},
            body=b'{"call": "c1", "attempt": 1}',
            oidc_token=tasks_v2.OidcToken(
                service_account_email="tasks@p.iam.gserviceaccount.com", audience="https://reveille.example"
            ),
        ),
    )


@pytest.mark.parametrize(
    "code",
    [
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.UNKNOWN,
    ],
)
@pytest.mark.parametrize("created", [False, True])
def test_a_passing_trouble_is_tried_again_under_the_same_name(
    cloud: CloudBench, code: grpc.StatusCode, created: bool
) -> None:
    cloud.server.troubles = [Trouble(code, created)]
    with cloud.meter.measure() as cost:
        cloud.queue.create([call()])
    assert len(cloud.server.tasks) == 1
    assert [request.task.name[-3:] for request in cloud.server.requests] == ["/n1", "/n1"]
    assert cost.tasks == 1


def test_a_refusal_is_not_tried_again_and_the_other_tasks_are_created(cloud: CloudBench) -> None:
    cloud.server.troubles = [Trouble(grpc.StatusCode.PERMISSION_DENIED, created=False)]
    with cloud.meter.measure() as cost, pytest.raises(QueueUnavailable, match="before"):
        cloud.queue.create([call("n1"), call("n2"), call("n3")])
    assert len(cloud.server.requests) == 3
    assert len(cloud.server.tasks) == 2
    assert cost.tasks == 2


def test_a_queue_that_stays_away_is_given_up_in_time(
    cloud: CloudBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud_tasks, "CREATE_ALL_SECONDS_MAX", 0.3)
    monkeypatch.setattr(cloud_tasks, "CREATES_AT_ONCE_MAX", 2)
    cloud.server.always = Trouble(grpc.StatusCode.UNAVAILABLE, created=False)
    began = time.monotonic()
    with pytest.raises(QueueUnavailable):
        cloud.queue.create([call(f"n{number}") for number in range(100)])
    assert time.monotonic() - began < 5  # each for itself, one after the other, it would be 15


def test_nothing_is_sent_when_no_time_is_left(cloud: CloudBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud_tasks, "CREATE_ALL_SECONDS_MAX", 0)
    with pytest.raises(QueueUnavailable):
        cloud.queue.create([call("n1"), call("n2")])
    assert cloud.server.requests == []


def test_a_request_that_hangs_is_given_up_and_made_again(
    cloud: CloudBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud_tasks, "CREATE_SECONDS_MAX", 0.2)
    released = threading.Event()
    waits = iter([lambda: released.wait(timeout=5)])
    cloud.server.on_request = lambda: next(waits, released.set)()
    cloud.queue.create([call()])
    assert len(cloud.server.tasks) == 1
    assert released.is_set()


def test_many_tasks_are_created_side_by_side(cloud: CloudBench) -> None:
    together = threading.Barrier(cloud_tasks.CREATES_AT_ONCE_MAX)
    cloud.server.on_request = lambda: together.wait(timeout=5)
    cloud.queue.create([call(f"n{number}") for number in range(2 * cloud_tasks.CREATES_AT_ONCE_MAX)])
    assert len(cloud.server.tasks) == 2 * cloud_tasks.CREATES_AT_ONCE_MAX


def test_a_time_further_ahead_than_cloud_tasks_takes_comes_at_its_limit(cloud: CloudBench) -> None:
    cloud.queue.create([call(at=NOON + timedelta(days=300))])
    (task,) = cloud.server.tasks.values()
    assert timedelta(days=29) < task.schedule_time - NOON < timedelta(days=30)


def test_a_server_that_is_not_there_is_queue_unavailable(
    clock: VirtualClock, meter: Meter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud_tasks, "CREATE_ALL_SECONDS_MAX", 0.2)
    with cloud_tasks_client(port=1) as client, pytest.raises(QueueUnavailable):
        cloud_queue(client, clock, meter).create([call()])
