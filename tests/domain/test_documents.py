"""Every record survives the way into a document and back, and a document holds only what both stores know."""

import types
import typing
from dataclasses import MISSING, fields, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.call import Attempt, Call, State
from service.domain.campaign import Campaign, Retry, Status, Unknown
from service.domain.documents import EPOCH, decode, encode
from service.domain.hours import Hours, Window
from service.state.indexes import RECORD_KINDS
from tests.domain.records import NOON, running, waiting

PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=10),
    bool: st.booleans(),
    int: st.integers(-(2**40), 2**40),
    float: st.floats(allow_nan=False, allow_infinity=False),
    datetime: st.integers(0, 2**53).map(lambda microseconds: EPOCH + timedelta(microseconds=microseconds)),
    date: st.dates(),
    dict[str, int]: st.dictionaries(st.text(max_size=10), st.integers(0, 200), max_size=3),
    dict[str, str]: st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=3),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Whatever the type hint allows."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if origin is types.UnionType:
        return st.none() | values(arguments[0])
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    hints = typing.get_type_hints(hint)
    return st.builds(hint, **{field.name: values(hints[field.name]) for field in fields(hint)})


records = st.sampled_from(RECORD_KINDS).flatmap(values)


def is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(type(key) is str and is_plain(inner) for key, inner in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    return value is None or type(value) in {bool, int, float, str, datetime}


@given(record=records)
def test_a_record_comes_back_as_it_was(record: Any) -> None:
    again = decode(type(record), encode(record))
    assert again == record
    assert repr(again) == repr(record)  # an enum's member is not just an equal text


@given(record=records)
def test_a_document_holds_only_what_both_stores_know(record: Any) -> None:
    assert is_plain(encode(record))


@pytest.mark.parametrize("record", [waiting(), running()])
def test_fields_that_a_document_lacks_take_their_defaults(record: Any) -> None:
    """A record that an earlier revision wrote is still read."""
    optional = {field.name for field in fields(record) if field.default is not MISSING}
    at_default = replace(record, status=Status.DRAFT) if isinstance(record, Campaign) else record
    document = {name: value for name, value in encode(record).items() if name not in optional}
    assert decode(type(record), document) == at_default


def test_a_field_of_a_later_revision_is_passed_over() -> None:
    assert decode(Call, encode(waiting()) | {"mood": "bright"}) == waiting()


def test_times_are_read_from_text_as_well() -> None:
    """As SQLite keeps them."""
    document = encode(waiting()) | {"due_at": "2026-03-02T12:00:00.000000Z"}
    assert decode(Call, document).due_at == NOON


def test_what_is_nested_comes_back_with_its_types() -> None:
    settings = {"retry": Retry(busy=(20, 60)), "hours": Hours((Window(0, 540, 1020),))}
    campaign = running(on_unknown=Unknown.REDIAL, **settings)
    assert decode(Campaign, encode(campaign)).settings == campaign.settings
    dialled = replace(waiting(), attempts=(Attempt(1, NOON, "t", "+1", "p", NOON, outcome=State.BUSY),))
    assert decode(Call, encode(dialled)).attempts[0].outcome is State.BUSY
