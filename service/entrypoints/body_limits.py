"""How large a request's body may be. One that is larger is answered 413 and not read."""

from collections.abc import Iterable

from flask import Blueprint, Flask, request

BODY_BYTES_MAX = 32 * 1024 * 1024  # Cloud Run takes no larger request over HTTP/1
# Of all that is no file: to refuse a megabyte of unknown fields takes ninety times as much memory.
JSON_BYTES_MAX = 256 * 1024
TAKE_FILES = frozenset(
    {"api_imports.add_contacts", "api_imports.preview", "api_imports.add_part", "api_do_not_call.add_file"}
)


def register_body_limits(app: Flask, for_json: Iterable[Blueprint]) -> None:
    """`for_json`: whose requests are JSON, but for files. Before anything reads a body."""
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    for blueprint in for_json:
        app.before_request_funcs.setdefault(blueprint.name, []).append(_limit)


def _limit() -> None:
    if request.endpoint not in TAKE_FILES:
        request.max_content_length = JSON_BYTES_MAX
