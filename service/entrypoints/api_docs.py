"""`/api/openapi.json`: what the API says of itself; `/api/docs` shows it, with nothing from elsewhere.

Both are open to all: they tell of no account.
"""

from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, jsonify, request, send_from_directory

from service.domain.errors import NotFound

blueprint = Blueprint("api_docs", __name__, url_prefix="/api")

OWN = Path(__file__).with_name("openapi")
SWAGGER_UI = "flask_openapi3_swagger"  # only its files: that package is never imported
ASSETS = {
    "docs.js": None,
    "swagger-ui.css": "templates/swagger/css",
    "swagger-ui-bundle.js": "templates/swagger/js",
}
KEPT_SECONDS = 3600
ONLY_FROM_HERE = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    from service.entrypoints.openapi.document import document  # only here: nothing else needs it

    response = jsonify(document())
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.get("/docs")
def docs() -> Response:
    response = send_from_directory(OWN, "docs.html")
    response.headers["Content-Security-Policy"] = ONLY_FROM_HERE
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@blueprint.get("/docs/<name>")
def asset(name: str) -> Response:
    if name not in ASSETS:
        raise NotFound("There is no such file.")
    folder = ASSETS[name]
    return send_from_directory(OWN if folder is None else _swagger_ui() / folder, name, max_age=KEPT_SECONDS)


def _swagger_ui() -> Path:
    spec = find_spec(SWAGGER_UI)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent
