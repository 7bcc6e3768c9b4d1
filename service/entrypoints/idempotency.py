"""`Idempotency-Key` on the POSTs of the REST API: a request that is repeated has the same answer, and does
nothing.

As draft-ietf-httpapi-idempotency-key-header and Stripe (docs.stripe.com/api/idempotent_requests) have it, for
24 hours from the answer on. A key belongs to an account. Answers 5xx and 429 are not kept: the same request
may be sent again with the same key, and has the token that it had before.
"""

import re
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Flask, Response, g, jsonify, request

from service.domain.errors import Invalid
from service.domain.idempotency import KeyedRequest, KeyState, hash_request
from service.entrypoints.api_key import caller
from service.entrypoints.site import site
from service.usecases.idempotency import end_key, take_key

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
KEY_CHARACTERS_MAX = 255
SHOWS_API_KEY = re.compile(rb"rv_[0-9A-Za-z_-]{32}")

_PRINTABLE = re.compile(rf"[ -~]{{1,{KEY_CHARACTERS_MAX}}}")


def register_idempotency(app: Flask, blueprints: Iterable[Blueprint]) -> None:
    """Around the requests of these, after they are known to have an API key."""
    for blueprint in blueprints:
        app.before_request_funcs.setdefault(blueprint.name, []).append(_take)
    app.after_request(_end)


def new_thing_token() -> str | None:
    """What names the thing that this request makes: the same each time that it is repeated. None: it has no
    key, and any new token will do."""
    taken = g.get("keyed_request")
    return taken.record.token if taken else None


def answer_shown_once(body: dict[str, Any]) -> Response:
    """201, with a secret that is kept nowhere."""
    answer = jsonify(body)
    answer.status_code = 201
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _take() -> Response | None:
    if request.method != "POST" or HEADER not in request.headers:
        return None
    key = request.headers[HEADER]
    if not _PRINTABLE.fullmatch(key):
        raise Invalid.field(HEADER, f"must be 1 to {KEY_CHARACTERS_MAX} printable ASCII characters")
    sent = hash_request(request.method, request.full_path, request.get_data())
    taken = take_key(site().outside, caller(), key, sent)
    if taken.record.state is KeyState.FINISHED:
        return _again(taken.record)
    g.keyed_request = taken
    return None


def _end(response: Response) -> Response:
    """Also of an answer that tells of an error. A process that dies does not come here."""
    taken = g.pop("keyed_request", None)
    if taken is not None:
        end_key(site().outside, taken, response.status_code, _body_to_keep(response))
    return response


def _body_to_keep(response: Response) -> str | None:
    """Nothing of an answer with a secret: it says `Cache-Control: no-store`, or shows an API key."""
    body = response.get_data()
    if response.cache_control.no_store or SHOWS_API_KEY.search(body):
        return None
    return body.decode()


def _again(finished: KeyedRequest) -> Response:
    if finished.body is None:
        message = (
            f"This request was carried out and answered with status {finished.status}. That answer was not "
            "kept, being too large or secret: look at what the request has changed."
        )
        response = jsonify(answer={"kept": False, "status": finished.status, "message": message})
    else:
        response = Response(finished.body, mimetype="application/json")
    assert finished.status is not None
    response.status_code = finished.status
    response.headers[REPLAYED_HEADER] = "true"
    return response
