"""A real browser: Debian's chromium, driven by Playwright. It tells what it asks of whom."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_MILLISECONDS_MAX = 20_000  # generous: a machine may be busy with other tests
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
VIEWER_ZONE = "America/New_York"  # an hour ahead of the campaigns


class BrowserMissing(Exception):
    """There is no chromium, or no Playwright to drive it."""


@contextmanager
def chromium() -> Iterator[Any]:
    """Raises BrowserMissing."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise BrowserMissing("playwright is not installed") from error
    if not os.access(CHROMIUM, os.X_OK):
        raise BrowserMissing(f"there is no {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


class Tab:
    """One tab, signed in or not, with what it has asked for and what has gone wrong in it."""

    def __init__(self, browser: Any, url: str, **context: Any) -> None:
        self.url = url
        self.asked: list[str] = []  # method and path
        self.hosts: set[str] = set()
        self.troubles: list[str] = []
        self._context = browser.new_context(
            viewport=DESKTOP, timezone_id=VIEWER_ZONE, locale="en-GB", accept_downloads=True, **context
        )
        self._context.set_default_timeout(WAIT_MILLISECONDS_MAX)
        self.page = self._context.new_page()
        self.page.on("request", self._note)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("dialog", lambda dialog: self.troubles.append(f"dialog: {dialog.message}"))

    def sign_in(self, key: str) -> None:
        self.page.goto(f"{self.url}/")
        self.page.get_by_label("API key").fill(key)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.settle()

    def go(self, path: str) -> None:
        """To a page, until it has loaded."""
        self.page.goto(f"{self.url}/#/{path}")
        self.settle()

    def settle(self) -> None:
        self.page.wait_for_load_state("networkidle")
        self.page.locator("main:not([aria-busy]) h1").wait_for()

    def main(self) -> str:
        return str(self.page.locator("main").inner_text())

    def close(self) -> None:
        self._context.close()

    def _note(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss"):
            self.hosts.add(parts.netloc)
            self.asked.append(f"{request.method} {parts.path}")

    def _hear(self, message: Any) -> None:
        """What the browser refuses (a policy, a script); a status of 4xx is told to the user by the page."""
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.troubles.append(message.text)


NewTab = Callable[..., Tab]  # opens one, signed in with a key, or with "" not
