"""What the limits allow fits into what Firestore takes: a document of 1 MiB, a request of 10 MiB."""

from dataclasses import fields, replace
from typing import Any

import pytest

from service.contacts.columns import COLUMN_NAME_CHARACTERS_MAX, VARIABLES_MAX
from service.contacts.contact_file import CELL_CHARACTERS_MAX
from service.domain import events
from service.domain.call import Attempt, Call, Conversation, Script, State
from service.domain.calls import CALLBACK_ATTEMPTS_MAX, ERROR_BYTES_MAX
from service.domain.campaign import RETRY_STEPS_MAX, Retry
from service.domain.events import REDIALS_MAX
from service.domain.outbox import Delivery, event_of_call
from service.domain.sizes import bytes_of_call
from service.domain.webhook import EventType
from service.ports import Create, Record
from service.state.firestore_requests import Requests
from tests.state.records import NOON, call, filled

DOCUMENT_BYTES_MAX = 1024 * 1024  # cloud.google.com/firestore/quotas
ID_CHARACTERS = 64
WIDE = "🎈"  # four bytes, as many as a character can have
ATTEMPTS_MAX = CALLBACK_ATTEMPTS_MAX + 1 + RETRY_STEPS_MAX * len(fields(Retry)) + REDIALS_MAX

VARIABLES = {
    f"{n:02}" + WIDE * (COLUMN_NAME_CHARACTERS_MAX - 2): WIDE * CELL_CHARACTERS_MAX
    for n in range(VARIABLES_MAX)
}
TALK = Conversation(WIDE * 10_000, WIDE * 10_000, "https://" + WIDE * 2_000, 10**15, "USD")
ATTEMPT: Attempt = replace(
    filled(Attempt),
    provider_id="x" * ID_CHARACTERS,
    agent_id="x" * ID_CHARACTERS,
    error="x" * ERROR_BYTES_MAX,
)


def request_bytes(*records: Record) -> int:
    request = Requests("projects/a-project/databases/(default)").commit(
        [Create(record) for record in records], {"_commit": "0" * 16}
    )
    size: int = type(request).pb(request).ByteSize()
    return size


def talked(attempts: int) -> Call:
    """Each of its attempts has a conversation, of which as much is kept as there is room for."""
    numbered = tuple(replace(ATTEMPT, number=n, conversation=None) for n in range(attempts))
    whole = replace(
        filled(Call),
        name=WIDE * 2 * CELL_CHARACTERS_MAX,
        external_id=WIDE * CELL_CHARACTERS_MAX,
        script=Script(twiml=WIDE * 4_000),
        variables=VARIABLES,
        attempts=numbered,
    )
    for attempt in numbered:
        event = events.CallEvent(State.COMPLETED, "", conversation=TALK)
        whole = events.keep(whole, attempt.number, event) or whole
    return whole


LARGEST = talked(ATTEMPTS_MAX)


def test_the_largest_call_fits_into_a_document() -> None:
    assert request_bytes(LARGEST) <= DOCUMENT_BYTES_MAX


def test_and_so_does_the_event_that_tells_of_it() -> None:
    event = event_of_call("evt_1", EventType.CALL_FINISHED, LARGEST, now=NOON)
    told = replace(
        event, deliveries=(replace(filled(Delivery), error="x" * 200),) * 20, open=("x" * 30,) * 10
    )
    assert request_bytes(told) <= DOCUMENT_BYTES_MAX


@pytest.mark.parametrize(
    "record",
    [
        filled(Call),
        call("plain"),
        call("short", variables={f"{n}": f"{n}" for n in range(100)}),
        call("wide", variables=VARIABLES),
        talked(1),
        talked(3),
        LARGEST,
        replace(LARGEST, attempts=(replace(ATTEMPT, error=None),) * ATTEMPTS_MAX, variables={}),
    ],
)
def test_a_call_is_no_larger_than_it_is_reckoned(record: Any) -> None:
    assert request_bytes(record) <= bytes_of_call(record) <= 4 * request_bytes(record)
