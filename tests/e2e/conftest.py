"""The console's: a service in time-lapse that takes Google's sign-in, and tabs of a real browser on it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.api import UNHURRIED
from tests.support.browser import NewTab, Tab
from tests.support.live_site import GOOGLE_CLIENT_ID, LiveSite, live_site


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveSite]:
    settings = replace(UNHURRIED, sign_in=frozenset({f"google:{GOOGLE_CLIENT_ID}"}))
    with live_site(tmp_path, settings=settings) as live:
        live.site.change_account(widened=("*",))
        yield live


@pytest.fixture
def new_tab(browser: Any, live: LiveSite) -> Iterator[NewTab]:
    """Each is looked at afterwards: nothing went wrong in it, and nothing was asked of another host."""
    tabs: list[Tab] = []

    def open_tab(key: str | None = None, **context: Any) -> Tab:
        tabs.append(Tab(browser, live.url, **context))
        if key != "":
            tabs[-1].sign_in(key or live.site.key)
        return tabs[-1]

    yield open_tab
    for tab in tabs:
        tab.close()
        assert tab.troubles == []
        assert tab.hosts == {urlsplit(live.url).netloc}
