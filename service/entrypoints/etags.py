"""`ETag`, `If-None-Match` and `If-Match`: what a client has seen is still so, or it is not.

A tag is a hash of what is shown. Where passes move things that no user edits, it has two parts, with a dot
between them: the first is of what a user can edit, and `If-Match` looks at that alone.
"""

import json
from hashlib import sha256
from typing import Any

from flask import Response, jsonify, request

from service.domain.errors import Stale

CHARACTERS = 32  # of a hash, in hexadecimal


def tag_of(shown: Any) -> str:
    """`shown`: what JSON can say."""
    return sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:CHARACTERS]


def tagged(body: dict[str, Any]) -> Response:
    """With a tag of all that is shown. A client that has it already is spared the bytes, not the store its
    reads."""
    return with_tag(body, tag_of(body))


def with_tag(body: dict[str, Any], tag: str, weak: bool = False) -> Response:
    """304 without a body for a GET of what the client has already. `weak`: the tag is not of all that is
    shown."""
    response = jsonify(body)
    response.set_etag(tag, weak)
    if request.method in ("GET", "HEAD") and request.if_none_match.contains_weak(tag):
        response.status_code = 304
        response.set_data(b"")
    return response


def refuse_stale(tag: str) -> None:
    """`tag`: the first part of what is there now, in the record that the change will be based on.

    Raises Stale if the request has an `If-Match` that says otherwise; `*` is whatever is there."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return
    if tag not in {(seen or "").partition(".")[0] for seen in request.if_match.as_set()}:
        raise Stale("It was changed since you read it. Nothing was changed now: read it again.")
