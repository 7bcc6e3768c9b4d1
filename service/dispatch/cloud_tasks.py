"""Tasks carried by Google Cloud Tasks."""

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from google.api_core.exceptions import (
    Aborted,
    AlreadyExists,
    DeadlineExceeded,
    GoogleAPIError,
    InternalServerError,
    ResourceExhausted,
    ServiceUnavailable,
    Unknown,
)
from google.api_core.retry import Retry, if_exception_type
from google.cloud import tasks_v2

from service.ports import Clock, Queue, QueueUnavailable, Task
from service.receipts import Meter

DISPATCH_DEADLINE = timedelta(seconds=210)  # after it the task is carried again; the handler may still run
SCHEDULE_AHEAD_MAX = timedelta(days=30) - timedelta(hours=1)  # an hour, as this instance's clock may be fast
CREATES_AT_ONCE_MAX = 16
CREATE_SECONDS_MAX = 5.0  # one request
CREATE_ALL_SECONDS_MAX = 15.0  # all requests of one `create`, with their retries
# The client retries no create by itself. The name makes another try harmless, whatever became of the first.
CREATE_RETRY = Retry(
    predicate=if_exception_type(
        Aborted, DeadlineExceeded, InternalServerError, ResourceExhausted, ServiceUnavailable, Unknown
    ),
    initial=0.1,
    multiplier=2.0,
    maximum=2.0,
)


class CloudTasksQueue:
    """`queues` names the queues in Cloud Tasks; `base_url` has no slash at its end. Tasks carry a token of
    `service_account` for `audience`."""

    def __init__(
        self,
        client: tasks_v2.CloudTasksClient,
        *,
        project: str,
        region: str,
        queues: Mapping[Queue, str],
        base_url: str,
        service_account: str,
        audience: str,
        clock: Clock,
        meter: Meter,
    ) -> None:
        self._client = client
        self._parents = {
            queue: f"projects/{project}/locations/{region}/queues/{name}" for queue, name in queues.items()
        }
        self._base_url = base_url
        self._token = tasks_v2.OidcToken(service_account_email=service_account, audience=audience)
        self._clock = clock
        self._meter = meter

    def create(self, tasks: Sequence[Task]) -> None:
        if not tasks:
            return
        latest_at = self._clock.now() + SCHEDULE_AHEAD_MAX
        requests = [self._request(task, latest_at) for task in tasks]
        give_up_at = time.monotonic() + CREATE_ALL_SECONDS_MAX
        if len(requests) == 1:
            failures = [self._send(requests[0], give_up_at)]
        else:
            with ThreadPoolExecutor(min(CREATES_AT_ONCE_MAX, len(requests))) as pool:
                failures = list(pool.map(lambda request: self._send(request, give_up_at), requests))
        self._meter.add(tasks=failures.count(None))
        for failure in failures:
            if failure is not None:
                raise QueueUnavailable(str(failure)) from failure

    def _request(self, task: Task, latest_at: datetime) -> tasks_v2.CreateTaskRequest:
        parent = self._parents[task.queue]
        return tasks_v2.CreateTaskRequest(
            parent=parent,
            task=tasks_v2.Task(
                name=f"{parent}/tasks/{task.name}",
                # What lies further ahead than Cloud Tasks takes comes too early, and finds nothing to do yet:
                # the tick sees to it when it is due.
                schedule_time=None if task.at is None else min(task.at, latest_at),
                dispatch_deadline=DISPATCH_DEADLINE,
                http_request=tasks_v2.HttpRequest(
                    http_method=tasks_v2.HttpMethod.POST,
                    url=self._base_url + task.path,
                    headers={"Content-Type": "application/json"},
                    body=json.dumps(task.body).encode(),
                    oidc_token=self._token,
                ),
            ),
        )

    def _send(self, request: tasks_v2.CreateTaskRequest, give_up_at: float) -> Exception | None:
        """Creates one task; returns why it could not, so that the others still are tried."""
        seconds_left = give_up_at - time.monotonic()
        if seconds_left <= 0:  # gRPC would still send the request
            return TimeoutError("no time was left to create the task")
        create = CREATE_RETRY.with_timeout(seconds_left)(self._client.create_task)
        try:
            # `timeout` is each request's own: given a `retry`, the client would spread it over all of them.
            create(request=request, timeout=min(CREATE_SECONDS_MAX, seconds_left), retry=None)
        except AlreadyExists:
            return None
        except GoogleAPIError as error:
            return error
        return None
