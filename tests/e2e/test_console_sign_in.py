"""Signing in to the console with Google, for which a page of the test stands in. It signs with the run's own
key, whose tokens the service on one machine takes as it takes Google's."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from google.auth import jwt
from google.auth.crypt import RSASigner

from service.entrypoints.web import GOOGLE_AUTHORIZE_URL
from service.local.public_keys import LOCAL_ISSUER
from service.local.signing import KEY_FILE, LocalSigner, people_audience
from service.local.time_lapse import SERVICE_URL
from tests.support.api import Site
from tests.support.browser import NewTab, Tab
from tests.support.live_site import GOOGLE_CLIENT_ID, LiveSite

ADA = "ada@example.com"
Answer = Callable[[dict[str, str]], dict[str, str]]


def id_token(live: LiveSite, nonce: str, email: str = ADA) -> str:
    (key_id,) = LocalSigner.open(live.site.folder).certs()
    signer = RSASigner.from_string((live.site.folder / KEY_FILE).read_bytes(), key_id)
    now = int(time.time())
    audience = people_audience(SERVICE_URL)
    claims = {"iss": LOCAL_ISSUER, "aud": audience, "email": email, "email_verified": True}
    return str(jwt.encode(signer, claims | {"iat": now, "exp": now + 3600, "nonce": nonce}).decode())


def stand_in(tab: Tab, answer: Answer) -> list[dict[str, str]]:
    """A page with a link back, which has the answer. What it is asked is appended to what is returned."""
    asked: list[dict[str, str]] = []

    def show(route: Any) -> None:
        asked.append(dict(parse_qsl(urlsplit(route.request.url).query)))
        back = f"{asked[-1]['redirect_uri']}#{urlencode(answer(asked[-1]))}"
        body = f'<!doctype html><title>Google</title><a href="{back.replace("&", "&amp;")}">Continue</a>'
        route.fulfill(body=body, content_type="text/html")

    tab.page.route(f"{GOOGLE_AUTHORIZE_URL}?*", show)
    return asked


def sign_in_with_google(tab: Tab, path: str = "") -> None:
    tab.page.goto(f"{tab.url}/#/{path}")
    tab.page.get_by_role("button", name="Sign in with Google").click()
    tab.page.get_by_role("link", name="Continue").click()
    tab.settle()
    tab.hosts.remove(urlsplit(GOOGLE_AUTHORIZE_URL).netloc)


def admit(site: Site, email: str = ADA) -> Any:
    return site.post("/api/keys", {"label": "Ada", "scope": "operate", "email": email}).ok(201)


def good(live: LiveSite) -> Answer:
    return lambda asked: {"state": asked["state"], "id_token": id_token(live, asked["nonce"])}


def test_a_person_signs_in_with_google_and_is_where_they_were(live: LiveSite, new_tab: NewTab) -> None:
    admit(live.site)
    tab = new_tab("")
    asked = stand_in(tab, good(live))
    sign_in_with_google(tab, "campaigns")
    tab.page.get_by_role("heading", name="Campaigns", level=1).wait_for()
    assert tab.page.url == f"{live.url}/#/campaigns"
    assert tab.page.evaluate("localStorage.length") == 0
    (request,) = asked
    assert request["state"] != request["nonce"]
    fixed = {name: value for name, value in request.items() if name not in ("state", "nonce")}
    assert fixed == {
        "client_id": GOOGLE_CLIENT_ID,
        "redirect_uri": f"{live.url}/",
        "response_type": "id_token",
        "scope": "openid email",
        "prompt": "select_account",
    }
    tab.page.reload()
    tab.settle()
    tab.page.get_by_role("heading", name="Campaigns", level=1).wait_for()
    tab.page.get_by_role("button", name="Sign out").click()
    tab.page.get_by_label("API key").wait_for()
    assert tab.page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"state": "another"}, "was not begun in this tab"),
        ({"id_token": "nonce"}, "was for another visit"),
        ({"id_token": "a.b.c"}, "was for another visit"),
        ({"id_token": "", "error": "access_denied"}, "access_denied"),
    ],
)
def test_an_answer_to_another_question_signs_nobody_in(
    live: LiveSite, new_tab: NewTab, changed: dict[str, str], told: str
) -> None:
    admit(live.site)
    tab = new_tab("")

    def answer(asked: dict[str, str]) -> dict[str, str]:
        wrong = {"id_token": id_token(live, "another")} if changed.get("id_token") == "nonce" else changed
        return good(live)(asked) | wrong

    stand_in(tab, answer)
    sign_in_with_google(tab)
    tab.page.get_by_text(told).wait_for()
    assert "id_token" not in tab.page.url
    assert "GET /api/account" not in tab.asked
    assert tab.page.evaluate("sessionStorage.length") == 0


def test_a_stranger_is_told_that_they_are_one(live: LiveSite, new_tab: NewTab) -> None:
    tab = new_tab("")
    stand_in(tab, good(live))
    sign_in_with_google(tab)
    tab.page.get_by_text("This e-mail address is not one of any account's.").wait_for()
    assert tab.page.evaluate("sessionStorage.length") == 0


def test_one_of_several_accounts_is_chosen(live: LiveSite, new_tab: NewTab) -> None:
    other = live.site.beside()
    for site in (live.site, other):
        admit(site)
    tab = new_tab("")
    stand_in(tab, good(live))
    sign_in_with_google(tab)
    tab.page.get_by_role("button", name=other.account.id).click()
    tab.page.get_by_text("Somebody else").wait_for()
    tab.go("account")
    assert other.account.id in tab.main()


def test_a_token_that_has_run_out_asks_to_sign_in_again(live: LiveSite, new_tab: NewTab) -> None:
    admit(live.site)
    tab = new_tab("")
    stand_in(tab, good(live))
    sign_in_with_google(tab)
    tab.page.evaluate("sessionStorage.setItem('reveille.key', 'a.b.c'); location.hash = '#/calls'")
    tab.page.get_by_text("Your sign-in has run out. Sign in again.").wait_for()
    sign_in_with_google(tab, "calls")
    tab.page.get_by_role("heading", name="Calls", level=1).wait_for()
