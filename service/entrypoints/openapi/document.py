"""The OpenAPI document, put together from the operations and the models that check and describe them."""

from collections.abc import Iterator
from functools import cache
from http import HTTPStatus

from pydantic.json_schema import models_json_schema

from service.entrypoints.idempotency import HEADER, KEY_CHARACTERS_MAX
from service.entrypoints.openapi.answer import Error, NotKept
from service.entrypoints.openapi.operation import JSON, PHONE_EXAMPLE, File, Model, Operation, Schema
from service.entrypoints.openapi.operations import OPERATIONS
from service.entrypoints.openapi.ways_in import SCHEMES, SCOPES, SECURITY
from service.entrypoints.scopes import READS

REFERENCE = "#/components/schemas/{model}"
PATH_EXAMPLES = {
    "campaign_id": "cmp_5f0c2a9e8b7d4c31a6e0f912",
    "account_id": "acc_0d2c8f6b1e7a4395b8c1d0e6",
    "call_id": "call_9b1d6f0e2c7a4835b1f0c6d2",
    "agent_id": "agt_2b7e4c9a1d0f8e63c5a7b1d2",
    "phone": PHONE_EXAMPLE,
    "import_id": "imp_3a7d9e1f5b2c48d6a0e4f718",
    "number": "1",
    "key_id": f"key_{'5e' * 32}",
    "webhook_id": "whk_3c7e1a5d9f0b4826c1e8d7a2",
    "event_id": "evt_8d2b6f4a0c9e4713a5b1d3f7",
}
IDEMPOTENCY_KEY = {
    "name": HEADER,
    "in": "header",
    "schema": {"type": "string", "pattern": f"^[ -~]{{1,{KEY_CHARACTERS_MAX}}}$"},
    "description": "The same request again with it does nothing and has the same answer, for 24 hours.",
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The `ETag` of what was seen: only that is changed, else 412.",
}
ABOUT = (
    "Outbound calling campaigns that cost nothing while there is nobody to call.\n\nSend the key as "
    "`Authorization: Bearer rv_...`. Times are RFC 3339, numbers E.164, money is in minor units with its "
    "currency. Unknown fields are refused. Every error has one shape, with a stable `code` and the fields at "
    f"fault.\n\n{SCOPES}"
)


@cache
def document() -> Schema:
    """OpenAPI 3.1, as JSON says it."""
    models = sorted(set(_models()), key=lambda model: model.__name__)
    references, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template=REFERENCE
    )
    schemas = Schemas({model: references[model, "validation"] for model in models}, definitions["$defs"])
    paths: dict[str, Schema] = {}
    for operation in OPERATIONS:
        for path in (operation.path, *operation.also):
            paths.setdefault(path, {})[operation.method.lower()] = _described(operation, path, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Reveille", "version": "1", "description": ABOUT},
        "security": SECURITY,
        "paths": paths,
        "components": {
            "securitySchemes": SCHEMES,
            "schemas": schemas.all,
        },
    }


class Schemas:
    """The models' JSON schemas by model; `all` is what they refer to."""

    def __init__(self, references: dict[Model, Schema], definitions: dict[str, Schema]) -> None:
        self._references = references
        self.all = definitions

    def of(self, model: Model) -> Schema:
        return self._references[model]

    def partial(self, model: Model) -> Schema:
        """For a change: no field must be sent, and what is not sent has no default."""
        whole = self.all[self.of(model)["$ref"].rpartition("/")[2]]
        fields = {
            name: {key: value for key, value in field.items() if key != "default"}
            for name, field in whole["properties"].items()
        }
        return {"type": "object", "properties": fields, "additionalProperties": False}


def _models() -> Iterator[Model]:
    yield from (Error, NotKept)
    for operation in OPERATIONS:
        for shape in (operation.body, *operation.answers.values()):
            if shape is not None and not isinstance(shape, File):
                yield shape


def _described(operation: Operation, path: str, schemas: Schemas) -> Schema:
    is_other_name = path != operation.path
    described: Schema = {
        "operationId": operation.name + ("_by_other_name" if is_other_name else ""),
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": list(_parameters(operation)),
        "responses": {
            **{str(status): _answer(operation, status, schemas) for status in operation.answers},
            **{str(status): _error(status, schemas) for status in _errors(operation)},
        },
    }
    if operation.notes:
        described["description"] = operation.notes
    if is_other_name:
        described["deprecated"] = True
    if operation.body is not None:
        described["requestBody"] = _body(operation, schemas)
    return described


def _parameters(operation: Operation) -> Iterator[Schema]:
    for name in operation.path_parameters:
        schema = {"type": "string", "minLength": 1}
        yield {"name": name, "in": "path", "required": True, "schema": schema, "example": PATH_EXAMPLES[name]}
    for parameter in operation.query:
        yield {
            "name": parameter.name,
            "in": "query",
            "schema": parameter.schema,
            "description": parameter.meaning,
        }
    if operation.method == "POST":
        yield IDEMPOTENCY_KEY
    if operation.takes_if_match:
        yield IF_MATCH


def _body(operation: Operation, schemas: Schemas) -> Schema:
    if isinstance(operation.body, File):
        content = {
            media_type: {"schema": schema, "example": example}
            for media_type, (schema, example) in operation.body.kinds.items()
        }
    else:
        assert operation.body is not None
        of = schemas.partial if operation.partial else schemas.of
        content = {JSON: {"schema": of(operation.body), "example": operation.example}}
    return {"required": operation.body_required, "content": content}


def _answer(operation: Operation, status: int, schemas: Schemas) -> Schema:
    shape = operation.answers[status]
    answer: Schema = {"description": HTTPStatus(status).phrase}
    if isinstance(shape, File):
        answer["content"] = {
            media_type: {"schema": schema} for media_type, (schema, _) in shape.kinds.items()
        }
    elif shape is not None:
        schema = schemas.of(shape)
        once = {"anyOf": [schema, schemas.of(NotKept)]}
        answer["content"] = {JSON: {"schema": once if operation.shown_once else schema}}
    if operation.tagged:
        answer["headers"] = {"ETag": {"schema": {"type": "string"}}}
    if operation.makes:
        answer["links"] = {
            other.name: {
                "operationId": other.name,
                "parameters": {operation.makes: "$response.body#/id"},
            }
            for other in OPERATIONS
            if other.path_parameters == [operation.makes]
        }
    return answer


def _errors(operation: Operation) -> Iterator[int]:
    """Which errors it can end with."""
    takes_body = operation.body is not None
    if takes_body or any(parameter.name == "cursor" for parameter in operation.query):
        yield 400
    yield from (401, 403)
    if operation.path_parameters:
        yield 404
    if operation.method not in READS:
        yield 409
    if operation.takes_if_match:
        yield 412
    if takes_body:
        yield from (413, 415)
    if takes_body or operation.query or operation.method == "POST":
        yield 422
    yield from (429, 503)


def _error(status: int, schemas: Schemas) -> Schema:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {JSON: {"schema": schemas.of(Error)}},
    }
