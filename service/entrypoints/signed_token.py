"""A signed token (JWT): its parts, and whether a key has signed it with RS256.

Each kind of key loads what it needs and no more: a tick that finds no instance pays for every import.
"""

import base64
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

SIGNATURES_KEPT_MAX = 16

Key = str | Mapping[str, Any]
"""A public key: PEM, of itself or in an X.509 certificate, or a JSON Web Key, which costs least to load."""


class SignedToken(NamedTuple):
    """As it was shown. Nothing in it is proved before `is_signed_with`."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


def read_token(token: str) -> SignedToken:
    """Raises ValueError."""
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("not three parts")
    header, claims, signature = map(_decoded, parts)
    signed = f"{parts[0]}.{parts[1]}".encode()
    return SignedToken(_json_object(header), _json_object(claims), signed, signature)


def is_signed_with(token: SignedToken, key: Key) -> bool:
    """Raises ValueError for a key that is none of RSA."""
    return _is_signed(token.signed, token.signature, key if isinstance(key, str) else json.dumps(dict(key)))


@lru_cache(SIGNATURES_KEPT_MAX)
def _is_signed(signed: bytes, signature: bytes, key: str) -> bool:
    """`key`: PEM, or a JSON Web Key as text. The queue shows one token with many tasks."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256

    public_key = _of_numbers(json.loads(key)) if key.startswith("{") else _of_pem(key)
    if not isinstance(public_key, RSAPublicKey):
        raise ValueError("not an RSA key")
    try:
        public_key.verify(signature, signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _of_numbers(key: Mapping[str, Any]) -> object:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    if key.get("kty") != "RSA":
        raise ValueError("not an RSA key")
    exponent, modulus = (int.from_bytes(_decoded(str(key.get(name, "")))) for name in "en")
    return RSAPublicNumbers(exponent, modulus).public_key()


def _of_pem(key: str) -> object:
    if "BEGIN CERTIFICATE" in key:
        from cryptography.x509 import load_pem_x509_certificate

        return load_pem_x509_certificate(key.encode()).public_key()
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    return load_pem_public_key(key.encode())


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _json_object(part: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(part)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found
