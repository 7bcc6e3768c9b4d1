"""A service whose settings hold no Twilio account: agents speak, with credentials of their own."""

from dataclasses import replace
from typing import Any

import pytest

from service.entrypoints.site import EXTENSION
from service.light_wiring import front
from service.local.time_lapse import SERVICE_URL, local_settings
from service.ports import TelephonyUnavailable
from service.providers.twilio_signature import sign
from service.settings import Settings
from service.wiring import Choices, build
from tests.support.api import CALLEE, CAMPAIGN, SCRIPT, UNHURRIED, Site


@pytest.fixture
def alone(site: Site) -> Site:
    """The site's own service, as it is started without the account."""
    settings = without_twilio(site)
    service = build(settings, Choices(site.world.clock, site.world.http, on_receipt=site.receipts.append))
    site.world.service.app.extensions[EXTENSION] = service.app.extensions[EXTENSION]
    object.__setattr__(site.world.service, "outside", service.outside)
    return site


def without_twilio(site: Site) -> Settings:
    settings = local_settings(site.folder, UNHURRIED)
    return replace(settings, twilio_account_sid="", twilio_auth_token="")


def test_it_starts(site: Site) -> None:
    front(without_twilio(site), lambda: site.world.service.app)


@pytest.mark.parametrize("path", ["/api/campaigns", "/api/calls"])
def test_a_script_is_refused_when_it_is_sent_and_not_when_it_would_be_dialled(alone: Site, path: str) -> None:
    body: dict[str, Any] = CAMPAIGN if path == "/api/campaigns" else {"to": CALLEE, "script": SCRIPT}
    before = alone.commits()
    error = alone.post(path, body).error(422, "invalid")
    assert [(detail["field"], detail["code"]) for detail in error["details"]] == [("script", "no_provider")]
    assert "name an agent" in error["message"]
    assert alone.commits() == before


def test_agents_speak(alone: Site) -> None:
    agent = alone.agent()
    campaign = alone.post("/api/campaigns", CAMPAIGN | {"script": None, "agent": agent}).ok(201)
    assert campaign["agent"] == agent
    error = alone.patch(f"/api/campaigns/{campaign['id']}", {"agent": None, "script": SCRIPT})
    assert error.error(422, "invalid")["details"][0]["field"] == "script"
    assert alone.post("/api/calls", {"to": CALLEE, "agent": agent}).status in (201, 202)


def test_a_campaign_of_a_script_that_was_made_before_goes_on_to_an_agent(site: Site, request: Any) -> None:
    campaign = site.campaign(CALLEE)
    alone: Site = request.getfixturevalue("alone")
    edited = alone.patch(f"/api/campaigns/{campaign}", {"agent": alone.agent(), "script": None})
    assert edited.ok()["script"] is None


def test_a_call_of_a_script_that_waited_is_tried_again_later_and_told_why(site: Site, request: Any) -> None:
    campaign = site.campaign(CALLEE, start=True)
    alone: Site = request.getfixturevalue("alone")
    alone.world.service.local_tasks.deliver_due()  # type: ignore[union-attr]
    (call,) = alone.calls_of(campaign)
    assert (call["state"], call["attempts"]) == ("queued", [])
    assert site.rung() == []
    with pytest.raises(TelephonyUnavailable, match="no Twilio account"):
        alone.world.service.outside.telephony.of(None)


@pytest.mark.parametrize("path", ["/webhooks/twilio/call_1/1", "/webhooks/twilio/messages/acc_1"])
def test_nobody_s_signature_is_taken_for_twilio_s(alone: Site, path: str) -> None:
    form = {"CallSid": "CA1", "CallStatus": "busy", "From": CALLEE, "Body": "STOP"}
    before = alone.commits()
    for token in ("", "None", "guessed"):
        signature = sign(token, SERVICE_URL + path, list(form.items()))
        alone.post_form(path, form, signature).error(404, "not_found")
    assert alone.commits() == before
