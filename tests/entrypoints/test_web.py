"""The console's files as a browser is given them."""

import gzip
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from service.entrypoints.web import FOLDER, GOOGLE_AUTHORIZE_URL, HEADERS, TYPES
from tests.support.api import UNHURRIED, Reply, Site

FILES = sorted(FOLDER.iterdir())
BYTES_MAX = 150 * 1024  # of all of them, as they are; compressed a third of that
LINES_MAX = 250


def get(site: Site, path: str, **headers: str) -> Reply:
    """Without a key."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return site.send("GET", path, headers={"Authorization": "", **sent})


def test_the_page_and_its_files_are_open_to_all(module_site: Site) -> None:
    page = get(module_site, "/")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for file in FILES:
        reply = get(module_site, f"/web/{file.name}")
        assert (reply.status, reply.body) == (200, file.read_bytes())
        assert reply.headers["content-type"] == TYPES[file.suffix]


def test_nothing_is_let_in_from_elsewhere_and_nothing_is_inline(module_site: Site) -> None:
    page = get(module_site, "/")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    for inline in (b"<style", b" style=", b" onclick", b"javascript:", b"//"):
        assert inline not in page.body
    assert page.body.count(b"<script") == page.body.count(b' src="web/')


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_file_names_another_host_or_makes_markup_of_text(file: Path) -> None:
    text = file.read_text().replace("http://www.w3.org/2000/svg", "")
    for word in ("http://", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert word not in text
    assert "https://" not in text.replace('placeholder: "https://"', "")


def test_how_people_sign_in_is_told_to_all(module_site: Site, tmp_path: Path) -> None:
    assert get(module_site, "/web/sign-in").ok() == {"google": None}
    site = Site.begin(tmp_path, settings=replace(UNHURRIED, sign_in=frozenset({"google:123", "firebase:p"})))
    reply = get(site, "/web/sign-in")
    assert reply.ok() == {"google": {"authorize_url": GOOGLE_AUTHORIZE_URL, "client_id": "123"}}
    assert {name: reply.headers[name.lower()] for name in HEADERS} == HEADERS


def test_what_a_browser_has_already_is_not_sent_again(module_site: Site) -> None:
    first = get(module_site, "/web/app.js")
    assert first.headers["cache-control"] == "no-cache"
    again = get(module_site, "/web/app.js", If_None_Match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    packed = get(module_site, "/web/app.js", If_None_Match=first.headers["etag"], Accept_Encoding="gzip")
    assert packed.status == 304
    assert get(module_site, "/web/app.js", If_None_Match='"another"').status == 200


def test_it_is_compressed_for_who_can_read_that(module_site: Site) -> None:
    plain = get(module_site, "/web/app.js")
    packed = get(module_site, "/web/app.js", Accept_Encoding="br, gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in get(module_site, "/web/app.js", Accept_Encoding="gzip;q=0").headers


@pytest.mark.parametrize(
    "name", ["missing.js", "..%2fwsgi.py", "%2e%2e/wsgi.py", "../wsgi.py", "", "sub/app.js", "APP.JS"]
)
def test_no_other_file_is_served(module_site: Site, name: str) -> None:
    assert get(module_site, f"/web/{name}").status == 404


def test_it_asks_the_store_for_nothing(site: Site) -> None:
    get(site, "/")
    get(site, "/web/app.js")
    assert [(receipt["reads"], receipt["writes"]) for receipt in site.receipts[-2:]] == [(0, 0), (0, 0)]


def test_no_file_is_read_before_it_is_asked_for() -> None:
    """A tick must not pay for the console."""
    look = (
        "import service.wiring; from service.entrypoints import web; "
        "print(web._files.cache_info().misses, web._read.cache_info().misses)"
    )
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["0", "0"]


def test_all_of_it_is_small() -> None:
    assert sum(file.stat().st_size for file in FILES) < BYTES_MAX
    for file in FILES:
        assert len(file.read_text().splitlines()) <= LINES_MAX, file.name
