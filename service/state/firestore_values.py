"""Documents to Firestore's messages and back.

The messages are protobuf's own. The library's wrappers around them, made anew for each value, are most of
the CPU that a request costs: a call has some 40 fields."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from google.cloud.firestore_v1.types import document

from service.domain.documents import EPOCH

NANOSECONDS_A_SECOND = 1_000_000_000
_Value: Any = document.Value.pb()


def value_of(plain: Any) -> Any:
    value = _Value()
    _put(value, plain)
    return value


def put_fields(fields: Any, document: Mapping[str, Any]) -> None:
    """Into a message's map from names to values. Raises UnicodeEncodeError, and ValueError for an integer
    that does not fit into 64 bits."""
    for name, plain in document.items():
        _put(fields[name], plain)


def read_fields(fields: Any) -> dict[str, Any]:
    return {name: read_value(value) for name, value in fields.items()}


def read_value(value: Any) -> Any:
    return _READERS[value.WhichOneof("value_type")](value)


def moment_of(timestamp: Any) -> datetime:
    """What is below a microsecond is cut off."""
    return EPOCH + timedelta(seconds=timestamp.seconds, microseconds=timestamp.nanos // 1000)


def nanoseconds_of(timestamp: Any) -> int:
    """Since 1970."""
    nanoseconds: int = timestamp.seconds * NANOSECONDS_A_SECOND + timestamp.nanos
    return nanoseconds


def put_nanoseconds(timestamp: Any, nanoseconds: int) -> None:
    timestamp.seconds, timestamp.nanos = divmod(nanoseconds, NANOSECONDS_A_SECOND)


def _put(value: Any, plain: Any) -> None:
    """Raises KeyError for what no document holds."""
    kind = type(plain)
    if kind not in _WRITERS:  # a Counter is a dict
        kind = next((base for base in kind.__mro__ if base in _WRITERS), kind)
    _WRITERS[kind](value, plain)


def _put_null(value: Any, _: None) -> None:
    value.null_value = 0


def _put_bool(value: Any, plain: bool) -> None:
    value.boolean_value = plain


def _put_int(value: Any, plain: int) -> None:
    value.integer_value = plain


def _put_float(value: Any, plain: float) -> None:
    value.double_value = plain


def _put_text(value: Any, plain: str) -> None:
    value.string_value = plain


def _put_moment(value: Any, plain: datetime) -> None:
    since = plain - EPOCH
    value.timestamp_value.seconds = since.days * 86_400 + since.seconds
    value.timestamp_value.nanos = since.microseconds * 1000


def _put_list(value: Any, plain: list[Any]) -> None:
    value.array_value.SetInParent()  # also when it is empty
    for item in plain:
        _put(value.array_value.values.add(), item)


def _put_map(value: Any, plain: dict[str, Any]) -> None:
    value.map_value.SetInParent()
    put_fields(value.map_value.fields, plain)


_WRITERS: dict[type, Callable[[Any, Any], None]] = {
    type(None): _put_null,
    bool: _put_bool,
    int: _put_int,
    float: _put_float,
    str: _put_text,
    datetime: _put_moment,
    list: _put_list,
    dict: _put_map,
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "null_value": lambda value: None,  # noqa: ARG005
    "boolean_value": attrgetter("boolean_value"),
    "integer_value": attrgetter("integer_value"),
    "double_value": attrgetter("double_value"),
    "string_value": attrgetter("string_value"),
    "timestamp_value": lambda value: moment_of(value.timestamp_value),
    "array_value": lambda value: [read_value(item) for item in value.array_value.values],
    "map_value": lambda value: read_fields(value.map_value.fields),
}
