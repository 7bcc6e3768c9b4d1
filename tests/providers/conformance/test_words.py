"""What adapters send and understand, against what each provider's own API description lists.

tests/providers/fields holds those lists, with the source of each."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from service.domain.agent import MACHINES, Provider
from service.providers.mapping import tables_of
from tests.providers.conformance.exchange import Exchange, of_each, where
from tests.providers.conformance.test_placing import ordered

FIELDS = Path(__file__).parents[1] / "fields"


def documented(name: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((FIELDS / f"{name}.json").read_text())
    return said


def sent_fields(body: Any, free: list[str], before: str = "") -> Iterator[tuple[str, Any]]:
    """Each field's name with those around it, and each of its values; within `free` ones the names are the
    user's own."""
    for name, value in body.items():
        path = before + name
        for inner in value if isinstance(value, list) else [value]:
            yield path, inner
            if isinstance(inner, dict) and path not in free:
                yield from sent_fields(inner, free, f"{path}.")


def create_request(exchange: Exchange, **changes: Any) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """What is documented of it, and its fields with their values."""
    exchange.adapter().place(ordered(exchange, **changes))
    [request] = exchange.creates
    known = documented(exchange.name)
    body = parse_qs(request.body.decode()) if exchange.name == "twilio" else request.json
    return known, list(sent_fields(body, known.get("free", [])))


@of_each("machine", lambda kind: sorted(MACHINES[Provider(kind.name)]))
@pytest.mark.parametrize("record", [False, True])
def test_a_create_request_has_the_documented_fields_and_no_others(exchange, machine, record):
    known, sent = create_request(exchange, on_machine=machine, record=record)
    names = {name for name, _ in sent}
    assert names <= set(known["fields"])
    assert set(known["required"]) <= names


@of_each("machine", lambda kind: sorted(MACHINES[Provider(kind.name)]))
def test_a_create_request_has_the_documented_values_where_there_are_only_some(exchange, machine):
    known, sent = create_request(exchange, on_machine=machine, record=True)
    checked = [(name, value) for name, value in sent if name in known["values"]]
    assert checked
    assert [(name, value) for name, value in checked if value not in known["values"][name]] == []


@where(lambda kind: "ranges" in documented(kind.name))
@pytest.mark.parametrize(("ring", "talk"), [(1, 30), (30, 3600), (600, 86_400)])
def test_a_create_request_keeps_to_the_documented_ranges_whatever_the_limits(exchange, ring, talk):
    known, sent = create_request(exchange, ring_seconds=ring, time_limit_seconds=talk)
    checked = {name: value for name, value in sent if name in known["ranges"]}
    assert checked.keys() == known["ranges"].keys()
    for name, value in checked.items():
        least, most = known["ranges"][name]
        assert least <= value <= most, name


def test_every_documented_status_has_a_meaning(exchange):
    known, tables = documented(exchange.name), tables_of(Provider(exchange.name))
    ending = {"call.hangup"} if exchange.name == "telnyx" else set()  # it goes by its reason
    assert set(tables["status"]) | ending == set(known["statuses"])
    assert set(tables.get("reason for an end", {})) == set(known.get("reasons", []))


def test_each_list_names_its_source(exchange):
    assert documented(exchange.name)["source"].startswith("github.com/")
