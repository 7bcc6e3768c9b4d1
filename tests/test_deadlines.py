"""A handler ends before its task's deadline, whatever happens: after it the task is carried again, and a
handler that still runs is a zombie."""

import ast
import inspect

from service.dispatch import cloud_tasks, http_delivery
from service.providers import twilio
from service.state import firestore
from service.transport import CONNECT_SECONDS_MAX
from service.usecases import deliver_event, dial_memory, place_call, record_answer
from service.webhooks import courier

READ = firestore.READ_SECONDS_MAX + firestore.READ_TRY_SECONDS  # the last try may begin at the limit
COMMIT = firestore.COMMIT_SECONDS_MAX
RESOLVER_SECONDS = 30  # three servers that do not answer, 5 s each, asked twice: resolv.conf(5)
ONE_TASK = cloud_tasks.CREATE_ALL_SECONDS_MAX + cloud_tasks.CREATE_SECONDS_MAX


def test_the_slowest_call_handler_ends_before_its_deadline() -> None:
    check = READ + place_call.TRY_AGAIN_SECONDS_MAX
    dialing, read_back = COMMIT, READ
    place = 2 * twilio.APPLICATION_SECONDS_MAX + CONNECT_SECONDS_MAX + twilio.REQUEST_SECONDS_MAX
    forget = dial_memory.FORGET_TRIES_MAX * (READ + COMMIT)
    settle = COMMIT + (record_answer.SETTLE_TRIES_MAX - 1) * (READ + COMMIT)
    event_and_refill = 2 * ONE_TASK
    slowest = check + dialing + read_back + place + forget + settle + event_and_refill
    assert slowest < cloud_tasks.DISPATCH_DEADLINE.total_seconds()
    assert slowest < http_delivery.DELIVERY_SECONDS_MAX


def test_the_slowest_round_of_an_event_ends_before_its_deadline() -> None:
    """But for the look-up of the last receiver's name, whose limit is the resolver's."""
    carry = deliver_event.ROUND_SECONDS_MAX + courier.DELIVERY_SECONDS_MAX
    slowest = 2 * READ + carry + COMMIT + ONE_TASK + RESOLVER_SECONDS
    assert slowest < cloud_tasks.DISPATCH_DEADLINE.total_seconds()
    assert slowest < http_delivery.DELIVERY_SECONDS_MAX


def test_every_firestore_call_says_its_timeout_and_its_retry() -> None:
    """Else the library's own apply: a commit would be sent again for a minute."""
    calls = [
        node
        for node in ast.walk(ast.parse(inspect.getsource(firestore)))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "self._api"
    ]
    assert len(calls) == 4
    for call in calls:
        assert {"timeout", "retry"} <= {keyword.arg for keyword in call.keywords}, ast.unparse(call)
