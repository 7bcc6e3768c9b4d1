from collections.abc import Mapping

import pytest

from service.dispatch.http_delivery import HttpDelivery
from service.dispatch.local_tasks import Delivery
from service.ports import Queue
from service.transport import AnswerLost, HttpResponse, NotSent

DELIVERY = Delivery(Queue.CALLS, "n1", "/tasks/call", {"name": "Zoë"}, retries=3)


class Server:
    """Gives one answer, or fails."""

    def __init__(self, answer: int | Exception = 200) -> None:
        self._answer = answer
        self.requests: list[tuple[str, str, Mapping[str, str], bytes]] = []

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> HttpResponse:
        assert timeout_seconds > 0
        self.requests.append((method, url, headers, body))
        if isinstance(self._answer, Exception):
            raise self._answer
        return HttpResponse(self._answer, {}, b"")


def carry(server: Server) -> bool:
    return HttpDelivery(server, "http://127.0.0.1:8080", lambda: "t0ken")(DELIVERY)


def test_a_task_is_posted_as_cloud_tasks_does() -> None:
    server = Server()
    assert carry(server)
    assert server.requests == [
        (
            "POST",
            "http://127.0.0.1:8080/tasks/call",
            {
                "Authorization": "Bearer t0ken",
                "Content-Type": "application/json",
                "X-CloudTasks-TaskName": "n1",
                "X-CloudTasks-QueueName": "calls",
                "X-CloudTasks-TaskRetryCount": "3",
            },
            b'{"name": "Zo\\u00eb"}',
        )
    ]


@pytest.mark.parametrize("status", [200, 204, 299])
def test_a_2xx_answer_means_taken(status: int) -> None:
    assert carry(Server(status))


@pytest.mark.parametrize("status", [199, 302, 401, 404, 429, 500, 503])
def test_any_other_answer_means_again(status: int) -> None:
    assert not carry(Server(status))


@pytest.mark.parametrize("error", [NotSent("refused"), AnswerLost("timed out")])
def test_no_answer_means_again(error: Exception) -> None:
    assert not carry(Server(error))
