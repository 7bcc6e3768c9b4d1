from datetime import timedelta
from typing import Any

import pytest

from service.local.time_lapse import AUTH_TOKEN, SERVICE_URL
from service.providers.twilio_signature import sign
from tests.support.api import SCRIPT, Site, callee


@pytest.fixture
def call(site: Site) -> Any:
    """On its way: it was placed and has not been answered."""
    call = site.call()
    assert call["state"] == "dialing"
    return call


def state(site: Site, call: Any) -> str:
    return str(site.get(f"/api/calls/{call['id']}").ok()["state"])


def test_what_twilio_says_moves_the_call_on(site: Site, call: Any) -> None:
    assert site.as_twilio(call, CallStatus="in-progress").status == 204
    assert state(site, call) == "in_progress"
    assert site.as_twilio(call, CallStatus="completed", CallDuration="42").status == 204
    shown = site.get(f"/api/calls/{call['id']}").ok()
    assert (shown["state"], shown["outcome"]) == ("completed", "completed")
    assert shown["attempts"][-1]["duration_seconds"] == 42


@pytest.mark.parametrize("auth_token", ["", "another", AUTH_TOKEN + " "])
def test_a_wrong_signature_is_refused(site: Site, call: Any, auth_token: str) -> None:
    before = site.commits()
    site.as_twilio(call, auth_token=auth_token).error(403, "forbidden")
    assert site.commits() == before


def test_a_signature_of_other_fields_is_refused(site: Site, call: Any) -> None:
    path = f"/webhooks/twilio/{call['id']}/1"
    signature = sign(AUTH_TOKEN, SERVICE_URL + path, [("CallSid", "CA1"), ("CallStatus", "busy")])
    site.post_form(path, {"CallSid": "CA1", "CallStatus": "completed"}, signature).error(403, "forbidden")


def test_a_signature_of_another_calls_address_is_refused(site: Site, call: Any) -> None:
    form = {"CallSid": call["attempts"][-1]["provider_id"], "CallStatus": "completed"}
    signature = sign(AUTH_TOKEN, f"{SERVICE_URL}/webhooks/twilio/call_other/1", list(form.items()))
    site.post_form(f"/webhooks/twilio/{call['id']}/1", form, signature).error(403, "forbidden")


def test_a_callback_of_an_unknown_call_is_taken_and_changes_nothing(site: Site, call: Any) -> None:
    before = site.commits()
    assert site.as_twilio({**call, "id": "call_nobody"}).status == 204
    assert site.commits() == before


def test_a_callback_that_comes_again_changes_nothing(site: Site, call: Any) -> None:
    site.as_twilio(call, CallStatus="busy")
    before = site.commits()
    for _ in range(3):
        assert site.as_twilio(call, CallStatus="busy").status == 204
    assert site.commits() == before


def test_a_callback_that_comes_late_changes_nothing(site: Site, call: Any) -> None:
    site.as_twilio(call, CallStatus="completed")
    assert site.as_twilio(call, CallStatus="in-progress").status == 204
    assert state(site, call) == "completed"


def test_a_callback_of_another_attempt_changes_nothing(site: Site, call: Any) -> None:
    attempt = {**call["attempts"][-1], "number": 2}
    before = site.commits()
    assert site.as_twilio({**call, "attempts": [attempt]}).status == 204
    assert site.commits() == before


def test_a_callback_of_another_phone_call_changes_nothing(site: Site, call: Any) -> None:
    before = site.commits()
    assert site.as_twilio(call, CallSid="CA" + "f" * 32).status == 204
    assert site.commits() == before


def test_a_status_that_nobody_knows_changes_nothing(site: Site, call: Any) -> None:
    assert site.as_twilio(call, CallStatus="daydreaming").status == 204
    assert state(site, call) == "dialing"


def test_a_form_without_a_status_is_refused(site: Site, call: Any) -> None:
    site.as_twilio(call, CallStatus="").error(422, "invalid")


@pytest.mark.parametrize("attempt", ["0x1", "one", "-1", "1/2", "9" * 5000])
def test_an_address_without_an_attempts_number_is_unknown(site: Site, call: Any, attempt: str) -> None:
    site.post_form(f"/webhooks/twilio/{call['id']}/{attempt}", {}, "").error(404, "not_found")


def test_twilios_account_and_api_keys_are_not_asked_for(site: Site, call: Any) -> None:
    """Its signature alone says who it is; `as_twilio` sends no key."""
    assert site.as_twilio(call, CallStatus="no-answer").status == 204
    assert state(site, call) == "no_answer"


def test_the_receipt_says_what_became_of_the_call(site: Site, call: Any) -> None:
    site.as_twilio(call, CallStatus="busy")
    receipt = site.receipts[-1]
    assert (receipt["kind"], receipt["id"], receipt["result"]) == ("webhook", call["id"], "busy")
    site.as_twilio(call, CallStatus="busy")
    assert site.receipts[-1]["result"] == "unchanged"


def test_a_recording_is_shown_with_its_attempt_whenever_it_comes(site: Site, call: Any) -> None:
    site.as_twilio(call, CallStatus="completed", CallDuration="42")
    path = f"/webhooks/twilio/{call['id']}/1"
    form = {"CallSid": call["attempts"][-1]["provider_id"], "RecordingStatus": "completed"}
    form |= {"RecordingSid": "RE1", "RecordingUrl": "https://r.example/RE1"}
    signature = sign(AUTH_TOKEN, SERVICE_URL + path, list(form.items()))
    for _ in range(2):
        assert site.post_form(path, form, signature).status == 204
    (dial,) = site.get(f"/api/calls/{call['id']}").ok()["attempts"]
    assert (dial["outcome"], dial["recording_url"]) == ("completed", "https://r.example/RE1")


@pytest.mark.parametrize("record", [True, False])
def test_a_script_s_call_is_recorded_from_the_order_to_its_attempt(site: Site, record: bool) -> None:
    """Through the telephone network, which tells of recordings, and has none."""
    ids = [site.call(callee(n), script=SCRIPT | {"record": record})["id"] for n in range(10)]
    site.world.run_until(site.world.clock.now() + timedelta(hours=3))
    shown = [site.get(f"/api/calls/{id}").ok() for id in ids]
    dials = [dial for call in shown for dial in call["attempts"]]
    recorded = [dial for dial in dials if dial["recording_url"]]
    assert {dial["outcome"] for dial in recorded} == ({"completed"} if record else set())
    assert len(recorded) == (sum(dial["outcome"] == "completed" for dial in dials) if record else 0)
    assert any(dial["outcome"] == "completed" for dial in dials)
    assert all("/Recordings/RE" in dial["recording_url"] for dial in recorded)
