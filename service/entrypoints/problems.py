"""One table from what went wrong to HTTP, and one shape for all of it."""

import logging
import re
import uuid
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, jsonify, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from service.domain.errors import Busy, Detail, Problem
from service.entrypoints.id_tokens import CannotVerify, NotAdmitted
from service.entrypoints.site import note
from service.ports import CommitUnknown, Conflict, StoreUnavailable, TelephonyUnavailable

STATUS_OF = {  # the first of those with one status is what that status is called by itself
    "malformed_json": HTTPStatus.BAD_REQUEST,
    "bad_cursor": HTTPStatus.BAD_REQUEST,
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
    "forbidden": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "wrong_state": HTTPStatus.CONFLICT,
    "idempotency_in_progress": HTTPStatus.CONFLICT,
    "stale": HTTPStatus.PRECONDITION_FAILED,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported_media_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "idempotency_mismatch": HTTPStatus.UNPROCESSABLE_ENTITY,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "internal": HTTPStatus.INTERNAL_SERVER_ERROR,
}
CODE_OF_STATUS = {status.value: code for code, status in reversed(STATUS_OF.items())}
TRY_AGAIN = frozenset({"busy", "idempotency_in_progress"})
RETRY_AFTER_SECONDS = 2
DETAILS_MAX = 100
FIELD_CHARACTERS_MAX = 200  # the name of an unknown field is whatever was sent

_EXPECTS = re.compile(r"^(Input|String|List|Dictionary) should ")  # as pydantic says it

log = logging.getLogger(__name__)


class MalformedJson(Problem):
    """The body is not JSON."""

    code = "malformed_json"


class BadCursor(Problem):
    """The cursor is not one that a list has given."""

    code = "bad_cursor"


class Unauthenticated(Problem):
    """There is no valid key."""

    code = "unauthenticated"


class RateLimited(Problem):
    """The key has made as many requests as it may for now."""

    code = "rate_limited"


def register_problems(app: Flask) -> None:
    app.register_error_handler(Problem, lambda problem: answer_of(problem))
    app.register_error_handler(ValidationError, lambda error: answer_of(problem_of(error)))
    app.register_error_handler(HTTPException, _http_exception)
    app.register_error_handler(NotAdmitted, lambda error: _answer(CODE_OF_STATUS[error.status], str(error)))
    for unavailable in (StoreUnavailable, CommitUnknown, Conflict, CannotVerify, TelephonyUnavailable):
        app.register_error_handler(unavailable, _unavailable)
    app.register_error_handler(Exception, _unexpected)


def answer_of(problem: Problem) -> Response:
    return _answer(problem.code, problem.message, problem.details)


def problem_of(error: ValidationError) -> Problem:
    """Names each field that is wrong, as `hours.mon.0.start`."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    if any(problem["type"] == "json_invalid" for problem in problems):
        return MalformedJson("The body is not valid JSON.")
    body = f"a {error.title}" if error.title.islower() else "this request"
    details = [_detail(problem, body) for problem in problems[:DETAILS_MAX]]
    first = details[0]
    message = f"{first.field}: {first.message}" if first.field else first.message
    return Problem(message, *details)


def _detail(problem: Any, body: str) -> Detail:
    """`body`: what was sent, as in "a campaign"."""
    *around, _ = path = [str(part) for part in problem["loc"]] or [""]
    message = {
        "missing": "is missing",
        "extra_forbidden": f"is not a field of {'.'.join(around) or body}",
    }.get(problem["type"], _EXPECTS.sub("must ", problem["msg"].removeprefix("Value error, ")))
    return Detail(".".join(path)[:FIELD_CHARACTERS_MAX], problem["type"], message)


def _answer(code: str, message: str, details: tuple[Detail, ...] = ()) -> Response:
    id = request_id()
    note(request_id=id)  # so that the answer leads to its receipt
    response = jsonify(
        error={
            "code": code,
            "message": message,
            "details": [asdict(detail) for detail in details],
            "request_id": id,
        }
    )
    response.status_code = STATUS_OF[code]
    if code in TRY_AGAIN:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if code == "unauthenticated":
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def request_id() -> str:
    """The platform's trace id where there is one; the same for all that is said of this request."""
    if "request_id" not in g:
        trace = request.headers.get("X-Cloud-Trace-Context", "").split("/")[0]
        g.request_id = trace if trace.isalnum() and len(trace) <= 64 else uuid.uuid4().hex
    return str(g.request_id)


def _http_exception(error: HTTPException) -> Response:
    code = CODE_OF_STATUS.get(error.code or 500, "invalid" if (error.code or 500) < 500 else "internal")
    answer = _answer(code, error.description or error.name)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _unavailable(error: Exception) -> Response:
    log.warning("Answered 503: %s: %s", type(error).__name__, error)
    return answer_of(Busy("A service behind this one did not answer. Try again."))


def _unexpected(error: Exception) -> Response:
    log.error("Unexpected: %s", error, exc_info=error)
    return _answer("internal", "Something went wrong here; it has been logged.")
