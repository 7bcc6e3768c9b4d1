import base64
import hashlib
import hmac
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.auth.crypt import EsSigner, RSASigner

from service.entrypoints.id_tokens import NotAdmitted
from service.entrypoints.invoker import InvokerGate
from service.local.public_keys import LOCAL_EMAIL, LOCAL_ISSUER
from service.local.signing import LocalSigner
from tests.support.tokens import (
    AUDIENCE,
    CERTS,
    KEY,
    OTHER_KEY,
    SCHEDULER,
    TASKS,
    bearer,
    certificate,
    forged,
    gate,
    pem,
)

PROJECT = Path(__file__).parents[2]


def refusal(authorization: str | None, at: InvokerGate | None = None) -> int:
    with pytest.raises(NotAdmitted) as refused:
        (at or gate()).admit(authorization)
    return refused.value.status


@pytest.mark.parametrize("email", [SCHEDULER, TASKS])
@pytest.mark.parametrize("issuer", ["https://accounts.google.com", "accounts.google.com"])
def test_an_invoker_with_a_token_of_google_is_admitted(email: str, issuer: str) -> None:
    assert gate().admit(bearer(email=email, iss=issuer)) == email


def test_of_the_same_token_again_the_signature_is_remembered_and_nothing_else() -> None:
    found = dict(CERTS)
    at, shown = InvokerGate(AUDIENCE, frozenset({TASKS}), found.get), bearer(email=TASKS)
    assert [at.admit(shown), at.admit(shown)] == [TASKS, TASKS]
    assert refusal(shown[:-4] + "AAAA", at) == 401
    assert refusal(bearer(email="somebody@example.com"), at) == 403
    found["k1"] = certificate(OTHER_KEY)
    assert refusal(shown, at) == 401


def test_a_clock_some_minutes_off_shuts_nobody_out() -> None:
    now = int(time.time())
    gate().admit(bearer(iat=now + 240, exp=now + 3840))
    gate().admit(bearer(iat=now - 3840, exp=now - 240))


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": time.time() - 400},
        {"iat": time.time() + 3600},  # these are made when the tests are collected, minutes before
        {"exp": None},
        {"iat": None},
        {"exp": "tomorrow"},
        {"exp": float("nan")},
        {"exp": [1]},
        {"aud": "https://elsewhere.example"},
        {"aud": AUDIENCE + "/"},
        {"aud": [AUDIENCE]},
        {"aud": None},
        {"iss": "https://accounts.google.com.example"},
        {"iss": LOCAL_ISSUER},
        {"iss": None},
    ],
)
def test_a_token_that_does_not_hold_here_and_now_proves_nothing(changes: dict[str, object]) -> None:
    assert refusal(bearer(**changes)) == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "somebody@example.com"},
        {"email": TASKS.upper()},
        {"email": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
    ],
    ids=str,
)
def test_somebody_else_with_a_good_token_is_refused(changes: dict[str, object]) -> None:
    assert refusal(bearer(**changes)) == 403


@pytest.mark.parametrize("kid", ["k1", "k2"])
def test_a_token_signed_with_another_key_proves_nothing(kid: str) -> None:
    assert refusal(bearer(RSASigner.from_string(pem(OTHER_KEY), kid))) == 401


def test_a_token_that_names_no_key_proves_nothing() -> None:
    assert refusal(bearer(RSASigner.from_string(pem(KEY)))) == 401


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None])
def test_a_token_without_a_signature_proves_nothing(algorithm: str | None) -> None:
    assert refusal(forged({"alg": algorithm, "kid": "k1"}, lambda _: b"")) == 401


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_a_token_signed_with_the_public_key_as_a_secret_proves_nothing(algorithm: str) -> None:
    for secret in (
        CERTS["k1"].encode(),
        KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ):
        token = forged(
            {"alg": algorithm, "kid": "k1"},
            lambda signed, secret=secret: hmac.digest(secret, signed, hashlib.sha256),  # type: ignore[misc]
        )
        assert refusal(token) == 401


def test_a_token_with_another_kind_of_signature_proves_nothing() -> None:
    elliptic = EsSigner.from_string(pem(ec.generate_private_key(ec.SECP256R1())), "k1")
    assert refusal(bearer(elliptic)) == 401


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer garbage",
        "Bearer a.b.c",
        "Bearer ..",
        "Bearer é.é.é",
        "Bearer W10.W10.",
        "Bearer " + base64.urlsafe_b64encode(b"[" * 4000).decode() + ".e30.",
        "Bearer " + "a" * 10_000,
        bearer()[:-3],
        bearer() + ".e30",
    ],
    ids=range(14),
)
def test_a_missing_or_broken_token_proves_nothing(authorization: str | None) -> None:
    assert refusal(authorization) == 401


def test_a_changed_claim_breaks_the_signature() -> None:
    header, _, signature = bearer(email="somebody@example.com").split(".")
    _, payload, _ = bearer().split(".")
    assert refusal(f"{header}.{payload}.{signature}") == 401


@pytest.mark.parametrize(
    "closed", [gate(audience=""), gate(invokers=frozenset()), gate(audience="", invokers=frozenset())]
)
def test_without_configuration_nobody_is_admitted(closed: InvokerGate) -> None:
    assert refusal(bearer(), closed) == 403
    assert refusal(bearer(aud="", email=""), closed) == 403


def test_a_single_machine_admits_itself_and_nobody_else(tmp_path: Path) -> None:
    signer, stranger = LocalSigner.open(tmp_path / "own"), LocalSigner.open(tmp_path / "other")
    local = InvokerGate(
        AUDIENCE, frozenset({LOCAL_EMAIL}), signer.certs().get, issuers=frozenset({LOCAL_ISSUER})
    )
    assert local.admit(f"Bearer {signer.token(AUDIENCE)}") == LOCAL_EMAIL
    assert refusal(f"Bearer {signer.token('http://elsewhere')}", local) == 401
    assert refusal(f"Bearer {stranger.token(AUDIENCE)}", local) == 401
    assert refusal(bearer(), local) == 401


def test_the_gate_loads_neither_requests_nor_cryptography_before_somebody_calls() -> None:
    program = "import sys, service.entrypoints.invoker; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"requests", "cryptography", "grpc", "google.auth"} & set(loaded)
