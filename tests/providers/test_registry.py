"""Which adapter an agent gets, and where its credentials come from."""

import base64
import json
from dataclasses import replace

import pytest

from service.domain.agent import Provider, may_name
from service.ports import Telephony, TelephonyUnavailable
from service.providers.credentials import CredentialSources
from service.providers.registry import Registry, TwilioAccount
from service.transport import HttpResponse, NotSent
from tests.providers.conformance.exchange import WEBHOOK_SECRET, agent_of

PUBLIC_KEY = base64.b64encode(bytes(32)).decode()
WHOLE = {
    "auth_token": "token-1",
    "api_key": "key-1",
    "public_key": PUBLIC_KEY,
    "webhook_secret": WEBHOOK_SECRET,
}


class Given:
    """Credentials as a test says."""

    def __init__(self, credentials):
        self.credentials = credentials

    def read(self, _agent):
        return self.credentials


class Google:
    """The metadata server and Secret Manager."""

    def __init__(self, secret, status=200):
        self.secret, self.status, self.asked = secret, status, []

    def request(self, method, url, *, headers, **_):
        self.asked.append((method, url, dict(headers)))
        if "metadata" in url:
            return HttpResponse(200, {}, b'{"access_token": "ya29"}')
        data = base64.b64encode(json.dumps(self.secret).encode()).decode()
        return HttpResponse(self.status, {}, json.dumps({"payload": {"data": data}}).encode())


class Nowhere:
    def request(self, *_, **__):
        raise NotSent("no route")


def registry(credentials, of_scripts=None) -> Registry:
    return Registry(of_scripts, Nowhere(), Given(credentials), "https://calls.example")


def agent(secret, provider=Provider.RETELL):
    return replace(agent_of(provider), secret=secret)


def test_a_script_goes_through_the_account_in_the_settings_and_nowhere_without_one():
    settings = TwilioAccount("AC1", "token-1", "https://api.twilio.example")
    assert registry({}, settings).of(None).name == "twilio"
    assert (registry({}, settings).takes_scripts, registry({}).takes_scripts) == (True, False)
    assert "token-1" not in repr(registry({}, settings))
    with pytest.raises(TelephonyUnavailable):
        registry({}).of(None)


@pytest.mark.parametrize("provider", Provider)
def test_an_agent_goes_through_its_own(provider):
    telephony: Telephony = registry(WHOLE).of(agent_of(provider))
    assert telephony.name == provider.value


@pytest.mark.parametrize("provider", Provider)
def test_a_secret_that_lacks_a_key_is_told_by_the_name_of_the_key(provider):
    with pytest.raises(
        TelephonyUnavailable, match=r"has no '(auth_token|api_key|webhook_secret|public_key)'"
    ):
        registry({}).of(agent_of(provider))


@pytest.mark.parametrize(
    ("provider", "wrong"),
    [
        (Provider.TELNYX, {"public_key": "no key"}),
        (Provider.TELNYX, {"public_key": "AAAA"}),
        (Provider.VAPI, {"webhook_secret": "guessed"}),
        (Provider.BOLNA, {"webhook_secret": "guessed"}),
    ],
)
def test_a_key_that_is_none_or_could_be_guessed_is_not_used_and_not_shown(provider, wrong):
    with pytest.raises(TelephonyUnavailable) as refused:
        registry({**WHOLE, **wrong}).of(agent_of(provider))
    assert not any(value in str(refused.value) for value in wrong.values())


def test_a_secret_that_is_nested_too_deep_to_be_read_is_none(tmp_path):
    """Else whoever dials with it breaks, each time its task is carried again."""
    folder = tmp_path / "acc_1"
    folder.mkdir()
    (folder / "deep.json").write_text("[" * 16_000)
    deep = agent(f"file:{folder}/deep.json")
    with pytest.raises(TelephonyUnavailable, match="no JSON object"):
        CredentialSources(Nowhere()).read(deep)


COPIED_WITH_TOO_MUCH = ["key-1\n", "key-1\u200b", "\u201ckey-1\u201d", "key 1"]


@pytest.mark.parametrize("provider", Provider)
@pytest.mark.parametrize("key", COPIED_WITH_TOO_MUCH)
def test_a_key_that_no_header_can_hold_is_known_before_anything_is_asked_of_the_provider(provider, key):
    with pytest.raises(TelephonyUnavailable) as refused:
        registry({**WHOLE, "api_key": key, "auth_token": key}).of(agent_of(provider))
    assert key not in str(refused.value)


def test_an_account_that_no_address_can_hold_is_known_before_anything_is_asked_of_twilio():
    copied = "AC1\u200b"
    with pytest.raises(TelephonyUnavailable):
        registry(WHOLE).of(replace(agent_of(Provider.TWILIO), connection=copied))
    with pytest.raises(TelephonyUnavailable):
        registry({}, TwilioAccount(copied, "token-1", "https://api.twilio.example")).of(None)


def test_credentials_are_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("REVEILLE_SECRET_ACC_1_VOICE", '{"api_key": "key-1"}')
    assert CredentialSources(Nowhere()).read(agent("env:REVEILLE_SECRET_ACC_1_VOICE")) == {"api_key": "key-1"}


def test_credentials_are_read_from_a_file(tmp_path):
    folder = tmp_path / "acc_1"
    folder.mkdir()
    (folder / "voice.json").write_text('{"api_key": "key-1"}')
    assert CredentialSources(Nowhere()).read(agent(f"file:{folder}/voice.json")) == {"api_key": "key-1"}


def test_credentials_are_read_from_secret_manager_with_the_metadata_server_s_token_and_kept():
    google = Google({"api_key": "key-1"})
    sources, name = CredentialSources(google), "projects/p-1/secrets/acc_1-voice/versions/latest"
    assert sources.read(agent(name)) == sources.read(agent(name)) == {"api_key": "key-1"}
    (_, metadata, flavor), (_, url, bearer) = google.asked
    assert metadata.startswith("http://metadata.google.internal/")
    assert flavor == {"metadata-flavor": "Google"}
    assert url == f"https://secretmanager.googleapis.com/v1/{name}:access"
    assert bearer == {"authorization": "Bearer ya29"}


@pytest.mark.parametrize(
    "secret", [["api_key"], {"api_key": 7}, {"api_key": ""}, "key-1", None], ids=lambda value: str(value)
)
def test_what_is_no_object_of_texts_is_no_secret(secret):
    with pytest.raises(TelephonyUnavailable) as refused:
        CredentialSources(Google(secret)).read(agent("projects/p-1/secrets/acc_1-voice/versions/2"))
    assert "key-1" not in str(refused.value)


@pytest.mark.parametrize("http", [Nowhere(), Google({}, status=403)])
def test_a_secret_that_cannot_be_read_now_is_asked_for_again_later(http):
    with pytest.raises(TelephonyUnavailable):
        CredentialSources(http).read(agent("projects/p-1/secrets/acc_1-voice/versions/latest"))


@pytest.mark.parametrize("missing", ["env:REVEILLE_SECRET_ACC_1_NONE", "file:/acc_1/none.json"])
def test_a_secret_that_is_not_there_is_asked_for_again_later(missing):
    with pytest.raises(TelephonyUnavailable):
        CredentialSources(Nowhere()).read(agent(missing))


@pytest.mark.parametrize(
    "reference",
    [
        "env:REVEILLE_SECRET_ACC_1_VOICE",
        "file:/run/secrets/acc_1/voice.json",
        "projects/p-1/secrets/acc_1-voice/versions/latest",
        "projects/p-1/secrets/acc_1-voice/versions/12",
    ],
)
def test_a_reference_that_names_its_account_is_the_account_s(reference):
    assert may_name("acc_1", reference)
    assert not may_name("acc_2", reference)


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "key-1",
        "env:TWILIO_AUTH_TOKEN",
        "env:REVEILLE_SECRET_ACC_12_VOICE",
        "env:REVEILLE_SECRET_ACC_1_",
        "file:/etc/passwd",
        "file:acc_1/voice.json",
        "file:/run/acc_1/../acc_2/voice.json",
        "file:/run/secrets/acc_1",
        "projects/p-1/secrets/acc_12-voice/versions/latest",
        "projects/p-1/secrets/acc_1-voice",
        "projects/p-1/secrets/acc_1-voice/versions/latest:access?x=/",
        "projects/../secrets/acc_1-voice/versions/latest",
    ],
)
def test_what_names_another_account_or_none_is_nobody_s(reference, monkeypatch):
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", '{"api_key": "another account\'s"}')
    assert not may_name("acc_1", reference)
    with pytest.raises(TelephonyUnavailable):
        CredentialSources(Nowhere()).read(agent(reference))
