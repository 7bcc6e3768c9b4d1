"""`/` and `/web/...`: the console's files, and how people can sign in. They tell of no account: the REST API
does, and asks for a key.

Each file is read when it is first asked for, and kept, compressed too: a start and a tick pay nothing.
"""

from dataclasses import dataclass
from functools import cache
from gzip import compress
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, jsonify, request

from service.domain.errors import NotFound
from service.entrypoints.site import site

blueprint = Blueprint("web", __name__)

FOLDER = Path(__file__).parents[1] / "web"
PAGE = "index.html"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# As https://accounts.google.com/.well-known/openid-configuration has it.
GOOGLE_AUTHORIZE_URL = "https://accounts.google.com/o/oauth2/v2/auth"
TAG_CHARACTERS = 32  # of a hash, in hexadecimal
HEADERS = {
    # Nothing from elsewhere, nothing inline, and no text that is taken for markup (trusted types).
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",  # kept, and asked about each time: an update is seen at once
    "Vary": "Accept-Encoding",
}


@dataclass(frozen=True)
class WebFile:
    body: bytes
    compressed: bytes
    mimetype: str
    tag: str


@blueprint.get("/")
def page() -> Response:
    return _answer(PAGE)


@blueprint.get("/web/<name>")
def file(name: str) -> Response:
    return _answer(name)


@blueprint.get("/web/sign-in")
def sign_in() -> Response:
    """How people sign in beside keys; the same to all who ask. The client's id is public: Google shows it."""
    client = site().people.google_client_id
    google = {"authorize_url": GOOGLE_AUTHORIZE_URL, "client_id": client} if client else None
    response = jsonify(google=google)
    response.headers.update(HEADERS)
    return response


def _answer(name: str) -> Response:
    """Raises NotFound."""
    found = _files().get(name)
    if found is None:
        raise NotFound("There is no such file.")
    read = _read(found)
    packed = request.accept_encodings["gzip"] > 0
    response = Response(read.compressed if packed else read.body, headers=HEADERS, content_type=read.mimetype)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(read.tag, weak=True)  # of what it says, however it is packed
    response.make_conditional(request)
    return response


@cache
def _files() -> dict[str, Path]:
    """By name: what is not in it cannot be asked for, however the name is written."""
    return {path.name: path for path in FOLDER.iterdir() if path.suffix in TYPES}


@cache
def _read(path: Path) -> WebFile:
    body = path.read_bytes()
    tag = sha256(body).hexdigest()[:TAG_CHARACTERS]
    return WebFile(body, compress(body, mtime=0), TYPES[path.suffix], tag)
