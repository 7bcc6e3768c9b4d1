"""One operation of the API, and what OpenAPI says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from service.entrypoints.paging import LIMIT_DEFAULT, LIMIT_MAX

CSV = "text/csv"
FORM = "multipart/form-data"
JSON = "application/json"
JSON_LINES = "application/x-ndjson"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Model = type[BaseModel]
Schema = dict[str, Any]


@dataclass(frozen=True)
class Parameter:
    """Of the query."""

    name: str
    schema: Schema
    meaning: str


@dataclass(frozen=True)
class File:
    """What is sent or answered as a file: by media type its schema, and an example where it is sent."""

    kinds: Mapping[str, tuple[Schema, Any]]

    @classmethod
    def of(cls, *media_types: str) -> "File":
        """Text."""
        return cls(dict.fromkeys(media_types, ({"type": "string"}, None)))


@dataclass(frozen=True)
class Operation:
    """`answers`: by status, what a request that succeeds is answered; None: nothing.
    `example`: of the body. `makes`: the path parameter that the answer's `id` is good for."""

    method: str
    path: str
    name: str
    tag: str
    summary: str
    answers: Mapping[int, Model | File | None]
    body: Model | File | None = None
    example: Any = None
    body_required: bool = True
    partial: bool = False  # of the body's fields, only those that are to be changed are sent
    query: tuple[Parameter, ...] = ()
    makes: str | None = None
    tagged: bool = False  # its answer has an ETag
    shown_once: bool = False  # its answer has a secret: repeated with a key, it tells that it was done
    notes: str = ""
    also: tuple[str, ...] = ()  # other paths to it

    @property
    def takes_if_match(self) -> bool:
        return self.partial and self.tagged

    @property
    def path_parameters(self) -> list[str]:
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]


PHONE_EXAMPLE = "+13125550142"
LIMIT = Parameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
    "How many at most.",
)
CURSOR = Parameter("cursor", {"type": "string"}, "`next_cursor` of the page before.")
PAGING = (LIMIT, CURSOR)
