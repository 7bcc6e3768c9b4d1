"""How large a request's body may be. One that is larger is answered 413 and not read."""

from collections.abc import Iterable

from flask import Blueprint, Flask, request

BODY_BYTES_MAX = 32 * 1024 * 1024  # Cloud Run takes no larger request over HTTP/1
# Of all that is no file: to refuse a megabyte of unknown fields takes ninety times as much memory.
JSON_BYTES_MAX = 256 * 1024
# Anyone can post to a provider's webhook, and what is no provider's is known only once it was read. Of two
# hours of talk, with a line for each word, a provider's transcript takes about two. In the cloud an instance
# has 512 MiB, and eight requests at once.
WEBHOOK_BYTES_MAX = 4 * 1024 * 1024
TAKE_FILES = frozenset(
    {"api_imports.add_contacts", "api_imports.preview", "api_imports.add_part", "api_do_not_call.add_file"}
)


def register_body_limits(app: Flask, of_json: Iterable[Blueprint], of_webhooks: Iterable[Blueprint]) -> None:
    """`of_json`: whose requests are JSON, but for files. Before anything reads a body."""
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    for blueprints, limit in ((of_json, _limit_json), (of_webhooks, _limit_webhook)):
        for blueprint in blueprints:
            app.before_request_funcs.setdefault(blueprint.name, []).append(limit)


def _limit_json() -> None:
    if request.endpoint not in TAKE_FILES:
        request.max_content_length = JSON_BYTES_MAX


def _limit_webhook() -> None:
    request.max_content_length = WEBHOOK_BYTES_MAX
