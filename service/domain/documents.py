"""Records to plain documents and back, driven by the records' own type hints.

A document holds only what both stores know: None, bool, int, float, str, datetime, list, dict. A date is
kept as its ISO text.
"""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

T = TypeVar("T")
Reader = Callable[[Any], Any]
AS_THEY_ARE = frozenset({str, int, float, bool, datetime, dict, list, type(None)})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def encode(record: Any) -> dict[str, Any]:
    """The record as a document, its id included."""
    return {name: plain(getattr(record, name)) for name in _names(cast(Any, type(record)))}


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def plain(value: Any) -> Any:
    """One value of a record as a value of a document."""
    if type(value) in AS_THEY_ARE:  # nearly all of them: each write comes through here
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if is_dataclass(value):
        return encode(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return value


def decode(kind: type[T], document: Mapping[str, Any]) -> T:
    """The record that `document` holds. Fields that it lacks take their defaults."""
    return cast(T, _reader(cast(Any, kind))(document))


@cache
def _reader(hint: Any) -> Reader:
    """How a value with this type hint is read from a document."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        inner = _reader(next(a for a in arguments if a is not type(None)))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        item = _reader(arguments[0])
        return lambda value: tuple(item(v) for v in value)
    if hint is datetime:
        return _time
    if hint is date:
        return date.fromisoformat
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if is_dataclass(hint):
        return _dataclass_reader(cast(type, hint))
    if origin is dict:
        return dict
    return lambda value: value


def _dataclass_reader(kind: type) -> Reader:
    hints = typing.get_type_hints(kind)
    readers = [(field.name, _reader(hints[field.name])) for field in fields(kind)]

    def read(document: Mapping[str, Any]) -> Any:
        return kind(**{name: reader(document[name]) for name, reader in readers if name in document})

    return read


def _time(value: datetime | str) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    # Firestore answers with a subclass that carries nanoseconds; a plain datetime compares and prints alike.
    return EPOCH + (moment - EPOCH)
