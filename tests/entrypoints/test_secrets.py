"""Keys, tokens and numbers stay out of answers, receipts and log lines."""

import json
import logging
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from service.entrypoints.logs import JsonFormatter, TextFormatter, Where
from service.local.signing import KEY_FILE
from service.local.time_lapse import ACCOUNT_SID, AUTH_TOKEN
from service.settings import Settings
from tests.support.api import SCRIPT, Site, callee


def play(site: Site) -> list[bytes]:
    """Every kind of request, good and bad; what was answered."""
    campaign = site.campaign(callee(0), callee(1), start=True, retry={"busy": [{"after_minutes": 1}]})
    site.world.run_until(site.world.clock.now() + timedelta(minutes=5))
    direct = site.call()
    replies = [
        *(site.get(path) for path in ("/api/campaigns", "/api/status", "/healthz", "/nope")),
        site.get(f"/api/campaigns/{campaign}"),
        site.get(f"/api/campaigns/{campaign}/calls"),
        site.get(f"/api/calls/{direct['id']}"),
        site.post("/api/calls", {"to": "rv_nonsense", "script": SCRIPT}),
        site.post("/api/calls", [site.key]),
        site.post(f"/api/campaigns/{campaign}/contacts", b"phone\n" + site.key.encode()[:40]),
        site.post(f"/api/campaigns/{campaign}/start"),
        site.as_invoker("/queue/process"),
        site.as_invoker("/queue/process", b"{"),
        site.as_invoker("/tasks/call", json.dumps({"call": "c"}).encode()),
        site.as_invoker("/tasks/call", audience="https://elsewhere.example"),
        site.as_twilio(direct, auth_token="wrong"),
        site.as_twilio(direct, CallStatus="completed"),
        site.beside().get(f"/api/calls/{direct['id']}"),
        site.send("GET", "/api/status", headers={"Authorization": f"Bearer {site.key}x"}),
    ]
    return [reply.body for reply in replies]


def owners(site: Site) -> set[str]:
    """The tokens by which a handler knows its own dial."""
    with closing(sqlite3.connect(site.folder / "reveille.db")) as file:
        calls = [json.loads(body) for (body,) in file.execute("SELECT body FROM calls")]
    return {attempt["owner"] for call in calls for attempt in call["attempts"]}


def test_no_answer_receipt_or_log_line_holds_a_secret(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answers = play(site)
    token = site.world.service.local_token
    assert token is not None
    secrets = {
        site.key,
        AUTH_TOKEN,
        token(),
        *(site.folder / KEY_FILE).read_text().split("\n")[1:3],
        *owners(site),
    }
    assert len(secrets) >= 8
    lines = [
        formatter.format(record)
        for formatter in (JsonFormatter(Where()), TextFormatter())
        for record in caplog.records
    ]
    said = [*(answer.decode() for answer in answers), *lines, *map(str, site.receipts)]
    for secret in secrets:
        assert not [text for text in said if secret in text]


def test_no_receipt_or_log_line_holds_a_telephone_number(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    play(site)
    rung = set(site.rung())
    assert rung
    lines = [*map(str, site.receipts), *(TextFormatter().format(record) for record in caplog.records)]
    for number in rung:
        assert not [line for line in lines if number[2:] in line]


def test_settings_show_nothing_of_themselves() -> None:
    settings = Settings(twilio_account_sid=ACCOUNT_SID, twilio_auth_token=AUTH_TOKEN)
    for shown in (repr(settings), str(settings), f"{settings}", f"{[settings]}"):
        assert AUTH_TOKEN not in shown
