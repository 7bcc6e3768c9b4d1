"""An agent of each provider, from the API to the webhooks of its call, through the whole service."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from service.domain.agent import RECORD, Provider
from service.pooled_http import PooledHttp
from service.ports import Webhook
from service.providers.credentials import CredentialSources
from tests.providers.conformance.exchange import API_KEY, CALLER, NOON, TO, WEBHOOK_SECRET, Exchange
from tests.providers.conformance.exchange import Reply as ReplyOf
from tests.providers.conformance.telnyx_exchange import PUBLIC_KEY
from tests.providers.conformance.test_odd_answers import cut_in_emojis
from tests.providers.conformance.twilio_exchange import ACCOUNT
from tests.support.api import SCRIPT, Reply, Site

SECRET = {
    "auth_token": API_KEY,
    "api_key": API_KEY,
    "public_key": PUBLIC_KEY,
    "webhook_secret": WEBHOOK_SECRET,
}


@pytest.fixture
def site(tmp_path: Path, exchange: Exchange) -> Site:
    """Its agents' provider is the exchange."""
    site = Site.begin(tmp_path, NOON)
    outside = site.world.service.outside
    urls = {Provider(exchange.name): exchange.url + ("/v2" if exchange.name == "telnyx" else "")}
    registry = replace(
        outside.telephony, http=PooledHttp(), credentials=CredentialSources(PooledHttp()), base_urls=urls
    )
    object.__setattr__(outside, "telephony", registry)
    return site


def agent_of(site: Site, exchange: Exchange, secret: dict[str, str] = SECRET) -> str:
    folder = site.folder / site.account.id
    folder.mkdir(exist_ok=True)
    (folder / "voice.json").write_text(json.dumps(secret))
    more: dict[str, Any] = {
        "secret": f"file:{folder}/voice.json",
        "provider": exchange.name,
        "from": [CALLER],
        "record": exchange.name in RECORD,
    }
    if exchange.name == "twilio":
        more |= {"connection": ACCOUNT, "script": SCRIPT, "assistant": None}
    else:
        more |= {"connection": "connection-1", "assistant": "assistant-1", "line_ids": {CALLER: "line-1"}}
    return site.agent(**more)


def post(site: Site, webhook: Webhook, agent: str) -> Reply:
    """To this agent's address."""
    path = urlsplit(webhook.url).path.split("/")
    path[3] = agent
    kind = "application/json" if webhook.body.startswith(b"{") else "application/x-www-form-urlencoded"
    headers = {**webhook.headers, "Authorization": "", "Content-Type": kind}
    return site.send("POST", "/".join(path), webhook.body, headers)


def test_a_call_of_an_agent_rings_through_its_provider_and_ends_by_its_webhooks(site, exchange):
    agent = agent_of(site, exchange)
    call = site.call(TO, agent=agent, script=None, variables={"plan": "Pro"})
    assert (call["state"], call["agent"]) == ("dialing", agent)
    assert [(dial["provider"], dial["agent"]) for dial in call["attempts"]] == [(exchange.name, agent)]
    assert site.rung() == []  # by the provider of scripts
    (id,) = exchange.lines
    assert exchange.numbers_of(exchange.creates[0]) == (TO, CALLER)
    for words in (exchange.LIVE, exchange.OUTCOMES["completed"]):
        exchange.say(id, words)
        for webhook in exchange.webhooks(id):
            assert post(site, webhook, agent).status == 204
    ended = site.get(f"/api/calls/{call['id']}").ok()
    [dial] = ended["attempts"]
    assert (ended["state"], dial["duration_seconds"]) == ("completed", 42)
    can = exchange.adapter().capabilities
    assert bool(dial["transcript"]) == can.transcripts
    assert bool(dial["recording_url"]) == can.recordings
    assert bool(dial["provider_cost"]) == (exchange.name != "twilio")


def test_the_agent_is_told_the_contact_s_variables(site, exchange):
    site.call(TO, agent=agent_of(site, exchange), script=None, name="Ada", variables={"plan": "Pro"})
    sent = exchange.creates[0].body
    assert b"Ada" in sent
    assert (b"Pro" in sent) == (exchange.name != "twilio")  # its script speaks of the name alone


def test_a_webhook_that_is_forged_or_of_another_account_s_agent_changes_nothing(site, exchange):
    agent, other = agent_of(site, exchange), site.beside()
    others = agent_of(other, exchange)
    call = site.call(TO, agent=agent, script=None)
    (id,) = exchange.lines
    webhook = exchange.webhooks(id)[0]
    exchange.say(id, exchange.OUTCOMES["completed"])
    for forged in exchange.forgeries(webhook):
        if forged != webhook and "ÿ" not in str(forged):
            assert post(site, forged, agent).status in (403, 404)
    for said in exchange.webhooks(id):
        assert post(other, said, others).status in (204, 403)
        assert post(site, said, "agt_nobody").status == 404
    assert site.get(f"/api/calls/{call['id']}").ok()["state"] == "dialing"


def test_an_agent_whose_secret_cannot_be_read_places_nothing_and_is_tried_again(site, exchange):
    agent = agent_of(site, exchange, {"other": "key"})
    call = site.call(TO, agent=agent, script=None)
    assert (call["state"], call["attempts"], exchange.requests) == ("queued", [], [])


def test_an_order_whose_answer_was_lost_is_found_by_the_next_passes(site, exchange):
    def accept_and_break(create):
        create()
        return exchange.BREAKS

    exchange.of_create = accept_and_break
    call = site.call(TO, agent=agent_of(site, exchange), script=None)
    assert call["state"] == "uncertain"
    exchange.say(next(iter(exchange.lines)), exchange.LIVE)
    site.world.clock.advance(minutes=2)
    site.world.tick()
    [dial] = site.get(f"/api/calls/{call['id']}").ok()["attempts"]
    assert [dial["provider_id"]] == list(exchange.lines)
    assert len(exchange.creates) == 1


def test_a_number_that_is_refused_in_words_cut_inside_an_emoji_ends_as_failed(site, exchange):
    refusal = exchange.REFUSED_NUMBER
    exchange.of_create = lambda _: ReplyOf(refusal.status, cut_in_emojis(refusal.said))
    assert site.call(TO, agent=agent_of(site, exchange), script=None)["state"] == "failed"
