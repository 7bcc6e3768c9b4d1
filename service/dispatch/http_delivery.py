"""Carries the single machine's tasks to the application, as Cloud Tasks does."""

import json
import logging
from collections.abc import Callable

from service.dispatch.local_tasks import Delivery
from service.transport import AnswerLost, Http, NotSent

DELIVERY_SECONDS_MAX = 210.0

log = logging.getLogger(__name__)


class HttpDelivery:
    """`base_url` has no slash at its end; `token()` is what says that this machine calls itself."""

    def __init__(self, http: Http, base_url: str, token: Callable[[], str]) -> None:
        self._http = http
        self._base_url = base_url
        self._token = token

    def __call__(self, delivery: Delivery) -> bool:
        """Whether the task was taken. False, too, if nobody knows: then it is carried again."""
        try:
            answer = self._http.request(
                "POST",
                self._base_url + delivery.path,
                headers={
                    "Authorization": f"Bearer {self._token()}",
                    "Content-Type": "application/json",
                    "X-CloudTasks-TaskName": delivery.name,
                    "X-CloudTasks-QueueName": delivery.queue,
                    "X-CloudTasks-TaskRetryCount": str(delivery.retries),
                },
                body=json.dumps(delivery.body).encode(),
                timeout_seconds=DELIVERY_SECONDS_MAX,
            )
        except (NotSent, AnswerLost) as error:
            log.warning("Task %s for %s got no answer: %s", delivery.name, delivery.path, error)
            return False
        if not 200 <= answer.status < 300:
            log.warning("Task %s for %s was answered %d", delivery.name, delivery.path, answer.status)
            return False
        return True
