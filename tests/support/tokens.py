"""Tokens as Google signs them for its services, and as it would not."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from google.auth import jwt
from google.auth.crypt import RSASigner

from service.entrypoints.invoker import InvokerGate

AUDIENCE = "https://reveille.example"
SCHEDULER = "scheduler@p.iam.gserviceaccount.com"
TASKS = "tasks@p.iam.gserviceaccount.com"
INVOKERS = frozenset({SCHEDULER, TASKS})


def pem(key: Any) -> bytes:
    encoded: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return encoded


def certificate(key: rsa.RSAPrivateKey) -> str:
    """As Google publishes its keys: wrapped in an X.509 certificate."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "federated-signon")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    today = datetime.now(UTC)
    builder = builder.serial_number(1).not_valid_before(today).not_valid_after(today + timedelta(days=14))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def jwk(key: rsa.RSAPrivateKey, key_id: str) -> dict[str, str]:
    """As Google publishes them as JSON Web Keys."""
    numbers = key.public_key().public_numbers()
    return {
        "kty": "RSA",
        "alg": "RS256",
        "use": "sig",
        "kid": key_id,
        "n": _part(numbers.n.to_bytes(256)),
        "e": _part(numbers.e.to_bytes(3)),
    }


def _part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


KEY, OTHER_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
CERTS = {"k1": certificate(KEY)}
SIGNER = RSASigner.from_string(pem(KEY), "k1")


def claims(**changes: object) -> dict[str, object]:
    now = int(time.time())
    usual = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "email": TASKS,
        "email_verified": True,
        "iat": now,
        "exp": now + 3600,
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def bearer(signer: Any = SIGNER, header: dict[str, object] | None = None, **changes: object) -> str:
    return "Bearer " + jwt.encode(signer, claims(**changes), header=header).decode()


def forged(header: dict[str, object], sign: Callable[[bytes], bytes]) -> str:
    signed = f"{_part(json.dumps(header).encode())}.{_part(json.dumps(claims()).encode())}"
    return f"Bearer {signed}.{_part(sign(signed.encode()))}"


def gate(
    audience: str = AUDIENCE,
    invokers: frozenset[str] = INVOKERS,
    find_cert: Callable[[str], str | None] = CERTS.get,
) -> InvokerGate:
    return InvokerGate(audience, invokers, find_cert)


def as_pem(keys: Mapping[str, Any]) -> dict[str, str]:
    """JSON Web Keys of RSA, as Google's own library takes them."""
    return {id: _pem_of(*(_number(key[name]) for name in "en")) for id, key in keys.items()}


def _pem_of(exponent: int, modulus: int) -> str:
    public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=="))
