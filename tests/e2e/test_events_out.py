"""`python -m service` tells a receiver on this machine, with real processes and sockets."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import LocalRun, in_folder, wait_for
from tests.support.receiver import Received, is_signed, receiver

DELIVERY_SECONDS_MAX = 30.0
SCRIPT = {"twiml": "<Response/>"}


@pytest.fixture
def run(tmp_path: Path) -> Iterator[LocalRun]:
    yield from in_folder(tmp_path)


def test_a_call_that_is_canceled_is_told_to_a_receiver_on_this_machine(run: LocalRun) -> None:
    run.start()
    with receiver() as there:
        made = run.api("POST", "/api/webhooks", {"url": there.url, "events": ["call.finished"]})
        later = {
            "to": "+13125550123",
            "script": {"twiml": "<Response/>"},
            "not_before": "2099-01-01T00:00:00Z",
        }
        call = run.api("POST", "/api/calls", later)["id"]
        run.api("POST", f"/api/calls/{call}/cancel")

        def arrived() -> Received | None:
            return there.received[0] if there.received else None

        received = wait_for(arrived, DELIVERY_SECONDS_MAX, "an event")
    assert is_signed(received, made["secret"])
    assert json.loads(received.body)["data"] == run.api("GET", f"/api/calls/{call}")
