"""The single machine's own key: it signs what Google signs in the cloud, tokens that say who calls."""

import base64
import hashlib
import hmac
import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from service.local.public_keys import LOCAL_EMAIL, LOCAL_ISSUER, PublicKeys, keep_public_keys

KEY_FILE = "signing-key.pem"
KEY_BITS = 2048
TOKEN_SECONDS = 3600
TOKEN_RENEWED_SECONDS = 300  # before it expires


def people_audience(base_url: str) -> str:
    """Of the tokens of people, so that those of the scheduler and the queue are not taken for them."""
    return f"{base_url}/api"


class LocalSigner:
    """`now` is in seconds since 1970."""

    def __init__(self, private_pem: bytes, now: Callable[[], float]) -> None:
        self._private_pem = private_pem
        # It was made here: to prove that its primes are primes takes longer than all else of a cold start.
        key = load_pem_private_key(private_pem, password=None, unsafe_skip_rsa_key_validation=True)
        assert isinstance(key, RSAPrivateKey)
        self._key = key
        public = key.public_key().public_numbers()
        self._key_id = hashlib.sha256(_big_endian(public.n)).hexdigest()[:16]
        n, e = (_part(_big_endian(number)).decode() for number in (public.n, public.e))
        self._certs: PublicKeys = {self._key_id: {"kty": "RSA", "n": n, "e": e}}
        self._now = now
        self._tokens: dict[tuple[str, str], tuple[str, float]] = {}  # with the moment to renew each

    @classmethod
    def open(cls, folder: Path, now: Callable[[], float] = time.time) -> "LocalSigner":
        """With the key that is kept in `folder`; makes one on first use."""
        path = folder / KEY_FILE
        if not path.exists():
            _make_key(path)
        signer = cls(path.read_bytes(), now)
        keep_public_keys(folder, signer.certs())
        return signer

    def derive_key(self, purpose: str) -> bytes:
        """32 bytes for something else that this machine keeps secret."""
        return hmac.digest(self._private_pem, purpose.encode(), "sha256")

    def certs(self) -> PublicKeys:
        return self._certs

    def token(self, audience: str, email: str = LOCAL_EMAIL) -> str:
        """A token for `audience` that is valid for some minutes at least. `email`: who shows it."""
        now = self._now()
        token, renew_at = self._tokens.get((audience, email), ("", 0.0))
        if now >= renew_at:
            token = self._sign(audience, email, int(now))
            self._tokens[audience, email] = token, now + TOKEN_SECONDS - TOKEN_RENEWED_SECONDS
        return token

    def _sign(self, audience: str, email: str, now: int) -> str:
        claims = {
            "iss": LOCAL_ISSUER,
            "aud": audience,
            "email": email,
            "email_verified": True,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
        }
        header = {"typ": "JWT", "alg": "RS256", "kid": self._key_id}
        signed = _part(json.dumps(header).encode()) + b"." + _part(json.dumps(claims).encode())
        return (signed + b"." + _part(self._key.sign(signed, PKCS1v15(), SHA256()))).decode()


def _big_endian(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)


def _part(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def _make_key(path: Path) -> None:
    """The file appears whole, readable by its owner only; if two make it at once, one key stays."""
    key = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft, draft_name = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(draft, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process got there first: its key is the key
            os.link(draft_name, path)
    finally:
        os.unlink(draft_name)
