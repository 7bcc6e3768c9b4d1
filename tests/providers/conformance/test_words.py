"""What adapters send and understand, against what each provider's own API description lists.

tests/providers/fields holds those lists, with the source of each."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.domain.agent import MACHINES, Provider
from service.providers.mapping import tables_of
from tests.providers.conformance.exchange import of_each
from tests.providers.conformance.test_placing import ordered

FIELDS = Path(__file__).parents[1] / "fields"


def documented(name: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((FIELDS / f"{name}.json").read_text())
    return said


def paths(body: Any, free: list[str], before: str = "") -> Iterator[str]:
    """Each field's name with those around it; within `free` ones the names are the user's own."""
    for name, value in body.items():
        path = before + name
        yield path
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict) and path not in free:
                yield from paths(inner, free, f"{path}.")


@of_each("machine", lambda kind: sorted(MACHINES[Provider(kind.name)]))
@pytest.mark.parametrize("record", [False, True])
def test_a_create_request_has_the_documented_fields_and_no_others(exchange, machine, record):
    exchange.adapter().place(ordered(exchange, on_machine=machine, record=record))
    [request] = exchange.creates
    known = documented(exchange.name)
    body = request.form if exchange.name == "twilio" else request.json
    sent = set(paths(body, known.get("free", [])))
    assert sent <= set(known["fields"])
    assert set(known["required"]) <= sent


def test_every_documented_status_has_a_meaning(exchange):
    known, tables = documented(exchange.name), tables_of(Provider(exchange.name))
    ending = {"call.hangup"} if exchange.name == "telnyx" else set()  # it goes by its reason
    assert set(tables["status"]) | ending == set(known["statuses"])
    assert set(tables.get("reason for an end", {})) == set(known.get("reasons", []))


def test_each_list_names_its_source(exchange):
    assert documented(exchange.name)["source"].startswith("github.com/")
