"""The API's answers as TypeScript, from its own document: `python -m tests.web.api_types` prints them."""

import json
from typing import Any

from service.entrypoints.openapi.document import document

PREFIX = "Api"


def declarations() -> str:
    schemas = document()["components"]["schemas"]
    return "".join(f"type {name_of(name)} = {type_of(schema)};\n" for name, schema in schemas.items())


def name_of(name: str) -> str:
    """`Page_Call_` and the like are no names for people, but they are names."""
    return PREFIX + "".join(part[:1].upper() + part[1:] for part in name.replace("-", "_").split("_"))


def type_of(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return name_of(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    for several in ("anyOf", "oneOf"):
        if several in schema and "properties" not in schema:
            return "(" + " | ".join(type_of(each) for each in schema[several]) + ")"
    return _of_kind(schema)


def _of_kind(schema: dict[str, Any]) -> str:
    kind = schema.get("type")
    if kind == "array":
        return f"({type_of(schema.get('items', {}))})[]"
    if kind == "object" or "properties" in schema:
        return _object(schema)
    simple = {
        "string": "string",
        "integer": "number",
        "number": "number",
        "boolean": "boolean",
        "null": "null",
    }
    return simple.get(str(kind), "any")


def _object(schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    members = [
        f"{json.dumps(name)}{'' if name in required else '?'}: {type_of(member)}"
        for name, member in schema.get("properties", {}).items()
    ]
    if members:
        return "{ " + "; ".join(members) + " }"
    others = schema.get("additionalProperties")
    return f"Record<string, {type_of(others) if isinstance(others, dict) else 'any'}>"


if __name__ == "__main__":
    print(declarations(), end="")
